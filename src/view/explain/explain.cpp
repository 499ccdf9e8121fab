// Expressions explained.
#include <algorithm>

#include <fmt/format.h>
#include <gradus/base/text.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/expression.hpp>

#include "update.hpp"

namespace gradus::inspect {
namespace {

constexpr std::size_t most_characters = 20'000;

struct Value {
  std::string name;
  Tensor value;
};

// "w=-3", "w=[[1, 2], [3, 4]]", "w=pi/2"
Value parse_value(const std::string& text) {
  const std::size_t sign = text.find('=');
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9'); };
  if (sign == std::string::npos || sign == 0 || !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(sign), letter)) {
    fail<UsageError>("explain", quoted(text) + " gives no name a value", "such as x=2 or w=[[1,2],[3,4]]");
  }
  if (text.size() > most_characters) fail_expression(text, most_characters, fmt::format("a value has {} characters at most", most_characters));
  const Expression e = parse_expression(std::string_view(text).substr(sign + 1));
  if (!e.names().empty()) {
    const auto at = std::ranges::find(e.nodes(), Expression::Kind::name, &Expression::Node::kind)->at;
    fail_expression(e.text(), at, fmt::format("the value of {} is not a number: it has the name {}", quoted(text.substr(0, sign)), quoted(e.names()[0])));
  }
  return {text.substr(0, sign), cast(e({}, true), Dtype::f64)};
}

bool trained_by_name(const std::string& name) { return name[0] == 'w' || name[0] == 'W' || name[0] == 'b'; }

}  // namespace

std::size_t find_step(const Trace& trace, const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t at = trace.steps.size(); at-- > 0;) {
    const Step& step = trace.steps[at];
    if (!step.grad.defined()) continue;
    if (step.name == name || step.symbol == name) return at;
    names.push_back(step.symbol);
  }
  fail<UsageError>("--path", "nothing with a gradient is called " + quoted(name), did_you_mean(name, names));
}

Explanation explain_expression(const std::string& expression, const std::vector<std::string>& values, const UpdateOptions& update) {
  if (expression.size() > most_characters) fail_expression(expression, most_characters, fmt::format("an expression has {} characters at most", most_characters));
  const Expression parsed = parse_expression(expression);
  std::vector<Value> given;
  for (const std::string& text : values) {
    given.push_back(parse_value(text));
    const std::string& name = given.back().name;
    if (std::ranges::count(given, name, &Value::name) > 1) fail<UsageError>("explain", quoted(name) + " is given twice");
    if (given.back().value.numel() == 0) fail<UsageError>("explain", quoted(name) + " holds no number", name + "=[[1,2],[3,4]], for example");
    if (std::ranges::find(parsed.names(), name) == parsed.names().end()) {
      fail<UsageError>("explain", fmt::format("{} is not in the expression {}", quoted(name), quoted(expression)), did_you_mean(name, parsed.names()));
    }
  }
  const bool chosen = !update.parameters.empty();
  for (const std::string& name : update.parameters) {
    if (std::ranges::find(parsed.names(), name) == parsed.names().end()) fail<UsageError>("--train", quoted(name) + " is not in the expression", did_you_mean(name, parsed.names()));
  }
  const bool by_name = !chosen && std::ranges::any_of(parsed.names(), trained_by_name);
  std::vector<Leaf> leaves;
  for (std::size_t i = 0; i < parsed.names().size(); ++i) {
    const std::string& name = parsed.names()[i];
    const auto found = std::ranges::find(given, name, &Value::name);
    if (found == given.end()) {
      const auto node = std::ranges::find_if(parsed.nodes(), [&](const Expression::Node& n) { return n.kind == Expression::Kind::name && n.name == i; });
      fail_expression(expression, node->at, quoted(name) + " has no value", fmt::format("add {}=2, for example", name));
    }
    const bool trained = chosen ? std::ranges::find(update.parameters, name) != update.parameters.end() : !by_name || trained_by_name(name);
    leaves.push_back({name, found->value, trained ? Step::Kind::parameter : Step::Kind::input});
  }
  if (leaves.empty()) fail_expression(expression, 0, "there is no variable in it, so nothing has a gradient", "such as x*w with x=2 w=3");
  Explanation out{.title = expression, .trace = record(leaves, [&](Inputs v) { return parsed(v, true); })};
  std::vector<std::size_t> parameters;
  for (std::size_t at = 0; at < out.trace.steps.size(); ++at) {
    if (out.trace.steps[at].kind == Step::Kind::parameter) parameters.push_back(at);
  }
  out.update = update_of(out.trace, parameters, [&](const std::vector<NamedParam>& named) { return optim::make(update.rule, named, update.options); });
  return out;
}

}  // namespace gradus::inspect
