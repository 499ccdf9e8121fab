#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "view/page/chart.hpp"

namespace gradus::inspect {
namespace {

constexpr double width = 160, height = 90, bottom = 16;

// Steps along the tops of the bars: the area of each is the share of its numbers, so that two ranges can be compared.
std::string outline(const Bars& bars, double low, double high, double most) {
  double all = 0;
  for (const double count : bars.counts) all += count;
  const auto n = static_cast<double>(bars.counts.size());
  const double wide = (bars.high - bars.low) / n;
  std::string path;
  for (std::size_t i = 0; i < bars.counts.size(); ++i) {
    const auto across = [&](double place) { return (bars.low + place * wide - low) / (high - low) * width; };
    const double share = bars.counts[i] / all / (wide > 0 ? wide : high - low);
    const double up = height - bottom - std::min(1.0, share / most) * (height - bottom - 4);
    const double from = wide > 0 ? across(static_cast<double>(i)) : across(0) - 2, to = wide > 0 ? across(static_cast<double>(i) + 1) : across(0) + 2;
    if (i == 0) path += fmt::format("M{:.1f} {}", from, height - bottom);
    path += fmt::format("V{:.1f}H{:.1f}", up, to);
  }
  return path.empty() ? path : path + fmt::format("V{}", height - bottom);
}

double densest(const Bars& bars, double range) {
  double all = 0, most = 0;
  for (const double count : bars.counts) all += count, most = std::max(most, count);
  const double wide = (bars.high - bars.low) / static_cast<double>(std::max<std::size_t>(1, bars.counts.size()));
  return all > 0 ? most / all / (wide > 0 ? wide : range) : 0;
}

}  // namespace

std::string histogram(const std::string& title, const Bars& before, const Bars& after) {
  double low = INFINITY, high = -INFINITY;
  for (const Bars* bars : {&before, &after}) {
    if (!bars->counts.empty()) low = std::min(low, bars->low), high = std::max(high, bars->high);
  }
  if (!(low <= high)) return {};
  if (low == high) low -= 1, high += 1;
  // A start where all numbers are equal, or nearly so, would be higher than all that follows: what counts is how it ends.
  const double most = after.counts.empty() ? densest(before, high - low) : std::max(densest(after, high - low), std::min(densest(before, high - low), 2 * densest(after, high - low)));
  std::string out = fmt::format("<figure class=\"histogram\"><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}: {} .. {}\">", width, height, escaped(title), short_number(low), short_number(high));
  if (!after.counts.empty()) out += fmt::format("<path class=\"after\" d=\"{}\"/>", outline(after, low, high, most));
  if (!before.counts.empty()) out += fmt::format("<path class=\"before\" d=\"{}\"/>", outline(before, low, high, most));
  if (low < 0 && high > 0) out += fmt::format("<path class=\"grid\" d=\"M{0:.1f} 0V{1}\"/>", -low / (high - low) * width, height - bottom);
  out += fmt::format("<text x=\"0\" y=\"{0}\">{1}</text><text x=\"{2}\" y=\"{0}\" text-anchor=\"end\">{3}</text></svg>", height - 2, short_number(low), width, short_number(high));
  return out + "<figcaption>" + escaped(title) + "</figcaption></figure>\n";
}

}  // namespace gradus::inspect
