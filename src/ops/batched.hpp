// For the vmap rules of operations with axes: the same axes of a tensor that has the axis of examples in front.
#pragma once
#include <gradus/ops.hpp>

namespace gradus::ops {

inline std::int64_t past_examples(std::int64_t axis) { return axis < 0 ? axis : axis + 1; }  // those counted from the last stay
inline Axes past_examples(const Axes& axes, const Tensor& with_examples) {
  Shape list;
  if (axes.all) {
    for (std::int64_t axis = 1; axis < with_examples.rank(); ++axis) list.push_back(axis);
  } else {
    for (const std::int64_t axis : axes.list) list.push_back(past_examples(axis));
  }
  return list;
}
inline Shape past_examples(std::int64_t n, const Shape& shape) {
  Shape out{n};
  out.append(shape.begin(), shape.end());
  return out;
}
Tensors all_with_examples(Inputs x, TensorSet which, std::int64_t n);  // inputs without examples are repeated

}  // namespace gradus::ops
