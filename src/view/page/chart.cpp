#include "chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

#include <fmt/format.h>

#include "axis.hpp"
#include "view/words/catalogue.hpp"

namespace gradus::embedded {
extern const std::span<const unsigned char> chart_style, chart_script;
}

namespace gradus::inspect {
namespace {

constexpr double width = 440, height = 250, left = 54, right = 12, top = 12, bottom = 38;
constexpr std::size_t most_points = 400, most_rows = 60;
constexpr std::array<int, 7> hues{214, 20, 150, 285, 345, 48, 185};
constexpr std::array<const char*, 4> dashes{"", "7 4", "2 4", "9 3 2 3"};

std::string_view text_of_bytes(std::span<const unsigned char> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Long lines keep the least and the largest value of every stretch, so that no peak is lost.
Series thinned(const Series& series) {
  const std::size_t n = series.x.size();
  if (n <= most_points) return series;
  Series out{series.name, {}, {}};
  const std::size_t stretches = most_points / 2;
  for (std::size_t s = 0; s < stretches; ++s) {
    const std::size_t first = s * n / stretches, last = (s + 1) * n / stretches;
    std::size_t low = first, high = first;
    for (std::size_t i = first; i < last; ++i) {
      if (!(series.y[i] >= series.y[low])) low = i;
      if (!(series.y[i] <= series.y[high])) high = i;
    }
    if (s + 1 == stretches) high = last - 1;  // where the line ends is what is asked for most
    for (const std::size_t i : {std::min(low, high), std::max(low, high)}) {
      if (!out.x.empty() && out.x.back() == series.x[i]) continue;
      out.x.push_back(series.x[i]);
      out.y.push_back(series.y[i]);
    }
  }
  return out;
}

std::string points(const Series& series, const Axis& x, const Axis& y) {
  std::string path;
  bool drawing = false;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    const double up = y.share(series.y[i]);
    if (!std::isfinite(up)) {
      drawing = false;
      continue;
    }
    const bool alone = !drawing && (i + 1 == series.x.size() || !std::isfinite(y.share(series.y[i + 1])));
    path += fmt::format("{}{:.1f} {:.1f}{}", drawing ? "L" : "M", left + x.share(series.x[i]) * (width - left - right), height - bottom - up * (height - top - bottom), alone ? "h0" : "");
    drawing = true;
  }
  return path;
}

std::string numbers(const std::vector<double>& values) {
  std::string out;
  for (const double value : values) out += (out.empty() ? "" : " ") + (std::isfinite(value) ? fmt::format("{:.5g}", value) : std::string("nan"));
  return out;
}

std::string colour(std::size_t i, std::size_t count, bool ordered) {
  const int hue = ordered && count > 1 ? static_cast<int>(275 - 255 * static_cast<double>(i) / static_cast<double>(count - 1)) : hues[i % hues.size()];
  const char* dash = ordered ? "" : dashes[i % dashes.size()];
  return fmt::format(" style=\"--h:{}{}\"", hue, *dash ? fmt::format(";stroke-dasharray:{}", dash) : "");
}

std::string drawing(const std::string& title, const std::string& x_label, const std::vector<Series>& series, const ChartOptions& options, bool log) {
  bool whole = true;
  for (const Series& one : series) whole = whole && std::ranges::all_of(one.x, [](double v) { return v == std::floor(v); });
  const Axis x(series, &Series::x, false, whole), y(series, &Series::y, log);
  std::string out = fmt::format("<svg class=\"{}\" viewBox=\"0 0 {} {}\" role=\"img\" tabindex=\"0\" aria-label=\"{}\" data-low=\"{}\" data-high=\"{}\" data-bottom=\"{}\" data-top=\"{}\">\n",
                                log ? "log" : "linear", width, height, escaped(title), x.low, x.high, y.low, y.high);
  int digits = 4;  // until the numbers beside a narrow range differ
  const auto number = [&](double tick) { return digits == 4 ? short_number(tick) : fmt::format("{:.{}g}", tick, digits); };
  while (digits < 9 && y.ticks.size() > 1 && number(y.ticks[0]) == number(y.ticks[1])) ++digits;
  for (const double tick : y.ticks) {
    const double at = height - bottom - y.share(tick) * (height - top - bottom);
    out += fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}\"/><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left, at, width - right, left - 6, at + 4, number(tick));
  }
  for (const double tick : x.ticks) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", left + x.share(tick) * (width - left - right), height - bottom + 16, short_number(tick));
  }
  out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (left + width - right) / 2, height - 4, escaped(x_label));
  for (std::size_t i = 0; i < series.size(); ++i) {
    const std::string style = colour(i, series.size(), options.ordered), path = points(series[i], x, y);
    out += fmt::format("<path class=\"line\"{} d=\"{}\"/>\n", style, path);
    if (double at_x = 0, at_y = 0; std::sscanf(path.c_str(), "M%lf %lfh0", &at_x, &at_y) == 2 && path.ends_with("h0") && path.find('M', 1) == std::string::npos) {
      out += fmt::format("<circle class=\"spot\"{} cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"/>\n", style, at_x, at_y);  // one point is no line
    }
  }
  return out + "</svg>\n";
}

// The numbers for who cannot see the lines; of long ones every n-th, and the last.
std::string table(const std::string& title, const std::string& x_label, const std::vector<Series>& series) {
  std::vector<double> all;
  for (const Series& one : series) all.insert(all.end(), one.x.begin(), one.x.end());
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::string out = fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">", escaped(title)) + "<table><tr><th scope=\"col\">" + escaped(x_label) + "</th>";
  for (const Series& one : series) out += "<th scope=\"col\">" + escaped(one.name) + "</th>";
  out += "</tr>\n";
  const std::size_t every = (all.size() + most_rows - 1) / most_rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % every != 0 && i + 1 != all.size()) continue;
    out += "<tr><td class=\"num\">" + short_number(all[i]) + "</td>";
    for (const Series& one : series) {
      const auto at = std::ranges::lower_bound(one.x, all[i]);
      out += "<td class=\"num\">" + (at != one.x.end() && *at == all[i] ? short_number(one.y[static_cast<std::size_t>(at - one.x.begin())]) : std::string()) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</table></div>";
}

}  // namespace

std::string_view chart_style() { return text_of_bytes(embedded::chart_style); }
std::string_view chart_script() { return text_of_bytes(embedded::chart_script); }

std::string short_number(double value) {
  if (std::abs(value) >= 1e4 && std::abs(value) < 1e6) return fmt::format("{:.0f}", value);
  std::string text = std::isnan(value) ? "nan" : fmt::format("{:.4g}", value == 0 ? 0.0 : value);
  const std::size_t e = text.find('e');
  if (e == std::string::npos) return text;
  std::size_t digits = e + 2;
  while (digits + 1 < text.size() && text[digits] == '0') ++digits;
  return text.substr(0, e + 1) + (text[e + 1] == '-' ? "-" : "") + text.substr(digits);
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Series>& all, const ChartOptions& options) {
  std::vector<Series> series;
  bool positive = false;
  for (const Series& one : all) {
    series.push_back(thinned(one));
    positive = positive || std::ranges::any_of(one.y, [](double v) { return v > 0 && std::isfinite(v); });
  }
  std::string id = options.id;
  for (const char c : title) {
    if (options.id.empty()) id += std::isalnum(static_cast<unsigned char>(c)) ? c : '-';
  }
  const auto word = [&](Word w) { return std::string(text_of(w, options.language)); };
  const bool log_first = options.log_first && positive;
  std::string out = fmt::format("<figure class=\"chart\" id=\"{0}\"><figcaption>{1}</figcaption>\n", escaped(id), escaped(title));
  if (positive) {
    for (const bool log : {false, true}) {
      out += fmt::format("<input type=\"radio\" class=\"to-{0}\" name=\"scale-{1}\" id=\"{1}-{0}\"{2}><label for=\"{1}-{0}\">{3}</label>\n", log ? "log" : "linear", escaped(id),
                         log == log_first ? " checked" : "", word(log ? Word::logarithmic : Word::linear));
    }
  }
  out += "<div class=\"plot\">" + drawing(title, x_label, series, options, false);
  if (positive) out += drawing(title, x_label, series, options, true);
  out += "<output></output></div>\n<ul class=\"names\">";
  for (std::size_t i = 0; i < series.size(); ++i) {
    out += fmt::format("<li data-x=\"{}\" data-y=\"{}\"><svg viewBox=\"0 0 26 10\" aria-hidden=\"true\"><path class=\"line\"{} d=\"M1 5H25\"/></svg>{}</li>", numbers(series[i].x), numbers(series[i].y),
                       colour(i, series.size(), options.ordered), escaped(series[i].name));
  }
  return out + "</ul>\n<details><summary>" + word(Word::numbers) + "</summary>" + table(title, x_label, series) + "</details></figure>\n";
}

}  // namespace gradus::inspect
