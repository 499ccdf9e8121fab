// Move: the same elements in another place. A move is a window on its input (reshape, permute, slice, ...), or its inputs are
// windows on its output (concat, pad). The gradient is the inverse move.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Contiguous {
  using family = Move;
  static constexpr auto name = "contiguous", doc = "The same values in row-major order without gaps.";
  static constexpr Linear linear_in = each;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  SmallVec<Ref<Array>, 3> windows(Array& y, Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Cast {
  using family = Move;
  static constexpr auto name = "cast", doc = "Converts to another dtype; floats become integers by truncation.";
  static constexpr Linear linear_in = each;
  Dtype dtype;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  SmallVec<Ref<Array>, 3> windows(Array& y, Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Reshape {
  using family = Move;
  static constexpr auto name = "reshape", doc = "The same elements under another shape; one size may be -1 and is then computed.";
  static constexpr Linear linear_in = each;
  Shape to;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  SmallVec<Ref<Array>, 3> windows(Array& y, Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Permute {
  using family = Move;
  static constexpr auto name = "permute", doc = "Reorders the axes: output axis i is input axis order[i].";
  static constexpr Linear linear_in = each;
  Shape order;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Expand {
  using family = Move;
  static constexpr auto name = "expand", doc = "Repeats axes of size 1 and adds leading axes, without copying.";
  static constexpr Linear linear_in = each;
  Shape to;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Slice {
  using family = Move;
  static constexpr auto name = "slice", doc = "first, first + step, ... before last along one axis; negative bounds count from the end, a negative step goes backwards.";
  static constexpr Linear linear_in = each;
  std::int64_t axis, first, last, step;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Pad {
  using family = Move;
  static constexpr auto name = "pad", doc = "Zeros before, after and (inner) between the entries of one axis.";
  static constexpr Linear linear_in = each;
  std::int64_t axis, before, after, inner;
  Spec shape(Inputs x) const;
  SmallVec<Ref<Array>, 3> windows(Array& y, Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Flip {
  using family = Move;
  static constexpr auto name = "flip", doc = "Reverses the order along the given axes.";
  static constexpr Linear linear_in = each;
  Axes axes;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Concat {
  using family = Move;
  static constexpr auto name = "concat", doc = "Joins tensors along one axis; the other sizes are equal.";
  static constexpr Linear linear_in = jointly;
  static constexpr int inputs = -1;
  std::int64_t axis;
  Spec shape(Inputs x) const;
  SmallVec<Ref<Array>, 3> windows(Array& y, Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

#define GRADUS_MOVE_OPS(X) \
  X(Contiguous) X(Cast) X(Reshape) X(Permute) X(Expand) X(Slice) X(Pad) X(Flip) X(Concat)
GRADUS_MOVE_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

// Axes count from 0, or from the last with -1, -2, ...
Tensor contiguous(const Tensor& x);                                     // row-major without gaps
Tensor cast(const Tensor& x, Dtype dtype);                              // x itself when it has the dtype already
Tensor reshape(const Tensor& x, const Shape& shape);                    // one size may be -1
Tensor view(const Tensor& x, const Shape& shape);                       // reshape that never copies: ShapeError where x's strides do not allow it
Tensor flatten(const Tensor& x, std::int64_t first_axis = 0);           // [a, b, c] -> [a * b * c], or [a, b * c] from axis 1
Tensor permute(const Tensor& x, const Shape& order);                    // [a, b, c], {2, 0, 1} -> [c, a, b]
Tensor transpose(const Tensor& x, std::int64_t a, std::int64_t b);      // swaps two axes
Tensor T(const Tensor& x);                                              // swaps the last two axes
Tensor squeeze(const Tensor& x, std::int64_t axis);                     // removes an axis of size 1
Tensor unsqueeze(const Tensor& x, std::int64_t axis);                   // [a] -> [1, a] for 0, [a, 1] for -1
Tensor expand(const Tensor& x, const Shape& shape);                     // repeats axes of size 1, without copying
Tensor slice(const Tensor& x, std::int64_t axis, const Slicing& part);  // part of one axis, as in Python
Tensor pad(const Tensor& x, std::int64_t axis, std::int64_t before, std::int64_t after);  // zeros at the ends of one axis
Tensor flip(const Tensor& x, const Axes& axes);
Tensor concat(Inputs parts, std::int64_t axis = 0);                     // [a, c], [b, c] -> [a + b, c]
Tensor stack(Inputs parts, std::int64_t axis = 0);                      // n times [a] -> [n, a]
inline Tensor concat(std::initializer_list<Tensor> parts, std::int64_t axis = 0) { return concat(Inputs(parts.begin(), parts.size()), axis); }
inline Tensor stack(std::initializer_list<Tensor> parts, std::int64_t axis = 0) { return stack(Inputs(parts.begin(), parts.size()), axis); }

}  // namespace gradus
