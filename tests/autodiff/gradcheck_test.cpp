// The public gradcheck: it lets right gradients pass, finds wrong ones, says where, and names the usual slips.
#include <gradus/autodiff/grad.hpp>
#include <gradus/autodiff/gradcheck.hpp>
#include <gradus/ops.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus {
namespace {

constexpr Dtype f64 = Dtype::f64;

void expect_message(const GradcheckReport& report, const std::string& part) {
  EXPECT_FALSE(report.ok);
  EXPECT_NE(report.message.find(part), std::string::npos) << "expected: " << part << "\nfound:    " << report.message;
}

// sum of squares, weighted so that no two slopes are equal: the gradient is 2 c x.
const Tensor c({{1, 2, 3}, {4, 5, 6}}, f64);
const Tensor x({{0.5, -1, 2}, {1.5, 0.25, -0.75}}, f64);
Tensor bowl(Inputs in) { return sum(c * square(in[0])); }
const Tensor right = 2 * c * x;
GradcheckReport claim(const Tensor& claimed) { return gradcheck(bowl, {x}, {claimed}); }

TEST(Gradcheck, RightGradientsPass) {
  const GradcheckReport found = gradcheck(bowl, {x}), claimed = claim(right);
  for (const GradcheckReport& report : {found, claimed}) {
    EXPECT_TRUE(report.ok);
    EXPECT_TRUE(report.message.empty()) << report.message;
    EXPECT_LT(report.worst, 1e-10);
  }
}

TEST(Gradcheck, TheWholeJacobianIsChecked) {
  const auto f = [](Inputs in) { return matmul(in[0], T(in[0])) * in[1]; };
  EXPECT_TRUE(gradcheck(f, {x, Tensor({{1, 2}, {3, 4}}, f64)}).ok);
}

TEST(Gradcheck, AWrongRuleIsFoundWithItsPlace) {
  // d(x^2) is 2 x; here the second factor is a constant for the backward pass
  const auto f = [](Inputs in) { return in[0] * stop_gradient(in[0]); };
  expect_message(gradcheck(f, {Tensor({3, 4}, f64)}), "[gradcheck] input 0: the gradient at [1, 1] is 4, the central difference is 8 (relative error 0.5)");
}

TEST(Gradcheck, TheWorstPlaceAndTheFirstWrongInputAreNamed) {
  const auto f = [](Inputs in) { return sum(in[0] * in[1] * in[2]); };
  const Tensor a({1, 2}, f64), b({3, 4}, f64), d({5, 6}, f64);
  const Tensors good{b * d, a * d, a * b};
  Tensors bad = good;
  bad[1] = bad[1] + Tensor({0, 6}, f64);
  bad[2] = bad[2] + 1;
  const GradcheckReport report = gradcheck(f, {a, b, d}, bad);
  expect_message(report, "input 1: the gradient at [1] is 18, the central difference is 12 (relative error 0.5)");
  EXPECT_NEAR(report.worst, 0.5, 1e-9) << "the worst of all inputs";
}

TEST(Gradcheck, UsualSlipsAreNamed) {
  expect_message(claim(0 * right), "it is zero everywhere: was this input forgotten?");
  expect_message(claim(-right), "it has the opposite sign everywhere");
  expect_message(claim(right * 3), "it is 3 times the right one everywhere: a missing or extra factor");
  const Tensor rows({{2}, {-0.5}}, f64), columns({{2, 1, -0.5}}, f64);
  expect_message(claim(right * rows), "each row is a multiple of the right one; in dW = delta x^T that means: x is right, delta is wrong");
  expect_message(claim(right * columns), "each column is a multiple of the right one; in dW = delta x^T that means: delta is right, x is wrong");
  const GradcheckReport other = claim(right + 0.1);
  EXPECT_FALSE(other.ok);
  EXPECT_EQ(other.message.find("Hint"), std::string::npos) << other.message;
}

TEST(Gradcheck, ASingleRowOrNumberHasNoRowPattern) {
  const auto f = [](Inputs in) { return sum(square(in[0])); };
  const Tensor row({{1, 2, 3}}, f64), one({{2}}, f64);
  for (const auto& [at, wrong] : {std::pair(row, row + 1), std::pair(T(row), T(row) + 1), std::pair(one, one)}) {
    EXPECT_EQ(gradcheck(f, {at}, {wrong}).message.find("Hint"), std::string::npos);
  }
}

TEST(Gradcheck, ARowOfZerosHasOnlyZerosAsMultiples) {
  const Tensor keep({{0}, {1}}, f64), rows({{1}, {3}}, f64), first({{1}, {0}}, f64);
  const auto f = [&](Inputs in) { return sum(keep * c * square(in[0])); };
  expect_message(gradcheck(f, {x}, {keep * right * rows}), "it is 3 times the right one everywhere");
  EXPECT_EQ(gradcheck(f, {x}, {keep * right * rows + first}).message.find("Hint"), std::string::npos);
}

TEST(Gradcheck, TransposedGradients) {
  expect_message(claim(T(right)), "[gradcheck] input 0: the gradient is [3, 2], the input is [2, 3]. Hint: it looks transposed");
  const Tensor a({{1, 2}, {3, 4}}, f64);
  const auto f = [](Inputs in) { return sum(in[0] * Tensor({{1, 5}, {2, 3}}, f64)); };
  expect_message(gradcheck(f, {a}, {Tensor({{1, 2}, {5, 3}}, f64)}), "it is the transpose of the right one");
}

TEST(Gradcheck, OtherShapesAreFaultsToo) {
  const GradcheckReport report = claim(sum(right, 0));
  EXPECT_EQ(report.message, "[gradcheck] input 0: the gradient is [3], the input is [2, 3]");
  EXPECT_TRUE(std::isinf(report.worst));
}

TEST(Gradcheck, NotANumberIsTheWorst) {
  // exp(800) is infinite: the value 1 / inf is 0, but the slope becomes 0 * inf
  const auto sigmoid_without_guard = [](Inputs in) { return 1 / (1 + exp(-in[0])); };
  const GradcheckReport report = gradcheck(sigmoid_without_guard, {Tensor({0.5, -800}, f64)});
  expect_message(report, "the gradient at [1, 1] is nan, the central difference is 0");
  expect_message(report, "something overflows on the way, or it is 0 / 0 or log(0)");
  EXPECT_TRUE(std::isinf(report.worst));
  expect_message(gradcheck([](Inputs in) { return sum(log(in[0])); }, {Tensor({-1}, f64)}), "the function itself is not finite near this point");
}

TEST(Gradcheck, AFunctionThatDrawsAnewIsNamed) {
  int calls = 0;
  const auto f = [&](Inputs in) { return sum(in[0]) * static_cast<double>(++calls); };
  const std::string message = "[gradcheck] the function gives 3, then 6 for the same inputs. Hint: draw random numbers once, outside, and pass them in";
  const Tensor at({1, 2}, f64);
  expect_message(gradcheck(f, {at}), message);
  calls = 0;
  expect_message(gradcheck(f, {at}, {at}), message);
  const auto grows = [&](Inputs in) { return expand(in[0], {++calls, 2}); };
  expect_message(gradcheck(grows, {at}), "numbers, then");
}

TEST(Gradcheck, AFunctionThatIsNotANumberTwiceIsTheSame) {
  EXPECT_EQ(gradcheck([](Inputs in) { return log(in[0]); }, {Tensor({-1}, f64)}).message.find("for the same inputs"), std::string::npos);
}

TEST(Gradcheck, TheToleranceIsTheCallersChoice) {
  EXPECT_FALSE(gradcheck(bowl, {x}, {right * 1.001}).ok);
  EXPECT_TRUE(gradcheck(bowl, {x}, {right * 1.001}, 1e-2).ok);
}

TEST(Gradcheck, UndefinedClaimsAreNotChecked) {
  const auto f = [](Inputs in) { return sum(in[0] * in[1]); };
  const Tensor a({1, 2}, f64), b({3, 4}, f64);
  EXPECT_TRUE(gradcheck(f, {a, b}, {b, Tensor()}).ok);
  EXPECT_FALSE(gradcheck(f, {a, b}, {Tensor(), b}).ok);
}

template <class E, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "(no error of this type)";
}

TEST(Gradcheck, WhatCannotBeCheckedIsSaid) {
  EXPECT_EQ(error_of<DtypeError>([] { gradcheck(bowl, {cast(x, Dtype::f32)}); }),
            "[gradcheck] input 0 is f32, too coarse for differences. Hint: cast(x, Dtype::f64)");
  EXPECT_EQ(error_of<ValueError>([] { gradcheck(bowl, {x}, {right, right}); }),
            "[gradcheck] 2 gradients are claimed for 1 inputs. Hint: one for each; an undefined Tensor is not checked");
  EXPECT_EQ(error_of<GradError>([] { gradcheck([](Inputs in) { return in[0]; }, {x}, {right}); }),
            "[gradcheck] the function gives 6 numbers; a claimed gradient needs one. Hint: return the loss");
}

TEST(Gradcheck, IntegersAndStridedInputs) {
  const auto f = [](Inputs in) { return sum(gather(in[0], in[1])); };
  const Tensor index({{0, 1}, {2, 2}}, Dtype::i64);
  EXPECT_TRUE(gradcheck(f, {x, index}).ok) << "an integer input has no gradient";
  EXPECT_TRUE(gradcheck([](Inputs in) { return sum(square(in[0])); }, {T(x)}).ok);
  EXPECT_TRUE(gradcheck([](Inputs in) { return sum(square(in[0])); }, {T(x)}, {2 * T(x)}).ok);
}

TEST(Gradcheck, DifferencesAreExactForCubics) {
  // Richardson's extrapolation removes the h^2 term: what is left is rounding
  const auto f = [](Inputs in) { return in[0] * in[0] * in[0]; };
  const Jacobian j = numeric_jacobian(f, {Tensor({2, -3}, f64)}, 0);
  ASSERT_EQ(j.rows, 2);
  ASSERT_EQ(j.columns, 2);
  EXPECT_NEAR(j.at(0, 0), 12, 1e-9);
  EXPECT_NEAR(j.at(1, 1), 27, 1e-9);
  EXPECT_EQ(j.at(0, 1), 0);
}

}  // namespace
}  // namespace gradus
