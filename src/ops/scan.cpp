#include <fmt/format.h>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>

#include <algorithm>

#include "batched.hpp"

namespace gradus::ops {
namespace {

constexpr std::int64_t lanes = 64;  // neighbours that are scanned side by side

// Calls body(offsets, stride-of-lanes, count) for every group of neighbouring lanes along `axis` of y; offsets are those of
// the first element of each array. All arrays have the shape of y.
template <std::size_t N, class F>
void each_group(const Array& y, std::size_t axis, const Array* const (&arrays)[N], F&& body) {
  const std::size_t rank = y.shape().size();
  const Dims shape = y.shape();
  const bool last = axis == rank - 1;
  const std::int64_t inner = last ? 1 : shape[rank - 1], groups = (inner + lanes - 1) / lanes;
  if (y.numel() == 0) return;
  const std::int64_t outer = y.numel() / (shape[axis] * inner);
  parallel_for(outer * groups, Cost(shape[axis] * std::min(inner, lanes)), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t first = item % groups * lanes;
      std::int64_t left = item / groups, at[N] = {};
      for (std::size_t d = rank; d-- > 0;) {
        if (d == axis || (!last && d == rank - 1)) continue;
        for (std::size_t k = 0; k < N; ++k) at[k] += left % shape[d] * arrays[k]->strides()[d];
        left /= shape[d];
      }
      std::int64_t step[N] = {};
      for (std::size_t k = 0; k < N && !last; ++k) {
        step[k] = arrays[k]->strides()[rank - 1];
        at[k] += first * step[k];
      }
      body(at, step, std::min(lanes, inner - first));
    }
  });
}

// Carried in f64, and in integers that wrap.
template <class T>
using Carried = std::conditional_t<std::is_integral_v<T>, std::uint64_t, double>;

template <class T>
void scan(const Array& a, const Array& b, Array& y, std::size_t axis, bool reverse) {
  const T* factors = static_cast<const T*>(a.data());
  const T* terms = static_cast<const T*>(b.data());
  T* out = static_cast<T*>(y.data());
  const std::int64_t n = y.shape()[axis], sign = reverse ? -1 : 1, first = reverse ? n - 1 : 0;
  const std::int64_t a_step = sign * a.strides()[axis], b_step = sign * b.strides()[axis], y_step = sign * y.strides()[axis];
  const Array* const arrays[] = {&a, &b, &y};
  each_group(y, axis, arrays, [&](const std::int64_t (&at)[3], const std::int64_t (&step)[3], std::int64_t count) {
    Carried<T> carried[lanes];
    const T* factor = factors + at[0] + first * a.strides()[axis];
    const T* term = terms + at[1] + first * b.strides()[axis];
    T* to = out + at[2] + first * y.strides()[axis];
    for (std::int64_t j = 0; j < count; ++j) {  // the first factor meets nothing: not even a NaN in it counts
      carried[j] = static_cast<Carried<T>>(term[j * step[1]]);
      to[j * step[2]] = term[j * step[1]];
    }
    for (std::int64_t i = 1; i < n; ++i) {
      factor += a_step;
      term += b_step;
      to += y_step;
      for (std::int64_t j = 0; j < count; ++j) {
        carried[j] = static_cast<Carried<T>>(factor[j * step[0]]) * carried[j] + static_cast<Carried<T>>(term[j * step[1]]);
        to[j * step[2]] = static_cast<T>(carried[j]);
      }
    }
  });
}

// Entry i holds what entry i - 1 held (by > 0) or what entry i + 1 held; what comes in is zero.
Tensor shifted(const Tensor& x, int axis, bool up) {
  const std::int64_t n = x.size(axis);
  if (n == 0) return x;
  return up ? pad(slice(x, axis, {0, n - 1}), axis, 1, 0) : pad(slice(x, axis, {1, n}), axis, 0, 1);
}

// The place of the extreme so far in each lane.
template <bool largest, class T>
void extremes(const Array& x, Array& y, std::size_t axis) {
  const T* values = static_cast<const T*>(x.data());
  auto* out = static_cast<std::int64_t*>(y.data());
  const std::int64_t n = y.shape()[axis], x_step = x.strides()[axis], y_step = y.strides()[axis];
  const Array* const arrays[] = {&x, &y};
  each_group(y, axis, arrays, [&](const std::int64_t (&at)[2], const std::int64_t (&step)[2], std::int64_t count) {
    for (std::int64_t j = 0; j < count; ++j) {
      const T* from = values + at[0] + j * step[0];
      std::int64_t* to = out + at[1] + j * step[1];
      T best = *from;
      std::int64_t place = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        const T value = from[i * x_step];
        if (value != value || (best == best && (largest ? value >= best : value <= best))) {
          best = value;
          place = i;
        }
        to[i * y_step] = place;
      }
    }
  });
}

template <bool largest>
void extreme_places(std::string_view op, const Tensor& x, Array& y, std::int64_t axis) {
  const auto at = static_cast<std::size_t>(checked_axis(op, axis, x.rank()));
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!is_half_type<T>) extremes<largest, T>(x.array(), y, at);
  });
}

Spec places_shape(std::string_view op, const Tensor& x, std::int64_t axis) {
  checked_axis(op, axis, x.rank());
  return {x.shape(), Dtype::i64};
}

}  // namespace

// ---- linear_scan
Spec LinearScan::shape(Inputs x) const {
  if (!(x[0].shape() == x[1].shape())) fail<ShapeError>(name, fmt::format("a is {}, b is {}; they must be equal", to_string(x[0].shape()), to_string(x[1].shape())));
  checked_axis(name, axis, x[0].rank());
  const Dtype dtype = promote(x[0].dtype(), x[1].dtype());
  return {x[0].shape(), is_float(dtype) ? dtype : Dtype::i64};
}
void LinearScan::compute(Array& y, Inputs x) const {
  const Tensor a = cast(Tensor(x[0].array_ref()), y.dtype()), b = cast(Tensor(x[1].array_ref()), y.dtype());
  const auto at = static_cast<std::size_t>(checked_axis(name, axis, x[0].rank()));
  if (y.dtype() == Dtype::f32) scan<float>(a.array(), b.array(), y, at, reverse);
  else if (y.dtype() == Dtype::f64) scan<double>(a.array(), b.array(), y, at, reverse);
  else scan<std::int64_t>(a.array(), b.array(), y, at, reverse);
}
TensorSet LinearScan::reads(TensorSet need) const { return need.has_input(0) ? TensorSet::input(0) | TensorSet{TensorSet::output} : TensorSet::input(0); }
// The gradient of b is a scan the other way, l[i] = a[i + 1] * l[i + 1] + g[i]; that of a[i] is l[i] * h[i - 1].
Tensors LinearScan::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const {
  const int at = checked_axis(name, axis, x[0].rank());
  const Tensor back = linear_scan(shifted(x[0], at, reverse), g, at, !reverse);
  Tensors grads(2);
  if (need.has_input(1)) grads[1] = cast(back, x[1].dtype());
  if (const std::int64_t n = x[0].size(at); need.has_input(0) && n == 0) {
    grads[0] = cast(back, x[0].dtype());
  } else if (need.has_input(0)) {
    const Tensor product = reverse ? slice(back, at, {0, n - 1}) * slice(y, at, {1, n}) : slice(back, at, {1, n}) * slice(y, at, {0, n - 1});
    grads[0] = cast(reverse ? pad(product, at, 0, 1) : pad(product, at, 1, 0), x[0].dtype());
  }
  return grads;
}
Tensor LinearScan::jvp(Inputs x, const Tensor& y, Inputs t) const {
  const int at = checked_axis(name, axis, x[0].rank());
  Tensor rise = t[1].defined() ? cast(t[1], y.dtype()) : Tensor();
  if (t[0].defined()) {
    const Tensor by_factor = t[0] * shifted(y, at, !reverse);
    rise = rise.defined() ? rise + by_factor : by_factor;
  }
  return rise.defined() ? linear_scan(x[0], rise, at, reverse) : rise;
}
Tensor LinearScan::batched(Inputs x, TensorSet which, std::int64_t n) const {
  const Tensors all = all_with_examples(x, which, n);
  return linear_scan(all[0], all[1], past_examples(axis), reverse);
}
std::vector<Case> LinearScan::cases() {
  return {{make_op(LinearScan{}), {{{4}}, {{4}}}},
          {make_op(LinearScan{0, true}), {{{3, 2}}, {{3, 2}}}},
          {make_op(LinearScan{1, false}), {{{2, 3, 2}}, {{2, 3, 2}}}},
          {make_op(LinearScan{0, false}), {{{0, 2}}, {{0, 2}}}},
          {make_op(LinearScan{-1, true}), {{{2, 1}}, {{2, 1}}}}};
}

// ---- cumsum, cumprod
Tensor Cumsum::expand(Inputs x) const {
  checked_axis(name, axis, x[0].rank());
  const Tensor wide = is_float(x[0].dtype()) ? x[0] : cast(x[0], Dtype::i64);
  return linear_scan(Tensor::ones({}, wide.dtype()), wide, axis);
}
std::vector<Case> Cumsum::cases() { return {{make_op(Cumsum{}), {{{4}}}}, {make_op(Cumsum{0}), {{{3, 2}}}}, {make_op(Cumsum{-2}), {{{2, 3, 2}}}}, {make_op(Cumsum{1}), {{{2, 0}}}}}; }

Tensor Cumprod::expand(Inputs x) const {
  const int at = checked_axis(name, axis, x[0].rank());
  const Tensor wide = is_float(x[0].dtype()) ? x[0] : cast(x[0], Dtype::i64);
  const std::int64_t n = wide.size(at);
  if (n == 0) return wide;
  return linear_scan(wide, pad(slice(wide, at, {0, 1}), at, 0, n - 1), axis);  // only the first entry is added
}
std::vector<Case> Cumprod::cases() { return {{make_op(Cumprod{}), {{{4}}}}, {make_op(Cumprod{0}), {{{3, 2}}}}, {make_op(Cumprod{-2}), {{{2, 3, 2}}}}, {make_op(Cumprod{1}), {{{2, 0}}}}}; }

// ---- extremes
Spec Cumargmax::shape(Inputs x) const { return places_shape(name, x[0], axis); }
void Cumargmax::compute(Array& y, Inputs x) const { extreme_places<true>(name, x[0], y, axis); }
Tensor Cumargmax::batched(Inputs x, TensorSet, std::int64_t) const { return cumargmax(x[0], past_examples(axis)); }
std::vector<Case> Cumargmax::cases() { return {{make_op(Cumargmax{}), {{{4}}}}, {make_op(Cumargmax{0}), {{{3, 2}}}}, {make_op(Cumargmax{-2}), {{{2, 3, 2}, {}, 2}}}, {make_op(Cumargmax{1}), {{{2, 0}}}}}; }
Spec Cumargmin::shape(Inputs x) const { return places_shape(name, x[0], axis); }
void Cumargmin::compute(Array& y, Inputs x) const { extreme_places<false>(name, x[0], y, axis); }
Tensor Cumargmin::batched(Inputs x, TensorSet, std::int64_t) const { return cumargmin(x[0], past_examples(axis)); }
std::vector<Case> Cumargmin::cases() { return {{make_op(Cumargmin{}), {{{4}}}}, {make_op(Cumargmin{0}), {{{3, 2}}}}, {make_op(Cumargmin{-2}), {{{2, 3, 2}, {}, 2}}}, {make_op(Cumargmin{1}), {{{2, 0}}}}}; }

Tensor Cummax::expand(Inputs x) const {
  checked_axis(name, axis, x[0].rank());
  return gather(x[0], cumargmax(x[0], axis), axis);
}
std::vector<Case> Cummax::cases() { return {{make_op(Cummax{}), {{{4}}}}, {make_op(Cummax{0}), {{{3, 2}}}}, {make_op(Cummax{-2}), {{{2, 3, 2}}}}, {make_op(Cummax{1}), {{{2, 0}}}}}; }
Tensor Cummin::expand(Inputs x) const {
  checked_axis(name, axis, x[0].rank());
  return gather(x[0], cumargmin(x[0], axis), axis);
}
std::vector<Case> Cummin::cases() { return {{make_op(Cummin{}), {{{4}}}}, {make_op(Cummin{0}), {{{3, 2}}}}, {make_op(Cummin{-2}), {{{2, 3, 2}}}}, {make_op(Cummin{1}), {{{2, 0}}}}}; }

GRADUS_SCAN_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor linear_scan(const Tensor& a, const Tensor& b, std::int64_t axis, bool reverse) {
  const Shape shape = broadcast("linear_scan", a.array().shape(), b.array().shape());
  return apply(ops::LinearScan{axis, reverse}, expand(a, shape), expand(b, shape));
}
Tensor cumsum(const Tensor& x, std::int64_t axis) { return apply(ops::Cumsum{axis}, x); }
Tensor cumprod(const Tensor& x, std::int64_t axis) { return apply(ops::Cumprod{axis}, x); }
Tensor cummax(const Tensor& x, std::int64_t axis) { return apply(ops::Cummax{axis}, x); }
Tensor cummin(const Tensor& x, std::int64_t axis) { return apply(ops::Cummin{axis}, x); }
Tensor cumargmax(const Tensor& x, std::int64_t axis) { return apply(ops::Cumargmax{axis}, x); }
Tensor cumargmin(const Tensor& x, std::int64_t axis) { return apply(ops::Cumargmin{axis}, x); }

}  // namespace gradus
