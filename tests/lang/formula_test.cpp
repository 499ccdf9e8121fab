// One formula, read in three ways: as a number, as text, and as the list of what it reads.
#include <gtest/gtest.h>

#include "gradus/lang.hpp"

namespace gradus::ops_like {

struct Sigmoid {
  static constexpr auto f(auto x) {
    auto e = exp(-abs(x));
    return select(x < 0, e, 1) / (1 + e);
  }
  static constexpr auto df(auto, auto y, auto t) { return t * y * (1 - y); }
};

struct Relu {
  static constexpr auto f(auto x) { return max(x, 0); }
  static constexpr auto df(auto x, auto, auto t) { return select((x > 0) | (x != x), t, 0); }
};

}  // namespace gradus::ops_like

namespace gradus::lang {
namespace {

using ops_like::Relu;
using ops_like::Sigmoid;

const Expr a = Expr::variable("a"), b = Expr::variable("b"), c = Expr::variable("c");

TEST(Probe, finds_at_compile_time_what_a_formula_reads) {
  static_assert(Sigmoid::df(Probe{1}, Probe{2}, Probe{4}).mask == 6);
  static_assert(Relu::df(Probe{1}, Probe{2}, Probe{4}).mask == 5);
  static_assert(Sigmoid::f(Probe{8}).mask == 8);
  static_assert((2 * Probe(3) + 0.5).mask == 0);  // a number in round brackets is a number
  static_assert(select(Probe{1} < 0, 1, 2).mask == 1);
  static_assert(select((!(Probe{1} == Probe{2})) & (Probe{4} >= 1), Probe{8}, Probe{16}).mask == 31);
  static_assert(fma(Probe{1}, Probe{2}, tanh(pow(Probe{4}, 2))).mask == 7);
  SUCCEED();
}

TEST(Probe, finds_at_compile_time_what_is_handed_on_as_it_is) {
  constexpr auto second = [](auto, auto y) { return y; };
  static_assert(second(Probe{1}, Probe{2}).untouched && second(Probe{1}, Probe{2}).mask == 2);
  static_assert(!(-Probe{1}).untouched && !abs(Probe{1}).untouched);
  static_assert(!(Probe{1} + 0).untouched && !pow(Probe{1}, Probe{2}).untouched);
  static_assert(!fma(Probe{1}, Probe{2}, Probe{4}).untouched && !select(Probe{1} < 0, Probe{2}, Probe{2}).untouched);
  static_assert(!Probe(1).untouched);  // a number is no argument
  SUCCEED();
}

TEST(Expr, gives_the_text_of_a_formula) {
  EXPECT_EQ(Sigmoid::f(Expr::variable("x")).text(), "select(x < 0, exp(-abs(x)), 1) / (1 + exp(-abs(x)))");
  EXPECT_EQ(Sigmoid::df(a, b, c).text(), "c * b * (1 - b)");
  EXPECT_EQ(Relu::df(a, b, c).text(), "select(a > 0 | a != a, c, 0)");
  EXPECT_EQ(fma(a, min(b, 2), sqrt(c)).text(), "fma(a, min(b, 2), sqrt(c))");
}

TEST(Expr, writes_no_more_parentheses_than_needed) {
  EXPECT_EQ((a + b + c).text(), "a + b + c");
  EXPECT_EQ((a + (b + c)).text(), "a + (b + c)");  // sums of floats do not regroup
  EXPECT_EQ((a - (b - c)).text(), "a - (b - c)");
  EXPECT_EQ((a * b + c / a).text(), "a * b + c / a");
  EXPECT_EQ((a * (b + c)).text(), "a * (b + c)");
  EXPECT_EQ((a / (b * c)).text(), "a / (b * c)");
  EXPECT_EQ((-(a * b)).text(), "-(a * b)");
  EXPECT_EQ((-a * b).text(), "-a * b");
  EXPECT_EQ((a - -b).text(), "a - (-b)");
  EXPECT_EQ((a * Expr(-2)).text(), "a * (-2)");
  EXPECT_EQ((-(-a)).text(), "-(-a)");
  EXPECT_EQ(((!(a < b)) & (c >= 1)).text(), "!(a < b) & c >= 1");
  EXPECT_EQ(((a < b) == (b < c)).text(), "a < b == b < c");
  EXPECT_EQ((((a < b) | (b < c)) & (a == c)).text(), "(a < b | b < c) & a == c");
}

TEST(Expr, writes_numbers_as_short_as_they_can_be) {
  EXPECT_EQ((a + 0.1).text(), "a + 0.1");
  EXPECT_EQ((a + 1e-7).text(), "a + 1e-07");
  EXPECT_EQ((a + 3).text(), "a + 3");
}

TEST(Expr, shows_its_tree) {
  const Expr e = select(a < 0, exp(a), 1);
  EXPECT_EQ(e.kind(), Expr::Kind::call);
  EXPECT_EQ(e.name(), "select");
  ASSERT_EQ(e.children().size(), 3u);
  EXPECT_EQ(e.children()[0].kind(), Expr::Kind::infix);
  EXPECT_EQ(e.children()[2].kind(), Expr::Kind::number);
  EXPECT_EQ(e.children()[2].number(), 1);
}

}  // namespace
}  // namespace gradus::lang
