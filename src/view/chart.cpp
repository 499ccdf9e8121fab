#include "chart.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace gradus::inspect {
namespace {

constexpr double width = 720, height = 260, left = 64, right = 16, top = 16, bottom = 40;
constexpr std::array<const char*, 5> colours{"#2a6fbb", "#c2571a", "#2f8a4c", "#8a4fbf", "#b03060"};

// The numbers of an axis: from `low` to `high` in round steps.
struct Axis {
  double low = 0, high = 1, step = 1;

  explicit Axis(const std::vector<Series>& series, std::vector<double> Series::* values) {
    low = INFINITY, high = -INFINITY;
    for (const Series& one : series) {
      for (const double value : one.*values) {
        if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
      }
    }
    if (low > high) low = 0, high = 1;
    if (low == high) {
      const double margin = low == 0 ? 1 : std::abs(low) / 2;
      low -= margin, high += margin;
    }
    const double rough = (high - low) / 4, power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1, 2, 5, 10}) {
      step = factor * power;
      if (step >= rough) break;
    }
    low = std::floor(low / step) * step;
    high = std::ceil(high / step) * step;
  }
  int ticks() const { return static_cast<int>(std::lround((high - low) / step)); }
  double tick(int i) const { return low + i * step; }
  double share(double value) const { return (value - low) / (high - low); }
};

std::string points(const Series& series, const Axis& x, const Axis& y) {
  std::string path;
  bool drawing = false;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!std::isfinite(series.y[i])) {
      drawing = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", drawing ? " L" : " M", left + x.share(series.x[i]) * (width - left - right),
                        height - bottom - y.share(series.y[i]) * (height - top - bottom));
    drawing = true;
  }
  return path;
}

}  // namespace

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

std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Series>& series) {
  const Axis x(series, &Series::x), y(series, &Series::y);
  std::string out = fmt::format("<figure><figcaption>{}", escaped(title));
  for (std::size_t i = 0; i < series.size(); ++i) {
    out += fmt::format(" <span style=\"color:{}\">\u2014 {}</span>", colours[i % colours.size()], escaped(series[i].name));
  }
  out += fmt::format("</figcaption>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", width, height, escaped(title));
  for (int i = 0; i <= y.ticks(); ++i) {
    const double at = height - bottom - y.share(y.tick(i)) * (height - top - bottom);
    out += fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}\"/><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.4g}</text>\n", left,
                       at, width - right, left - 6, at + 4, std::abs(y.tick(i)) < y.step / 1e6 ? 0.0 : y.tick(i));
  }
  for (int i = 0; i <= x.ticks(); ++i) {
    out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.6g}</text>\n",
                       left + x.share(x.tick(i)) * (width - left - right), height - bottom + 18, x.tick(i));
  }
  out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (left + width - right) / 2, height - 6, escaped(x_label));
  for (std::size_t i = 0; i < series.size(); ++i) {
    out += fmt::format("<path class=\"line\" stroke=\"{}\" d=\"{}\"/>\n", colours[i % colours.size()], points(series[i], x, y));
  }
  return out + "</svg></figure>\n";
}

}  // namespace gradus::inspect
