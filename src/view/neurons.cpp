// Networks as the figures of textbooks have them.
#include <algorithm>
#include <cmath>

#include "describe.hpp"
#include "matrices.hpp"
#include "picture.hpp"

namespace gradus::inspect {
namespace {

// What a layer hands on: its product, its bias, its activation; up to where something else than parameters comes in.
std::size_t output_of(const Trace& trace, std::size_t product) {
  std::size_t out = product;
  for (std::size_t at = product + 1; at < trace.steps.size(); ++at) {
    const Step& step = trace.steps[at];
    const bool follows = std::ranges::any_of(step.inputs, [&](const Link& link) { return link.from == out; });
    if (!follows) continue;
    const bool alone = std::ranges::all_of(step.inputs, [&](const Link& link) { return link.from == out || trace.steps[link.from].kind == Step::Kind::parameter || trace.steps[link.from].literal; });
    if (!alone || step.op->info().family != Family::map || !(step.value.shape() == trace.steps[product].value.shape()) || at == trace.result) break;
    out = at;
  }
  return out;
}

const Step* bias_of(const Trace& trace, std::size_t product) {
  for (const Step& step : trace.steps) {
    if (step.is_leaf() || step.op->info().name != "add") continue;
    for (std::size_t i = 0; i < 2; ++i) {
      const Step& other = trace.steps[step.inputs[1 - i].from];
      if (step.inputs[i].from == product && other.kind == Step::Kind::parameter) return &other;
    }
  }
  return nullptr;
}

}  // namespace

Neurons neurons_of(const Trace& trace, std::int64_t most) {
  const std::vector<LayerProduct> products = layer_products(trace);
  Neurons out;
  std::int64_t count = products.empty() ? most + 1 : products[0].x.size(0);
  for (std::size_t i = 0; i < products.size(); ++i) {
    count += products[i].grad.size(0);
    if (products[i].x.size(1) != 1 || (i > 0 && products[i].x.size(0) != products[i - 1].grad.size(0))) return out;
  }
  if (count > most) return out;
  const auto column = [&](const Step& step, const Step* bias) {
    const std::vector<double> values = step.value.to_vector(), grads = step.grad.defined() ? step.grad.to_vector() : std::vector<double>(), biases = bias ? bias->value.to_vector() : std::vector<double>();
    out.columns.emplace_back();
    for (std::size_t i = 0; i < values.size(); ++i) {
      out.columns.back().push_back(out.picture.nodes.size());
      out.picture.nodes.push_back({0, step.is_leaf() ? "input" : "operation", fmt::format("{}[{}]", step.symbol, i), i < biases.size() ? "b " + number_text(biases[i], 3) : "",
                                   number_text(values[i], 3), i < grads.size() ? number_text(grads[i], 3) : ""});
    }
  };
  column(trace.steps[products[0].input], nullptr);
  for (const LayerProduct& product : products) {
    column(trace.steps[output_of(trace, product.product)], bias_of(trace, product.product));
    const std::vector<std::size_t>&below = out.columns[out.columns.size() - 2], &above = out.columns.back();
    const std::vector<double> weights = trace.steps[product.weight].value.to_vector();
    for (std::size_t i = 0; i < above.size(); ++i) {
      for (std::size_t j = 0; j < below.size(); ++j) out.picture.edges.push_back({below[j], above[i], 0, number_text(weights[i * below.size() + j], 3), true});
    }
  }
  return out;
}

std::string svg_of(const Neurons& neurons, const std::string& label) {
  constexpr double radius = 27, across = 210, down = 84, margin = 46;
  std::size_t tallest = 0;
  for (const auto& column : neurons.columns) tallest = std::max(tallest, column.size());
  const double width = 2 * margin + across * static_cast<double>(neurons.columns.size() - 1), height = 2 * margin + down * static_cast<double>(tallest - 1) + 14;
  std::vector<std::pair<double, double>> at(neurons.picture.nodes.size());
  for (std::size_t c = 0; c < neurons.columns.size(); ++c) {
    const auto& column = neurons.columns[c];
    for (std::size_t i = 0; i < column.size(); ++i) at[column[i]] = {margin + across * static_cast<double>(c), height / 2 + down * (static_cast<double>(i) - static_cast<double>(column.size() - 1) / 2)};
  }
  double strongest = 1e-12;
  for (const PictureEdge& edge : neurons.picture.edges) strongest = std::max(strongest, std::abs(std::stod(edge.label)));
  std::string out = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{0}\" viewBox=\"0 0 {1:.0f} {2:.0f}\" width=\"{1:.0f}\" height=\"{2:.0f}\">\n", escaped_text(label), width, height);
  out += picture_colours();
  out += "<g font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" text-anchor=\"middle\">\n";
  const bool labelled = neurons.picture.edges.size() <= 40;
  std::string labels;
  std::vector<std::pair<double, double>> taken;
  for (const PictureEdge& edge : neurons.picture.edges) {
    const auto [x0, y0] = at[edge.from];
    const auto [x1, y1] = at[edge.to];
    const double weight = std::stod(edge.label), length = std::hypot(x1 - x0, y1 - y0), dx = (x1 - x0) / length, dy = (y1 - y0) / length;
    out += fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"var(--{})\" stroke-opacity=\".75\" stroke-width=\"{:.2f}\"><title>{}</title></path>\n", x0 + dx * radius, y0 + dy * radius, x1 - dx * radius, y1 - dy * radius,
                       weight < 0 ? "grad" : "value", 0.8 + 3 * std::abs(weight) / strongest, edge.label);
    if (!labelled) continue;
    // On the line where no other weight stands; near its beginning first.
    double share = 0.36;
    for (const double candidate : {0.36, 0.24, 0.5, 0.62, 0.74}) {
      const double x = x0 + (x1 - x0) * candidate, y = y0 + (y1 - y0) * candidate;
      if (std::ranges::any_of(taken, [&](const auto& other) { return std::abs(other.first - x) < 38 && std::abs(other.second - y) < 12; })) continue;
      share = candidate;
      break;
    }
    taken.emplace_back(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share);
    labels += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11\" fill=\"var(--{})\" paint-order=\"stroke\" stroke=\"var(--card)\" stroke-width=\"4\">{}</text>\n", x0 + (x1 - x0) * share, y0 + (y1 - y0) * share + 4, weight < 0 ? "grad" : "value", edge.label);
  }
  out += labels;
  for (std::size_t i = 0; i < neurons.picture.nodes.size(); ++i) {
    const PictureNode& node = neurons.picture.nodes[i];
    const auto [x, y] = at[i];
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"var(--{})\" stroke=\"var(--ink)\" stroke-width=\"1.4\"/>", x, y, radius, node.kind == "input" ? "card" : "tint");
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11\" font-weight=\"700\" fill=\"var(--ink)\">{}</text><text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11\" fill=\"var(--value)\">{}</text>", x, y - 3, escaped_text(node.title), x, y + 12, node.value);
    if (!node.detail.empty()) out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"10.5\" fill=\"var(--soft)\">{}</text>", x, y + radius + 13, node.detail);
    out += "\n";
  }
  return out + "</g></svg>\n";
}

}  // namespace gradus::inspect
