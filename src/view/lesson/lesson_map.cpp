#include "lesson_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "view/explain/formula.hpp"

namespace gradus::inspect {
namespace {

constexpr double side = 150, low = -0.35, high = 1.35, tile = 236, top = 34;

double place_x(double x) { return (tile - side * (high - low) / 1.2) / 2 + (x - low) / 1.2 * side; }
double place_y(double y) { return top + (high - y) / 1.2 * side; }

// Where the line u x + v y + b = 0 enters and leaves the square of the map; fewer than two points when it passes outside.
std::vector<std::array<double, 2>> ends_of(double u, double v, double b) {
  std::vector<std::array<double, 2>> out;
  for (const double at : {low, high}) {
    if (v != 0) {
      if (const double y = -(u * at + b) / v; y >= low && y <= high) out.push_back({at, y});
    }
    if (u != 0) {
      if (const double x = -(v * at + b) / u; x > low && x < high) out.push_back({x, at});
    }
  }
  return out;
}

// The line of a hidden unit, and its number, which stands above everything.
std::array<std::string, 2> line_of(double u, double v, double b, std::size_t unit) {
  const auto ends = ends_of(u, v, b);
  if (ends.size() < 2) return {};
  const double x1 = place_x(ends[0][0]), y1 = place_y(ends[0][1]), x2 = place_x(ends[1][0]), y2 = place_y(ends[1][1]);
  const double mx = (x1 + x2) / 2, my = (y1 + y2) / 2, length = std::hypot(u, v), ax = mx + 18 * u / length, ay = my - 18 * v / length;  // y grows downwards
  const double hx = (ax - mx) / 3, hy = (ay - my) / 3;
  double label_x = ax + hx * 1.6, label_y = ay + hy * 1.6;
  for (const double x : {0.0, 1.0}) {  // not where a row stands
    for (const double y : {0.0, 1.0}) {
      if (std::hypot(label_x - place_x(x), label_y - place_y(y)) < 15) label_x = mx - hx * 2, label_y = my - hy * 2;
    }
  }
  return {fmt::format("<path class=\"cut\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}M{:.1f} {:.1f}L{:.1f} {:.1f}M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}\"/>", x1, y1, x2, y2, mx, my, ax, ay, ax - hx - hy * 0.7, ay - hy + hx * 0.7,
                                ax, ay, ax - hx + hy * 0.7, ay - hy - hx * 0.7),
          fmt::format("<text class=\"unit\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", label_x, label_y + 4, unit + 1)};
}

}  // namespace

std::string map_svg(const std::vector<Map>& maps, const std::vector<double>& targets) {
  std::string out = "<div class=\"maps\">\n";
  for (const Map& map : maps) {
    std::string label = map.title, inside, above;
    for (std::size_t unit = 0; unit < map.bias.size(); ++unit) {
      const auto [line, number] = line_of(map.weight[2 * unit], map.weight[2 * unit + 1], map.bias[unit], unit);
      inside += line;
      above += number;
    }
    for (std::size_t i = 0; i < 4; ++i) {
      const double x = place_x(static_cast<double>(i / 2)), y = place_y(static_cast<double>(i % 2));
      inside += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"7\"/><text class=\"out\" x=\"{:.1f}\" y=\"{:.1f}\">{:.2f}</text>", targets[i] > 0.5 ? "one" : "zero", x, y, x, i % 2 ? y - 13 : y + 23, map.outputs[i]);
      label += fmt::format("{} {:.2f}", i ? "," : ":", map.outputs[i]);
    }
    out += fmt::format("<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2}\"><text class=\"title\" x=\"{3}\" y=\"18\">{4}</text>{5}</svg>\n", tile, top + side * (high - low) / 1.2 + 6, escaped_text(label), tile / 2, escaped_text(map.title), inside + above);
  }
  return out + "</div>\n";
}

}  // namespace gradus::inspect
