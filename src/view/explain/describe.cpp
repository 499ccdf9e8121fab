#include "describe.hpp"

#include <algorithm>
#include <cmath>

namespace gradus::inspect {

std::vector<Word> notes_of(const Trace& trace) {
  const auto any = [&](auto&& holds) { return std::ranges::any_of(trace.steps, [&](const Step& step) { return step.grad.defined() && holds(step); }); };
  std::vector<Word> out;
  if (any([](const Step& s) { return s.check == Check::kink; })) out.push_back(Word::kink_note);
  if (any([](const Step& s) { return s.check == Check::edge; })) out.push_back(Word::edge_note);
  if (any([](const Step& s) { return s.compared != Compared::each; })) out.push_back(Word::along_note);
  if (any([](const Step& s) { return s.compared != Compared::each && s.kinks > 0; })) out.push_back(Word::kinks_note);
  if (any([](const Step& s) { return s.compared == Compared::alone; })) out.push_back(Word::alone_note);
  return out;
}

std::string comparison_text(const Step& step, Language language) {
  std::string out;
  if (step.compared == Compared::alone) out += " " + std::string(text_of(Word::alone, language));
  if (step.compared != Compared::each && step.kinks > 0) out += " " + text_of(Word::kinks, language, step.kinks);
  return out;
}

double norm_of(const Tensor& x) {
  double sum = 0;
  for (const double v : x.to_vector()) sum += v * v;
  return std::sqrt(sum);
}

std::string difference_text(const Step& step) {
  if (!step.numeric.defined() || step.check == Check::edge) return {};
  if (step.left.defined() && step.left.numel() == 1) return fmt::format("{} | {}", number_text(step.left.item()), number_text(step.right.item()));
  return step.compared != Compared::each ? fmt::format("\u2207\u00b7d = {}", number_text(step.numeric.item())) : tensor_text(step.numeric, 6, 8);
}

std::string fault_text(const Trace& trace, const NotFinite& fault, Language language) {
  const Step& step = trace.steps[fault.step];
  const std::string what = fault.nan ? "NaN" : language == Language::chinese ? "无穷大" : "infinity";
  if (fault.gradient) return text_of(Word::fault_back, language, what, slope_name(trace, step), trace.steps[fault.through].op->info().name);
  return step.is_leaf() ? text_of(Word::fault_given, language, what, step.symbol) : text_of(Word::fault_forward, language, what, step.symbol, formula_of(trace, step).text(), numbers_of(trace, step).text());
}

std::string tensor_text(const Tensor& x, int digits, std::int64_t most) {
  if (!x.defined()) return {};
  const std::vector<double> values = x.to_vector();
  if (values.size() == 1) return number_text(values[0], digits);
  const Shape shape = x.shape();
  if (x.numel() > most) {
    const auto [low, high] = std::ranges::minmax(values);
    return fmt::format("{}, {} .. {}, \u2016\u00b7\u2016 {}", to_string(shape), number_text(low, 4), number_text(high, 4), number_text(norm_of(x), 4));
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
