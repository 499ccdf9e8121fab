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

void check_rank(std::string_view op, const Tensor& x, std::size_t axes, const char* what) {
  if (axes == 0 || x.rank() < static_cast<std::int64_t>(axes)) {
    fail<ShapeError>(std::string(op), fmt::format("{} has {} numbers, x is {}", what, axes, to_string(x.shape())), "one number for each of the last axes that are pooled");
  }
}

Shape pooled_sizes(const Tensor& x, std::size_t axes) {
  const Shape shape = x.shape();
  return Shape(shape.end() - axes, shape.end());
}

struct Sliding {
  Shape kernel, stride, padding, dilation, size;
};

template <class S>
Sliding sliding(const S& op, const Tensor& x) {
  const std::size_t axes = op.kernel.size();
  check_rank(S::name, x, axes, "the kernel");
  Sliding s;
  s.size = pooled_sizes(x, axes);
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
      fail<ShapeError>(std::string(S::name), fmt::format("the kernel {} spans {} entries of an axis, x {} has {} there with padding {}", to_string(s.kernel), span, to_string(x.shape()), s.size[i] + 2 * s.padding[i], to_string(s.padding)),
                       "a smaller kernel, or interpolate x");
    }
  }
  return s;
}

// How many windows; with ceil_mode also one that begins inside and reaches past the end.
std::int64_t window_count(const Sliding& s, std::size_t i, bool ceil_mode) {
  const std::int64_t room = s.size[i] + 2 * s.padding[i] - extent(s.kernel[i], s.dilation[i]);
  std::int64_t n = room / s.stride[i] + 1;
  if (ceil_mode && room % s.stride[i] != 0 && n * s.stride[i] < s.size[i] + s.padding[i]) ++n;
  return n;
}

template <class S>
std::vector<Axis1d> max_windows(const S& op, const Tensor& x) {
  std::vector<Axis1d> out;
  if constexpr (requires { op.kernel; }) {
    const Sliding s = sliding(op, x);
    for (std::size_t i = 0; i < s.kernel.size(); ++i) {
      Axis1d axis{{}, s.dilation[i]};
      const std::int64_t n = window_count(s, i, op.ceil_mode);
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
    check_rank(S::name, x, op.size.size(), "the size");
    const Shape to = per_axis(S::name, "size", op.size, op.size.size(), 1, 0), from = pooled_sizes(x, to.size());
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
  const Shape sizes = pooled_sizes(x, axes.size()), strides = contiguous_strides(sizes);
  std::int64_t points = 1;
  for (const Axis1d& axis : axes) points *= static_cast<std::int64_t>(axis.windows.size());
  auto* out = static_cast<std::int64_t*>(y.data());
  visit_wide(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(x.array().data());
    parallel_for(y.numel() / points, std::max<std::int64_t>(1, 4096 / points), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) largest(axes, strides, from + i * numel(sizes), out + i * points);
    });
  });
}

// The entries that an index over the last `axes` axes names.
Tensor taken(const Tensor& x, const Tensor& index, std::size_t axes) {
  const Shape from = x.shape(), to = index.shape();
  Shape planes(from.begin(), from.end() - axes);
  Shape flat = planes, flat_index = planes;
  flat.push_back(numel(Dims(from).last(axes)));
  flat_index.push_back(numel(Dims(to).last(axes)));
  return reshape(gather(reshape(x, flat), reshape(index, flat_index), -1), to);
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
Tensor MaxPool::expand(Inputs x) const {
  sliding(*this, x[0]);  // its name in messages
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

// ---- adaptive_max_pool
Spec AdaptiveMaxPoolIndex::shape(Inputs x) const { return index_shape(*this, x[0]); }
Tensor AdaptiveMaxPoolIndex::batched(Inputs x, TensorSet, std::int64_t) const { return apply(*this, x[0]); }
void AdaptiveMaxPoolIndex::compute(Array& y, Inputs x) const { compute_index(*this, y, x[0]); }
std::vector<Case> AdaptiveMaxPoolIndex::cases() {
  return {{make_op(AdaptiveMaxPoolIndex{{2}}), {{{2, 5}}}}, {make_op(AdaptiveMaxPoolIndex{{2, 3}}), {{{2, 3, 4}}}}, {make_op(AdaptiveMaxPoolIndex{{1}}), {{{0, 3}}}}};
}
Tensor AdaptiveMaxPool::expand(Inputs x) const {
  check_rank(name, x[0], size.size(), "the size");
  return taken(x[0], apply(AdaptiveMaxPoolIndex{size}, stop_gradient(x[0])), size.size());
}
std::vector<Case> AdaptiveMaxPool::cases() {
  return {{make_op(AdaptiveMaxPool{{2}}), {{{2, 5}}}}, {make_op(AdaptiveMaxPool{{2, 3}}), {{{2, 3, 4}}}}, {make_op(AdaptiveMaxPool{{3}}), {{{2, 2}}}}, {make_op(AdaptiveMaxPool{{1}}), {{{0, 3}}}}};
}

// ---- avg_pool: one axis after the other, sums first and then the counts.
Tensor AvgPool::expand(Inputs in) const {
  const Sliding s = sliding(*this, in[0]);
  if (divisor < 0) fail<ValueError>(name, fmt::format("divisor {} is negative", divisor), "0 divides by the number of entries");
  Tensor x = as_float(in[0]);
  const std::size_t axes = s.kernel.size();
  Tensor scale;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t axis = x.rank() - static_cast<std::int64_t>(axes - i), n = window_count(s, i, ceil_mode), k = s.kernel[i];
    const std::int64_t reach = (n - 1) * s.stride[i] + k, after = std::max<std::int64_t>(0, reach - s.padding[i] - s.size[i]);
    if (s.padding[i] > 0 || after > 0) x = pad(x, axis, s.padding[i], after);
    x = sum(unfold(x, axis, k, s.stride[i]), -1);
    if (x.size(axis) > n) x = slice(x, axis, {0, n});
    std::vector<double> shares;
    for (std::int64_t w = 0; w < n; ++w) {
      const std::int64_t first = w * s.stride[i] - s.padding[i], last = std::min(first + k, s.size[i] + s.padding[i]);
      const std::int64_t count = count_include_pad ? last - first : std::min(last, s.size[i]) - std::max<std::int64_t>(first, 0);
      if (count < 1) fail<ShapeError>(name, fmt::format("window {} of an axis holds no entry of x {}", w, to_string(in[0].shape())));
      shares.push_back(1 / static_cast<double>(count));
    }
    const Tensor part = along(shares, i, axes, x.dtype());
    scale = scale.defined() ? scale * part : part;
  }
  return divisor > 0 ? x / static_cast<double>(divisor) : x * scale;
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

Tensor LpPool::expand(Inputs x) const {
  const Sliding s = sliding(*this, x[0]);
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
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = x.rank() - static_cast<std::int64_t>(axes.size() - i), from = x.size(axis), to = size[i];
    if (to > 0 && from % to == 0) {  // windows of equal size side by side
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
  check_rank(name, in[0], size.size(), "the size");
  const Shape to = per_axis(name, "size", size, size.size(), 1, 1), from = pooled_sizes(in[0], size.size());
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
