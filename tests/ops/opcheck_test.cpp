// The generated check of every operation of the list, and whether it can fail.
#include <gradus/autodiff.hpp>
#include <gradus/autodiff/opcheck.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus {
namespace {

TEST(Opcheck, EveryOpOfTheListIsRight) {
  const OpcheckReport report = check_ops({});
  for (const std::string& message : report.messages) ADD_FAILURE() << message;
  EXPECT_EQ(report.failures, 0);
  EXPECT_LE(report.worst_rel, opcheck_tolerance) << report.worst_op;
  EXPECT_GE(report.min_cases, 12);
  EXPECT_EQ(report.ops + static_cast<std::int64_t>(report.skipped.size()), static_cast<std::int64_t>(registry().size()));
}

TEST(Opcheck, AnUnknownNameIsNamedWithTheNearest) {
  try {
    check_ops({"sigmod"});
    FAIL();
  } catch (const UsageError& e) {
    EXPECT_NE(std::string(e.what()).find("sigmod"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("sigmoid"), std::string::npos);
  }
}

// Ops of a user, right and with the faults that people make.
struct Swish {
  using family = ops::Map<1>;
  static constexpr auto name = "swish", doc = "x * sigmoid(x).", math = "x / (1 + exp(-x))";
  static constexpr lang::Range domain{-4, 4};
  static constexpr auto f(auto x) { return x / (1 + exp(-x)); }
  static constexpr auto df(auto x, auto y, auto t) { return t * (y + (1 - y) / (1 + exp(-x))); }
};
struct SwishFactor : Swish {
  static constexpr auto df(auto x, auto y, auto t) { return 1.01 * (t * (y + (1 - y) / (1 + exp(-x)))); }
};
struct SwishSign : Swish {
  static constexpr auto df(auto x, auto y, auto t) { return -(t * (y + (1 - y) / (1 + exp(-x)))); }
};
struct SwishDropped : Swish {
  static constexpr auto df(auto x, auto, auto t) { return t / (1 + exp(-x)); }
};
struct Hypotenuse {
  using family = ops::Map<2>;
  static constexpr auto name = "hypotenuse", doc = "sqrt(a^2 + b^2).", math = "sqrt(a * a + b * b)";
  static constexpr lang::Range domain{1, 4};
  static constexpr auto f(auto a, auto b) { return sqrt(a * a + b * b); }
  static constexpr auto da(auto a, auto, auto y, auto t) { return t * a / y; }
  static constexpr auto db(auto, auto b, auto y, auto t) { return t * b / y; }
};
struct HypotenuseSwapped : Hypotenuse {
  static constexpr auto da(auto, auto b, auto y, auto t) { return t * b / y; }
  static constexpr auto db(auto a, auto, auto y, auto t) { return t * a / y; }
};
struct SwishWithoutRule {  // differentiated through its formula
  using family = ops::Map<1>;
  static constexpr auto name = "swish_without_rule", doc = "x * sigmoid(x).", math = "x / (1 + exp(-x))";
  static constexpr lang::Range domain{-4, 4};
  static constexpr auto f(auto x) { return x / (1 + exp(-x)); }
};

struct Leaky {  // a choice between two numbers
  using family = ops::Map<1>;
  static constexpr auto name = "leaky", doc = "x, or a tenth of it below 0.", math = "x * select(x > 0, 1, 0.1)";
  static constexpr lang::Range domain{-4, 4};
  static constexpr auto kink(auto x) { return x; }
  static constexpr auto f(auto x) { return x * select(x > 0, 1, 0.1); }
  static constexpr auto df(auto x, auto, auto t) { return t * select(x > 0, 1, 0.1); }
};
struct Half {
  using family = ops::Map<1>;
  static constexpr auto name = "half", doc = "x / 2.", math = "x * 0.5";
  static constexpr auto f(auto x) { return x * 0.5; }
};
struct First {
  using family = ops::Map<2>;
  static constexpr auto name = "first", doc = "The first of two.", math = "a";
  static constexpr auto f(auto a, auto) { return a; }
};
// Written by other operations alone, in families whose kernels know only the ops of the list.
template <class Family>
struct Doubled {
  using family = Family;
  static constexpr auto name = "doubled", doc = "2 x.";
  Spec shape(Inputs x) const { return x[0].spec(); }
  Tensor expand(Inputs x) const { return x[0] * 2; }
};

template <class S>
OpcheckReport checked() {
  OpcheckReport report;
  check_op(make_entry<S>(), report);
  return report;
}

TEST(Opcheck, AUsersOpIsCheckedTheSameWay) {
  for (const OpcheckReport& report : {checked<Swish>(), checked<Hypotenuse>(), checked<SwishWithoutRule>(), checked<Leaky>()}) {
    for (const std::string& message : report.messages) ADD_FAILURE() << message;
    EXPECT_EQ(report.ops, 1);
    EXPECT_GE(report.cases, 12);
  }
}

TEST(Opcheck, AUsersOpHasTheShapeAndDtypeThatItsRuleSays) {
  const Tensor half = apply<Half>(Tensor({3, 5}, Dtype::i64));
  EXPECT_EQ(half.dtype(), Dtype::f32);
  EXPECT_EQ(half.to_vector(), (std::vector<double>{1.5, 2.5}));
  const Tensor first = apply<First>(Tensor{{7}}, Tensor{{1, 2, 3}});
  EXPECT_EQ(first.to_vector(), (std::vector<double>{7, 7, 7}));
  EXPECT_EQ(first.shape(), (Shape{1, 3}));
  const auto slopes = grad([](Tensor a, Tensor b) { return sum(apply<First>(a, b)); })(Tensor{{7}}, Tensor{{1, 2, 3}});
  EXPECT_EQ(slopes[0].to_vector(), (std::vector<double>{3}));
  EXPECT_EQ(slopes[1].to_vector(), (std::vector<double>{0, 0, 0}));
}

TEST(Opcheck, AUsersOpMayBeOfAnyFamily) {
  const Tensor x{1, 2};
  for (const Tensor& y : {apply(Doubled<ops::Move>{}, x), apply(Doubled<ops::Reduce>{}, x), apply(Doubled<ops::Row>{}, x),
                          apply(Doubled<ops::Contract>{}, x), apply(Doubled<ops::Index>{}, x)}) {
    EXPECT_EQ(y.to_vector(), (std::vector<double>{2, 4}));
  }
}

TEST(Opcheck, FaultsInDerivativesAreFound) {
  EXPECT_GT(checked<SwishFactor>().failures, 0);
  EXPECT_GT(checked<SwishSign>().failures, 0);
  EXPECT_GT(checked<SwishDropped>().failures, 0);
  EXPECT_GT(checked<HypotenuseSwapped>().failures, 0);
}

TEST(Registry, FormulasAreTextsOfTheStructs) {
  EXPECT_EQ(find_op("tanh").formula, "tanh(x)");
  EXPECT_EQ(find_op("tanh").derivatives, std::vector<std::string>{"t * (1 - y * y)"});
  EXPECT_EQ(find_op("mul").derivatives, (std::vector<std::string>{"t * b", "t * a"}));
  EXPECT_EQ(find_op("where").derivatives, (std::vector<std::string>{"", "select(a != 0, t, 0)", "select(a != 0, 0, t)"}));
}

// What a gradient keeps alive: sigmoid and relu only their result, mul its inputs, add nothing.
TEST(Saved, OnlyWhatTheRuleReads) {
  const TensorSet first = TensorSet::input(0), both = first | TensorSet::input(1);
  const auto reads = [](const char* name, TensorSet need) { return find_op(name).op->reads(need, 2).bits; };
  EXPECT_EQ(reads("sigmoid", first), TensorSet::output);
  EXPECT_EQ(reads("relu", first), TensorSet::output);
  EXPECT_EQ(reads("add", both), 0u);
  EXPECT_EQ(reads("mul", both), both.bits);
  EXPECT_EQ(reads("mul", first), TensorSet::input(1).bits);
  EXPECT_EQ(find_op("matmul").cases[0].op->reads(first, 2).bits, TensorSet::input(1).bits);
}

}  // namespace
}  // namespace gradus
