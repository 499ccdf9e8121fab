// Convolutions, of any number of spatial axes.
#include <fmt/format.h>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"
#include "formats/onnx/window.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

Shape kernel_of(const Call& call) {
  const Shape w = call[1].shape();
  if (w.size() != static_cast<std::size_t>(call[0].rank()) || w.size() < 3) call.fault(fmt::format("the weights are {} for {}", to_string(w), to_string(call[0].shape())));
  const Shape kernel(w.begin() + 2, w.end());
  if (const auto said = call.ints("kernel_shape"); said && !(*said == kernel)) call.fault(fmt::format("kernel_shape is {}, the weights are {}", to_string(*said), to_string(w)));
  return kernel;
}

Tensor with_bias(const Call& call, const Tensor& y) {
  if (!call.has(2)) return y;
  Shape shape(static_cast<std::size_t>(y.rank()) - 1, 1);
  shape[0] = call[2].numel();
  return y + reshape(call[2], shape);
}

// The windows as columns, so that all is one product.
Values conv_call(const Call& call) {
  const Tensor& x = call[0];
  const Window window = window_of(call, x, kernel_of(call));
  const Shape counts = counts_of(call, window, x, false), w = call[1].shape();
  const Int groups = call.integer("group", 1);
  if (groups < 1 || w[0] % groups != 0 || w[1] * groups != x.size(1)) call.fault(fmt::format("{} groups, weights {} and {} do not fit", groups, to_string(w), to_string(x.shape())));
  const Int entries = w[1] * numel(window.kernel), places = numel(counts);
  const Tensor columns = reshape(windows(call, window, x, counts, number_like(x, 0)), {x.size(0), groups, entries, places});
  Shape out{x.size(0), w[0]};
  out.append(counts.begin(), counts.end());
  return {with_bias(call, reshape(matmul(reshape(call[1], {groups, w[0] / groups, entries}), columns), out))};
}

// Each entry of x is spread over a window of y; then the padding is cut off.
Values conv_transpose_call(const Call& call) {
  const Tensor& x = call[0];
  Window window = window_of(call, x, kernel_of(call));
  const Shape w = call[1].shape(), reach = window.reach(), size = x.shape();
  const std::size_t axes = reach.size();
  const Int groups = call.integer("group", 1), entries = numel(window.kernel);
  if (groups < 1 || w[0] % groups != 0 || w[0] != x.size(1)) call.fault(fmt::format("{} groups, weights {} and {} do not fit", groups, to_string(w), to_string(size)));
  const Shape more = call.ints("output_padding").value_or(Shape(axes, 0));
  const auto wanted = call.ints("output_shape");
  const std::string rule = call.text("auto_pad", "NOTSET");
  Shape full, before{0, 0}, after{0, 0}, spread{size[0], w[1] * groups};
  if (more.size() != axes || (wanted && wanted->size() < axes)) call.fault("output_padding or output_shape have too few numbers");
  for (std::size_t i = 0; i < axes; ++i) {
    full.push_back((size[i + 2] - 1) * window.strides[i] + reach[i]);
    if (wanted || rule.starts_with("SAME")) {
      const Int out = wanted ? (*wanted)[wanted->size() - axes + i] : size[i + 2] * window.strides[i];
      const Int total = full[i] + more[i] - out;
      // What is missing for the shape that is wanted comes behind the end.
      window.before[i] = total < 0 ? 0 : rule == "SAME_UPPER" ? total / 2 : total - total / 2;
      window.after[i] = total - window.before[i];
    }
    before.push_back(-window.before[i]);
    after.push_back(more[i] - window.after[i]);
    spread.push_back(full[i]);
  }
  check_size(call, spread);
  const Tensor columns = matmul(T(reshape(call[1], {groups, w[0] / groups, w[1] * entries})), reshape(x, {size[0], groups, size[1] / groups, -1}));
  Shape by_entry{size[0], groups * w[1], entries};
  by_entry.append(size.begin() + 2, size.end());
  const Tensor parts = reshape(columns, by_entry);
  Tensor y;
  each_entry(window.kernel, [&](Int entry, const Shape& at) {
    Tensor part = squeeze(slice(parts, 2, {entry, entry + 1}), 2);
    for (std::size_t i = 0; i < axes; ++i) {
      const Int first = at[i] * window.dilations[i], stride = window.strides[i];
      part = apply(ops::Pad{static_cast<Int>(i) + 2, first, full[i] - first - (size[i + 2] - 1) * stride - 1, stride - 1}, part);
    }
    y = y.defined() ? y + part : part;
  });
  return {with_bias(call, pad_with(y, before, after, number_like(y, 0)))};
}

constexpr Operator table[] = {{"Conv", conv_call}, {"ConvTranspose", conv_transpose_call}};

}  // namespace

std::span<const Operator> conv_operators() { return table; }

}  // namespace gradus::onnx
