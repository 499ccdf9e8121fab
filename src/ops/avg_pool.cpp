// Pools of averages, one axis after the other, sums first and then the counts; and those of whole images.
#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/tensor/lift.hpp>

#include <algorithm>
#include <cmath>

#include "batched.hpp"
#include "inputs.hpp"
#include "window.hpp"

namespace gradus::ops {
namespace {
// 1 / what the sums of the windows of one axis are divided by.
template <class S>
std::vector<double> shares(const S& op, const Sliding& s, std::size_t i, const Shape& x) {
  std::vector<double> out;
  for (std::int64_t w = 0; w < s.out[i]; ++w) {
    const std::int64_t count = pooled_count(s, i, w, op.count_include_pad);
    if (count < 1) fail<ShapeError>(std::string(S::name), fmt::format("window {} of an axis holds no entry of x {}", w, to_string(x)));
    out.push_back(1 / static_cast<double>(count));
  }
  return out;
}
template <class S>
Tensor scaled(const S& op, const Sliding& s, const Tensor& x, const Shape& whole) {
  if (op.divisor > 0) return x / static_cast<double>(op.divisor);
  const std::size_t axes = s.kernel.size();
  Tensor scale = along(shares(op, s, 0, whole), 0, axes, x.dtype());
  for (std::size_t i = 1; i < axes; ++i) scale = scale * along(shares(op, s, i, whole), i, axes, x.dtype());
  return x * scale;
}
template <class S>
Sliding checked_average(const S& op, const Shape& shape) {
  const Sliding s = sliding_of(op, shape);
  if (op.divisor < 0) fail<ValueError>(std::string(S::name), fmt::format("divisor {} is negative", op.divisor), "0 divides by the number of entries");
  for (std::size_t i = 0; i < s.kernel.size(); ++i) shares(op, s, i, shape);
  return s;
}
Shape with_last(const Shape& shape, const Shape& last) {
  Shape out(shape.begin(), shape.end() - last.size());
  out.append(last.begin(), last.end());
  return out;
}
}  // namespace

Spec AvgPool::shape(Inputs x) const {
  const Sliding s = checked_average(*this, x[0].shape());
  return {with_last(x[0].shape(), s.out), is_float(x[0].dtype()) ? x[0].dtype() : Dtype::f32};
}
Tensors AvgPool::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  return {apply(AvgPoolGrad{kernel, stride, padding, ceil_mode, count_include_pad, divisor, pooled_sizes(x[0].shape(), kernel.size())}, g)};
}
Tensor AvgPool::batched(Inputs x, TensorSet, std::int64_t) const { return apply(*this, x[0]); }
Tensor AvgPool::expand(Inputs in) const {
  const Sliding s = sliding_of(*this, in[0].shape());
  Tensor x = as_float(in[0]);
  const std::size_t axes = s.kernel.size();
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t axis = x.rank() - static_cast<std::int64_t>(axes - i), n = s.out[i], k = s.kernel[i];
    const std::int64_t reach = (n - 1) * s.stride[i] + k, after = std::max<std::int64_t>(0, reach - s.padding[i] - s.size[i]);
    if (s.padding[i] > 0 || after > 0) x = pad(x, axis, s.padding[i], after);
    x = sum(unfold(x, axis, k, s.stride[i]), -1);
    if (x.size(axis) > n) x = slice(x, axis, {0, n});
  }
  return scaled(*this, s, x, in[0].shape());
}
std::vector<Case> AvgPool::cases() {
  const auto op = [](AvgPool p) { return make_op(p); };
  return {{op({.kernel = {2}}), {{{2, 5}}}},
          {op({.kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0}}), {{{1, 2, 3, 4}}}},
          {op({.kernel = {2}, .padding = {1}, .count_include_pad = false}), {{{2, 3}}}},
          {op({.kernel = {2, 2}, .stride = {2}, .padding = {1}, .ceil_mode = true}), {{{2, 4, 3}}}},
          {op({.kernel = {2}, .stride = {3}, .divisor = 3}), {{{7}}}},
          {op({.kernel = {1, 2, 2}}), {{{1, 1, 2, 4}}}},
          {op({.kernel = {2}}), {{{0, 3}}}}};
}

namespace {
// The windows of the pool whose gradient g is.
Sliding windows_before(const AvgPoolGrad& op, const Tensor& g) {
  check_rank(AvgPoolGrad::name, g.shape(), op.size.size(), "the size");
  if (op.size.size() != op.kernel.size()) fail<ShapeError>(AvgPoolGrad::name, fmt::format("the size {} has {} numbers, the kernel {}", to_string(op.size), op.size.size(), op.kernel.size()));
  const Sliding s = checked_average(op, with_last(g.shape(), op.size));
  if (!(pooled_sizes(g.shape(), s.out.size()) == s.out)) fail<ShapeError>(AvgPoolGrad::name, fmt::format("the gradient is {}, the pool's output ends in {}", to_string(g.shape()), to_string(s.out)));
  return s;
}
}  // namespace

Spec AvgPoolGrad::shape(Inputs x) const {
  windows_before(*this, x[0]);
  return {with_last(x[0].shape(), size), is_float(x[0].dtype()) ? x[0].dtype() : Dtype::f32};
}
Tensors AvgPoolGrad::vjp(Inputs, const Tensor&, const Tensor& g, TensorSet) const {
  return {apply(AvgPool{kernel, stride, padding, ceil_mode, count_include_pad, divisor}, g)};
}
Tensor AvgPoolGrad::batched(Inputs x, TensorSet, std::int64_t) const { return apply(*this, x[0]); }
Tensor AvgPoolGrad::expand(Inputs in) const {
  const Sliding s = windows_before(*this, in[0]);
  Tensor g = scaled(*this, s, as_float(in[0]), with_last(in[0].shape(), size));
  for (std::size_t i = s.kernel.size(); i-- > 0;) {
    const std::int64_t axis = g.rank() - static_cast<std::int64_t>(s.kernel.size() - i), reach = (s.out[i] - 1) * s.stride[i] + s.kernel[i];
    Shape windows = g.shape();
    windows.push_back(s.kernel[i]);
    g = fold(gradus::expand(unsqueeze(g, -1), windows), axis, std::max(reach, s.padding[i] + s.size[i]), s.stride[i]);
    g = slice(g, axis, {s.padding[i], s.padding[i] + s.size[i]});
  }
  return g;
}
std::vector<Case> AvgPoolGrad::cases() {
  const auto op = [](AvgPoolGrad p) { return make_op(p); };
  return {{op({.kernel = {2}, .size = {5}}), {{{2, 2}}}},
          {op({.kernel = {3, 2}, .stride = {1, 2}, .padding = {1, 0}, .size = {3, 4}}), {{{1, 2, 3, 2}}}},
          {op({.kernel = {2}, .padding = {1}, .count_include_pad = false, .size = {3}}), {{{2, 2}}}},
          {op({.kernel = {2, 2}, .stride = {2}, .padding = {1}, .ceil_mode = true, .size = {4, 3}}), {{{2, 3, 2}}}},
          {op({.kernel = {2}, .stride = {3}, .divisor = 3, .size = {7}}), {{{2}}}},
          {op({.kernel = {2}, .size = {3}}), {{{0, 1}}}}};
}

Tensor LpPool::expand(Inputs x) const {
  const Sliding s = sliding_of(*this, x[0].shape());
  if (!(p > 0) || std::isinf(p)) fail<ValueError>(name, fmt::format("p {} is not a positive number", p), "max_pool is the norm of p = infinity");
  const Tensor power = p == 1 ? as_float(x[0]) : p == 2 ? square(as_float(x[0])) : pow(as_float(x[0]), p);
  const Tensor total = apply(AvgPool{.kernel = kernel, .stride = stride, .ceil_mode = ceil_mode}, power) * static_cast<double>(numel(s.kernel));
  if (p == 1) return total;
  const Tensor none = total == 0;  // the root has no slope there; the argument is guarded and not the result
  return where(none, 0, pow(where(none, 1, total), 1 / p));
}
std::vector<Case> LpPool::cases() {
  const auto op = [](LpPool pool) { return make_op(pool); };
  return {{op({.kernel = {2}}), {{{2, 5}}}}, {op({.p = 3, .kernel = {2, 2}, .stride = {1}}), {{{1, 3, 3}, {2, 4}}}}, {op({.p = 1, .kernel = {2}, .ceil_mode = true}), {{{2, 3}}}}, {op({.kernel = {2}}), {{{0, 3}}}}};
}

Tensor AdaptiveAvgPool::expand(Inputs in) const {
  Tensor x = as_float(in[0]);
  const std::vector<Axis1d> axes = adaptive_windows(name, size, x.shape());
  Shape kernel;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t from = x.size(x.rank() - static_cast<std::int64_t>(axes.size() - i));
    if (size[i] > 0 && from > 0 && from % size[i] == 0) kernel.push_back(from / size[i]);
  }
  if (kernel.size() == axes.size()) return apply(AvgPool{.kernel = kernel}, x);  // windows of equal size side by side
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = x.rank() - static_cast<std::int64_t>(axes.size() - i), from = x.size(axis), to = size[i];
    if (to > 0 && from % to == 0) {
      Shape parts = x.shape();
      parts[static_cast<std::size_t>(axis)] = to;
      parts.insert(static_cast<std::size_t>(axis) + 1, from / to);
      x = mean(reshape(x, parts), axis + 1);
      continue;
    }
    Tensors means;  // and no product with a matrix of weights: 0 times an infinite entry would be NaN
    for (const Window1d& w : axes[i].windows) means.push_back(mean(slice(x, axis, {w.first, w.last}), axis, true));
    x = means.empty() ? slice(x, axis, {0, 0}) : concat(means, axis);
  }
  return x;
}
std::vector<Case> AdaptiveAvgPool::cases() {
  return {{make_op(AdaptiveAvgPool{{2}}), {{{2, 5}}}}, {make_op(AdaptiveAvgPool{{2, 3}}), {{{2, 4, 4}}}}, {make_op(AdaptiveAvgPool{{3}}), {{{2, 2}}}}, {make_op(AdaptiveAvgPool{{2}}), {{{3}}}}, {make_op(AdaptiveAvgPool{{1}}), {{{0, 3}}}}};
}

namespace {
void check_spatial(std::string_view op, const Tensor& x) {
  if (x.rank() < 3) fail<ShapeError>(std::string(op), fmt::format("x is {}; it must be [N, C, spatial...]", to_string(x.shape())));
}
Axes after_channels(const Tensor& x) {
  Shape axes;
  for (std::int64_t i = 2; i < x.rank(); ++i) axes.push_back(i);
  return axes;
}
}  // namespace

Tensor GlobalAvgPool::expand(Inputs x) const {
  check_spatial(name, x[0]);
  const Shape spatial = pooled_sizes(x[0].shape(), static_cast<std::size_t>(x[0].rank() - 2));
  if (numel(spatial) > 0) return apply(AvgPool{.kernel = spatial}, x[0]);
  return mean(x[0], after_channels(x[0]), true);
}
std::vector<Case> GlobalAvgPool::cases() {
  return {{make_op(GlobalAvgPool{}), {{{2, 2, 3}}}}, {make_op(GlobalAvgPool{}), {{{1, 2, 2, 2}}}}, {make_op(GlobalAvgPool{}), {{{0, 2, 3}}}}};
}
Tensor GlobalMaxPool::expand(Inputs x) const {
  check_spatial(name, x[0]);
  return apply(AdaptiveMaxPool{Shape(static_cast<std::size_t>(x[0].rank() - 2), 1)}, x[0]);
}
std::vector<Case> GlobalMaxPool::cases() {
  return {{make_op(GlobalMaxPool{}), {{{2, 2, 3}}}}, {make_op(GlobalMaxPool{}), {{{1, 2, 2, 2}}}}, {make_op(GlobalMaxPool{}), {{{0, 2, 3}}}}};
}

}  // namespace gradus::ops
