#include "picture.hpp"

#include <algorithm>
#include <cmath>

#include "view/explain/describe.hpp"

namespace gradus::inspect {
namespace {

std::string short_text(const Tensor& x) {
  if (!x.defined()) return {};
  if (x.numel() == 1) return number_text(x.item(), 5);
  if (x.numel() <= 3 && x.rank() <= 2) {
    std::string out;
    for (const double v : x.to_vector()) out += (out.empty() ? "" : ", ") + number_text(v, 3);
    return "[" + out + "]";
  }
  return fmt::format("\u2016\u00b7\u2016 = {}", number_text(norm_of(x), 4));
}

std::string shape_text(const Tensor& x) { return x.rank() == 0 ? "" : to_string(x.shape()); }

// The steps that the result rests on.
std::vector<char> used(const Trace& trace) {
  std::vector<char> out(trace.steps.size(), 0);
  out[trace.result] = 1;
  for (std::size_t at = trace.steps.size(); at-- > 0;) {
    if (!out[at]) continue;
    for (const Link& link : trace.steps[at].inputs) out[link.from] = 1;
  }
  return out;
}

bool is_transposed_leaf(const Trace& trace, const Step& step) {
  return !step.is_leaf() && operation_sign(step) == "transpose" && trace.steps[step.inputs[0].from].is_leaf();
}

Picture whole(const Trace& trace) {
  Picture out;
  const std::vector<char> wanted = used(trace);
  std::vector<std::size_t> node_of(trace.steps.size(), SIZE_MAX);
  for (std::size_t at = 0; at < trace.steps.size(); ++at) {
    const Step& step = trace.steps[at];
    if (!wanted[at] || step.literal) continue;
    if (is_transposed_leaf(trace, step)) {  // W^T is W, seen from the side
      node_of[at] = node_of[step.inputs[0].from];
      continue;
    }
    static constexpr const char* kinds[] = {"input", "parameter", "constant", "operation"};
    node_of[at] = out.nodes.size();
    std::string detail = step.is_leaf() ? shape_text(step.value) : std::string(operation_sign(step));
    if (!step.is_leaf() && step.value.rank() > 0) detail += " " + shape_text(step.value);
    for (const Link& link : step.inputs) {  // x^2, and not a node for 2
      if (trace.steps[link.from].literal) {
        detail = has_numbers(trace, step) ? "" : detail;
        break;
      }
    }
    if (detail.empty() && !step.is_leaf()) detail = formula_of(trace, step).text();
    out.nodes.push_back({at, at == trace.result ? "result" : kinds[static_cast<int>(step.kind)], step.symbol, detail, short_text(step.value), short_text(step.grad)});
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const Link& link = step.inputs[i];
      if (node_of[link.from] == SIZE_MAX) continue;
      const bool number = link.local.defined() && link.local.numel() == 1;
      out.edges.push_back({node_of[link.from], node_of[at], i, number ? number_text(link.local.item(), 4) : "", link.carries});
    }
  }
  return out;
}

// A layer is a node; between them lies what one hands to the next.
Picture layers_only(const Explanation& e, Language language) {
  Picture out;
  const Trace& trace = e.trace;
  const std::vector<char> wanted = used(trace);
  std::vector<std::string> groups;
  std::vector<std::size_t> node_of(trace.steps.size(), SIZE_MAX);
  for (std::size_t at = 0; at < trace.steps.size(); ++at) {
    const Step& step = trace.steps[at];
    if (!wanted[at] || step.literal || (step.is_leaf() && step.group.size() > 0)) continue;
    if (step.is_leaf()) {
      node_of[at] = out.nodes.size();
      groups.emplace_back();
      out.nodes.push_back({at, step.kind == Step::Kind::constant ? "constant" : "input", step.symbol, shape_text(step.value), short_text(step.value), short_text(step.grad)});
      continue;
    }
    auto found = std::ranges::find(groups, step.group);
    if (found == groups.end() || step.group.empty()) {
      const auto layer = std::ranges::find(e.layers, step.group, &LayerView::group);
      groups.push_back(step.group);
      found = groups.end() - 1;
      const bool known = layer != e.layers.end();
      out.nodes.push_back({at, known ? "layer" : "result", known ? layer->text : step.group == "loss" ? std::string(text_of(Word::loss, language)) : step.group, known && layer->parameters ? text_of(Word::of_parameters, language, layer->parameters) : "", {}, {}});
    }
    const auto node = static_cast<std::size_t>(found - groups.begin());
    node_of[at] = node;
    out.nodes[node].step = at;
    out.nodes[node].value = short_text(step.value);
    out.nodes[node].grad = short_text(step.grad);
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const std::size_t from = node_of[step.inputs[i].from];
      if (from == SIZE_MAX || from == node) continue;
      if (std::ranges::any_of(out.edges, [&](const PictureEdge& edge) { return edge.from == from && edge.to == node; })) continue;
      out.edges.push_back({from, node, i, shape_text(trace.steps[step.inputs[i].from].value), step.inputs[i].carries});
    }
  }
  return out;
}

// Wide enough for a text of 13 pixels.
double text_width(std::string_view text) {
  double width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) == 0x80 ? 0.0 : static_cast<unsigned char>(c) >= 0xe3 ? 13.0 : 7.6;
  return width;
}

constexpr auto colours = R"(<style>
svg{--ink:#1b1c1f;--soft:#5a5f69;--line:#858b96;--card:#fff;--value:#0b57b0;--grad:#a33c00;--tint:#fff3e9;--paper:#fff;background:#fff}
@media (prefers-color-scheme:dark){svg{--ink:#e8e8ea;--soft:#a9aeb8;--line:#5c626e;--card:#22252b;--value:#8fc1ff;--grad:#ffb184;--tint:#3a2a1f;--paper:#17191d;background:#17191d}}
</style>)";

}  // namespace

double legend_width(const std::vector<LegendEntry>& legend) {
  double width = 0;
  for (const LegendEntry& entry : legend) width += text_width(entry.text) + 34;
  return width;
}

std::string svg_head(const std::string& label, double width, double height, const std::vector<LegendEntry>& legend) {
  std::string out = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{0}\" viewBox=\"0 0 {1:.0f} {2:.0f}\" width=\"{1:.0f}\" height=\"{2:.0f}\">\n<title>{0}</title>\n", escaped_text(label), width, height);
  out += colours;
  out += "<g font-family=\"system-ui,'Noto Sans','Noto Sans CJK SC',sans-serif\" font-size=\"12\" fill=\"var(--soft)\">";
  double x = 12;
  for (const LegendEntry& entry : legend) {
    out += fmt::format("<text x=\"{:.0f}\" y=\"22\"><tspan fill=\"var(--{})\">{}</tspan> {}</text>", x, entry.ink, entry.sign, escaped_text(entry.text));
    x += text_width(entry.text) + 34;
  }
  return out + "</g>\n";
}

bool has_derivatives(const Picture& picture) {
  return std::ranges::any_of(picture.edges, [](const PictureEdge& edge) { return !edge.label.empty() && edge.label[0] != '['; });
}

bool folds(const Explanation& e) {
  const auto operations = std::ranges::count_if(e.trace.steps, [](const Step& step) { return !step.is_leaf(); });
  return operations > 60 && !e.layers.empty();
}

Picture picture_of(const Explanation& e, bool folded, Language language) { return folded ? layers_only(e, language) : whole(e.trace); }

std::string svg_of(const Picture& picture, const std::string& label, Language language, bool alone) {
  Layered graph;
  for (const PictureNode& node : picture.nodes) {
    const double head = text_width(node.title) + (node.detail.empty() ? 0 : text_width(node.detail) + 10);
    const double wide = std::max({head, text_width(node.value), text_width(node.grad)}) + 22;
    graph.nodes.push_back({.width = std::max(64.0, wide), .height = 18.0 + 20.0 * (1 + !node.value.empty() + !node.grad.empty())});
  }
  std::vector<std::size_t> fan(picture.nodes.size(), 0);
  std::size_t widest = 0;
  for (const PictureEdge& edge : picture.edges) {
    graph.edges.push_back({edge.from, edge.to});
    if (!edge.label.empty()) widest = std::max(widest, ++fan[edge.from]);
  }
  // Room for the labels of the edges that leave one node, one below the other.
  lay_out(graph, {.rows = 56 + 13.0 * static_cast<double>(widest > 3 ? std::min<std::size_t>(widest, 12) - 3 : 0)});
  constexpr double margin = 12, scale = 1.2;
  std::vector<LegendEntry> legend;
  if (alone) {
    legend = {{"\u25a0", "value", std::string(text_of(Word::value, language))}, {"\u25a0", "grad", std::string(text_of(Word::gradient, language))}};
    if (has_derivatives(picture)) legend.push_back({"\u00d7", "grad", std::string(text_of(Word::local, language))});
  }
  const double wide = std::max(graph.width + 2 * margin, legend_width(legend)), high = graph.height + 2 * margin, across = (wide - graph.width) / 2;
  std::string out;
  if (alone) {
    out = svg_head(label, wide, high + legend_height, legend) + fmt::format("<g transform=\"translate({:.1f} {:.1f})\">\n", across, margin + legend_height);
  } else {
    out = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"graph\" role=\"group\" aria-label=\"{}\" viewBox=\"{:.1f} {:.0f} {:.0f} {:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" style=\"min-width:{:.0f}px;--tall:{:.0f}\">\n",
                      escaped_text(label), -across, -margin, wide, high, wide * scale, high * scale, wide > 330 ? 0.78 * wide : 0.0, high * scale);
  }
  out += "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerUnits=\"userSpaceOnUse\" markerWidth=\"10\" markerHeight=\"10\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"var(--line)\"/></marker></defs>\n";
  const auto text = [&](double x, double y, const char* kind, const char* fill, const std::string& words, const std::string& more = {}) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\" fill=\"var(--{})\" font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"12.5\" text-anchor=\"middle\"{}>{}</text>",
                       x, y, kind, fill, more, escaped_text(words));
  };
  for (std::size_t i = 0; i < picture.edges.size(); ++i) {
    const PictureEdge& edge = picture.edges[i];
    out += fmt::format("<g class=\"edge{}\" data-from=\"{}\" data-to=\"{}\" data-input=\"{}\" data-edge=\"{}\"><path d=\"{}\" fill=\"none\" stroke=\"var(--line)\" stroke-width=\"1.6\"{} marker-end=\"url(#tip)\"/>",
                       edge.carries ? "" : " still", picture.nodes[edge.from].step, picture.nodes[edge.to].step, edge.input, i, smooth_path(graph.edges[i]), edge.carries ? "" : " stroke-dasharray=\"4 4\"");
    out += "</g>\n";
  }
  struct Label {
    double x, y, half;
  };
  std::vector<Label> labels;
  for (std::size_t i = 0; i < picture.edges.size(); ++i) {  // above all lines
    const PictureEdge& edge = picture.edges[i];
    if (edge.label.empty()) continue;
    // Where no other label stands; the middle first.
    const double half = text_width(edge.label) / 2 + 6;
    std::pair<double, double> place = point_on(graph.edges[i], 0.45);
    double least = INFINITY;  // what covers the least of others
    for (const double share : {0.45, 0.6, 0.3, 0.72, 0.18, 0.52, 0.38, 0.66, 0.24, 0.8, 1.5, 1.35, 1.65}) {
      if (share > static_cast<double>(graph.edges[i].points.size()) / 2) continue;
      const auto here = point_on(graph.edges[i], share);
      double covered = 0;
      for (const Label& other : labels) covered += std::max(0.0, other.half + half - std::abs(other.x - here.first)) * std::max(0.0, 14 - std::abs(other.y - here.second));
      if (covered >= least) continue;
      least = covered;
      place = here;
      if (covered == 0) break;
    }
    const auto [x, y] = place;
    labels.push_back({x, y, half});
    const bool shape = edge.label[0] == '[';
    out += text(x, y + 4, "local", shape ? "soft" : "grad", (shape ? "" : "\u00d7") + edge.label, fmt::format(" data-edge=\"{}\" paint-order=\"stroke\" stroke=\"var(--card)\" stroke-width=\"5\" stroke-linejoin=\"round\"", i)) + "\n";
  }
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
    const PictureNode& node = picture.nodes[i];
    const LayeredNode& at = graph.nodes[i];
    const double left = at.x - at.width / 2, top = at.y - at.height / 2;
    const bool leaf = node.kind == "input" || node.kind == "parameter" || node.kind == "constant";
    out += fmt::format("<g class=\"node {}\" id=\"node{}\" data-step=\"{}\"{}>", node.kind, node.step, node.step,
                       alone ? "" : fmt::format(" tabindex=\"0\" role=\"button\" aria-label=\"{}\"", escaped_text(fmt::format("{} {} {} {}", node.title, node.detail, node.value, node.grad))));
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\" fill=\"var(--{})\" stroke=\"var(--{})\" stroke-width=\"{}\"/>", left, top, at.width, at.height,
                       leaf ? 16 : 6, node.kind == "parameter" ? "tint" : "card", node.kind == "result" ? "ink" : node.kind == "parameter" ? "grad" : "line", node.kind == "result" ? 2 : 1.4);
    double y = top + 22;
    const double head = text_width(node.title) + (node.detail.empty() ? 0 : text_width(node.detail) + 10);
    out += text(at.x - head / 2 + text_width(node.title) / 2, y, "title", "ink", node.title, " font-weight=\"700\"");
    if (!node.detail.empty()) out += text(at.x + head / 2 - text_width(node.detail) / 2, y, "detail", "soft", node.detail);
    if (!node.value.empty()) out += text(at.x, y += 20, "value", "value", node.value);
    if (!node.grad.empty()) out += text(at.x, y + 20, "grad", "grad", node.grad);
    out += "</g>\n";
  }
  return out + (alone ? "</g></svg>\n" : "</svg>\n");
}

std::string dot_of(const Picture& picture) {
  const auto quoted_text = [](std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return out;
  };
  std::string out = "digraph gradus {\n  node [shape=box, style=rounded, fontname=\"monospace\"];\n  edge [fontname=\"monospace\"];\n";
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
    const PictureNode& node = picture.nodes[i];
    std::string label = quoted_text(node.title);
    for (const std::string* line : {&node.detail, &node.value, &node.grad}) label += line->empty() ? "" : (line == &node.detail ? " " : "\\n") + std::string(line == &node.grad ? "grad " : "") + quoted_text(*line);
    out += fmt::format("  n{} [label=\"{}\"{}];\n", i, label, node.kind == "parameter" ? ", style=\"rounded,filled\", fillcolor=\"#fff3e9\"" : node.kind == "result" ? ", penwidth=2" : "");
  }
  for (const PictureEdge& edge : picture.edges) {
    out += fmt::format("  n{} -> n{}{};\n", edge.from, edge.to, edge.label.empty() ? (edge.carries ? "" : " [style=dashed]") : fmt::format(" [label=\"{}\"]", quoted_text(edge.label)));
  }
  return out + "}\n";
}

std::string mermaid_of(const Picture& picture) {
  const auto safe = [](std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '"' ? std::string("#quot;") : c == '<' ? std::string("#lt;") : c == '>' ? std::string("#gt;") : std::string(1, c);
    return out;
  };
  std::string out = "flowchart TD\n";
  for (std::size_t i = 0; i < picture.nodes.size(); ++i) {
    const PictureNode& node = picture.nodes[i];
    std::string label = safe(node.title);
    for (const std::string* line : {&node.detail, &node.value, &node.grad}) label += line->empty() ? "" : (line == &node.detail ? " " : "<br/>") + std::string(line == &node.grad ? "grad " : "") + safe(*line);
    const bool leaf = node.kind == "input" || node.kind == "parameter" || node.kind == "constant";
    out += fmt::format("  n{}{}\"{}\"{}\n", i, leaf ? "([" : "[", label, leaf ? "])" : "]");
  }
  for (const PictureEdge& edge : picture.edges) {
    out += fmt::format("  n{} {}{} n{}\n", edge.from, edge.carries ? "-->" : "-.->", edge.label.empty() ? "" : fmt::format("|\"{}\"|", safe(edge.label)), edge.to);
  }
  return out;
}

}  // namespace gradus::inspect
