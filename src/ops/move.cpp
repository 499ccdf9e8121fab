#include <algorithm>

#include <fmt/format.h>
#include <gradus/ops.hpp>

#include "batched.hpp"

namespace gradus::ops {
namespace {

using Windows = SmallVec<Ref<Array>, 3>;

// The whole of y, seen under the shape of x.
Windows whole(Array& y, const Tensor& x) {
  return {Array::view(y.dtype(), x.array().shape(), contiguous_strides(x.array().shape()), y.offset(), y.buffer())};
}

// Part of one axis of a.
Ref<Array> part(const Array& a, int axis, std::int64_t first, std::int64_t size, std::int64_t step) {
  Shape shape(a.shape().begin(), a.shape().end()), strides(a.strides().begin(), a.strides().end());
  const std::int64_t offset = a.offset() + first * strides[axis];
  shape[axis] = size;
  if (size > 1) strides[axis] *= step;  // a step past the only element may be of any size
  return Array::view(a.dtype(), shape, strides, offset, a.buffer());
}

// Strides under which x has shape `to` without moving an element; empty optional-like flag when there are none.
bool reshaped_strides(const Array& x, const Shape& to, Shape& strides) {
  strides = contiguous_strides(to);
  if (x.contiguous()) return true;
  // Walk both shapes from the left in blocks of equal size; inside a block x must step evenly.
  const Dims from = x.shape(), steps = x.strides();
  std::size_t i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    std::int64_t m = from[i], n = to[j];
    std::size_t i_end = i + 1, j_end = j + 1;
    while (m != n) {
      if (m < n) m *= from[i_end++];
      else n *= to[j_end++];
    }
    std::size_t last = i_end;
    for (std::size_t k = i_end; k-- > i;) {
      if (from[k] == 1) continue;
      if (last < i_end && steps[k] != steps[last] * from[last]) return false;
      last = k;
    }
    std::int64_t step = 1;
    for (std::size_t k = i_end; k-- > i;) {
      if (from[k] != 1) {
        step = steps[k];
        break;
      }
    }
    for (std::size_t k = j_end; k-- > j;) {
      strides[k] = step;
      step *= to[k];
    }
    i = i_end;
    j = j_end;
  }
  return true;
}

}  // namespace

// ---- contiguous
Spec Contiguous::shape(Inputs x) const { return x[0].spec(); }
Ref<Array> Contiguous::view(Inputs x) const { return x[0].is_contiguous() ? x[0].array_ref() : nullptr; }
Windows Contiguous::windows(Array& y, Inputs x) const { return whole(y, x[0]); }
Tensors Contiguous::vjp(Inputs, const Tensor&, const Tensor& g, TensorSet) const { return {g}; }
Tensor Contiguous::batched(Inputs x, TensorSet, std::int64_t) const { return contiguous(x[0]); }
std::vector<Case> Contiguous::cases() {
  return {{make_op(Contiguous{}), {{{2, 3}}}}, {make_op(Contiguous{}), {{{}}}}, {make_op(Contiguous{}), {{{2, 0}}}}};
}

// ---- cast
Spec Cast::shape(Inputs x) const { return {x[0].shape(), dtype}; }
Ref<Array> Cast::view(Inputs x) const { return x[0].dtype() == dtype && !x[0].array().literal ? x[0].array_ref() : nullptr; }
Windows Cast::windows(Array& y, Inputs x) const { return whole(y, x[0]); }
Tensors Cast::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  return {is_float(dtype) ? cast(g, x[0].dtype()) : Tensor::zeros(x[0].shape(), x[0].dtype())};
}
Tensor Cast::batched(Inputs x, TensorSet, std::int64_t) const { return cast(x[0], dtype); }
std::vector<Case> Cast::cases() {
  return {{make_op(Cast{Dtype::f64}), {{{2, 3}}}}, {make_op(Cast{Dtype::f64}), {{{}}}}, {make_op(Cast{Dtype::f64}), {{{0, 2}}}}};
}

// ---- reshape
Spec Reshape::shape(Inputs x) const {
  Shape out = to;
  std::int64_t known = 1, free = -1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == -1 && free < 0) free = static_cast<std::int64_t>(i);
    else if (out[i] < 0) fail<ShapeError>(name, fmt::format("shape {} has a bad size {}", to_string(to), out[i]), "one size may be -1, the others are 0 or more");
    else if (__builtin_mul_overflow(known, out[i], &known)) fail<ShapeError>(name, fmt::format("shape {} is too large to address", to_string(to)));
  }
  const std::int64_t n = x[0].numel();
  if (free >= 0 && known > 0 && n % known == 0) out[static_cast<std::size_t>(free)] = n / known;
  else if (free >= 0 || known != n) {
    fail<ShapeError>(name, fmt::format("{} elements of shape {} do not fit shape {}{}", n, to_string(x[0].shape()), to_string(to),
                                       free >= 0 && known == 0 && n == 0 ? ": the size for -1 is open" : ""));
  }
  checked_numel(name, out, x[0].dtype());  // the rank, and sizes beside a zero
  return {out, x[0].dtype()};
}
Ref<Array> Reshape::view(Inputs x) const {
  const Array& a = x[0].array();
  const Spec spec = shape(x);
  Shape strides;
  if (a.numel() > 0 && !reshaped_strides(a, spec.shape, strides)) return nullptr;
  if (a.numel() == 0) strides = contiguous_strides(spec.shape);
  return Array::view(a.dtype(), spec.shape, strides, a.offset(), a.buffer());
}
Windows Reshape::windows(Array& y, Inputs x) const { return whole(y, x[0]); }
Tensors Reshape::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const { return {reshape(g, x[0].shape())}; }
Tensor Reshape::batched(Inputs x, TensorSet, std::int64_t n) const {
  const Spec one = shape(Tensors{Tensor(Array::abstract({Shape(x[0].array().shape().begin() + 1, x[0].array().shape().end()), x[0].dtype()}))});
  return reshape(x[0], past_examples(n, one.shape));
}
std::vector<Case> Reshape::cases() {
  return {{make_op(Reshape{{3, 2}}), {{{2, 3}}}},
          {make_op(Reshape{{-1}}), {{{2, 3, 2}}}},
          {make_op(Reshape{{}}), {{{1, 1}}}},
          {make_op(Reshape{{0, 4}}), {{{2, 0}}}}};
}

// ---- permute
Spec Permute::shape(Inputs x) const {
  const std::int64_t rank = x[0].rank();
  if (static_cast<std::int64_t>(order.size()) != rank || static_cast<std::int64_t>(checked_axes(name, Axes(order), rank).size()) != rank) {
    fail<ShapeError>(name, fmt::format("order {} does not name each of the {} axes of {} once", to_string(order), rank, to_string(x[0].shape())));
  }
  Shape out;
  for (std::int64_t axis : order) out.push_back(x[0].size(axis));
  return {out, x[0].dtype()};
}
Ref<Array> Permute::view(Inputs x) const {
  const Array& a = x[0].array();
  Shape sizes, strides;
  for (std::int64_t axis : order) {
    const int i = checked_axis(name, axis, x[0].rank());
    sizes.push_back(a.shape()[i]);
    strides.push_back(a.strides()[i]);
  }
  return Array::view(a.dtype(), sizes, strides, a.offset(), a.buffer());
}
Tensors Permute::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  Shape inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) inverse[checked_axis(name, order[i], x[0].rank())] = static_cast<std::int64_t>(i);
  return {permute(g, inverse)};
}
Tensor Permute::batched(Inputs x, TensorSet, std::int64_t) const {
  Shape all{0};
  for (const std::int64_t axis : order) all.push_back(past_examples(axis));
  return permute(x[0], all);
}
std::vector<Case> Permute::cases() {
  return {{make_op(Permute{{1, 0}}), {{{2, 3}}}}, {make_op(Permute{{2, 0, 1}}), {{{2, 3, 4}}}}, {make_op(Permute{{-1, 0}}), {{{0, 3}}}}, {make_op(Permute{{}}), {{{}}}}};
}

// ---- expand
Spec Expand::shape(Inputs x) const {
  if (!is_broadcastable(x[0].shape(), to)) {
    fail<ShapeError>(name, fmt::format("shape {} does not expand to {}", to_string(x[0].shape()), to_string(to)),
                     "only axes of size 1 can be repeated, and new axes come first");
  }
  checked_numel(name, to, x[0].dtype());
  return {to, x[0].dtype()};
}
Ref<Array> Expand::view(Inputs x) const {
  const Array& a = x[0].array();
  Shape strides(to.size());
  const std::size_t lead = to.size() - a.shape().size();
  for (std::size_t i = lead; i < to.size(); ++i) strides[i] = a.shape()[i - lead] == to[i] ? a.strides()[i - lead] : 0;
  return Array::view(a.dtype(), to, strides, a.offset(), a.buffer());
}
Tensors Expand::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const { return {sum_to(g, x[0].spec())}; }
Tensor Expand::batched(Inputs x, TensorSet, std::int64_t n) const {
  Shape ones = past_examples(n, Shape(to.size() + 1 - x[0].array().shape().size(), 1));
  ones.append(x[0].array().shape().begin() + 1, x[0].array().shape().end());
  return expand(reshape(x[0], ones), past_examples(n, to));
}
std::vector<Case> Expand::cases() {
  return {{make_op(Expand{{4, 3}}), {{{1, 3}}}}, {make_op(Expand{{2, 3}}), {{{}}}}, {make_op(Expand{{2, 2, 3}}), {{{2, 1}}}}, {make_op(Expand{{0, 3}}), {{{1, 3}}}}};
}

// ---- slice
namespace {
struct Bounds {
  int axis;
  std::int64_t first, size;
};
Bounds bounds(const Slice& s, const Tensor& x) {
  const int axis = checked_axis(Slice::name, s.axis, x.rank());
  const std::int64_t n = x.size(axis);
  if (s.step == 0) fail<ValueError>(Slice::name, "step 0 goes nowhere", "a step of -1 is the reverse order");
  if (s.step == INT64_MIN) fail<ValueError>(Slice::name, fmt::format("step {} is too far", s.step));
  // Backwards the bounds are kept one lower: before the first element is a place too.
  const std::int64_t least = s.step > 0 ? 0 : -1, most = s.step > 0 ? n : n - 1;
  const auto bound = [&](std::int64_t i) { return std::clamp(i < 0 ? i + n : i, least, most); };
  const std::int64_t first = bound(s.first), last = bound(s.last), span = s.step > 0 ? last - first : first - last;
  return {axis, first, span > 0 ? (span - 1) / std::abs(s.step) + 1 : 0};
}
}  // namespace
Spec Slice::shape(Inputs x) const {
  const Bounds b = bounds(*this, x[0]);
  Shape out = x[0].shape();
  out[b.axis] = b.size;
  return {out, x[0].dtype()};
}
Ref<Array> Slice::view(Inputs x) const {
  const Bounds b = bounds(*this, x[0]);
  return part(x[0].array(), b.axis, b.size ? b.first : 0, b.size, step);
}
Tensors Slice::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  const Bounds b = bounds(*this, x[0]);
  const std::int64_t gap = std::abs(step), n = x[0].size(b.axis), covered = b.size ? (b.size - 1) * gap + 1 : 0;
  const std::int64_t lowest = b.size == 0 ? 0 : step > 0 ? b.first : b.first - (covered - 1);
  return {apply(Pad{b.axis, lowest, n - lowest - covered, gap - 1}, step > 0 ? g : flip(g, b.axis))};
}
Tensor Slice::batched(Inputs x, TensorSet, std::int64_t) const { return apply(Slice{past_examples(axis), first, last, step}, x[0]); }
std::vector<Case> Slice::cases() {
  return {{make_op(Slice{0, 1, 3, 1}), {{{6, 3}}}},
          {make_op(Slice{-1, 1, INT64_MAX, 2}), {{{2, 7}}}},
          {make_op(Slice{1, -2, -1, 1}), {{{2, 4}}}},
          {make_op(Slice{0, 2, 2, 1}), {{{4, 2}}}},
          {make_op(Slice{1, INT64_MAX, INT64_MIN, -1}), {{{2, 3}}}},
          {make_op(Slice{0, -2, 0, -3}), {{{8, 2}}}},
          {make_op(Slice{-1, 3, -9, -2}), {{{2, 5}}}}};
}

// ---- pad
Spec Pad::shape(Inputs x) const {
  const int i = checked_axis(name, axis, x[0].rank());
  if (before < 0 || after < 0 || inner < 0) fail<ValueError>(name, fmt::format("{} before, {} after, {} between: none may be negative", before, after, inner), "use slice to cut");
  Shape out = x[0].shape();
  std::int64_t gaps = 0;
  const bool overflow = (out[i] > 0 && __builtin_mul_overflow(out[i] - 1, inner, &gaps)) || __builtin_add_overflow(out[i], gaps, &out[i]) ||
                        __builtin_add_overflow(out[i], before, &out[i]) || __builtin_add_overflow(out[i], after, &out[i]);
  if (overflow) fail<ShapeError>(name, fmt::format("{} before and {} after make axis {} of {} too large to address", before, after, axis, to_string(x[0].shape())));
  checked_numel(name, out, x[0].dtype());
  return {out, x[0].dtype()};
}
Windows Pad::windows(Array& y, Inputs x) const {
  const int i = checked_axis(name, axis, x[0].rank());
  return {part(y, i, x[0].size(i) ? before : 0, x[0].size(i), inner + 1)};
}
Tensors Pad::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  const std::int64_t n = x[0].size(axis);
  return {slice(g, axis, {before, before + (n > 0 ? n + (n - 1) * inner : 0), inner + 1})};
}
Tensor Pad::batched(Inputs x, TensorSet, std::int64_t) const { return apply(Pad{past_examples(axis), before, after, inner}, x[0]); }
std::vector<Case> Pad::cases() {
  return {{make_op(Pad{0, 1, 2, 0}), {{{2, 3}}}}, {make_op(Pad{-1, 0, 1, 2}), {{{2, 3}}}}, {make_op(Pad{0, 2, 1, 0}), {{{0, 2}}}}, {make_op(Pad{0, 0, 0, 0}), {{{3}}}}};
}

// ---- flip
Spec Flip::shape(Inputs x) const {
  checked_axes(name, axes, x[0].rank());
  return x[0].spec();
}
Ref<Array> Flip::view(Inputs x) const {
  const Array& a = x[0].array();
  Shape strides(a.strides().begin(), a.strides().end());
  std::int64_t offset = a.offset();
  for (std::int64_t axis : checked_axes(name, axes, x[0].rank())) {
    if (a.shape()[axis] > 0) offset += (a.shape()[axis] - 1) * strides[axis];
    strides[axis] = -strides[axis];
  }
  return Array::view(a.dtype(), a.shape(), strides, offset, a.buffer());
}
Tensors Flip::vjp(Inputs, const Tensor&, const Tensor& g, TensorSet) const { return {flip(g, axes)}; }
Tensor Flip::batched(Inputs x, TensorSet, std::int64_t) const { return flip(x[0], past_examples(axes, x[0])); }
std::vector<Case> Flip::cases() {
  return {{make_op(Flip{0}), {{{3, 2}}}}, {make_op(Flip{{0, -1}}), {{{2, 3}}}}, {make_op(Flip{{}}), {{{0, 2}}}}};
}

// ---- concat
Spec Concat::shape(Inputs x) const {
  if (x.empty()) fail<ValueError>(name, "there is nothing to join: the list is empty");
  const int axis_at = checked_axis(name, axis, x[0].rank());
  Spec out = x[0].spec();
  for (std::size_t i = 1; i < x.size(); ++i) {
    Shape s = x[i].shape();
    if (s.size() == out.shape.size()) {
      const std::int64_t more = std::exchange(s[axis_at], out.shape[axis_at]);
      if (s == out.shape) {
        if (__builtin_add_overflow(out.shape[axis_at], more, &out.shape[axis_at])) fail<ShapeError>(name, "the result is too large to address");
        out.dtype = promote(out.dtype, x[i].dtype());
        continue;
      }
    }
    fail<ShapeError>(name, fmt::format("part {} is {}, part 0 is {}; they must agree except in axis {}", i, to_string(x[i].shape()), to_string(x[0].shape()), axis));
  }
  checked_numel(name, out.shape, out.dtype);
  return out;
}
Windows Concat::windows(Array& y, Inputs x) const {
  const int i = checked_axis(name, axis, x[0].rank());
  Windows out;
  std::int64_t first = 0;
  for (const Tensor& t : x) {
    out.push_back(part(y, i, first, t.size(i), 1));
    first += t.size(i);
  }
  return out;
}
Tensors Concat::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  Tensors grads(x.size());
  std::int64_t first = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::int64_t n = x[i].size(axis);
    if (need.has_input(i)) grads[i] = cast(slice(g, axis, {first, first + n}), x[i].dtype());
    first += n;
  }
  return grads;
}
Tensor Concat::batched(Inputs x, TensorSet which, std::int64_t n) const { return concat(all_with_examples(x, which, n), past_examples(axis)); }
std::vector<Case> Concat::cases() {
  return {{make_op(Concat{0}), {{{2, 3}}, {{1, 3}}}}, {make_op(Concat{-1}), {{{2, 1}}, {{2, 0}}, {{2, 2}}}}, {make_op(Concat{0}), {{{3}}}}};
}

GRADUS_MOVE_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops
