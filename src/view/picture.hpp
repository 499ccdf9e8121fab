// Pictures of a trace: nodes and edges with what is written on them, and the same as SVG, DOT and Mermaid.
#pragma once
#include <gradus/view/explain.hpp>

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
  std::string label;             // the local derivative, or a shape
  bool carries = false;
};
struct Picture {
  std::vector<PictureNode> nodes;
  std::vector<PictureEdge> edges;
};

// What the result rests on. Numbers in formulas are no nodes. `folded`: a layer is one node, with its parameters in it.
Picture picture_of(const Explanation& e, bool folded);
bool folds(const Explanation& e);  // too large to be drawn operation by operation

// A number of names in the SVG's ids and classes is for the page that holds it; alone it brings its own colours.
std::string svg_of(const Picture& picture, const std::string& label, bool alone);
std::string dot_of(const Picture& picture);
std::string mermaid_of(const Picture& picture);

}  // namespace gradus::inspect
