#include <algorithm>

#include <gradus/base/error.hpp>
#include <gradus/base/shape.hpp>

namespace gradus {

std::string_view name(Dtype dtype) {
  constexpr std::string_view names[] = {"bool", "u8", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"};
  return names[static_cast<int>(dtype)];
}

std::string to_string(Dims shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string to_string(const Axes& axes) { return axes.all ? "all" : to_string(Dims(axes.list)); }

std::int64_t numel(Dims shape) {
  std::int64_t n = 1;
  for (std::int64_t size : shape) n *= size;
  return n;
}

std::int64_t checked_numel(std::string_view op, Dims shape, Dtype dtype) {
  if (shape.size() > max_rank) {
    fail<ShapeError>(std::string(op), "rank " + std::to_string(shape.size()) + " is above the limit of 64");
  }
  constexpr std::int64_t limit = std::int64_t{1} << 62;
  // Empty axes do not excuse the others: [0, 2^40, 2^40] would overflow in the strides.
  std::int64_t n = 1, bytes = static_cast<std::int64_t>(size_of(dtype));
  bool empty = false;
  for (std::int64_t size : shape) {
    if (size < 0) fail<ShapeError>(std::string(op), "size " + std::to_string(size) + " in shape " + to_string(shape) + " is negative");
    empty |= size == 0;
    if ((size > 0 && __builtin_mul_overflow(n, size, &n)) || n > limit / bytes) fail<ShapeError>(std::string(op), "shape " + to_string(shape) + " is too large to address");
  }
  return empty ? 0 : n;
}

Shape contiguous_strides(Dims shape) {
  Shape strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i] > 0 ? shape[i] : 1;
  }
  return strides;
}

int checked_axis(std::string_view op, std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank) {
    const std::string axis_text = "axis " + std::to_string(axis);
    if (rank == 0) fail<ShapeError>(std::string(op), axis_text + " does not exist: the tensor is 0-d");
    fail<ShapeError>(std::string(op), axis_text + " is outside " + std::to_string(-rank) + ".." + std::to_string(rank - 1) +
                                          " of a tensor of rank " + std::to_string(rank));
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape checked_axes(std::string_view op, const Axes& axes, std::int64_t rank) {
  Shape out;
  if (axes.all) {
    for (std::int64_t i = 0; i < rank; ++i) out.push_back(i);
    return out;
  }
  for (std::int64_t axis : axes.list) out.push_back(checked_axis(op, axis, rank));
  std::sort(out.begin(), out.end());
  if (auto twin = std::adjacent_find(out.begin(), out.end()); twin != out.end()) {
    fail<ShapeError>(std::string(op), "axis " + std::to_string(*twin) + " is named twice in " + to_string(axes));
  }
  return out;
}

Shape broadcast(std::string_view op, Dims a, Dims b) {
  Shape out(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {  // i counts from the back
    const std::int64_t m = i < a.size() ? a[a.size() - 1 - i] : 1, n = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (m != n && m != 1 && n != 1) {
      fail<ShapeError>(std::string(op), "shapes " + to_string(a) + " and " + to_string(b) + " do not broadcast: " + std::to_string(m) +
                                            " against " + std::to_string(n) + " in axis " + std::to_string(-static_cast<int>(i) - 1),
                       "sizes must be equal or 1, counted from the last axis");
    }
    out[out.size() - 1 - i] = m == 1 ? n : m;
  }
  return out;
}

bool is_broadcastable(Dims from, Dims to) {
  if (from.size() > to.size()) return false;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    const std::int64_t m = from[from.size() - i];
    if (m != 1 && m != to[to.size() - i]) return false;
  }
  return true;
}

}  // namespace gradus
