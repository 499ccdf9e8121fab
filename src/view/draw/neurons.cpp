// Networks as the figures of textbooks have them.
#include <algorithm>
#include <cmath>

#include "view/explain/describe.hpp"
#include "view/explain/matrices.hpp"
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
    const std::vector<double> weights = trace.steps[product.weight].value.to_vector(), grads = trace.steps[product.weight].grad.to_vector();
    for (std::size_t i = 0; i < above.size(); ++i) {
      for (std::size_t j = 0; j < below.size(); ++j) {
        const std::size_t at = i * below.size() + j;
        out.picture.edges.push_back({below[j], above[i], 0, number_text(weights[at], 3), true, number_text(grads[at], 3)});
      }
    }
  }
  return out;
}

std::string svg_of(const Neurons& neurons, const std::string& label, Language language) {
  const bool labelled = neurons.picture.edges.size() <= 40;
  const double radius = 33, across = labelled ? 260 : 210, down = 96, margin = 50;
  std::size_t tallest = 0;
  for (const auto& column : neurons.columns) tallest = std::max(tallest, column.size());
  const auto word = [&](Word w) { return std::string(text_of(w, language)); };
  const std::vector<LegendEntry> legend{{"\u25a0", "value", word(Word::value)}, {"\u25a0", "grad", word(Word::gradient)}, {"\u2500", "ink", word(Word::weight_above)}, {"\u2504", "ink", word(Word::weight_below)}};
  const double drawn = 2 * margin + across * static_cast<double>(neurons.columns.size() - 1), width = std::max(drawn, legend_width(legend));
  const double height = legend_height + 2 * margin + down * static_cast<double>(tallest - 1) + 14, middle = (height + legend_height) / 2 - 4;
  std::vector<std::pair<double, double>> at(neurons.picture.nodes.size());
  for (std::size_t c = 0; c < neurons.columns.size(); ++c) {
    const auto& column = neurons.columns[c];
    for (std::size_t i = 0; i < column.size(); ++i) {
      at[column[i]] = {(width - drawn) / 2 + margin + across * static_cast<double>(c), middle + down * (static_cast<double>(i) - static_cast<double>(column.size() - 1) / 2)};
    }
  }
  double strongest = 1e-12;
  for (const PictureEdge& edge : neurons.picture.edges) strongest = std::max(strongest, std::abs(std::stod(edge.label)));
  std::string out = svg_head(label, width, height, legend);
  out += "<g font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"11\" text-anchor=\"middle\">\n";
  std::string labels;
  std::vector<std::pair<double, double>> taken;
  constexpr double wide = 46, high = 27;  // of a label of two lines
  for (const PictureEdge& edge : neurons.picture.edges) {
    const auto [x0, y0] = at[edge.from];
    const auto [x1, y1] = at[edge.to];
    const double weight = std::stod(edge.label), length = std::hypot(x1 - x0, y1 - y0), dx = (x1 - x0) / length, dy = (y1 - y0) / length;
    out += fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"var(--line)\" stroke-width=\"{:.2f}\"{}><title>{} {}, {} {}</title></path>\n", x0 + dx * radius, y0 + dy * radius, x1 - dx * radius, y1 - dy * radius,
                       0.8 + 3 * std::abs(weight) / strongest, weight < 0 ? " stroke-dasharray=\"6 4\"" : "", word(Word::value), edge.label, word(Word::gradient), edge.grad);
    if (!labelled) continue;
    // On the line where it covers the least of the others; near its beginning first.
    double share = 0.36, least = INFINITY;
    for (const double candidate : {0.36, 0.26, 0.5, 0.62, 0.72, 0.43, 0.56, 0.3, 0.67, 0.78, 0.2}) {
      const double x = x0 + (x1 - x0) * candidate, y = y0 + (y1 - y0) * candidate;
      double covered = 0;
      for (const auto& other : taken) covered += std::max(0.0, wide - std::abs(other.first - x)) * std::max(0.0, high - std::abs(other.second - y));
      for (const auto& node : at) covered += 10 * std::max(0.0, radius + wide / 2 - std::hypot(node.first - x, node.second - y));
      if (covered >= least) continue;
      least = covered;
      share = candidate;
      if (covered == 0) break;
    }
    const double x = x0 + (x1 - x0) * share, y = y0 + (y1 - y0) * share;
    taken.emplace_back(x, y);
    constexpr auto line = "<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"var(--{})\" paint-order=\"stroke\" stroke=\"var(--paper)\" stroke-width=\"4\">{}</text>";
    labels += fmt::format(line, x, y - 2, "value", edge.label) + fmt::format(line, x, y + 11, "grad", edge.grad) + "\n";
  }
  out += labels;
  for (std::size_t i = 0; i < neurons.picture.nodes.size(); ++i) {
    const PictureNode& node = neurons.picture.nodes[i];
    const double x = at[i].first, y = at[i].second;
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"var(--{})\" stroke=\"var(--ink)\" stroke-width=\"1.4\"/>", x, y, radius, node.kind == "input" ? "card" : "tint");
    const auto text = [&](double below, const char* ink, const std::string& words, const char* more = "") {
      if (!words.empty()) out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"var(--{})\"{}>{}</text>", x, y + below, ink, more, escaped_text(words));
    };
    text(-10, "ink", node.title, " font-weight=\"700\"");
    text(5, "value", node.value);
    text(19, "grad", node.grad);
    text(radius + 13, "soft", node.detail);
    out += "\n";
  }
  return out + "</g></svg>\n";
}

}  // namespace gradus::inspect
