// Formulas as text: what they mean, what is no formula, and the `math` texts of the list against the formulas of the structs.
#include <gradus/autodiff.hpp>
#include <gradus/base/random.hpp>
#include <gradus/ops/expression.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus {
namespace {

double value(std::string_view text, std::initializer_list<double> values = {}) { return parse_expression(text).value(values); }

std::string fault(std::string_view text) {
  try {
    parse_expression(text);
  } catch (const UsageError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Expression, MeansWhatItDoesInMathematics) {
  EXPECT_EQ(value("1 + 2 * 3"), 7);
  EXPECT_EQ(value("(1 + 2) * 3"), 9);
  EXPECT_EQ(value("8 - 4 - 2"), 2);
  EXPECT_EQ(value("8 / 4 / 2"), 1);
  EXPECT_EQ(value("2^3^2"), 512);
  EXPECT_EQ(value("-2^2"), -4);
  EXPECT_EQ(value("2^-2"), 0.25);
  EXPECT_EQ(value("--3"), 3);
  EXPECT_EQ(value("2 * -3"), -6);
  EXPECT_EQ(value(" 1.5e2\t+ .5\n"), 150.5);
  EXPECT_EQ(value("1 + 1 == 2"), 1);
  EXPECT_EQ(value("1 < 2 & !(2 < 1)"), 1);
  EXPECT_EQ(value("0 & 0 | 1"), 1);
  EXPECT_EQ(value("1 | 0 & 0"), 1);
  EXPECT_EQ(value("!0 == 1"), 1);
  EXPECT_EQ(value("select(2 >= 3, 10, 20)"), 20);
  EXPECT_EQ(value("max(min(3, 4), 2)"), 3);
  EXPECT_DOUBLE_EQ(value("sin(pi / 6)"), 0.5);
}

TEST(Expression, NamesStandInTheOrderOfTheirFirstAppearance) {
  const Expression e = parse_expression("(x * w + b - t)^2 + x");
  EXPECT_EQ(e.names(), (std::vector<std::string>{"x", "w", "b", "t"}));
  EXPECT_EQ(e.value({2, 3, 1, 5}), 6);
  EXPECT_THROW(static_cast<void>(e.value({2, 3})), ValueError);
  EXPECT_THROW(e(Tensors{Tensor{1}}), ValueError);
}

TEST(Expression, OnTensorsItIsOperationsAndHasDerivatives) {
  const Expression e = parse_expression("(x * w - 1)^2");
  const Tensor x({1, 2}, Dtype::f64), w({3, 4}, Dtype::f64);
  EXPECT_EQ(e(Tensors{x, w}).to_vector(), (std::vector<double>{4, 49}));
  const Tensor slope = grad([&](Tensor v) { return sum(e(Tensors{x, v})); })(w);
  EXPECT_NEAR(slope[0].item(), 2 * 2 * 1, 1e-12);
  EXPECT_NEAR(slope[1].item(), 2 * 7 * 2, 1e-12);
  EXPECT_EQ(parse_expression("2 * x + 1")(Tensors{Tensor({1, 2}, Dtype::i64)}).dtype(), Dtype::i64);
}

TEST(Expression, SaysWhereATextIsNoFormula) {
  EXPECT_EQ(fault("a + * b"), "[expression] '*' is not the beginning of a value\n  a + * b\n      ^");
  EXPECT_EQ(fault("(a + b"), "[expression] ')' is missing, for what begins at column 1\n  (a + b\n        ^");
  EXPECT_EQ(fault("a b"), "[expression] 'b' is not expected here\n  a b\n    ^");
  EXPECT_EQ(fault(""), "[expression] the formula ends where a value is expected\n  \n  ^");
  EXPECT_EQ(fault("2x"), "[expression] this is not a number\n  2x\n  ^\n  Hint: write 2 * x, not 2x");
  EXPECT_EQ(fault("1 < x < 2"), "[expression] comparisons do not chain\n  1 < x < 2\n        ^\n  Hint: (a < b) & (b < c)");
  EXPECT_EQ(fault("1 + sigmod(x)"), "[expression] there is no operation 'sigmod'\n  1 + sigmod(x)\n      ^\n  Hint: did you mean 'sigmoid'?");
  EXPECT_EQ(fault("where(x, 1)"), "[expression] where takes 3 values, not 2\n  where(x, 1)\n  ^");
  EXPECT_EQ(fault("exp()"), "[expression] exp takes 1 value, not 0\n  exp()\n  ^");
  EXPECT_EQ(fault("\u00e4"), "[expression] '\u00e4' is not the beginning of a value\n  \u00e4\n  ^");
  try {
    fail_expression("\u53d8\u91cf + \u00e9", 9, "that");
  } catch (const UsageError& error) {  // wide letters take two columns
    EXPECT_STREQ(error.what(), "[expression] that\n  \u53d8\u91cf + \u00e9\n         ^");
  }
  EXPECT_EQ(fault("a\x01"), "[expression] '\\x01' is not expected here\n  a?\n   ^");
}

TEST(Expression, LongTextsNeitherOverflowNorTakeForever) {
  const std::size_t many = 1'000'000;
  const std::string level = "more than 1000 levels inside each other";
  for (const char* piece : {"(", "-", "!", "2^", "exp(", "(a+", "f(1,"}) {
    std::string text;
    while (text.size() < many) text += piece;
    const std::string message = fault(text);
    EXPECT_TRUE(message.find(level) != std::string::npos || message.find("no operation 'f'") != std::string::npos) << message;
    EXPECT_LT(message.size(), 400u);
  }
  std::string sum = "1", deep(990, '(');
  while (sum.size() < many) sum += "+1";
  EXPECT_EQ(value(sum), static_cast<double>(sum.size() + 1) / 2);
  EXPECT_EQ(value(deep + "3" + std::string(990, ')')), 3);
  EXPECT_NE(fault(std::string(many, 'a') + "(1)").find("there is no operation"), std::string::npos);
  Random random(3, 0);
  const std::string_view alphabet = "ab1.e+-*/^()<>=!&|, exp";
  for (int i = 0; i < 20000; ++i) {  // anything at all: a value or an error
    std::string text;
    for (std::uint64_t k = random.below(24); k > 0; --k) text += alphabet[random.below(alphabet.size())];
    try {
      const Expression e = parse_expression(text);
      static_cast<void>(e.value(std::vector<double>(e.names().size(), 0.5)));
    } catch (const UsageError&) {
    }
  }
}

// How far the text that the reference page shows is from what the operation computes.
double difference(const OpEntry& entry) {
  const Expression e = parse_expression(entry.info.math);
  Random random(29, 0);
  double worst = 0;
  for (int i = 0; i < 200; ++i) {
    double x[3] = {};
    for (std::size_t k = 0; k < entry.domains.size(); ++k) {
      const ops::Range& d = entry.domains[k];
      x[k] = d.lo + (d.hi - d.lo) * random.uniform();
      if (d.whole) x[k] = std::floor(x[k]);
    }
    std::vector<double> values;
    for (const std::string& name : e.names()) {
      const std::string_view inputs = entry.info.inputs == 1 ? "x" : std::string_view("abc").substr(0, static_cast<std::size_t>(entry.info.inputs));
      if (name.size() != 1 || inputs.find(name) == std::string_view::npos) return INFINITY;
      values.push_back(x[inputs.find(name)]);
    }
    const double want = entry.value(x), error = std::abs(e.value(values) - want) / std::max(1.0, std::abs(want));
    if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
  }
  return worst;
}

// Generated from the list.
TEST(Expression, TheTextOfEveryElementwiseOpGivesTheValuesOfItsFormula) {
  int ops = 0;
  for (const OpEntry& entry : registry()) {
    if (!entry.op) continue;
    EXPECT_LE(difference(entry), 1e-12) << entry.info.name << ": " << entry.info.math;
    ++ops;
  }
  EXPECT_GT(ops, 80);
}

struct Told {
  using family = ops::Map<1>;
  static constexpr auto name = "told", doc = "x / (1 + exp(x)).", math = "x / (1 + exp(-x))";
  static constexpr lang::Range domain{-4, 4};
  static constexpr auto f(auto x) { return x / (1 + exp(x)); }
};
struct Unnamed : Told {
  static constexpr auto math = "z / (1 + exp(x))";
};

TEST(Expression, AWrongTextIsFound) {
  EXPECT_GT(difference(make_entry<Told>()), 0.1);
  EXPECT_EQ(difference(make_entry<Unnamed>()), INFINITY);
}

}  // namespace
}  // namespace gradus
