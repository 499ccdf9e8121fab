// Windows that slide over the last axes: sizes, strides and the checks of them, for convolutions and pools.
#pragma once
#include <gradus/ops.hpp>

#include <algorithm>

namespace gradus::ops {

// An attribute with one number per spatial axis: given so, or one for all, or nothing for `fallback`. ValueError below `least`.
Shape per_axis(std::string_view op, std::string_view what, const Shape& given, std::size_t axes, std::int64_t fallback, std::int64_t least);

// a * b of numbers that are not negative, and no more than what is far beyond every size that memory has.
inline std::int64_t bounded_product(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t most = std::int64_t{1} << 60;
  std::int64_t n = 0;
  return __builtin_mul_overflow(a, b, &n) ? most : n < most ? n : most;
}
inline std::int64_t extent(std::int64_t kernel, std::int64_t dilation) { return bounded_product(dilation, kernel - 1) + 1; }  // from the first to the last entry

// The windows of a pool, one number per pooled axis.
struct Sliding {
  Shape kernel, stride, padding, dilation, size, out;
  // The part of window w that lies inside: entries first, first + dilation, ... below last.
  struct Window {
    std::int64_t first, last;
  };
  Window window(std::size_t axis, std::int64_t w) const {
    const std::int64_t start = w * stride[axis] - padding[axis], d = dilation[axis];
    return {start >= 0 ? start : start + (-start + d - 1) / d * d, std::min(start + extent(kernel[axis], d), size[axis])};
  }
};
Sliding sliding_of(const MaxPool& op, Dims x);  // of the shape of x
Sliding sliding_of(const MaxPoolGrad& op, Dims x);
Sliding sliding_of(const AvgPool& op, Dims x);
Sliding sliding_of(const AvgPoolGrad& op, Dims x);
Sliding sliding_of(const MaxPoolIndex& op, Dims x);
Sliding sliding_of(const LpPool& op, Dims x);
// ShapeError unless a shape has the axes that an attribute with so many numbers names.
void check_rank(std::string_view op, Dims shape, std::size_t axes, const char* what);
Shape pooled_sizes(Dims shape, std::size_t axes);  // the last ones
// The windows along one axis: entries first, first + step, ... below last, all inside the axis.
struct Window1d {
  std::int64_t first, last;
};
struct Axis1d {
  std::vector<Window1d> windows;
  std::int64_t step = 1;
};
std::vector<Axis1d> adaptive_windows(std::string_view op, const Shape& size, Dims x);  // as many as `size` says, which cover the axis
// A tensor of one number per window of an axis, ready to multiply.
Tensor along(const std::vector<double>& values, std::size_t axis, std::size_t axes, Dtype dtype);
// How many entries of window w of an axis an average counts.
inline std::int64_t pooled_count(const Sliding& s, std::size_t axis, std::int64_t w, bool with_padding) {
  const std::int64_t first = w * s.stride[axis] - s.padding[axis], last = std::min(first + s.kernel[axis], s.size[axis] + s.padding[axis]);
  return with_padding ? last - first : std::min(last, s.size[axis]) - std::max<std::int64_t>(first, 0);
}

// The patches of a convolution: for each place of the kernel (tap) and each place of the output (point) an entry of the input, or
// zero outside of it.
struct Patches {
  Shape size, kernel, out, stride, padding, dilation;
  std::int64_t inside() const { return numel(size); }
  std::int64_t taps() const { return numel(kernel); }
  std::int64_t points() const { return numel(out); }
};

// x [planes of `inside`] -> columns, where entry (tap, point) of plane p is at (p / inner) * outer_step + (p % inner) * inner_step +
// tap * tap_step + point; and back, adding what belongs to one entry of x, which begins as zeros.
struct Columns {
  std::int64_t inner, outer_step, inner_step, tap_step;
};
template <class T>
void to_columns(const Patches& p, const Columns& c, std::int64_t planes, const T* x, T* columns);
template <class T>
void add_columns(const Patches& p, const Columns& c, std::int64_t planes, const T* columns, T* x);

}  // namespace gradus::ops
