#include "describe.hpp"

#include <algorithm>
#include <cmath>

#include <gradus/ops.hpp>

namespace gradus::inspect {
namespace {

const OpEntry* entry_of(const Op& op) {
  for (const OpEntry& entry : registry()) {
    if (entry.info.name == op.info().name) return &entry;
  }
  return nullptr;
}

Formula symbol_of(const Step& step) {
  return step.literal ? Formula(step.value.item()) : Formula::name(step.symbol);
}

// What the texts of a struct call its inputs.
std::map<std::string, Formula> operands(const Trace& trace, const Step& step, bool values) {
  std::map<std::string, Formula> out;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const Step& from = trace.steps[step.inputs[i].from];
    const std::string name(1, step.inputs.size() == 1 ? 'x' : "abc"[i]);
    out.emplace(name, values && from.value.numel() == 1 ? Formula(from.value.item()) : symbol_of(from));
  }
  return out;
}

bool is_map(const Step& step) { return step.op->info().family == Family::map && !step.op->info().math.empty(); }
bool is_transpose(const Step& step) { return step.op->info().name == "permute" && step.value.rank() == 2 && step.op->text().find("[1, 0]") != std::string::npos; }

// "axes=[0]" for what differs from the standard.
std::vector<Formula> attributes(const Step& step) {
  const std::string text = step.op->text(), name(step.op->info().name);
  const OpEntry* entry = entry_of(*step.op);
  if (text == name || !entry || entry->make({})->text() == text) return {};
  return {Formula::name(text.substr(name.size() + 1, text.size() - name.size() - 2))};
}

Formula called(const Trace& trace, const Step& step, bool values) {
  if (is_map(step)) return Formula::parse(step.op->info().math).with(operands(trace, step, values));
  std::vector<Formula> arguments;
  for (const Link& link : step.inputs) {
    const Step& from = trace.steps[link.from];
    arguments.push_back(values && from.value.numel() == 1 ? Formula(from.value.item()) : symbol_of(from));
  }
  if (is_transpose(step)) return Formula::call("T", std::move(arguments));
  for (Formula& f : attributes(step)) arguments.push_back(std::move(f));
  return Formula::call(std::string(step.op->info().name), std::move(arguments));
}

}  // namespace

Formula formula_of(const Trace& trace, const Step& step) { return called(trace, step, false); }
Formula numbers_of(const Trace& trace, const Step& step) { return called(trace, step, true); }

bool all_numbers(const Trace& trace, const Step& step) {
  return std::ranges::all_of(step.inputs, [&](const Link& link) { return trace.steps[link.from].value.numel() == 1; });
}

bool is_product_rule(const Step& step, std::size_t) {
  static constexpr std::string_view names[] = {"matmul", "softmax", "log_softmax", "cross_entropy", "sum", "mean"};
  return std::ranges::find(names, step.op->info().name) != std::end(names);
}

Formula local_formula(const Trace& trace, const Step& step, std::size_t input) {
  const std::string_view op = step.op->info().name;
  const auto symbol = [&](std::size_t i) { return symbol_of(trace.steps[step.inputs[i].from]); };
  if (is_map(step)) {
    const OpEntry* entry = entry_of(*step.op);
    if (!entry || entry->derivatives[input].empty()) return Formula(0);
    std::map<std::string, Formula> values = operands(trace, step, false);
    values.emplace("t", Formula(1));
    values.emplace("y", Formula::name(step.symbol));
    return Formula::parse(entry->derivatives[input]).with(values).folded();
  }
  const Formula g = Formula::name("G");
  const auto times = [](Formula a, Formula b) { return Formula::call("mul", {std::move(a), std::move(b)}); };
  const auto minus = [](Formula a, Formula b) { return Formula::call("sub", {std::move(a), std::move(b)}); };
  const Formula y = Formula::name(step.symbol);
  if (op == "matmul") return input == 0 ? Formula::call("matmul", {g, Formula::call("T", {symbol(1)})}) : Formula::call("matmul", {Formula::call("T", {symbol(0)}), g});
  if (op == "softmax") return times(y, minus(g, Formula::call("sum", {times(g, y)})));
  if (op == "log_softmax") return minus(g, times(Formula::call("exp", {y}), Formula::call("sum", {g})));
  if (op == "cross_entropy") return times(minus(Formula::call("softmax", {symbol(0)}), step.op->text().ends_with("=0)") ? Formula::call("one_hot", {symbol(1)}) : Formula::name("target")), g);
  if (op == "sum") return g;
  if (op == "mean") {
    const double n = static_cast<double>(trace.steps[step.inputs[0].from].value.numel()) / static_cast<double>(std::max<std::int64_t>(1, step.value.numel()));
    return n == 1 ? g : Formula::call("div", {g, Formula(n)});
  }
  if (is_transpose(step)) return Formula::call("T", {g});
  return Formula::call(fmt::format("{}_vjp", op), {g});
}

std::string_view operation_sign(const Step& step) {
  static constexpr std::pair<std::string_view, std::string_view> signs[] = {{"mul", "\u00d7"}, {"add", "+"}, {"sub", "\u2212"}, {"div", "\u00f7"}, {"matmul", "matmul"}, {"neg", "\u2212"}};
  for (const auto& [op, sign] : signs) {
    if (step.op->info().name == op) return sign;
  }
  return is_transpose(step) ? "transpose" : step.op->info().name;
}

std::string sample_text(const SampleView& sample, Language language) {
  const std::string weights = text_of(sample.trained ? Word::trained_weights : Word::start_weights, language, sample.source);
  return text_of(Word::sample_about, language, weights, sample.index, text_of(sample.trained ? Word::test_rows : Word::training_rows, language), sample.target);
}

double norm_of(const Tensor& x) {
  double sum = 0;
  for (const double v : x.to_vector()) sum += v * v;
  return std::sqrt(sum);
}

std::string tensor_text(const Tensor& x, int digits, std::int64_t most) {
  if (!x.defined()) return {};
  const std::vector<double> values = x.to_vector();
  if (values.size() == 1) return number_text(values[0], digits);
  const Shape shape = x.shape();
  if (x.numel() > most) {
    const auto [low, high] = std::ranges::minmax(values);
    return fmt::format("{}, {} .. {}, norm {}", to_string(shape), number_text(low, 4), number_text(high, 4), number_text(norm_of(x), 4));
  }
  std::string out;
  std::size_t at = 0;
  const auto print = [&](auto&& self, std::size_t axis) -> void {
    if (axis == shape.size()) {
      out += number_text(values[at++], digits);
      return;
    }
    out += '[';
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      if (i) out += ", ";
      self(self, axis + 1);
    }
    out += ']';
  };
  print(print, 0);
  return out;
}

}  // namespace gradus::inspect
