// Formulas of steps: what the op structs say of themselves, with the names of the trace put in. A rule is read by watching it.
#include <algorithm>
#include <cmath>
#include <optional>

#include <gradus/ops.hpp>

#include "describe.hpp"
#include "rule_reader.hpp"

namespace gradus::inspect {
namespace {

constexpr std::int64_t written_out = 8;  // numbers of a matrix within a formula
constexpr int longest_composite = 20;     // operations of its rule
constexpr std::size_t longest_text = 120;  // of that in characters

}  // namespace

const OpEntry* entry_of(const Op& op) {
  const auto& all = registry();
  const auto found = std::ranges::find_if(all, [&](const OpEntry& entry) { return entry.info.type == op.info().type && entry.info.part == 0; });
  return found == all.end() ? nullptr : &*found;
}

namespace {

std::string operand_name(std::size_t inputs, std::size_t i) { return std::string(1, inputs == 1 ? 'x' : "abc"[i]); }

bool is_map(const Op& op) { return op.info().family == Family::map && !op.info().math.empty(); }
bool is_transpose(const Op& op, std::int64_t rank) { return op.info().name == "permute" && rank == 2 && op.text().find("[1, 0]") != std::string::npos; }
bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) { return std::ranges::find(names, name) != names.end(); }

// Steps of 1 and borders of 0, and a pool's stride that is its kernel: what nobody has to be told.
bool goes_without_saying(const std::string& attribute, const std::vector<std::string>& all) {
  const std::size_t sign = attribute.find('=');
  const std::string key = attribute.substr(0, sign), value = attribute.substr(sign + 1);
  const auto all_are = [&](char digit) { return value.find_first_not_of(std::string("[], ") + digit) == std::string::npos; };
  const bool pool = std::ranges::any_of(all, [](const std::string& a) { return a.starts_with("kernel="); });
  if (key == "padding" || key == "output_padding") return all_are('0');
  if (key == "stride" && pool) return value == "[]" || std::ranges::find(all, "kernel=" + value) != all.end();
  if (key == "stride" || key == "dilation" || key == "step" || key == "groups") return all_are('1');
  return key == "dtype";
}

// "axis=0" for each attribute that is not the standard one.
std::vector<Formula> attributes(const Op& op) {
  const auto parts = [&](const std::string& text) {
    std::vector<std::string> out;
    const std::size_t name = op.info().name.size();
    if (text.size() <= name) return out;
    int open = 0;
    std::string part;
    for (const char c : text.substr(name + 1, text.size() - name - 2)) {
      open += (c == '[' || c == '(') - (c == ']' || c == ')');
      if (c == ',' && open == 0) out.push_back(std::move(part)), part.clear();
      else if (c != ' ' || !part.empty()) part += c;
    }
    out.push_back(part);
    return out;
  };
  std::vector<Formula> out;
  const OpEntry* entry = entry_of(op);
  const std::vector<std::string> own = parts(op.text()), standard = entry && entry->make ? parts(entry->make({})->text()) : std::vector<std::string>();
  for (std::size_t i = 0; i < own.size(); ++i) {
    if ((i >= standard.size() || own[i] != standard[i]) && !goes_without_saying(own[i], own)) out.push_back(Formula::name(own[i]));
  }
  return out;
}

Formula symbol_of(const Step& step) { return step.literal ? Formula(step.value.item()) : Formula::name(step.symbol); }

bool is_written_out(const Tensor& x) { return x.numel() == 1 || (x.numel() <= written_out && x.rank() <= 2); }

// A number, a small matrix, or of a larger one its shape.
Formula value_of(const Tensor& x) {
  if (x.numel() == 1) return Formula(x.item());
  if (is_written_out(x)) return Formula::given(tensor_text(x), x);
  return Formula::name(to_string(x.shape()));
}

}  // namespace

bool only_moves(const Op& op) { return is_one_of(op.info().name, {"cast", "expand", "reshape", "unsqueeze", "squeeze"}); }

Formula applied(const Op& op, std::int64_t rank, std::vector<Formula> arguments) {
  if (is_map(op)) {
    std::map<std::string, Formula> values;
    for (std::size_t i = 0; i < arguments.size(); ++i) values.emplace(operand_name(arguments.size(), i), arguments[i]);
    return Formula::parse(op.info().math).with(values);
  }
  if (is_transpose(op, rank)) return Formula::call("T", std::move(arguments));
  for (Formula& f : attributes(op)) arguments.push_back(std::move(f));
  return Formula::call(std::string(op.info().name), std::move(arguments));
}

namespace {

// The derivative of an elementwise operation, times t.
std::optional<Formula> derivative(const OpEntry& entry, std::size_t input, const std::vector<Formula>& arguments, const Formula& y, const Formula& t) {
  if (entry.derivatives.size() <= input || entry.derivatives[input].empty()) return {};
  std::map<std::string, Formula> values{{"y", y}, {"t", t}};
  for (std::size_t i = 0; i < arguments.size(); ++i) values.emplace(operand_name(arguments.size(), i), arguments[i]);
  return Formula::parse(entry.derivatives[input]).with(values);
}

// A composite operation, told as one: the formulas of its parts, put together. Guards are left out where these numbers do not need them.
class Composite {
 public:
  Composite(const Trace& inside, std::vector<Formula> inputs) : trace_(inside) {
    for (const Step& step : inside.steps) {
      std::vector<Formula> arguments;
      for (const Link& link : step.inputs) arguments.push_back(formulas_[link.from]);
      chosen_.push_back(step.is_leaf() ? none : choice(step));
      if (step.is_leaf()) formulas_.push_back(step.literal ? Formula(step.value.item()) : formulas_.size() < inputs.size() ? inputs[formulas_.size()] : Formula::name(step.symbol));
      else if (chosen_.back() != none) formulas_.push_back(arguments[chosen_.back()]);
      else if (step.op->info().family != Family::map) formulas_.push_back(inspect::applied(*step.op, step.value.rank(), std::move(arguments)));
      else formulas_.push_back(Formula::call(std::string(step.op->info().name), std::move(arguments)));
    }
  }
  Formula whole() const { return formulas_[trace_.result]; }

  // Backwards over the parts, with formulas instead of numbers.
  Formula derivative(std::size_t input) const {
    std::vector<std::optional<Formula>> slopes(trace_.steps.size());
    slopes[trace_.result] = Formula(1);
    for (std::size_t at = trace_.steps.size(); at-- > 0;) {
      const Step& step = trace_.steps[at];
      if (!slopes[at] || step.is_leaf()) continue;
      std::vector<Formula> arguments;
      for (const Link& link : step.inputs) arguments.push_back(formulas_[link.from]);
      const OpEntry* entry = entry_of(*step.op);
      for (std::size_t i = 0; i < step.inputs.size(); ++i) {
        std::optional<Formula> slope;
        if (chosen_[at] != none) slope = i == chosen_[at] ? slopes[at] : std::nullopt;
        else if (entry) slope = inspect::derivative(*entry, i, arguments, formulas_[at], *slopes[at]);
        std::optional<Formula>& sum = slopes[step.inputs[i].from];
        if (slope) sum = sum ? Formula::call("add", {*sum, slope->folded()}) : slope->folded();
      }
    }
    return slopes[input] ? slopes[input]->folded() : Formula(0);
  }

  // The same where there are sums: the rules of the parts run on tensors without numbers. For each part, what comes back to it.
  Tensors pulled_back(RuleReader& reader, const Tensor& slope, const Formula& result) const {
    Tensors values, slopes(trace_.steps.size());
    for (std::size_t at = 0; at < trace_.steps.size(); ++at) {
      const Step& step = trace_.steps[at];
      values.push_back(step.literal ? step.value : reader.stand_in(step.value, at == trace_.result ? result : formulas_[at]));
    }
    slopes[trace_.result] = slope;
    for (std::size_t at = trace_.steps.size(); at-- > 0;) {
      const Step& step = trace_.steps[at];
      if (!slopes[at].defined() || step.is_leaf()) continue;
      Tensors x;
      for (const Link& link : step.inputs) x.push_back(values[link.from]);
      for (std::size_t i = 0; i < step.inputs.size(); ++i) {
        if (trace_.steps[step.inputs[i].from].kind == Step::Kind::constant || (chosen_[at] != none && i != chosen_[at])) continue;
        const Tensor product = chosen_[at] != none && !only_moves(*step.op) ? slopes[at] : step.op->vjp(x, values[at], slopes[at], TensorSet::input(i))[i];
        Tensor& sum = slopes[step.inputs[i].from];
        if (product.defined()) sum = sum.defined() ? sum + product : product;
      }
    }
    return slopes;
  }

 private:
  static constexpr std::size_t none = SIZE_MAX;

  // Which input a step hands on as it is, for these numbers.
  std::size_t choice(const Step& step) const {
    const std::string_view op = step.op->info().name;
    if (only_moves(*step.op)) return 0;
    const auto value = [&](std::size_t i) { return trace_.steps[step.inputs[i].from].value.to_vector(); };
    const auto all = [](const std::vector<double>& v, auto&& holds) { return !v.empty() && std::ranges::all_of(v, holds); };
    if (op == "where") {
      const std::vector<double> condition = value(0);
      if (all(condition, [](double c) { return c != 0; })) return 1;
      if (all(condition, [](double c) { return c == 0; })) return 2;
    }
    if (op == "maximum" || op == "minimum") {
      const std::vector<double> result = step.value.to_vector(), a = value(0);
      const std::size_t literal = trace_.steps[step.inputs[1].from].literal ? 0 : none;  // a bound that is not reached
      if (literal == 0 && a == result && all(value(1), [&](double bound) { return std::ranges::none_of(a, [&](double v) { return v == bound; }); })) return 0;
    }
    return none;
  }

  const Trace& trace_;
  std::vector<Formula> formulas_;
  std::vector<std::size_t> chosen_;
};

// What goes back to an input: a formula of the gradient, with names or with values.
Formula rule_of(const Trace& trace, const Step& step, std::size_t input, bool values) {
  const auto shown = [&](const Step& s) { return values ? value_of(s.value) : symbol_of(s); };
  const Formula g = values ? value_of(step.grad) : Formula::name(slope_name(trace, step));
  RuleReader reader;
  if (step.inside) reader.longest = longest_composite;
  Tensors x;
  std::vector<Formula> arguments;
  for (const Link& link : step.inputs) {
    const Step& from = trace.steps[link.from];
    arguments.push_back(shown(from));
    x.push_back(from.literal ? from.value : reader.stand_in(from.value, shown(from)));
  }
  const Tensor y = reader.stand_in(step.value, shown(step)), slope = reader.stand_in(step.value, g);
  Tensors grads;
  try {
    const Recording off(false);
    const Watch watch(reader);
    if (step.inside) grads = Composite(*step.inside, std::move(arguments)).pulled_back(reader, slope, shown(step));  // it has no rule but those of its parts
    else grads = step.op->vjp(x, y, slope, TensorSet::input(input));
  } catch (const Error&) {  // a rule that looks at numbers
  }
  const Formula* found = input < grads.size() && grads[input].defined() ? reader.find(grads[input]) : nullptr;
  const bool told = found && reader.operations <= reader.longest && !(step.inside && found->folded().text().size() > longest_text);
  if (!told) return Formula::call("vjp", {Formula::name(std::string(step.op->info().name)), g});
  const Formula whole = found->folded();
  const Tensor& to = trace.steps[step.inputs[input].from].value;
  const bool bare = whole.kind() == Formula::Kind::name && !(to.shape() == step.value.shape()) && to.numel() == step.value.numel();
  return bare ? Formula::call("reshape", {whole, Formula::name(to_string(to.shape()))}) : whole;
}

Formula with_operands(const Trace& trace, const Step& step, Formula (*operand)(const Step&)) {
  std::vector<Formula> arguments;
  for (const Link& link : step.inputs) arguments.push_back(operand(trace.steps[link.from]));
  if (step.inside) return Composite(*step.inside, std::move(arguments)).whole();
  return applied(*step.op, step.value.rank(), std::move(arguments));
}

}  // namespace

std::string slope_name(const Trace& trace, const Step& step) { return "d" + trace.steps[trace.result].symbol + "/d" + step.symbol; }

Formula formula_of(const Trace& trace, const Step& step) { return with_operands(trace, step, symbol_of); }
Formula numbers_of(const Trace& trace, const Step& step) {
  return with_operands(trace, step, [](const Step& from) { return value_of(from.value); });
}

bool has_numbers(const Trace& trace, const Step& step) {
  return std::ranges::all_of(step.inputs, [&](const Link& link) { return is_written_out(trace.steps[link.from].value); });
}

bool is_elementwise(const Step& step) { return step.inside ? !step.adds_up : is_map(*step.op); }

Formula local_formula(const Trace& trace, const Step& step, std::size_t input) {
  if (!is_elementwise(step)) return rule_of(trace, step, input, false);
  std::vector<Formula> arguments;
  for (const Link& link : step.inputs) arguments.push_back(symbol_of(trace.steps[link.from]));
  if (step.inside) return Composite(*step.inside, std::move(arguments)).derivative(input);
  const OpEntry* entry = entry_of(*step.op);
  const auto found = entry ? derivative(*entry, input, arguments, Formula::name(step.symbol), Formula(1)) : std::nullopt;
  return found ? found->folded() : Formula(0);
}

std::optional<Formula> local_numbers(const Trace& trace, const Step& step, std::size_t input) {
  const Link& link = step.inputs[input];
  if (!is_written_out(step.grad) || !is_written_out(link.product)) return {};
  if (is_elementwise(step)) return link.local.defined() ? Formula::call("mul", {value_of(step.grad), value_of(link.local)}) : std::optional<Formula>();
  if (!has_numbers(trace, step)) return {};
  const Formula rule = rule_of(trace, step, input, true);
  return step.inside && rule.text().starts_with("vjp(") ? std::optional<Formula>() : rule;
}

std::string_view operation_sign(const Step& step) {
  static constexpr std::pair<std::string_view, std::string_view> signs[] = {{"mul", "\u00d7"}, {"add", "+"}, {"sub", "\u2212"}, {"div", "\u00f7"}, {"matmul", "matmul"}, {"neg", "\u2212"}};
  for (const auto& [op, sign] : signs) {
    if (step.op->info().name == op) return sign;
  }
  return is_transpose(*step.op, step.value.rank()) ? "transpose" : step.op->info().name;
}

}  // namespace gradus::inspect
