// A layered picture of a directed graph: rows from the sources at the top to the sinks at the bottom, few crossings, short edges.
#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace gradus::inspect {

struct LayeredNode {
  double width = 0, height = 0;
  double x = 0, y = 0;  // of the middle; filled in
};
struct LayeredEdge {
  std::size_t from = 0, to = 0;                     // from above to below
  std::vector<std::pair<double, double>> points = {};  // first at the lower side of `from`, last at the upper side of `to`; filled in
};
struct Layered {
  std::vector<LayeredNode> nodes;
  std::vector<LayeredEdge> edges;
  double width = 0, height = 0;  // filled in
};

struct Gaps {
  double rows = 56, columns = 22;
};
// The edges must not go in a circle. The same graph gives the same picture.
void lay_out(Layered& graph, const Gaps& gaps = {});

// An edge as a smooth path for SVG, "M x y C ...", and a point on it: 0.3 is a share of its way to the next row, 1.3 of its way through the gap below that, ...
std::string smooth_path(const LayeredEdge& edge);
std::pair<double, double> point_on(const LayeredEdge& edge, double share);

}  // namespace gradus::inspect
