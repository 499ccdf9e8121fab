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

template <class S>
std::vector<Axis1d> max_windows(const S& op, const Tensor& x) {
  std::vector<Axis1d> out;
  if constexpr (requires { op.kernel; }) {
    const Sliding s = sliding_of(op, x.shape());
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
    out = adaptive_windows(S::name, op.size, x.shape());
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
