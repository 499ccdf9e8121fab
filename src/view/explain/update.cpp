// The update stage: the formula of a rule, made by running its struct on names; and its numbers, made by the optimizer itself.
#include "update.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <gradus/base/text.hpp>
#include <gradus/lang/expr.hpp>
#include <gradus/ops.hpp>

#include "formula.hpp"

namespace gradus::inspect {
namespace {

using lang::Expr;

struct RuleFormulas {
  std::vector<std::string> names, states;  // of the states: as the struct has them, and as symbols
  std::vector<Formula> next;               // of each state, then of the parameter p, from p, g and the states; v' is a state's new value
  std::map<std::string, double> constants;  // lr, beta1, ...
  std::vector<std::pair<std::string, double>> options;
};

std::string symbol_of_state(const std::string& state) {
  static const std::map<std::string, std::string> known{{"momentum", "v"}, {"velocity", "v"}, {"mean", "m"}, {"square", "v"}};
  const auto found = known.find(state);
  return found == known.end() ? state : found->second;
}

// The numbers of a rule are made of its options once in a step. Which option a number is, or is 1 minus, is found by moving each.
template <class Rule>
std::vector<Expr> named_numbers(const Rule& rule, double t, double lr, std::map<std::string, double>& constants) {
  const auto numbers = rule.numbers(t, lr);
  std::vector<Expr> out;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::vector<std::pair<std::string, double>> sources;
    const double factor = 1 + 1e-6;
    for_each_field(rule, [&](std::string_view field, const auto& value) {
      if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, double>) {
        Rule moved = rule;
        for_each_field(moved, [&](std::string_view name, auto& other) {
          if constexpr (std::is_same_v<std::remove_cvref_t<decltype(other)>, double>) {
            if (name == field) other *= factor;
          }
        });
        const double rate = field == "lr" ? lr * factor : lr;
        if (value != 0 && moved.numbers(t, rate)[i] != numbers[i]) sources.emplace_back(field, field == "lr" ? lr : value);
      }
    });
    const double c = numbers[i];
    const auto name = [&](std::size_t k) { constants[sources[k].first] = sources[k].second; return Expr::variable(sources[k].first); };
    if (sources.size() == 1 && c == sources[0].second) out.push_back(name(0));
    else if (sources.size() == 1 && c == 1 - sources[0].second) out.push_back(1 - name(0));
    else if (sources.size() == 1 && c == 1 / std::sqrt(1 - std::pow(sources[0].second, t))) out.push_back(1 / sqrt(1 - pow(name(0), Expr(t))));
    else if (sources.size() == 2 && sources[0].first == "lr" && c == lr / (1 - std::pow(sources[1].second, t))) {
      out.push_back(name(0) / (1 - pow(name(1), Expr(t))));
    } else if (sources.size() == 2 && sources[0].first == "lr" && c == 1 - lr * sources[1].second) {
      out.push_back(1 - name(0) * name(1));
    } else {
      out.push_back(Expr(c));
    }
  }
  return out;
}

template <class Rule>
RuleFormulas formulas(const Rule& rule, double t, double lr) {
  RuleFormulas out;
  for_each_field(rule, [&](std::string_view field, const auto& value) {
    out.options.emplace_back(field, field == "lr" ? lr : static_cast<double>(value));
  });
  const auto kept = static_cast<std::size_t>(rule.kept());
  const std::vector<Expr> c = named_numbers(rule, t, lr, out.constants);
  Expr p = Expr::variable("p");
  const Expr g = Expr::variable("g");
  std::vector<Expr> s;
  for (const char* state : Rule::states) {
    std::string symbol = symbol_of_state(state);
    if (std::ranges::find(out.states, symbol) != out.states.end()) symbol = state;  // a symbol is used once
    s.push_back(s.size() < kept ? Expr::variable(symbol) : Expr(0));
    if (out.states.size() == kept) continue;
    out.names.emplace_back(state);
    out.states.push_back(symbol);
  }
  Rule::step(p, g, s.data(), c.data());
  // What the new value of a state stands in is printed with that value as a name.
  std::vector<std::string> texts;
  for (std::size_t k = 0; k < kept; ++k) texts.push_back(s[k].text());
  texts.push_back(p.text());
  std::map<std::string, Formula> primes;
  for (std::size_t k = 0; k < kept; ++k) {
    const std::string fresh = out.states[k] + "_new";
    primes.emplace(fresh, Formula::name(out.states[k] + "'"));
    for (std::size_t later = k + 1; later < texts.size(); ++later) {
      const std::string whole = s[k].text();
      for (std::size_t at = texts[later].find(whole); at != std::string::npos; at = texts[later].find(whole, at + fresh.size())) texts[later].replace(at, whole.size(), fresh);
    }
  }
  for (const std::string& text : texts) out.next.push_back(Formula::parse(text).with(primes).folded());
  return out;
}

RuleFormulas formulas_of(const optim::Optimizer& optimizer, double t) {
#define GRADUS_RULE(R) \
  if (const auto* known = dynamic_cast<const optim::R*>(&optimizer)) return formulas(known->rule(), t, optimizer.lr());
  GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE
  fail<InternalError>("explain", "an optimizer that is in no list: " + std::string(optimizer.name()));
}

// The element that is spelled out: the one with the largest gradient.
std::size_t shown_element(const Tensor& grad) {
  const std::vector<double> g = grad.to_vector();
  std::size_t best = 0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    if (std::abs(g[i]) > std::abs(g[best])) best = i;
  }
  return best;
}

std::string place_text(const Tensor& x, std::size_t element) {
  if (x.rank() == 0) return {};
  const Shape shape = x.shape();
  Shape at(shape.size());
  auto rest = static_cast<std::int64_t>(element);
  for (std::size_t i = shape.size(); i-- > 0;) {
    at[i] = rest % shape[i];
    rest /= shape[i];
  }
  return to_string(at);
}

}  // namespace

Update update_of(const Trace& trace, const std::vector<std::size_t>& steps, const OptimizerMaker& make, const std::map<std::string, Tensor>& state) {
  struct Net {
    std::vector<Param> p;
  } net, grads;
  for (const std::size_t at : steps) {
    net.p.emplace_back(trace.steps[at].value);
    grads.p.emplace_back(trace.steps[at].grad);
  }
  std::vector<NamedParam> named;
  for (std::size_t i = 0; i < steps.size(); ++i) named.push_back({trace.steps[steps[i]].name, &net.p[i]});
  const std::unique_ptr<optim::Optimizer> optimizer = make(named);
  if (!state.empty()) {
    std::map<std::string, Tensor> exact;
    for (const auto& [name, value] : state) exact[name] = is_float(value.dtype()) ? cast(value, Dtype::f64) : value;
    optimizer->load_state(exact);
  }
  const auto before = optimizer->state();
  const RuleFormulas rule = formulas_of(*optimizer, static_cast<double>(optimizer->steps() + 1));
  Update out{std::string(optimizer->name()), rule.options, optimizer->steps() + 1, {}};
  std::vector<std::vector<double>> values;
  for (const Param& p : net.p) values.push_back(p.value().to_vector());
  std::map<std::string, Tensor> states_before;
  for (const auto& [name, value] : before) states_before[name] = Tensor::from(value.to_vector(), value.shape());  // a copy: steps write in place
  optimizer->update(net, grads);
  const auto after = optimizer->state();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = trace.steps[steps[i]];
    const std::size_t element = shown_element(step.grad);
    ParameterUpdate parameter{step.name, step.symbol, place_text(step.value, element), step.grad, {}};
    std::map<std::string, Formula> names{{"p", Formula::name(step.symbol)}, {"g", Formula::name("g")}}, numbers;
    numbers.emplace("p", Formula(values[i][element]));
    numbers.emplace("g", Formula(step.grad.to_vector()[element]));
    for (const auto& [name, value] : rule.constants) numbers.emplace(name, Formula(value));
    for (std::size_t k = 0; k <= rule.states.size(); ++k) {
      Moved moved;
      const bool is_state = k < rule.states.size();
      moved.symbol = is_state ? rule.states[k] : step.symbol;
      const std::string key = is_state ? rule.names[k] + "." + step.name : std::string();
      moved.before = is_state ? states_before.at(key) : Tensor::from(values[i], step.value.shape());
      moved.after = is_state ? after.at(key) : net.p[i].value();
      moved.element_before = moved.before.to_vector()[element];
      moved.element_after = moved.after.to_vector()[element];
      if (is_state) numbers.emplace(moved.symbol, Formula(moved.element_before));
      moved.formula = rule.next[k].with(names).text();
      moved.numbers = rule.next[k].with(numbers).text();
      if (is_state) numbers.emplace(moved.symbol + "'", Formula(moved.element_after));
      parameter.moved.push_back(std::move(moved));
    }
    out.parameters.push_back(std::move(parameter));
  }
  return out;
}

}  // namespace gradus::inspect
