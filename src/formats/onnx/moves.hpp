// Moves that several families need, as ONNX means them.
#pragma once
#include "formats/onnx/call.hpp"

namespace gradus::onnx {

// Any sign of step, bounds cut to the axis, as NumPy slices.
Tensor slice_axis(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t end, std::int64_t step);
// `value` at both ends of every axis; negative numbers cut off. before and after have one number for each axis.
Tensor pad_with(const Tensor& x, const Shape& before, const Shape& after, const Tensor& value);
// The entries of one axis that `index` names, in its shape: [a, n, b] and [i, j] -> [a, i, j, b]. Negative ones count from the end.
Tensor take_axis(const Tensor& x, const Tensor& index, std::int64_t axis);
// Negative indices counted from the end of an axis of `size`.
Tensor wrap_index(const Tensor& index, std::int64_t size);
// One axis moved to another place.
Tensor move_axis(const Tensor& x, std::int64_t from, std::int64_t to);
// [a, b] for {x, y}: everything behind the first `axis` axes in one.
Tensor flatten_to_2d(const Tensor& x, std::int64_t axis);
// Places in a flat tensor of the given shape, of whose first axes `first` are left out, for the index tuples in the last axis of
// `index`: [..., k] -> [...]. DataError for one that is outside.
Tensor flat_places(const Call& call, const Tensor& index, const Shape& shape, std::size_t first);
// A constant of integers.
Tensor integers_of(const Shape& values);

}  // namespace gradus::onnx
