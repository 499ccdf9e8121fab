// Pictures of a trace: nodes and edges with what is written on them, and the same as SVG, DOT and Mermaid.
#pragma once
#include <gradus/view/explain.hpp>

#include "view/words/catalogue.hpp"
#include "layered.hpp"

namespace gradus::inspect {

struct PictureNode {
  std::size_t step = 0;       // of the trace; of a folded layer the one that it gives
  std::string kind;           // "input", "parameter", "constant", "operation", "result", "layer"
  std::string title, detail;  // "v1", "×"
  std::string value, grad;    // may be empty
};
struct PictureEdge {
  std::size_t from = 0, to = 0;  // nodes
  std::size_t input = 0;         // of the step at the end
  std::string label;             // the local derivative, or a shape; a weight
  bool carries = false;
  std::string grad = {};         // of a weight
};
struct Picture {
  std::vector<PictureNode> nodes;
  std::vector<PictureEdge> edges;
};

// What the result rests on. Numbers in formulas are no nodes. `folded`: a layer is one node, with its parameters in it.
Picture picture_of(const Explanation& e, bool folded, Language language);
bool has_derivatives(const Picture& picture);  // on its edges; else there are shapes, or nothing
bool folds(const Explanation& e);  // too large to be drawn operation by operation

// How an SVG that stands alone begins: its size, light and dark, and its legend, which takes the first `legend_height` of it.
struct LegendEntry {
  const char *sign, *ink;  // "\u25a0" in the colour "value"
  std::string text;
};
inline constexpr double legend_height = 34;
std::string svg_head(const std::string& label, double width, double height, const std::vector<LegendEntry>& legend);
double legend_width(const std::vector<LegendEntry>& legend);
// A picture that stands alone, with a legend in this language; in a page it takes the page's colours, and its nodes can be chosen.
std::string svg_of(const Picture& picture, const std::string& label, Language language, bool alone);
// A network of full layers neuron by neuron, with weights on the edges; empty when it is no such network, or has more neurons.
struct Neurons {
  std::vector<std::vector<std::size_t>> columns;  // nodes of the picture, from the inputs on
  Picture picture;
};
Neurons neurons_of(const Trace& trace, std::int64_t most = 64);
std::string svg_of(const Neurons& neurons, const std::string& label, Language language);

std::string dot_of(const Picture& picture);
std::string mermaid_of(const Picture& picture);

}  // namespace gradus::inspect
