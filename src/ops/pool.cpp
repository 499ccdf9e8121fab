#include <fmt/format.h>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>
#include <gradus/tensor/lift.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "batched.hpp"
#include "inputs.hpp"
#include "window.hpp"

namespace gradus::ops {
namespace {

// The windows along one axis: entries first, first + step, ... below last, all inside the axis.
struct Window1d {
  std::int64_t first, last;
};
struct Axis1d {
  std::vector<Window1d> windows;
  std::int64_t step = 1;
};

void check_rank(std::string_view op, Dims shape, std::size_t axes, const char* what) {
  if (axes == 0 || shape.size() < axes) {
    fail<ShapeError>(std::string(op), fmt::format("{} has {} numbers, x is {}", what, axes, to_string(shape)), "one number for each of the last axes that are pooled");
  }
}

Shape pooled_sizes(Dims shape, std::size_t axes) { return Shape(shape.end() - static_cast<std::ptrdiff_t>(axes), shape.end()); }

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

template <class S>
std::vector<Axis1d> max_windows(const S& op, const Tensor& x) {
  std::vector<Axis1d> out;
  if constexpr (requires { op.kernel; }) {
    const Sliding s = sliding(op, x.shape());
    for (std::size_t i = 0; i < s.kernel.size(); ++i) {
      Axis1d axis{{}, s.dilation[i]};
      const std::int64_t n = s.out[i];
      axis.windows.reserve(static_cast<std::size_t>(n));
      for (std::int64_t w = 0; w < n; ++w) {
        const std::int64_t start = w * s.stride[i] - s.padding[i], d = s.dilation[i];
        const std::int64_t first = start >= 0 ? start : start + (-start + d - 1) / d * d;
        const std::int64_t last = std::min(start + extent(s.kernel[i], d), s.size[i]);
        if (first >= last) {
          fail<ShapeError>(std::string(S::name), fmt::format("window {} of an axis holds no entry of x {}: kernel {}, padding {}, dilation {}", w, to_string(x.shape()), to_string(s.kernel), to_string(s.padding), to_string(s.dilation)));
        }
        axis.windows.push_back({first, last});
      }
      out.push_back(std::move(axis));
    }
  } else {
    check_rank(S::name, x.shape(), op.size.size(), "the size");
    const Shape to = per_axis(S::name, "size", op.size, op.size.size(), 1, 0), from = pooled_sizes(x.shape(), to.size());
    for (std::size_t i = 0; i < to.size(); ++i) {
      if (from[i] == 0 && to[i] > 0) fail<ShapeError>(std::string(S::name), fmt::format("x {} is empty along a pooled axis", to_string(x.shape())));
      Axis1d axis;
      axis.windows.reserve(static_cast<std::size_t>(to[i]));  // of a size that no memory has this fails at once
      for (std::int64_t w = 0; w < to[i]; ++w) axis.windows.push_back({w * from[i] / to[i], ((w + 1) * from[i] + to[i] - 1) / to[i]});
      out.push_back(std::move(axis));
    }
  }
  return out;
}

template <class S>
Spec index_shape(const S& op, const Tensor& x) {
  const std::vector<Axis1d> axes = max_windows(op, x);
  Shape shape = x.shape();
  for (std::size_t i = 0; i < axes.size(); ++i) shape[shape.size() - axes.size() + i] = static_cast<std::int64_t>(axes[i].windows.size());
  checked_numel(S::name, shape, Dtype::i64);
  return {shape, Dtype::i64};
}

// The place of the largest entry of every window of one plane; a NaN is larger than all, the last of several counts.
template <class T>
void largest(const std::vector<Axis1d>& axes, const Shape& strides, const T* x, std::int64_t* out) {
  const std::size_t n = axes.size();
  Shape window(n, 0), at(n, 0);
  while (true) {
    std::int64_t place = 0;
    for (std::size_t i = 0; i < n; ++i) {
      at[i] = axes[i].windows[static_cast<std::size_t>(window[i])].first;
      place += at[i] * strides[i];
    }
    std::int64_t best = place;
    for (bool more = true; more;) {
      if (x[place] > x[best] || x[place] != x[place]) best = place;
      more = false;
      for (std::size_t i = n; i-- > 0 && !more;) {
        const Window1d& w = axes[i].windows[static_cast<std::size_t>(window[i])];
        at[i] += axes[i].step;
        place += axes[i].step * strides[i];
        more = at[i] < w.last;
        if (!more) {
          place -= (at[i] - w.first) * strides[i];
          at[i] = w.first;
        }
      }
    }
    *out++ = best;
    std::size_t i = n;
    while (i-- > 0) {
      if (++window[i] < static_cast<std::int64_t>(axes[i].windows.size())) break;
      window[i] = 0;
    }
    if (i == static_cast<std::size_t>(-1)) return;
  }
}

template <class S>
void compute_index(const S& op, Array& y, const Tensor& in) {
  if (y.numel() == 0) return;
  const Tensor x = contiguous(cast(Tensor(in.array_ref()), wide(in.dtype())));
  const std::vector<Axis1d> axes = max_windows(op, x);
  const Shape sizes = pooled_sizes(x.shape(), axes.size()), strides = contiguous_strides(sizes);
  std::int64_t points = 1;
  for (const Axis1d& axis : axes) points *= static_cast<std::int64_t>(axis.windows.size());
  auto* out = static_cast<std::int64_t*>(y.data());
  visit_wide(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(x.array().data());
    parallel_for(y.numel() / points, Cost(8 * points), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) largest(axes, strides, from + i * numel(sizes), out + i * points);
    });
  });
}

// The last `axes` axes as one.
Shape flattened(const Shape& shape, std::size_t axes) {
  Shape out(shape.begin(), shape.end() - axes);
  out.push_back(numel(Dims(shape).last(axes)));
  return out;
}

// The entries that an index over the last `axes` axes names.
Tensor taken(const Tensor& x, const Tensor& index, std::size_t axes) {
  return reshape(gather(reshape(x, flattened(x.shape(), axes)), reshape(index, flattened(index.shape(), axes)), -1), index.shape());
}

// A tensor of one number per window of an axis, ready to multiply.
Tensor along(const std::vector<double>& values, std::size_t axis, std::size_t axes, Dtype dtype) {
  Shape shape(axes, 1);
  shape[axis] = static_cast<std::int64_t>(values.size());
  return reshape(cast(Tensor::from(values, {shape[axis]}), dtype), shape);
}

}  // namespace

// ---- max_pool
Spec MaxPoolIndex::shape(Inputs x) const { return index_shape(*this, x[0]); }
Tensor MaxPoolIndex::batched(Inputs x, TensorSet, std::int64_t) const { return apply(*this, x[0]); }  // examples are one more axis of the batch
void MaxPoolIndex::compute(Array& y, Inputs x) const { compute_index(*this, y, x[0]); }
std::vector<Case> MaxPoolIndex::cases() {
  return {{make_op(MaxPoolIndex{{2}}), {{{2, 5}}}}, {make_op(MaxPoolIndex{{2, 2}, {1}, {1, 0}}), {{{2, 3, 3}}}}, {make_op(MaxPoolIndex{{2}}), {{{0, 3}}}}};
}
Spec MaxPool::shape(Inputs x) const { return {index_shape(*this, x[0]).shape, x[0].dtype()}; }
TensorSet MaxPool::reads(TensorSet) const { return TensorSet::input(0); }
Tensors MaxPool::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  return {apply(MaxPoolGrad{kernel, stride, padding, dilation, ceil_mode}, x[0], g)};
}
Tensor MaxPool::batched(Inputs x, TensorSet, std::int64_t) const { return apply(*this, x[0]); }
Tensor MaxPool::expand(Inputs x) const {
  return taken(x[0], apply(MaxPoolIndex{kernel, stride, padding, dilation, ceil_mode}, stop_gradient(x[0])), kernel.size());
}
std::vector<Case> MaxPool::cases() {
  const auto op = [](MaxPool p) { return make_op(p); };
  return {{op({.kernel = {2}}), {{{2, 5}}}},
          {op({.kernel = {2, 2}}), {{{1, 2, 4, 4}}}},
          {op({.kernel = {3, 2}, .stride = {1}, .padding = {1, 0}}), {{{2, 3, 3}}}},
          {op({.kernel = {2}, .stride = {3}}), {{{7}}}},
          {op({.kernel = {2}, .stride = {2}, .dilation = {2}}), {{{2, 6}}}},
          {op({.kernel = {2, 2}, .ceil_mode = true}), {{{1, 3, 5}}}},
          {op({.kernel = {2, 1, 2}}), {{{1, 2, 2, 4}}}},
          {op({.kernel = {2}}), {{{0, 3}}}}};
}

Spec MaxPoolGrad::shape(Inputs x) const {
  const Shape windows = index_shape(*this, x[0]).shape;
  if (!(x[1].shape() == windows)) fail<ShapeError>(name, fmt::format("the gradient is {}, the output for x {} is {}", to_string(x[1].shape()), to_string(x[0].shape()), to_string(windows)));
  return x[0].spec();
}
// What each window takes is added to where its largest entry was.
Tensor MaxPoolGrad::expand(Inputs x) const {
  const Shape from = x[0].shape(), flat = flattened(from, kernel.size()), to = flattened(x[1].shape(), kernel.size());
  const Tensor index = reshape(apply(MaxPoolIndex{kernel, stride, padding, dilation, ceil_mode}, stop_gradient(x[0])), to);
  return reshape(scatter_add(cast(reshape(x[1], to), x[0].dtype()), index, -1, flat.back()), from);
}
Tensor MaxPoolGrad::batched(Inputs x, TensorSet which, std::int64_t n) const { return apply(make_op(*this), all_with_examples(x, which, n)); }
std::vector<Case> MaxPoolGrad::cases() {
  const auto op = [](MaxPoolGrad p) { return make_op(p); };
  return {{op({.kernel = {2}}), {{{2, 5}}, {{2, 2}}}},
          {op({.kernel = {2, 2}}), {{{1, 2, 4, 4}}, {{1, 2, 2, 2}}}},
          {op({.kernel = {3, 2}, .stride = {1}, .padding = {1, 0}}), {{{2, 3, 3}}, {{2, 3, 2}}}},
          {op({.kernel = {2}, .stride = {2}, .dilation = {2}}), {{{2, 6}}, {{2, 2}}}},
          {op({.kernel = {2, 2}, .ceil_mode = true}), {{{1, 3, 5}}, {{1, 2, 3}}}},
          {op({.kernel = {2}}), {{{0, 3}}, {{0, 1}}}}};
}

// ---- adaptive_max_pool
Spec AdaptiveMaxPoolIndex::shape(Inputs x) const { return index_shape(*this, x[0]); }
Tensor AdaptiveMaxPoolIndex::batched(Inputs x, TensorSet, std::int64_t) const { return apply(*this, x[0]); }
void AdaptiveMaxPoolIndex::compute(Array& y, Inputs x) const { compute_index(*this, y, x[0]); }
std::vector<Case> AdaptiveMaxPoolIndex::cases() {
  return {{make_op(AdaptiveMaxPoolIndex{{2}}), {{{2, 5}}}}, {make_op(AdaptiveMaxPoolIndex{{2, 3}}), {{{2, 3, 4}}}}, {make_op(AdaptiveMaxPoolIndex{{1}}), {{{0, 3}}}}};
}
Tensor AdaptiveMaxPool::expand(Inputs x) const {
  check_rank(name, x[0].shape(), size.size(), "the size");
  return taken(x[0], apply(AdaptiveMaxPoolIndex{size}, stop_gradient(x[0])), size.size());
}
std::vector<Case> AdaptiveMaxPool::cases() {
  return {{make_op(AdaptiveMaxPool{{2}}), {{{2, 5}}}}, {make_op(AdaptiveMaxPool{{2, 3}}), {{{2, 3, 4}}}}, {make_op(AdaptiveMaxPool{{3}}), {{{2, 2}}}}, {make_op(AdaptiveMaxPool{{1}}), {{{0, 3}}}}};
}

// ---- avg_pool: one axis after the other, sums first and then the counts.
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
  const Sliding s = sliding(op, shape);
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
  const Sliding s = sliding(*this, in[0].shape());
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
  const Sliding s = sliding(*this, x[0].shape());
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
  const std::vector<Axis1d> axes = max_windows(*this, x);
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

// ---- interpolate
Tensor Interpolate::expand(Inputs in) const {
  check_rank(name, in[0].shape(), size.size(), "the size");
  const Shape to = per_axis(name, "size", size, size.size(), 1, 1), from = pooled_sizes(in[0].shape(), size.size());
  const bool linear = mode == "linear", exact = mode == "nearest-exact";
  if (!linear && !exact && mode != "nearest") fail<ValueError>(name, "unknown mode \"" + mode + "\"", "nearest, nearest-exact or linear");
  if (align_corners && !linear) fail<ValueError>(name, "align_corners goes with mode \"linear\" only");
  Tensor x = linear ? as_float(in[0]) : in[0];
  for (std::size_t i = 0; i < to.size(); ++i) {
    const std::int64_t axis = x.rank() - static_cast<std::int64_t>(to.size() - i), n = from[i];
    if (n == 0) fail<ShapeError>(name, fmt::format("x {} is empty along an axis that is resized", to_string(in[0].shape())));
    if (n == to[i]) continue;
    std::vector<std::int64_t> below, above;
    std::vector<double> share;  // of the entry above
    below.reserve(static_cast<std::size_t>(to[i]));
    for (std::int64_t k = 0; k < to[i]; ++k) {
      if (!linear) {
        below.push_back(std::min(exact ? (2 * k + 1) * n / (2 * to[i]) : k * n / to[i], n - 1));
        continue;
      }
      const double middle = (static_cast<double>(k) + 0.5) * static_cast<double>(n) / static_cast<double>(to[i]) - 0.5;
      const double at = !align_corners ? std::max(middle, 0.0) : to[i] == 1 ? 0 : static_cast<double>(k) * static_cast<double>(n - 1) / static_cast<double>(to[i] - 1);
      below.push_back(std::min(static_cast<std::int64_t>(at), n - 1));
      above.push_back(std::min(below.back() + 1, n - 1));
      share.push_back(at - static_cast<double>(below.back()));
    }
    const auto entries = [&](const std::vector<std::int64_t>& places) { return index_select(x, Tensor::from(places, {to[i]}), axis); };
    if (linear) {
      const Tensor weight = along(share, i, to.size(), x.dtype()), low = entries(below);
      x = low * (1 - weight) + entries(above) * weight;
    } else {
      x = entries(below);
    }
  }
  return x;
}
std::vector<Case> Interpolate::cases() {
  const auto op = [](Interpolate p) { return make_op(p); };
  return {{op({.size = {5}}), {{{2, 3}}}},
          {op({.size = {2, 3}, .mode = "nearest-exact"}), {{{1, 3, 2}}}},
          {op({.size = {4, 2}, .mode = "linear"}), {{{2, 3, 3}}}},
          {op({.size = {5, 1}, .mode = "linear", .align_corners = true}), {{{2, 3, 3}}}},
          {op({.size = {2, 3, 2}, .mode = "linear"}), {{{1, 1, 2, 3}}}},
          {op({.size = {2}}), {{{0, 3}}}}};
}

Sliding sliding_of(const MaxPool& op, Dims shape) { return sliding(op, shape); }
Sliding sliding_of(const MaxPoolGrad& op, Dims shape) { return sliding(op, shape); }
Sliding sliding_of(const AvgPool& op, Dims shape) { return sliding(op, shape); }
Sliding sliding_of(const AvgPoolGrad& op, Dims shape) { return sliding(op, shape); }
GRADUS_WINDOW_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor max_pool(const Tensor& x, const Shape& kernel, const PoolOptions& how) { return apply(ops::MaxPool{kernel, how.stride, how.padding, how.dilation, how.ceil_mode}, x); }
Tensor max_pool_index(const Tensor& x, const Shape& kernel, const PoolOptions& how) { return apply(ops::MaxPoolIndex{kernel, how.stride, how.padding, how.dilation, how.ceil_mode}, x); }
Tensor avg_pool(const Tensor& x, const Shape& kernel, const AvgPoolOptions& how) {
  return apply(ops::AvgPool{kernel, how.stride, how.padding, how.ceil_mode, how.count_include_pad, how.divisor}, x);
}
Tensor lp_pool(const Tensor& x, double p, const Shape& kernel, const Shape& stride, bool ceil_mode) { return apply(ops::LpPool{p, kernel, stride, ceil_mode}, x); }
Tensor adaptive_avg_pool(const Tensor& x, const Shape& size) { return apply(ops::AdaptiveAvgPool{size}, x); }
Tensor adaptive_max_pool(const Tensor& x, const Shape& size) { return apply(ops::AdaptiveMaxPool{size}, x); }
Tensor adaptive_max_pool_index(const Tensor& x, const Shape& size) { return apply(ops::AdaptiveMaxPoolIndex{size}, x); }
Tensor global_avg_pool(const Tensor& x) { return apply<ops::GlobalAvgPool>(x); }
Tensor global_max_pool(const Tensor& x) { return apply<ops::GlobalMaxPool>(x); }
Tensor interpolate(const Tensor& x, const Shape& size, const std::string& mode, bool align_corners) { return apply(ops::Interpolate{size, mode, align_corners}, x); }

}  // namespace gradus
