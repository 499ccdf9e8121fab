// Traces: what differences say at kinks and behind packed results, composite operations as one step, and names.
#include <gradus/ops.hpp>
#include <gradus/ops/attention.hpp>
#include <gradus/ops/expression.hpp>
#include <gradus/ops/norm.hpp>
#include <gradus/ops/recurrent.hpp>
#include <gradus/tensor/lift.hpp>
#include <gradus/view/explain.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "view/explain/replay.hpp"

namespace gradus::inspect {
namespace {

using Json = nlohmann::json;

Tensor numbers(Shape shape, double first, double step) {
  std::vector<double> values(static_cast<std::size_t>(numel(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(first + step * static_cast<double>(i));
  return Tensor::from(values, shape);
}

void expect_agreement(const Trace& trace) {
  int compared = 0;
  for (const Step& step : trace.steps) {
    if (!step.grad.defined()) continue;
    EXPECT_EQ(step.check, Check::agrees) << step.symbol << ": " << step.error;
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

const Step& step_of(const Explanation& e, const std::string& name) { return e.trace.steps[find_step(e.trace, name)]; }

// recurrent_layer gives one packed result, through which no gradient goes: its window takes the layer's inputs.
TEST(Trace, DifferencesSeeThroughPackedResults) {
  expect_agreement(record({{"x", numbers({3, 1, 2}, 0.3, 1)}, {"w_ih", numbers({8, 2}, 1, 0.7)}, {"w_hh", numbers({8, 2}, 2, 0.9)}},
                          [](Inputs v) { return sum(square(lstm(v[0], {{v[1], v[2]}}).output)); }));
  expect_agreement(record({{"q", numbers({1, 3, 4}, 0.3, 1)}, {"k", numbers({1, 3, 4}, 1, 0.7)}, {"v", numbers({1, 3, 4}, 2, 0.9)}},
                          [](Inputs v) { return sum(square(scaled_dot_product_attention(v[0], v[1], v[2]))); }));
  expect_agreement(record({{"x", numbers({2, 3}, 0.3, 1)}, {"w", numbers({3}, 1, 0.7)}, {"b", numbers({3}, 2, 0.9)}}, [](Inputs v) { return sum(square(layer_norm(v[0], 1, v[1], v[2]))); }));
}

TEST(Trace, WhatIsStoppedIsAConstantForDifferencesToo) {
  const Trace trace = record({{"x", numbers({}, 0.7, 0)}}, [](Inputs v) { return v[0] * stop_gradient(v[0]) + exp(stop_gradient(v[0])) * v[0]; });
  expect_agreement(trace);
  EXPECT_NEAR(trace.steps[0].numeric.item(), std::sin(0.7) + std::exp(std::sin(0.7)), 1e-9);
}

TEST(Trace, AKinkIsNoFault) {
  struct Case {
    const char *text, *x;
    double left, right;
  };
  for (const Case& c : {Case{"relu(x)", "x=0", 0, 1}, Case{"abs(x)", "x=0", -1, 1}, Case{"maximum(x, 2)", "x=2", 0, 1}, Case{"3 * abs(x - 1) + x", "x=1", -2, 4}}) {
    const Explanation e = explain_expression(c.text, {c.x});
    const Step& x = step_of(e, "x");
    ASSERT_EQ(x.check, Check::kink) << c.text;
    EXPECT_NEAR(x.left.item(), c.left, 1e-6) << c.text;
    EXPECT_NEAR(x.right.item(), c.right, 1e-6) << c.text;
    const std::string text = explanation_text(e, {});
    EXPECT_EQ(text.find("\u2717"), std::string::npos) << text;
    EXPECT_NE(text.find("kink: the slopes"), std::string::npos) << text;
    EXPECT_NE(explanation_page(e, Language::english).find("kink: the slopes"), std::string::npos);
    const Json node = Json::parse(explanation_json(e))["nodes"][0];
    EXPECT_EQ(node["check"], "kink");
    EXPECT_TRUE(node["rel_error"].is_null());
    EXPECT_NEAR(node["slopes"]["right"].get<double>(), c.right, 1e-6);
  }
  // Ties in a window, and only in one.
  const Explanation pool = explain_expression("sum(max_pool(x, [2]) * [1, 2])", {"x=[[5, 5, 1, 2]]"});
  EXPECT_EQ(step_of(pool, "x").check, Check::kink);
  // Curved is not kinked.
  for (const char* smooth : {"exp(300*x)", "x^4", "tanh(500*x)", "x*x*1e6", "relu(x+0.01)"}) EXPECT_EQ(step_of(explain_expression(smooth, {"x=0"}), "x").check, Check::agrees) << smooth;
  EXPECT_EQ(step_of(explain_expression("sqrt(x)", {"x=0"}), "x").check, Check::edge);
}

// Rectified lines with rules that are wrong: everywhere by a thousandth, at the kink alone, and where x is large.
struct Factor {
  using family = ops::Map<1>;
  static constexpr auto name = "wrong_factor", doc = "", math = "max(x, 0)";
  static constexpr auto f(auto x) { return select(x > 0, x, 0 * x); }
  static constexpr auto df(auto x, auto, auto t) { return select(x > 0, 1.001 * t, 0 * t); }
};
struct AtKink {
  using family = ops::Map<1>;
  static constexpr auto name = "wrong_at_kink", doc = "", math = "max(x, 0)";
  static constexpr auto f(auto x) { return select(x > 0, x, 0 * x); }
  static constexpr auto df(auto x, auto, auto t) { return select(x > 0, t, select(x < 0, 0 * t, 1.5 * t)); }
};
struct Missing {
  using family = ops::Map<1>;
  static constexpr auto name = "wrong_missing", doc = "", math = "max(x, 0)";
  static constexpr auto f(auto x) { return select(x > 0, x, 0 * x); }
  static constexpr auto df(auto x, auto, auto t) { return select(x > 0.5, 0 * t, select(x > 0, t, 0 * t)); }
};

// A tensor with many kinks among its numbers, too large for one difference each.
TEST(Trace, AWrongGradientIsToldAmongKinks) {
  std::vector<double> values;
  for (int i = 0; i < 300; ++i) values.push_back(i % 2 ? std::sin(i) : 0);
  const auto check = [&](Tensor (*f)(const Tensor&), const Tensor& weights) {
    return record({{"x", Tensor::from(values, {300})}}, [&](Inputs v) { return sum(f(v[0]) * weights); }).steps[0];
  };
  const Tensor weights = numbers({300}, 0.2, 0.7);
  const Step right = check(relu, weights);
  EXPECT_EQ(right.check, Check::agrees) << right.error;
  EXPECT_EQ(right.compared, Compared::along);
  EXPECT_EQ(right.kinks, 150);
  for (Tensor (*wrong)(const Tensor&) : {+[](const Tensor& x) { return apply<Factor>(x); }, +[](const Tensor& x) { return apply<AtKink>(x); }, +[](const Tensor& x) { return apply<Missing>(x); }}) {
    const Step step = check(wrong, weights);
    EXPECT_EQ(step.check, Check::differs) << step.error;
  }
  // A single number at a kink has the word for it only if its gradient is that of a branch.
  const auto single = [](Tensor (*f)(const Tensor&)) { return record({{"x", Tensor::full({}, 0, Dtype::f64)}}, [&](Inputs v) { return 3 * f(v[0]); }).steps[0]; };
  EXPECT_EQ(single(relu).check, Check::kink);
  EXPECT_EQ(single([](const Tensor& x) { return apply<AtKink>(x); }).check, Check::differs);
  EXPECT_EQ(single([](const Tensor& x) { return relu(x) - 0.2 * abs(x); }).check, Check::kink);  // 0, and the slopes are 0.6 and 2.4
}

// Gradients that are next to nothing beside the result are compared too.
TEST(Trace, AWrongGradientIsToldWhereGradientsVanish) {
  for (const std::int64_t n : {300, 3}) {
    const auto check = [&](Tensor (*f)(const Tensor&)) { return record({{"x", numbers({n}, 0.3, 1)}}, [&](Inputs v) { return 2 + 1e-9 * sum(f(v[0])); }).steps[0]; };
    EXPECT_EQ(check(relu).check, Check::agrees);
    const Step wrong = check([](const Tensor& x) { return apply<Factor>(x); });
    EXPECT_EQ(wrong.check, Check::differs) << n << ": " << wrong.error;
  }
}

// A picture that is black but for a corner: ties in almost every window of the pool, and units that stand at 0.
TEST(Trace, APictureWithBlankPartsIsCompared) {
  std::vector<double> pixels(12 * 12, 0);
  for (int i = 0; i < 30; ++i) pixels[static_cast<std::size_t>(i)] = std::sin(i + 1);
  const Tensor end = numbers({3 * 5 * 5}, 0.5, 0.9);
  const Trace trace = record({{"x", Tensor::from(pixels, {1, 1, 12, 12})}, {"w", numbers({3, 1, 3, 3}, 1, 0.7)}, {"b", Tensor::zeros({3, 1, 1}, Dtype::f64)}},
                             [&](Inputs v) { return sum(reshape(max_pool(relu(conv(v[0], v[1]) + v[2]), {2, 2}), {75}) * end); });
  std::int64_t kinks = 0;
  for (const Step& step : trace.steps) {
    if (!step.grad.defined()) continue;
    EXPECT_TRUE(step.check == Check::agrees || (step.compared == Compared::each && step.check == Check::kink)) << step.symbol << ": " << step.error;
    kinks = std::max(kinks, step.kinks);
  }
  EXPECT_GT(kinks, 30);
}

// What would take too long as a whole is compared by the operations that take it: the slope is that of the whole.
TEST(Trace, AStepIsComparedAlone) {
  const Trace trace = record({{"x", numbers({5, 20}, 0.3, 1)}, {"w", numbers({20, 4}, 1, 0.7)}}, [](Inputs v) { return sum(square(tanh(matmul(v[0], v[1])) + sum(v[0]))); });
  Replay alone(trace, 0, true), whole(trace, 0, false);
  const Tensor way = numbers({5, 20}, 2, 0.3);
  const auto slope = [&](Replay& replay) { return (replay(trace.steps[0].value + 1e-5 * way) - replay(trace.steps[0].value - 1e-5 * way)) / 2e-5; };
  const double expected = sum(trace.steps[0].grad * way).item();
  EXPECT_NEAR(slope(alone) * alone.unit, expected, 1e-7);
  EXPECT_NEAR(slope(whole), expected, 1e-7);
  EXPECT_LT(alone.cost, whole.cost);
}

TEST(Trace, ACompositeLossIsOneStepWithItsOwnFormula) {
  const Explanation e = explain_expression("binary_cross_entropy(p, t)", {"p=0.25", "t=1"});
  int operations = 0;
  for (const Step& step : e.trace.steps) operations += !step.is_leaf();
  EXPECT_EQ(operations, 1);
  EXPECT_NEAR(step_of(e, "p").grad.item(), -4, 1e-12);
  EXPECT_EQ(step_of(e, "p").check, Check::agrees);
  EXPECT_NEAR(e.trace.steps[e.trace.result].inputs[0].local.item(), -4, 1e-12);
  const Json node = Json::parse(explanation_json(e))["nodes"].back();
  EXPECT_EQ(node["op"], "binary_cross_entropy");
  EXPECT_EQ(node["formula"], "-(t * log(p) + (1 - t) * log(1 - p))");
  EXPECT_EQ(node["numbers"], "-(1 * log(0.25) + (1 - 1) * log(1 - 0.25))");
  EXPECT_EQ(node["inputs"][0]["derivative"], "(1 - t) / (1 - p) - t / p");
  const Json logits = Json::parse(explanation_json(explain_expression("sum(binary_cross_entropy_with_logits(z, t))", {"z=[-1, 2]", "t=[0, 1]"})))["nodes"][2];
  EXPECT_EQ(logits["formula"], "t * softplus(-z) + (1 - t) * softplus(z)");
  EXPECT_EQ(logits["inputs"][0]["derivative"], "(1 - t) * sigmoid(z) - t * sigmoid(-z)");
  // The formula is what is computed: as an expression of its own it has the same value and slope.
  for (const char* text : {"huber_loss(a, b)", "mse_loss(a, b)", "l1_loss(a, b)", "kl_div(a, b)", "soft_margin_loss(a, b)", "poisson_nll_loss(a, b)"}) {
    const Explanation whole = explain_expression(text, {"a=0.3", "b=1.7"});
    const Json loss = Json::parse(explanation_json(whole))["nodes"].back();
    const std::string formula = loss["formula"], derivative = loss["inputs"][0]["derivative"];
    const Explanation parts = explain_expression(formula, {"a=0.3", "b=1.7"});
    EXPECT_NEAR(parts.trace.steps[parts.trace.result].value.item(), whole.trace.steps[whole.trace.result].value.item(), 1e-6) << text << " = " << formula;
    const Expression slope = parse_expression(derivative);
    std::vector<double> at;
    for (const std::string& name : slope.names()) at.push_back(name == "a" ? 0.3 : name == "b" ? 1.7 : loss["value"].get<double>());
    EXPECT_NEAR(slope.value(at), step_of(whole, "a").grad.item(), 1e-6) << text << ": " << derivative;
  }
}

// Operations with sums in them: their formula is what they compute, and the rule is told where it is short.
TEST(Trace, ACompositeWithSumsIsOneStepToo) {
  const std::vector<std::string> values{"a=[[1, 2, 3], [0.5, -1, 2]]", "b=[[2, 0, 1], [1, 1, -3]]"};
  for (const char* text : {"cosine_similarity(a, b)", "pairwise_distance(a, b)"}) {
    const Explanation e = explain_expression(std::string("sum(") + text + ")", values);
    int operations = 0;
    for (const Step& step : e.trace.steps) operations += !step.is_leaf();
    EXPECT_EQ(operations, 2) << text;
    expect_agreement(e.trace);
    const Json node = Json::parse(explanation_json(e))["nodes"][2];
    const std::string formula = node["formula"];
    EXPECT_NE(formula.find("sum("), std::string::npos) << formula;
    const Explanation parts = explain_expression("sum(" + formula + ")", values);
    EXPECT_NEAR(parts.trace.steps[parts.trace.result].value.item(), e.trace.steps[e.trace.result].value.item(), 1e-6) << formula;
    for (const Json& input : node["inputs"]) EXPECT_LT(input["derivative"].get<std::string>().size(), 130u) << input["derivative"];
  }
}

TEST(Trace, NamesAreUnique) {
  const auto expect_unique = [](const Trace& trace) {
    std::set<std::string> seen;
    for (const Step& step : trace.steps) {
      if (!step.literal) {
        EXPECT_TRUE(seen.insert(step.symbol).second) << step.symbol;
      }
    }
  };
  const Explanation e = explain_expression("sin(v1) * G * L + v2 * u1 + sum([1, 2] * c1)", {"v1=1", "v2=2", "G=3", "L=4", "u1=1", "c1=2"});
  expect_unique(e.trace);
  EXPECT_EQ(e.trace.steps[e.trace.result].symbol, "loss");
  EXPECT_NEAR(step_of(e, "G").grad.item(), std::sin(1) * 4, 1e-12);
  const Explanation deep = explain_recipe(train::load_recipe("xor"), {.sets = {"model.layers=[\"relu\", \"tanh\", \"relu\", \"linear 4\", \"relu\", \"tanh\", \"linear 1\"]"}});
  expect_unique(deep.trace);
  EXPECT_EQ(explanation_json(deep).find("a1'"), std::string::npos);
}

TEST(Trace, SaysWhereANumberCeasesToBeOne) {
  const auto text = [](const char* expression, const char* x) { return explanation_text(explain_expression(expression, {x}), {}); };
  EXPECT_NE(text("exp(log(x) + 1)", "x=-1").find("NaN appears first in v1 = log(x) = log(-1)."), std::string::npos);
  EXPECT_NE(text("exp(x * 1000)", "x=1").find("infinity appears first in L = exp(v1) = exp(1000)."), std::string::npos);
  EXPECT_NE(text("sqrt(x)", "x=0").find("infinity appears first on the way back, in dL/dx, through sqrt."), std::string::npos);
  EXPECT_EQ(text("x * x", "x=3").find("appears first"), std::string::npos);
  EXPECT_EQ(text("log(x)", "x=-1").find("-nan"), std::string::npos);
  const Json fault = Json::parse(explanation_json(explain_expression("exp(log(x) + 1)", {"x=-1"})))["not_finite"];
  EXPECT_EQ(fault["first"], "nan");
  EXPECT_EQ(fault["id"], 1);
}

}  // namespace
}  // namespace gradus::inspect
