// What the generated check does not look at: ends of ranges, ties, dtypes and numbers that the functions take by default.
#include <gradus/autodiff.hpp>
#include <gradus/scalar.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus {
namespace {

using Numbers = std::vector<double>;
constexpr double inf = INFINITY;

Tensor whole(Numbers values) { return cast(Tensor::from(values, {static_cast<std::int64_t>(values.size())}), Dtype::i64); }

TEST(Elementary, IntegersBecomeFloatsWhereTheResultIsOne) {
  for (const Tensor& y : {exp2(whole({3})), log2(whole({8})), atan2(whole({1}), whole({2})), lgamma(whole({3})), polygamma(1, whole({2}))}) EXPECT_EQ(y.dtype(), Dtype::f32);
  EXPECT_EQ(exp2(whole({3, -1})).to_vector(), (Numbers{8, 0.5}));
  EXPECT_EQ(log2(whole({8, 1024})).to_vector(), (Numbers{3, 10}));
  EXPECT_EQ(log10(Tensor({1000, 1e15}, Dtype::f64)).to_vector(), (Numbers{3, 15}));
  EXPECT_EQ(cbrt(Tensor({-27, 0.001}, Dtype::f64)).to_vector(), (Numbers{-3, 0.1}));
}

TEST(Elementary, RestsHaveTheSignOfOneOperand) {
  const Tensor a({-7, 7, -7, 7}, Dtype::f64), b({3, 3, -3, -3}, Dtype::f64);
  EXPECT_EQ(fmod(a, b).to_vector(), (Numbers{-1, 1, -1, 1}));
  EXPECT_EQ(remainder(a, b).to_vector(), (Numbers{2, 1, -1, -2}));
  EXPECT_EQ(remainder(cast(a, Dtype::i64), 3).to_vector(), (Numbers{2, 1, 2, 1}));
  EXPECT_EQ(remainder(cast(a, Dtype::i64), 3).dtype(), Dtype::i64);
  EXPECT_THROW(fmod(whole({1}), 0), ValueError);
  EXPECT_EQ(fmod(Tensor({1e300}, Dtype::f64), 7).to_vector(), Numbers{std::fmod(1e300, 7)});
  EXPECT_TRUE(std::isnan(fmod(Tensor(1.0), 0.0).item()));
}

TEST(Elementary, ClipLetsTheDerivativePassInTheClosedRange) {
  const Tensor x({-2, -1, 0, 1, 2}, Dtype::f64);
  EXPECT_EQ(clip(x, -1, 1).to_vector(), (Numbers{-1, -1, 0, 1, 1}));
  const auto slopes = grad([](Tensor v, Tensor lo, Tensor hi) { return sum(clip(v, lo, hi)); })(x, Tensor(-1.0), Tensor(1.0));
  EXPECT_EQ(slopes[0].to_vector(), (Numbers{0, 1, 1, 1, 0}));
  EXPECT_EQ(slopes[1].item(), 1);
  EXPECT_EQ(slopes[2].item(), 1);
  EXPECT_EQ(clip(x, 3, 1).to_vector(), Numbers(5, 1));  // the upper bound wins
  EXPECT_EQ(clip(whole({5, -5}), -1, 1).to_vector(), (Numbers{1, -1}));
  EXPECT_TRUE(std::isnan(clip(Tensor(NAN), 0, 1).item()));
}

TEST(Elementary, ActivationsTakeTheirNumberOrTheUsualOne) {
  const Tensor x({-1, 2}, Dtype::f64);
  EXPECT_EQ(elu(x).to_vector(), (Numbers{std::expm1(-1.0), 2}));
  EXPECT_EQ(elu(x, 0.5).to_vector(), (Numbers{0.5 * std::expm1(-1.0), 2}));
  EXPECT_EQ(celu(x, 2).to_vector(), (Numbers{2 * std::expm1(-0.5), 2}));
  EXPECT_EQ(leaky_relu(x).to_vector(), (Numbers{-0.01, 2}));
  EXPECT_EQ(prelu(x, Tensor({0.25, 3}, Dtype::f64)).to_vector(), (Numbers{-0.25, 2}));
  EXPECT_EQ(elu(Value(-1)).value(), std::expm1(-1.0));
  EXPECT_EQ(leaky_relu(Value(-1)).value(), -0.01);
  EXPECT_EQ(elu(whole({-1, 2})).dtype(), Dtype::f32);
}

TEST(Elementary, MaskedFillTakesTheDtypeOfTheTensor) {
  const Tensor x = whole({1, 2, 3}), y = masked_fill(x, x > 1, 9);
  EXPECT_EQ(y.to_vector(), (Numbers{1, 9, 9}));
  EXPECT_EQ(y.dtype(), Dtype::i64);
  EXPECT_EQ(masked_fill(Tensor({1, 2}, Dtype::f64), Tensor{1, 0} == 1, -inf).to_vector(), (Numbers{-inf, 2}));
  EXPECT_EQ(grad([](Tensor v) { return sum(masked_fill(v * v, v > 1, 0)); })(Tensor({1, 2}, Dtype::f64)).to_vector(), (Numbers{2, 0}));
}

TEST(Elementary, BitsOfIntegersAndBools) {
  const Tensor a = whole({12, -1}), b = whole({10, 6});
  EXPECT_EQ(bitwise_and(a, b).to_vector(), (Numbers{8, 6}));
  EXPECT_EQ(bitwise_or(a, b).to_vector(), (Numbers{14, -1}));
  EXPECT_EQ(bitwise_xor(a, b).to_vector(), (Numbers{6, -7}));
  EXPECT_EQ(bitwise_not(a).to_vector(), (Numbers{-13, 0}));
  EXPECT_EQ(left_shift(a, 2).to_vector(), (Numbers{48, -4}));
  EXPECT_EQ(right_shift(a, 70).to_vector(), (Numbers{0, -1}));
  const Tensor small = cast(Tensor{200, 3}, Dtype::u8);
  EXPECT_EQ(bitwise_not(small).to_vector(), (Numbers{55, 252}));
  EXPECT_EQ(bitwise_not(small).dtype(), Dtype::u8);
  EXPECT_EQ(left_shift(small, 1).to_vector(), (Numbers{144, 6}));
  const Tensor p = Tensor{1, 1, 0} == 1, q = Tensor{1, 0, 0} == 1;
  EXPECT_EQ(bitwise_xor(p, q).to_vector(), (Numbers{0, 1, 0}));
  EXPECT_EQ(bitwise_and(p, q).to_vector(), (Numbers{1, 0, 0}));
  for (const Tensor& y : {bitwise_xor(p, q), bitwise_or(p, q), bitwise_not(p)}) EXPECT_EQ(y.dtype(), Dtype::boolean);
  EXPECT_EQ(bitwise_not(p).to_vector(), (Numbers{0, 0, 1}));
}

TEST(Elementary, DigammaIsDifferentiableToAnyOrder) {
  const auto third = grad([](Tensor x) { return grad([](Tensor y) { return grad([](Tensor z) { return digamma(z); })(y); })(x); });
  EXPECT_NEAR(third(Tensor({1.0}, Dtype::f64)[0]).item(), 6.4939394022668289, 1e-13);  // pi^4 / 15
}

}  // namespace
}  // namespace gradus
