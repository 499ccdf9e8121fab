// Shapes, axes and the checked arithmetic of sizes. All sizes are int64.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "dtype.hpp"
#include "small_vec.hpp"

namespace gradus {

using Shape = SmallVec<std::int64_t, 5>;
using Dims = std::span<const std::int64_t>;

inline constexpr int max_rank = 64;

// What a tensor is without its numbers.
struct Spec {
  Shape shape;
  Dtype dtype = Dtype::f32;
  friend bool operator==(const Spec&, const Spec&) = default;
};

std::string to_string(Dims shape);                                // "[2, 3]"; a scalar is "[]"
inline std::string to_string(const Shape& shape) { return to_string(Dims(shape)); }
std::int64_t numel(Dims shape);                                   // product of the sizes; the shape is valid
std::int64_t checked_numel(std::string_view op, Dims shape, Dtype dtype);  // ShapeError: negative, rank > 64, or over 2^62 bytes
Shape contiguous_strides(Dims shape);                             // in elements, row-major
int checked_axis(std::string_view op, std::int64_t axis, std::int64_t rank);  // -rank..rank-1 to 0..rank-1; ShapeError
Shape broadcast(std::string_view op, Dims a, Dims b);             // NumPy's rule; ShapeError names both
bool is_broadcastable(Dims from, Dims to);                        // whether `from` expands to `to`

// A list of axes as users write it: 0, {0, -1}, or nothing for "all".
struct Axes {
  Axes() = default;
  template <class I>
    requires std::is_integral_v<I>
  Axes(I axis) : list{static_cast<std::int64_t>(axis)}, all(false) {}
  Axes(std::initializer_list<std::int64_t> axes) : list(axes), all(false) {}
  Axes(Shape axes) : list(std::move(axes)), all(false) {}

  Shape list;
  bool all = true;
  friend bool operator==(const Axes&, const Axes&) = default;
};
std::string to_string(const Axes& axes);

// Axes as a sorted list in 0..rank-1 without repeats; ShapeError otherwise.
Shape checked_axes(std::string_view op, const Axes& axes, std::int64_t rank);

}  // namespace gradus
