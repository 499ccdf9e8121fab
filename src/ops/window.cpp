#include "window.hpp"

#include <fmt/format.h>
#include <gradus/base/threads.hpp>

#include <algorithm>

namespace gradus::ops {

Shape per_axis(std::string_view op, std::string_view what, const Shape& given, std::size_t axes, std::int64_t fallback, std::int64_t least) {
  if (given.size() > 1 && given.size() != axes) {
    fail<ShapeError>(std::string(op), fmt::format("{} {} has {} numbers, there {} {} spatial {}", what, to_string(given), given.size(), axes == 1 ? "is" : "are", axes, axes == 1 ? "axis" : "axes"),
                     "one number for each spatial axis, or one for all");
  }
  constexpr std::int64_t most = std::int64_t{1} << 40;  // far from where products of two could overflow
  for (const std::int64_t n : given) {
    if (n < least || n > most) fail<ValueError>(std::string(op), fmt::format("{} {} is outside {}..{}", what, to_string(given), least, most));
  }
  if (given.size() == axes) return given;
  return Shape(axes, given.empty() ? fallback : given[0]);
}

namespace {

// A stretch along the last axis: `before` zeros, then `count` entries of x from `at`, `step` apart, then `after` zeros.
struct Stretch {
  std::int64_t column, at, step, before, count, after;
};

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }

std::vector<Stretch> stretches(const Patches& p, std::int64_t tap_step) {
  std::vector<Stretch> out;
  const std::size_t axes = p.size.size(), last = axes - 1;
  if (p.points() == 0 || p.taps() == 0) return out;
  const Shape strides = contiguous_strides(p.size);
  Shape tap(axes, 0), point(axes, 0);
  const auto next = [](Shape& at, const Shape& sizes, std::size_t axis) {  // counts up the axes before `axis`; false at the end
    while (axis-- > 0) {
      if (++at[axis] < sizes[axis]) return true;
      at[axis] = 0;
    }
    return false;
  };
  std::int64_t column = 0;
  do {
    std::int64_t row = column;
    do {
      std::int64_t at = 0;
      bool outside = false;
      for (std::size_t i = 0; i < last; ++i) {
        const std::int64_t place = point[i] * p.stride[i] + tap[i] * p.dilation[i] - p.padding[i];
        outside |= place < 0 || place >= p.size[i];
        at += place * strides[i];
      }
      const std::int64_t shift = tap[last] * p.dilation[last] - p.padding[last], step = p.stride[last], n = p.out[last];
      const std::int64_t first = std::clamp<std::int64_t>(ceil_div(-shift, step), 0, n);
      const std::int64_t end = outside ? first : std::clamp<std::int64_t>(ceil_div(p.size[last] - shift, step), first, n);
      out.push_back({row, at + first * step + shift, step, first, end - first, n - end});
      row += n;
    } while (next(point, p.out, last));
    column += tap_step;
  } while (next(tap, p.kernel, axes));
  return out;
}

}  // namespace

template <class T>
void to_columns(const Patches& p, const Columns& c, std::int64_t planes, const T* x, T* columns) {
  const std::vector<Stretch> all = stretches(p, c.tap_step);
  parallel_for(planes, Cost(p.taps() * p.points()), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      const T* from = x + plane * p.inside();
      T* base = columns + plane / c.inner * c.outer_step + plane % c.inner * c.inner_step;
      for (const Stretch& s : all) {
        T* to = std::fill_n(base + s.column, s.before, T(0));
        if (s.step == 1 && s.count > 0) std::copy_n(from + s.at, s.count, to);
        else for (std::int64_t i = 0; i < s.count; ++i) to[i] = from[s.at + i * s.step];
        std::fill_n(to + s.count, s.after, T(0));
      }
    }
  });
}

template <class T>
void add_columns(const Patches& p, const Columns& c, std::int64_t planes, const T* columns, T* x) {
  const std::vector<Stretch> all = stretches(p, c.tap_step);
  parallel_for(planes, Cost(p.taps() * p.points()), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      T* to = x + plane * p.inside();
      const T* base = columns + plane / c.inner * c.outer_step + plane % c.inner * c.inner_step;
      for (const Stretch& s : all) {
        const T* from = base + s.column + s.before;
        for (std::int64_t i = 0; i < s.count; ++i) {
          T& sum = to[s.at + i * s.step];
          sum = (lang::Scalar<T>(sum) + lang::Scalar<T>(from[i])).value;  // integers wrap
        }
      }
    }
  });
}

#define GRADUS_COLUMNS(T)                                                                               \
  template void to_columns(const Patches&, const Columns&, std::int64_t, const T*, T*);                 \
  template void add_columns(const Patches&, const Columns&, std::int64_t, const T*, T*);
GRADUS_COLUMNS(float)
GRADUS_COLUMNS(double)
GRADUS_COLUMNS(std::int64_t)

}  // namespace gradus::ops
