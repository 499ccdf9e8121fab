// The windows of pools, and the checks of them.
#include <fmt/format.h>
#include <gradus/ops.hpp>

#include "window.hpp"

namespace gradus::ops {

void check_rank(std::string_view op, Dims shape, std::size_t axes, const char* what) {
  if (axes == 0 || shape.size() < axes) {
    fail<ShapeError>(std::string(op), fmt::format("{} has {} numbers, x is {}", what, axes, to_string(shape)), "one number for each of the last axes that are pooled");
  }
}

Shape pooled_sizes(Dims shape, std::size_t axes) { return Shape(shape.end() - static_cast<std::ptrdiff_t>(axes), shape.end()); }

std::vector<Axis1d> adaptive_windows(std::string_view op, const Shape& size, Dims x) {
  check_rank(op, x, size.size(), "the size");
  const Shape to = per_axis(op, "size", size, size.size(), 1, 0), from = pooled_sizes(x, to.size());
  std::vector<Axis1d> out;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (from[i] == 0 && to[i] > 0) fail<ShapeError>(std::string(op), fmt::format("x {} is empty along a pooled axis", to_string(x)));
    Axis1d axis;
    axis.windows.reserve(static_cast<std::size_t>(to[i]));  // of a size that no memory has this fails at once
    for (std::int64_t w = 0; w < to[i]; ++w) axis.windows.push_back({w * from[i] / to[i], ((w + 1) * from[i] + to[i] - 1) / to[i]});
    out.push_back(std::move(axis));
  }
  return out;
}

Tensor along(const std::vector<double>& values, std::size_t axis, std::size_t axes, Dtype dtype) {
  Shape shape(axes, 1);
  shape[axis] = static_cast<std::int64_t>(values.size());
  return reshape(cast(Tensor::from(values, {shape[axis]}), dtype), shape);
}

namespace {

// How many windows; with ceil_mode also one that begins inside and reaches past the end.
std::int64_t window_count(const Sliding& s, std::size_t i, bool ceil_mode) {
  const std::int64_t room = s.size[i] + 2 * s.padding[i] - extent(s.kernel[i], s.dilation[i]);
  std::int64_t n = room / s.stride[i] + 1;
  if (ceil_mode && room % s.stride[i] != 0 && n * s.stride[i] < s.size[i] + s.padding[i]) ++n;
  return n;
}

template <class S>
Sliding sliding(const S& op, Dims shape) {
  const std::size_t axes = op.kernel.size();
  check_rank(S::name, shape, axes, "the kernel");
  Sliding s;
  s.size = pooled_sizes(shape, axes);
  s.kernel = per_axis(S::name, "kernel", op.kernel, axes, 1, 1);
  s.stride = op.stride.empty() ? s.kernel : per_axis(S::name, "stride", op.stride, axes, 1, 1);
  s.padding = Shape(axes, 0);
  s.dilation = Shape(axes, 1);
  if constexpr (requires { op.padding; }) s.padding = per_axis(S::name, "padding", op.padding, axes, 0, 0);
  if constexpr (requires { op.dilation; }) s.dilation = per_axis(S::name, "dilation", op.dilation, axes, 1, 1);
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t span = extent(s.kernel[i], s.dilation[i]);
    if (2 * s.padding[i] > span) {
      fail<ValueError>(std::string(S::name), fmt::format("padding {} is more than half of the kernel {}{}", to_string(s.padding), to_string(s.kernel), s.dilation[i] > 1 ? " with dilation " + to_string(s.dilation) : ""),
                       "windows would lie in the padding alone");
    }
    if (s.size[i] + 2 * s.padding[i] < span) {
      fail<ShapeError>(std::string(S::name), fmt::format("the kernel {} spans {} entries of an axis, x {} has {} there with padding {}", to_string(s.kernel), span, to_string(shape), s.size[i] + 2 * s.padding[i], to_string(s.padding)),
                       "a smaller kernel, or interpolate x");
    }
  }
  s.out = Shape(axes);
  for (std::size_t i = 0; i < axes; ++i) s.out[i] = window_count(s, i, op.ceil_mode);
  return s;
}

}  // namespace

Sliding sliding_of(const MaxPool& op, Dims shape) { return sliding(op, shape); }
Sliding sliding_of(const MaxPoolGrad& op, Dims shape) { return sliding(op, shape); }
Sliding sliding_of(const AvgPool& op, Dims shape) { return sliding(op, shape); }
Sliding sliding_of(const AvgPoolGrad& op, Dims shape) { return sliding(op, shape); }
Sliding sliding_of(const MaxPoolIndex& op, Dims shape) { return sliding(op, shape); }
Sliding sliding_of(const LpPool& op, Dims shape) { return sliding(op, shape); }

}  // namespace gradus::ops
