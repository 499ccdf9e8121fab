// Move: the same elements in another place. A move is a window on its input (reshape, permute, slice, ...), or its inputs are
// windows on its output (concat, pad). The gradient is the inverse move.
#pragma once
#include "family.hpp"

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
  static constexpr auto name = "slice", doc = "first, first + step, ... below last along one axis; negative bounds count from the end.";
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

}  // namespace gradus::ops
