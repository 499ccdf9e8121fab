#include "matrices.hpp"

#include <algorithm>
#include <cmath>

#include <gradus/ops.hpp>

#include "describe.hpp"
#include "view/page/html.hpp"

namespace gradus::inspect {
namespace {

constexpr std::int64_t most_rows = 10, most_columns = 8, most_terms = 6;

bool is_matrix(const Tensor& x) { return x.defined() && x.rank() == 2; }

std::string figure(const std::string& name, const Tensor& x, const char* kind, const CellText* cell, bool row_marked, bool column_marked) {
  const std::string shape = fmt::format("{} \u00d7 {}", x.size(0), x.size(1));
  if (x.size(0) > most_rows || x.size(1) > most_columns) {
    return fmt::format("<figure><div class=\"box {}\">{} \u2016\u00b7\u2016 = {}</div><figcaption>{} {}</figcaption></figure>", kind, shape, number_text(norm_of(x), 4), math(name), shape);
  }
  const std::vector<double> values = x.to_vector();
  std::string rows;
  for (std::int64_t i = 0, at = 0; i < x.size(0); ++i) {
    rows += "<mtr>";
    for (std::int64_t j = 0; j < x.size(1); ++j, ++at) {
      const bool now = cell && (!row_marked || i == cell->row) && (!column_marked || j == cell->column);
      rows += fmt::format("<mtd{}>{}</mtd>", now ? " class=\"cellnow\"" : "", number_ml(values[static_cast<std::size_t>(at)], 4));
    }
    rows += "</mtr>";
  }
  return fmt::format("<figure>{}<figcaption>{} {}</figcaption></figure>", math(coloured("<mtable class=\"mat\">" + rows + "</mtable>", kind)), math(name), shape);
}

}  // namespace

std::vector<LayerProduct> layer_products(const Trace& trace) {
  std::vector<LayerProduct> out;
  for (std::size_t at = 0; at < trace.steps.size(); ++at) {
    const Step& step = trace.steps[at];
    if (step.is_leaf() || step.op->info().name != "matmul" || !is_matrix(step.grad)) continue;
    for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
      std::size_t weight = step.inputs[side].from;
      const std::size_t input = step.inputs[1 - side].from;
      const Step* w = &trace.steps[weight];
      const bool turned = !w->is_leaf() && w->op->info().name == "permute" && w->value.rank() == 2;
      if (turned) w = &trace.steps[weight = w->inputs[0].from];
      if (w->kind != Step::Kind::parameter || !is_matrix(w->grad) || !is_matrix(trace.steps[input].value)) continue;
      if (turned == (side == 0)) continue;  // W x, or x W^T
      // Columns are samples: x W^T of rows is the same product, written across.
      const Tensor delta = side == 0 ? step.grad : contiguous(T(step.grad)), x = side == 0 ? trace.steps[input].value : contiguous(T(trace.steps[input].value));
      const Tensor grad = turned ? contiguous(T(step.inputs[side].product)) : step.inputs[side].product;
      out.push_back({at, weight, input, delta, x, grad});
      break;
    }
  }
  return out;
}

CellText one_cell(const LayerProduct& product, const std::string& x_name) {
  const std::vector<double> grad = product.grad.to_vector();
  std::size_t best = 0;
  for (std::size_t i = 0; i < grad.size(); ++i) {
    if (std::abs(grad[i]) > std::abs(grad[best])) best = i;
  }
  const std::int64_t columns = product.grad.size(1), k = product.x.size(1);
  CellText out{static_cast<std::int64_t>(best) / columns, static_cast<std::int64_t>(best) % columns, {}, {}, grad[best]};
  const std::vector<double> delta = product.delta.to_vector(), x = product.x.to_vector();
  const auto bracket = [](double v) { return v < 0 ? "(" + number_text(v) + ")" : number_text(v); };
  for (std::int64_t t = 0; t < k; ++t) {
    if (t == most_terms) {
      out.formula += " + ...";
      out.numbers += " + ...";
      break;
    }
    const std::string sample = k > 1 ? fmt::format(", {}", t) : "";
    out.formula += fmt::format("{}\u03b4[{}{}] \u00b7 {}[{}{}]", t ? " + " : "", out.row, sample, x_name, out.column, sample);
    out.numbers += fmt::format("{}{} \u00b7 {}", t ? " + " : "", bracket(delta[static_cast<std::size_t>(out.row * k + t)]), bracket(x[static_cast<std::size_t>(out.column * k + t)]));
  }
  return out;
}

std::string matrices_of(const Trace& trace, Language language) {
  std::string out;
  const std::string loss = name_ml(trace.steps[trace.result].symbol);
  for (const LayerProduct& product : layer_products(trace)) {
    const Step &w = trace.steps[product.weight], &x = trace.steps[product.input];
    const CellText cell = one_cell(product, x.symbol);
    const std::string slope = fmt::format("<mfrac><mrow><mi>\u2202</mi>{}</mrow><mrow><mi>\u2202</mi>{}</mrow></mfrac>", loss, name_ml(w.symbol));
    const std::string x_name = "<msup>" + name_ml(x.symbol) + "<mi>T</mi></msup>";
    out += fmt::format("<h3 aria-label=\"d{}/d{} = \u03b4 {}\u1d40\">{}</h3>\n<div class=\"matrix\">", escaped_text(trace.steps[trace.result].symbol), escaped_text(w.symbol), escaped_text(x.symbol), math(slope + "<mo>=</mo><mi>\u03b4</mi>" + x_name));
    out += figure(slope, product.grad, "g", &cell, true, true) + "<span class=\"sign\">=</span>" + figure("<mi>\u03b4</mi>", product.delta, "g", &cell, true, false);
    Tensor across = contiguous(T(product.x));
    out += "<span class=\"sign\">\u00b7</span>" + figure(x_name, across, "v", &cell, false, true) + "</div>\n";
    out += fmt::format("<p class=\"note\">{}: {}[{}, {}] = {} = {} = <strong class=\"g\">{}</strong></p>\n", text_of(Word::one_cell, language), math(slope), cell.row, cell.column, escaped_text(cell.formula), escaped_text(cell.numbers), number_text(cell.value));
  }
  if (out.empty()) return out;
  return fmt::format("<section>\n<h2>{}</h2>\n<p class=\"about\">{}</p>\n{}</section>\n", text_of(Word::matrices, language), text_of(Word::matrices_about, language), out);
}

}  // namespace gradus::inspect
