#include <algorithm>

#include <fmt/format.h>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>

#include "added.hpp"
#include "batched.hpp"

namespace gradus::ops {
namespace {

// How many entries of an axis a window covers.
std::int64_t checked_reach(std::string_view op, std::int64_t size, std::int64_t step, std::int64_t dilation) {
  if (size < 1) fail<ValueError>(std::string(op), fmt::format("a window of {} entries is empty", size));
  if (step < 1 || dilation < 1) fail<ValueError>(std::string(op), fmt::format("step {} and dilation {} must be 1 or more", step, dilation));
  std::int64_t reach = 0;
  if (__builtin_mul_overflow(size - 1, dilation, &reach) || __builtin_add_overflow(reach, 1, &reach)) {
    fail<ShapeError>(std::string(op), fmt::format("{} entries {} apart are too far to address", size, dilation));
  }
  return reach;
}


}  // namespace

// ---- unfold
Spec Unfold::shape(Inputs x) const {
  const std::int64_t reach = checked_reach(name, size, step, dilation);
  Shape out = x[0].shape();
  const int at = checked_axis(name, axis, x[0].rank());
  if (out[at] < reach) {
    fail<ShapeError>(name, fmt::format("a window over {} entries does not fit axis {} of {}", reach, axis, to_string(out)), "pad the axis first, or use a smaller window");
  }
  out[at] = (out[at] - reach) / step + 1;
  out.push_back(size);
  checked_numel(name, out, x[0].dtype());
  return {out, x[0].dtype()};
}
Ref<Array> Unfold::view(Inputs x) const {
  const Array& a = x[0].array();
  const Shape sizes = shape(x).shape;
  Shape strides(a.strides().begin(), a.strides().end());
  const int at = checked_axis(name, axis, x[0].rank());
  strides.push_back(size > 1 ? strides[at] * dilation : 0);
  strides[at] = sizes[at] > 1 ? strides[at] * step : 0;
  return Array::view(a.dtype(), sizes, strides, a.offset(), a.buffer());
}
Tensors Unfold::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  const int at = checked_axis(name, axis, x[0].rank());
  return {fold(g, at, x[0].size(at), step, dilation)};
}
Tensor Unfold::batched(Inputs x, TensorSet, std::int64_t) const { return unfold(x[0], past_examples(axis), size, step, dilation); }
std::vector<Case> Unfold::cases() {
  return {{make_op(Unfold{0, 3}), {{{7}}}},
          {make_op(Unfold{-1, 2, 2, 1}), {{{2, 5}}}},
          {make_op(Unfold{0, 2, 2, 3}), {{{8, 2}}}},
          {make_op(Unfold{1, 2, 3, 1}), {{{2, 6, 2}}}},
          {make_op(Unfold{1, 1}), {{{0, 3}}}}};
}

// ---- fold
Spec Fold::shape(Inputs x) const {
  if (x[0].rank() < 2) fail<ShapeError>(name, fmt::format("needs an axis of windows and a last axis of their entries; the tensor is {}", to_string(x[0].shape())));
  Shape out = x[0].shape();
  const std::int64_t window = out.back(), reach = checked_reach(name, window, step, dilation);
  out.pop_back();
  const int at = checked_axis(name, axis, x[0].rank() - 1);
  if (size < reach) fail<ShapeError>(name, fmt::format("windows over {} entries do not fit an axis of {}", reach, size));
  if (const std::int64_t fit = (size - reach) / step + 1; out[at] != fit) {
    fail<ShapeError>(name, fmt::format("axis {} of {} has {} windows; {} of {} entries fit an axis of {}", axis, to_string(x[0].shape()), out[at], fit, window, size));
  }
  out[at] = size;
  checked_numel(name, out, x[0].dtype());
  return {out, x[0].dtype()};
}

namespace {

// One step of the sum over the windows' entries: rows of `inner` elements. Every place adds its windows in the order of their
// entries, whatever the layout and the number of threads.
template <class T>
void add_row(T* to, std::int64_t to_stride, const T* from, std::int64_t stride, std::int64_t count) {
  if (to_stride == 1 && stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = added(to[i], from[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i * to_stride] = added(to[i * to_stride], from[i * stride]);
  }
}

template <class T>
void overlap_add(const Fold& op, const Array& x, Array& y, std::size_t axis) {
  const T* from = static_cast<const T*>(x.data());
  T* to = static_cast<T*>(y.data());
  std::fill_n(to, y.numel(), T(0));
  if (x.numel() == 0) return;
  const std::size_t rank = y.shape().size();
  // Rows along the last axis, unless that is the axis of the windows: then a row is that axis.
  const bool last = axis == rank - 1;
  const std::int64_t windows = x.shape()[axis], entries = x.shape()[rank], inner = last ? 1 : x.shape()[rank - 1];
  const std::int64_t window_stride = x.strides()[axis], entry_stride = x.strides()[rank], inner_stride = last ? 0 : x.strides()[rank - 1];
  const std::int64_t place = y.strides()[axis];
  const std::int64_t outer = y.numel() / (y.shape()[axis] * inner);
  parallel_for(outer, Cost(windows * entries * inner), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      std::int64_t left = item, x_at = 0, y_at = 0;
      for (std::size_t d = rank; d-- > 0;) {
        if (d == axis || (!last && d == rank - 1)) continue;
        x_at += left % x.shape()[d] * x.strides()[d];
        y_at += left % x.shape()[d] * y.strides()[d];
        left /= x.shape()[d];
      }
      for (std::int64_t k = 0; k < entries; ++k) {
        T* row = to + y_at + k * op.dilation * place;
        const T* entry = from + x_at + k * entry_stride;
        if (last) {
          add_row(row, op.step, entry, window_stride, windows);
        } else {
          for (std::int64_t w = 0; w < windows; ++w) add_row(row + w * op.step * place, 1, entry + w * window_stride, inner_stride, inner);
        }
      }
    }
  });
}

}  // namespace

void Fold::compute(Array& y, Inputs x) const {
  const auto at = static_cast<std::size_t>(checked_axis(name, axis, x[0].rank() - 1));
  visit(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (is_half_type<T>) {  // summed in float, rounded once
      const Ref<Array> sums = Array::make({shape(x).shape, Dtype::f32});
      const Tensor single = cast(Tensor(x[0].array_ref()), Dtype::f32);
      overlap_add<float>(*this, single.array(), *sums, at);
      const float* from = static_cast<const float*>(sums->data());
      T* to = static_cast<T*>(y.data());
      for (std::int64_t i = 0; i < y.numel(); ++i) to[i] = T(from[i]);
    } else {
      overlap_add<T>(*this, x[0].array(), y, at);
    }
  });
}
Tensors Fold::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  return {unfold(g, checked_axis(name, axis, x[0].rank() - 1), x[0].size(-1), step, dilation)};
}
Tensor Fold::batched(Inputs x, TensorSet, std::int64_t) const { return fold(x[0], past_examples(axis), size, step, dilation); }
std::vector<Case> Fold::cases() {
  return {{make_op(Fold{0, 7}), {{{5, 3}}}},
          {make_op(Fold{-1, 5, 2, 1}), {{{2, 2, 2}}}},
          {make_op(Fold{0, 8, 2, 3}), {{{3, 2, 2}}}},
          {make_op(Fold{1, 6, 3, 1}), {{{2, 2, 2, 2}}}},
          {make_op(Fold{1, 3}), {{{0, 3, 1}}}}};
}

GRADUS_UNFOLD_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor unfold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step, std::int64_t dilation) { return apply(ops::Unfold{axis, size, step, dilation}, x); }
Tensor fold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step, std::int64_t dilation) { return apply(ops::Fold{axis, size, step, dilation}, x); }

}  // namespace gradus
