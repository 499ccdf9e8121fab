#include <fmt/format.h>

#include <gradus/nn/recurrent.hpp>
#include <gradus/ops.hpp>

#include "nn/parameter.hpp"

namespace gradus::nn {

RecurrentLayer::RecurrentLayer(const char* name, std::int64_t gates, std::int64_t in, std::int64_t hidden, const RecurrentLayerOptions& options)
    : name_(name), gates_(gates), batch_first_(options.batch_first), bidirectional_(options.bidirectional), dropout_(options.dropout) {
  if (in < 0 || hidden < 1) fail<ShapeError>(name, fmt::format("sizes of {} -> {} are not possible", in, hidden));
  if (options.layers < 1) fail<ValueError>(name, fmt::format("{} layers: at least one is needed", options.layers));
  if (!(dropout_ >= 0 && dropout_ <= 1)) fail<ValueError>(name, fmt::format("the dropout {} is outside 0..1", dropout_));
  const std::int64_t directions = bidirectional_ ? 2 : 1, rows = gates * hidden;
  const auto start = [&](const Shape& shape) { return Param(made(name, options.init, uniform_by(hidden), shape, options.dtype)); };
  const auto start_bias = [&]() {  // initialisers by fans, such as he_normal, have no meaning for a bias
    return Param(made(name, {}, uniform_by(hidden), {rows}, options.dtype));
  };
  for (std::int64_t i = 0; i < options.layers * directions; ++i) {
    const std::int64_t width = i < directions ? in : hidden * directions;
    Cell cell;
    cell.w_ih = start({rows, width});
    cell.w_hh = start({rows, hidden});
    if (options.bias) cell.b_ih = start_bias(), cell.b_hh = start_bias();
    cells.push_back(std::move(cell));
  }
}

RecurrentResult RecurrentLayer::run(const Tensor& x, const RecurrentBegin& begin) const {
  const std::string at = place(cells[0].w_ih);
  const ModuleScope scope(at);
  const std::int64_t in = cells[0].w_ih.value().size(1);
  if ((x.rank() != 2 && x.rank() != 3) || x.size(-1) != in) {
    fail<ShapeError>(name_, fmt::format("the input is {}, but this layer takes {}", to_string(x.shape()), (batch_first_ ? "[N, T, " : "[T, N, ") + std::to_string(in) + "]"));
  }
  const auto layer = [&](const Tensor& from, std::span<const Cell> part, const RecurrentBegin& states) {
    std::vector<RecurrentWeights> weights;
    for (const Cell& cell : part) {
      RecurrentWeights w{cell.w_ih, cell.w_hh, {}, {}};
      if (cell.b_ih.defined()) w.b_ih = cell.b_ih, w.b_hh = cell.b_hh;
      weights.push_back(std::move(w));
    }
    const RecurrentOptions how{.bidirectional = bidirectional_, .batch_first = batch_first_, .h = states.h, .c = states.c};
    return gates_ == 4 ? lstm(from, weights, how) : gru(from, weights, how);
  };
  const std::size_t directions = bidirectional_ ? 2 : 1;
  const bool drops = dropout_ > 0 && Mode::training() && cells.size() > directions;
  if (!drops) return layer(x, cells, begin);
  RecurrentResult all;
  Tensors h, c;
  Tensor y = x;
  for (std::size_t first = 0; first < cells.size(); first += directions) {
    const auto part_of = [&](const Tensor& states) {
      return states.defined() ? slice(states, 0, {static_cast<std::int64_t>(first), static_cast<std::int64_t>(first + directions)}) : states;
    };
    RecurrentResult one = layer(y, std::span(cells).subspan(first, directions), {part_of(begin.h), part_of(begin.c)});
    h.push_back(one.h);
    if (one.c.defined()) c.push_back(one.c);
    y = first + directions < cells.size() ? dropout(one.output, dropout_) : one.output;
  }
  return {y, concat(h, 0), c.empty() ? Tensor() : concat(c, 0)};
}

std::string RecurrentLayer::text() const {
  const std::size_t directions = bidirectional_ ? 2 : 1;
  std::string out = fmt::format("{} {} -> {}", name_, cells[0].w_ih.value().size(1), cells[0].w_hh.value().size(1));
  if (cells.size() > directions) out += fmt::format(", {} layers", cells.size() / directions);
  if (bidirectional_) out += ", both directions";
  return out;
}

void RecurrentLayer::walk(const Visitor& visitor, const std::string& path) {
  const std::size_t directions = bidirectional_ ? 2 : 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string end = fmt::format("_l{}{}", i / directions, i % directions == 1 ? "_reverse" : "");
    const auto visit = [&](const char* name, Param& p) { gradus::walk(p, visitor, detail::joined(path, name + end)); };
    visit("weight_ih", cells[i].w_ih);
    visit("weight_hh", cells[i].w_hh);
    visit("bias_ih", cells[i].b_ih);
    visit("bias_hh", cells[i].b_hh);
  }
}

}  // namespace gradus::nn
