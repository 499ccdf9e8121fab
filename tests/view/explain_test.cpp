// Explanations: the numbers that are printed, for every operation, and what is no expression.
#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/expression.hpp>
#include <gradus/view/explain.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace gradus::inspect {
namespace {

using Json = nlohmann::json;

Json json_of(const Explanation& e, const std::string& path = {}) { return Json::parse(explanation_json(e, path)); }

double grad_of(const Explanation& e, const std::string& name) { return e.trace.steps[find_step(e.trace, name)].grad.item(); }

std::string fault(const std::string& expression, const std::vector<std::string>& values = {}) {
  try {
    explain_expression(expression, values);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Explain, TheNumbersOfTheExampleThatEverybodyKnows) {
  const Explanation e = explain_expression("(x*w+b-t)^2", {"x=2", "w=-3", "b=1", "t=4"});
  EXPECT_EQ(grad_of(e, "w"), -36);
  EXPECT_EQ(grad_of(e, "x"), 54);
  EXPECT_EQ(grad_of(e, "b"), -18);
  EXPECT_EQ(grad_of(e, "t"), 18);
  const std::string text = explanation_text(e, {});
  for (const char* line : {"dL/dw = -36", "dL/dx = 54", "dL/db = -18", "dL/dt = 18", "x * w", "2 * (-3)", "2 * v3 = -18", "1 * (-18) = -18", "w - lr * g", "-3 - 0.1 * (-36)", "-3 \u2192 0.6"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "colours only on a terminal";
  EXPECT_NE(explanation_text(e, {.colour = true}).find("\x1b["), std::string::npos);
}

TEST(Explain, JsonAsScriptsReadIt) {
  const Json out = json_of(explain_expression("(x*w+b-t)^2", {"x=2", "w=-3", "b=1", "t=4"}), "w");
  EXPECT_EQ(out["value"], 81);
  EXPECT_EQ(out["grads"], (Json{{"x", 54.0}, {"w", -36.0}, {"b", -18.0}, {"t", 18.0}}));
  const Json& last = out["nodes"].back();
  for (const char* key : {"id", "op", "formula", "value", "grad", "numeric", "rel_error", "inputs"}) EXPECT_TRUE(last.contains(key)) << key;
  EXPECT_EQ(out["nodes"][4]["op"], "mul");
  EXPECT_EQ(out["nodes"][4]["inputs"], (Json::parse(R"([{"id":0,"local":-3.0,"derivative":"w","product":54.0},{"id":1,"local":2.0,"derivative":"x","product":-36.0}])")));
  EXPECT_EQ(out["update"].size(), 2u);
  EXPECT_DOUBLE_EQ(out["update"][0]["after"], 0.6);
  EXPECT_EQ(out["paths"]["count"], 1);
}

TEST(Explain, PathsMeetAndAddUp) {
  const Explanation e = explain_expression("v*v + sin(v)*v", {"v=0.7"});
  const Paths paths = paths_from(e.trace, find_step(e.trace, "v"));
  EXPECT_EQ(paths.count, 4);
  double sum = 0;
  for (const Path& path : paths.listed) sum += path.product.item();
  EXPECT_NEAR(sum, 2 * 0.7 + std::cos(0.7) * 0.7 + std::sin(0.7), 1e-14);
  EXPECT_NEAR(paths.sum.item(), sum, 1e-14);
  const Step& v = e.trace.steps[find_step(e.trace, "v")];
  ASSERT_EQ(v.arrivals.size(), 4u);
  EXPECT_EQ(v.arrivals.back().sum.item(), v.grad.item());  // the running sum ends in the gradient

  std::string doubled = "x";
  for (int i = 0; i < 8; ++i) doubled = "(" + doubled + "+" + doubled + ")";
  const Explanation many = explain_expression(doubled, {"x=1"});
  const Paths few = paths_from(many.trace, find_step(many.trace, "x"), 5);
  EXPECT_EQ(few.listed.size(), 5u);
  EXPECT_EQ(few.count, 256);
  EXPECT_EQ(few.sum.item(), 256);
}

TEST(Explain, TheTextbookNetwork) {
  const Explanation e = explain_expression("(y - sigmoid(W2 @ sigmoid(W1 @ x + b1) + b2))^2",
                                           {"x=[[1],[2]]", "y=[[1]]", "W1=[[0.5,-0.2],[-0.2,0.4],[0.3,-0.6]]", "b1=[[0.1],[-0.1],[0.2]]", "W2=[[0.6,-0.4,0.8]]", "b2=[[0.1]]"});
  const std::string text = explanation_text(e, {});
  for (const char* number : {"0.2], [0.5], [-0.7]", "0.549834], [0.622459], [0.331812]", "0.446366", "0.609775", "0.152276", "-0.185708", "-0.102108", "-0.0275794"}) {
    EXPECT_NE(text.find(number), std::string::npos) << number;
  }
  for (const Step& step : e.trace.steps) {
    if (step.grad.defined()) {
      EXPECT_LE(step.error, 1e-6) << step.symbol;
    }
  }
}

// A thousand expressions over every differentiable operation on numbers, with parts that are used again.
class RandomExpression {
 public:
  explicit RandomExpression(std::uint64_t seed, std::size_t first) : random_(seed, 0) {
    for (int i = 0; i < 3; ++i) parts_.push_back(std::string(1, "xyz"[i]));
    for (const OpEntry& entry : registry()) {
      const bool has = entry.op && std::ranges::any_of(entry.derivatives, [](const std::string& d) { return !d.empty(); });
      if (has) ops_.push_back(&entry);
    }
    for (int i = 0; i < 4; ++i) parts_.push_back(call(*ops_[i == 0 ? first % ops_.size() : random_.below(ops_.size())]));
    text = "tanh(" + parts_.back() + ")";
    for (std::size_t i = 3; i + 1 < parts_.size(); ++i) text += " + tanh(" + parts_[i] + ")";
  }
  std::string text;

 private:
  // Each argument is squeezed into the range where the operation has a derivative, with sigmoid, which has one everywhere.
  std::string call(const OpEntry& entry) {
    std::string out = std::string(entry.info.name) + "(";
    const std::size_t first = random_.below(parts_.size());  // no part twice: maximum(v, v) has no derivative for one of the two alone
    for (std::size_t i = 0; i < entry.domains.size(); ++i) {
      const ops::Range& d = entry.domains[i];
      const std::string& part = parts_[(first + i) % parts_.size()];
      std::string argument = fmt(d.lo + 0.1 * (d.hi - d.lo)) + " + " + fmt(0.8 * (d.hi - d.lo)) + " * sigmoid(" + part + ")";
      if (d.whole || entry.derivatives[i].empty()) argument = d.whole ? "2" : "1";
      out += (i ? ", " : "") + argument;
    }
    return out + ")";
  }
  static std::string fmt(double v) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, v < 0 ? "(%.3f)" : "%.3f", v);
    return buffer;
  }
  Random random_;
  std::vector<std::string> parts_;
  std::vector<const OpEntry*> ops_;
};

TEST(Explain, EveryGradientAgreesWithDifferences) {
  Random random(5, 1);
  std::size_t gradients = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    const RandomExpression made(i, i);
    std::vector<std::string> values;
    const Expression parsed = parse_expression(made.text);
    for (const std::string& name : parsed.names()) values.push_back(name + "=" + std::to_string(2 * random.uniform() - 1));
    const Explanation e = explain_expression(made.text, values);
    for (const Step& step : e.trace.steps) {
      if (!step.grad.defined()) continue;
      ASSERT_TRUE(step.numeric.defined());
      ++gradients;
      EXPECT_LE(step.error, 1e-6) << made.text << " at " << step.symbol << " = " << step.value.item() << ": " << step.grad.item() << " against " << step.numeric.item();
    }
  }
  EXPECT_GT(gradients, 20'000u);
}

TEST(Explain, WhatIsNoExpressionIsShownWithAMark) {
  EXPECT_EQ(fault("(x*w", {"x=1", "w=2"}), "[expression] ')' is missing, for what begins at column 1\n  (x*w\n      ^");
  EXPECT_EQ(fault("x*w", {"x=1"}), "[expression] 'w' has no value\n  x*w\n    ^\n  Hint: add w=2, for example");
  EXPECT_NE(fault("sigmod(x)", {"x=1"}).find("did you mean 'sigmoid'?"), std::string::npos);
  EXPECT_NE(fault("x", {"x=1", "q=2"}).find("'q' is not in the expression"), std::string::npos);
  EXPECT_NE(fault("x", {"x=[[1,2],[3]]"}).find("the rows of a matrix have one length"), std::string::npos);
  EXPECT_NE(fault("a @ b", {"a=[[1,2]]", "b=[[1,2]]"}).find("inner sizes differ"), std::string::npos);
  EXPECT_NE(fault("a @ b", {"a=[[1,2]]", "b=[[1,2]]"}).find("\n    ^"), std::string::npos);
  EXPECT_NE(fault("1 + 2").find("no variable"), std::string::npos);
  EXPECT_NE(fault("floor(x)", {"x=1"}).find("depends on nothing"), std::string::npos);
  EXPECT_NE(fault(std::string(1'000'000, '(')).find("20000 characters at most"), std::string::npos);
  std::string sum = "x";
  while (sum.size() < 1'000'000) sum += "+x";
  EXPECT_NE(fault(sum, {"x=1"}).find("characters at most"), std::string::npos);
  EXPECT_NE(fault(std::string(5000, '(') + "x" + std::string(5000, ')'), {"x=1"}).find("levels inside each other"), std::string::npos);
  EXPECT_LT(fault(std::string(1'000'000, '(')).size(), 400u);
}

TEST(Explain, CallsAnyOperationAsPyTorchHasIt) {
  EXPECT_NEAR(explain_expression("sum(softmax(x, dim=-1) * w)", {"x=[[1,2,3]]", "w=[[0,0,1]]"}).trace.steps.back().value.item(), 0.66524095, 1e-7);
  const Explanation e = explain_expression("mean(cross_entropy(z, y))", {"z=[[1,2,0],[0,1,3]]", "y=[1,2]"});
  const std::vector<double> grad = e.trace.steps[find_step(e.trace, "z")].grad.to_vector();
  EXPECT_NEAR(grad[1], (std::exp(2) / (std::exp(1) + std::exp(2) + 1) - 1) / 2, 1e-12);
  EXPECT_EQ(explain_expression("sum(sum(x, 1, True))", {"x=[[1,2],[3,4]]"}).trace.steps.back().value.item(), 10);
  EXPECT_EQ(explain_expression("sum(T(x) @ x)", {"x=[[1,2],[3,4]]"}).trace.steps.back().value.item(), 58);
}

TEST(Explain, SmallMatricesAreWrittenOutAndRulesAreFormulas) {
  const Explanation e = explain_expression("sum(square(w @ x - t))", {"w=[[1,2],[3,4]]", "x=[[1],[0.123456789]]", "t=[[0],[1]]"});
  const std::string text = explanation_text(e, {});
  for (const char* part : {"[[1, 2], [3, 4]] @ [[1], [0.123457]]", "dL/dv1 @ x\u1d40", "w\u1d40 @ dL/dv1", "dL/dw = \u03b4 x\u1d40, \u03b4 = dL/dv1", "[ 1  0.123457 ]", "dL/dw[1, 0] = \u03b4[1] \u00b7 x[0] = 4.98765 \u00b7 1 = 4.98765",
                           "[[2.49383], [4.98765]] @ [[1], [0.123457]]\u1d40"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find("0.1234567"), std::string::npos) << "one precision";
  EXPECT_EQ(text.find("_vjp("), std::string::npos) << text;
  const std::string softmax = explanation_text(explain_expression("sum(softmax(x) * t)", {"x=[1,2,3]", "t=[0,1,0]"}), {});
  EXPECT_NE(softmax.find("v1 * (dL/dv1 - sum(dL/dv1 * v1, axes=[-1], keepdims=true))"), std::string::npos) << softmax;
}

TEST(Explain, TheUpdateIsThatOfTheOptimizer) {
  const Explanation e = explain_expression("(x*w-1)^2", {"x=2", "w=3"}, {.rule = "adam", .options = {{"lr", "0.1"}}});
  const ParameterUpdate& w = e.update.parameters.at(0);
  ASSERT_EQ(w.moved.size(), 3u);
  EXPECT_EQ(w.moved[0].formula, "m + (1 - beta1) * (g - m)");
  EXPECT_NEAR(w.moved[0].element_after, 0.1 * 20, 1e-12);
  EXPECT_NEAR(w.moved[1].element_after, 0.001 * 400, 1e-12);
  EXPECT_NEAR(w.moved[2].element_after, 2.9, 1e-8);
  const Explanation momentum = explain_expression("(x*w-1)^2", {"x=2", "w=3"}, {.rule = "sgd", .options = {{"lr", "0.1"}, {"momentum", "0.9"}}});
  EXPECT_EQ(momentum.update.parameters[0].moved[0].formula, "momentum * v + g");
  EXPECT_EQ(momentum.update.parameters[0].moved[1].formula, "w - lr * v'");
}

// The row itself, its class, and what the network says: the largest of the numbers that the trace has.
TEST(Explain, ShowsTheSample) {
  const Explanation digits = explain_recipe(train::load_recipe("digits"), {.sample = 5});
  const SampleView& picture = *digits.sample;
  EXPECT_EQ(picture.target, std::to_string(static_cast<int>(digits.trace.steps[1].value.item())));
  const std::vector<double> logits = digits.trace.steps[find_step(digits.trace, "z2")].value.to_vector();
  EXPECT_EQ(picture.said, std::to_string(std::ranges::max_element(logits) - logits.begin()));
  double sum = 0;
  for (const double z : logits) sum += std::exp(z);
  EXPECT_NEAR(picture.probability, std::exp(*std::ranges::max_element(logits)) / sum, 1e-6);
  EXPECT_EQ(picture.picture, (Shape{1, 8, 8}));
  const std::vector<double> x = digits.trace.steps[0].value.to_vector();
  const auto [low, high] = std::ranges::minmax(x);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(picture.pixels[i], std::lround((x[i] - low) / (high - low) * 255)) << i;
  const std::string text = explanation_text(digits, {});
  EXPECT_NE(text.find("True class: 6. The network says: "), std::string::npos) << text.substr(0, 400);
  EXPECT_NE(text.find("      --@@++\n"), std::string::npos) << text.substr(0, 400);
  EXPECT_NE(explanation_page(digits, Language::chinese).find("<img alt=\"样本的图像，类别 6\" src=\"data:image/png;base64,"), std::string::npos);
  EXPECT_EQ(json_of(digits)["sample"]["pixels"].size(), 64u);

  // A threshold makes a class of one output.
  const Explanation bit = explain_recipe(train::load_recipe("xor"), {.sample = 3});
  EXPECT_EQ(bit.sample->target, "0");
}

TEST(Explain, ARecipeAndItsPage) {
  const Explanation e = explain_recipe(train::load_recipe("xor"));
  EXPECT_EQ(e.layers.size(), 3u);
  for (const Step& step : e.trace.steps) {
    if (step.grad.defined()) {
      EXPECT_LE(step.error, 1e-6) << step.symbol;
    }
  }
  for (const Language language : {Language::english, Language::chinese}) {
    const std::string page = explanation_page(e, language);
    EXPECT_EQ(page.find("http"), page.find("http://www.w3.org/2000/svg"));  // no request: the one address is a name
    EXPECT_EQ(page.find("<math>\n"), std::string::npos);
    EXPECT_NE(page.find(language == Language::english ? "Backward" : "反向传播"), std::string::npos);
  }
  EXPECT_NE(drawing_of(e, Drawing::network, DrawingFormat::svg).find("<circle"), std::string::npos);
  EXPECT_EQ(drawing_of(e, Drawing::graph, DrawingFormat::dot).substr(0, 14), "digraph gradus");
  EXPECT_EQ(drawing_of(e, Drawing::graph, DrawingFormat::mermaid).substr(0, 12), "flowchart TD");
}

}  // namespace
}  // namespace gradus::inspect
