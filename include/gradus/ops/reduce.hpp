// Reduce: axes go away. Sums of floats are 16 interleaved accumulators over leaves of 1,024 elements, then a binary tree, so the
// bits do not depend on instruction set or thread count.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Sum {
  using family = Reduce;
  static constexpr auto name = "sum", doc = "Sum over axes; integers and bools are summed as i64.";
  static constexpr Linear linear_in = each;
  Axes axes;
  bool keepdims = false;
  Spec shape(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Mean {
  using family = Reduce;
  static constexpr auto name = "mean", doc = "Arithmetic mean over axes; of nothing it is NaN.";
  static constexpr Linear linear_in = each;
  Axes axes;
  bool keepdims = false;
  Spec shape(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Max {
  using family = Reduce;
  static constexpr auto name = "max", doc = "Largest element over axes; NaN if there is one. Ties share the derivative.";
  Axes axes;
  bool keepdims = false;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Min {
  using family = Reduce;
  static constexpr auto name = "min", doc = "Smallest element over axes; NaN if there is one. Ties share the derivative.";
  Axes axes;
  bool keepdims = false;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Argmax {
  using family = Reduce;
  static constexpr auto name = "argmax", doc = "Place of the largest element along one axis, the first of equals; a NaN counts as largest.";
  std::int64_t axis = -1;
  bool keepdims = false;
  Spec shape(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

#define GRADUS_REDUCE_OPS(X) X(Sum) X(Mean) X(Max) X(Min) X(Argmax)
GRADUS_REDUCE_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

// Over all axes by default; keepdims leaves them with size 1.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor argmax(const Tensor& x, std::int64_t axis = -1, bool keepdims = false);  // i64
Tensor sum_to(const Tensor& x, const Spec& spec);                       // undoes broadcasting: sums what was repeated

}  // namespace gradus
