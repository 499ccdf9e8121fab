// Numbers that were predicted, against the true ones.
#include <algorithm>
#include <cmath>

#include "report.hpp"
#include "view/page/axis.hpp"

namespace gradus::inspect {

std::string scatter(const std::string& title, const std::string& x_label, const std::string& y_label, const std::vector<std::pair<double, double>>& points) {
  constexpr double side = 360, left = 62, right = 12, top = 12, bottom = 42;
  Series all{title, {}, {}};
  for (const auto& [truth, said] : points) all.y.push_back(truth), all.y.push_back(said);
  const Axis axis({all}, &Series::y, false);  // the same for both, so that the line goes from corner to corner
  const double size = side - left - right;
  const auto across = [&](double v) { return left + axis.share(v) * size; };
  const auto up = [&](double v) { return top + size - axis.share(v) * size; };
  std::string out = fmt::format("<svg class=\"scatter\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", side, top + size + bottom, escaped(title));
  for (const double tick : axis.ticks) {
    out += fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}M{:.1f} {}V{}\"/><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text><text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", left, up(tick), left + size,
                       across(tick), top, top + size, left - 6, up(tick) + 4, short_number(tick), across(tick), top + size + 16, short_number(tick));
  }
  out += fmt::format("<path class=\"right\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n", across(axis.low), up(axis.low), across(axis.high), up(axis.high));
  for (const auto& [truth, said] : points) {
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{} → {}</title></circle>\n", across(truth), up(said), short_number(truth), short_number(said));
  }
  return out + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text><text transform=\"translate(13 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text></svg>\n", left + size / 2, top + size + bottom - 6,
                           escaped(x_label), top + size / 2, escaped(y_label));
}

std::string numbers_section(const RunData& run, Language language) {
  if (!run.samples.contains("numbers") || !run.samples["numbers"].is_object()) return {};
  const Json& numbers = run.samples["numbers"];
  std::vector<std::pair<double, double>> points;
  if (numbers.contains("pairs") && numbers["pairs"].is_array()) {
    for (const Json& pair : numbers["pairs"]) {
      if (pair.is_array() && pair.size() == 2 && std::isfinite(number_of(pair[0])) && std::isfinite(number_of(pair[1]))) points.emplace_back(number_of(pair[0]), number_of(pair[1]));
    }
  }
  if (points.empty()) return {};
  std::string about = text_of(Word::numbers_about, language, part_word(text_of_json(run.samples, "part"), language), short_number(number_of(numbers, "mean_absolute_error")));
  const auto more = [&](const std::string& text) { about += (language == Language::chinese ? "" : " ") + text; };
  if (const double r2 = number_of(numbers, "r2"); std::isfinite(r2)) more(text_of(Word::numbers_r2, language, short_number(r2)));
  if (static_cast<double>(points.size()) < number_of(run.samples, "rows")) more(text_of(Word::numbers_some, language, points.size()));
  const std::string target = target_of(run, language), title(text_of(Word::numbers_title, language));
  return section(Word::numbers_title, about, looked_at(run, language) + scatter(title, text_of(Word::true_axis, language, target), text_of(Word::said_axis, language, target), points), language);
}

}  // namespace gradus::inspect
