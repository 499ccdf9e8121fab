// Pools: the greatest, the mean or the norm of each window.
#include <fmt/format.h>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"
#include "formats/onnx/window.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

Window pool_window(const Call& call) {
  const auto kernel = call.ints("kernel_shape");
  if (!kernel) call.fault("attribute 'kernel_shape' is missing");
  return window_of(call, call[0], *kernel);
}
bool is_ceil(const Call& call) { return call.integer("ceil_mode", 0) != 0; }

// Where the greatest of each window lies in x, counted through the whole tensor; with storage_order=1 the first spatial axis
// counts fastest.
Tensor places_of(const Call& call, const Window& window, const Tensor& entry, const Shape& counts) {
  const Shape shape = call[0].shape();
  const std::size_t axes = counts.size();
  Shape steps(axes, 1);
  const bool first_fastest = call.integer("storage_order", 0) != 0;
  for (std::size_t i = 1; i < axes; ++i) {
    const std::size_t at = first_fastest ? i : axes - 1 - i, fast = first_fastest ? at - 1 : at + 1;
    steps[at] = steps[fast] * shape[fast + 2];
  }
  const Int plane = numel(Dims(shape).subspan(2));
  Tensor place = reshape(Tensor::arange(shape[0] * shape[1]) * Tensor::full({}, static_cast<double>(plane), Dtype::i64), [&] {
    Shape to(shape.size(), 1);
    to[0] = shape[0];
    to[1] = shape[1];
    return to;
  }());
  std::vector<Shape> offsets(axes);
  each_entry(window.kernel, [&](Int, const Shape& at) {
    for (std::size_t i = 0; i < axes; ++i) offsets[i].push_back((at[i] * window.dilations[i] - window.before[i]) * steps[i]);
  });
  for (std::size_t i = 0; i < axes; ++i) {
    Shape along(shape.size(), 1);
    along[i + 2] = counts[i];
    const Tensor starts = reshape(Tensor::arange(counts[i]) * Tensor::full({}, static_cast<double>(window.strides[i] * steps[i]), Dtype::i64), along);
    place = place + starts + take_axis(integers_of(offsets[i]), entry, 0);
  }
  return place;
}

Values max_pool_call(const Call& call) {
  const Tensor& x = call[0];
  const Window window = pool_window(call);
  const Shape counts = counts_of(call, window, x, is_ceil(call));
  const Tensor least = edge_of(call.type(0), false);
  if (!call.wants(1)) return {max_pool(padded_for(call, window, x, counts, least), window.kernel, {.stride = window.strides, .dilation = window.dilations})};
  const Tensor all = windows(call, window, x, counts, least);
  Values out{max(all, 2)};
  if (call.wants(1)) out.emplace_back(places_of(call, window, argmax(all, 2), counts), Type::i64);
  return out;
}

Tensor means(const Call& call, const Window& window, const Tensor& x, const Shape& counts) {
  const Tensor zero = number_like(x, 0);
  if (window.dilations == Shape(counts.size(), 1)) return avg_pool(padded_for(call, window, x, counts, zero), window.kernel, {.stride = window.strides});
  return mean(windows(call, window, x, counts, zero), 2);
}

// The mean of each window with zeros for padding, divided by the part of its entries that counts.
Values average_pool(const Call& call) {
  const Tensor& x = call[0];
  const Window window = pool_window(call);
  const Shape counts = counts_of(call, window, x, is_ceil(call));
  Shape one = x.shape(), before{0, 0}, after{0, 0};
  one[0] = one[1] = 1;
  Tensor inside = Tensor::ones(one, x.dtype());
  Window mask_window = window;
  if (call.integer("count_include_pad", 0) != 0) {
    before.append(window.before.begin(), window.before.end());
    after.append(window.after.begin(), window.after.end());
    inside = pad_with(inside, before, after, number_like(x, 1));
    mask_window.before = mask_window.after = Shape(counts.size(), 0);
  }
  return {means(call, window, x, counts) / means(call, mask_window, inside, counts)};
}

// Before operator set 2 p was a float.
double norm_of(const Call& call) { return call.opset < 2 ? call.number("p", 2) : static_cast<double>(call.integer("p", 2)); }

Values lp_pool_call(const Call& call) {
  const Tensor& x = call[0];
  const Window window = pool_window(call);
  const double p = norm_of(call);
  const Tensor all = windows(call, window, abs(x), counts_of(call, window, x, is_ceil(call)), number_like(x, 0));
  return {pow(sum(pow(all, number_like(x, p)), 2), number_like(x, 1 / p))};
}

Axes spatial(const Call& call) {
  if (call[0].rank() < 3) call.fault(fmt::format("needs [batch, channels, spatial...], got {}", to_string(call[0].shape())));
  Shape axes;
  for (Int i = 2; i < call[0].rank(); ++i) axes.push_back(i);
  return axes;
}
Values global_average(const Call& call) { return {mean(call[0], spatial(call), true)}; }
Values global_max(const Call& call) { return {max(call[0], spatial(call), true)}; }
Values global_lp(const Call& call) {
  const double p = norm_of(call);
  return {pow(sum(pow(abs(call[0]), number_like(call[0], p)), spatial(call), true), number_like(call[0], 1 / p))};
}

// The inverse of MaxPool with places: zeros, and x where its numbers came from.
Values max_unpool(const Call& call) {
  const Tensor& x = call[0];
  const auto kernel = call.ints("kernel_shape");
  if (!kernel) call.fault("attribute 'kernel_shape' is missing");
  const Window window = window_of(call, x, *kernel);
  Shape natural{x.size(0), x.size(1)};
  for (std::size_t i = 0; i < kernel->size(); ++i) {
    natural.push_back((x.size(static_cast<Int>(i) + 2) - 1) * window.strides[i] + (*kernel)[i] - window.before[i] - window.after[i]);
  }
  const Shape to = call.has(2) ? call.ints_at(2) : natural;
  check_size(call, natural);
  check_size(call, to);
  if (to.size() != natural.size()) call.fault(fmt::format("output_shape is {} for {}", to_string(to), to_string(x.shape())));
  // The places count through the natural shape; a larger output has its rest at the ends.
  const Tensor flat = scatter_add(reshape(x, {-1}), reshape(cast(call[1], Dtype::i64), {-1}), 0, numel(natural));
  Shape after;
  for (std::size_t i = 0; i < to.size(); ++i) after.push_back(to[i] - natural[i]);
  return {pad_with(reshape(flat, natural), Shape(to.size(), 0), after, number_like(x, 0))};
}

constexpr Operator table[] = {
    {"MaxPool", max_pool_call}, {"AveragePool", average_pool}, {"LpPool", lp_pool_call}, {"MaxUnpool", max_unpool},
    {"GlobalAveragePool", global_average}, {"GlobalMaxPool", global_max}, {"GlobalLpPool", global_lp},
};

}  // namespace

std::span<const Operator> pool_operators() { return table; }

}  // namespace gradus::onnx
