#include "formats/onnx/moves.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gradus::onnx {

Tensor slice_axis(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t end, std::int64_t step) {
  const std::int64_t size = x.size(axis);
  const auto place = [&](std::int64_t at, std::int64_t low, std::int64_t high) {
    if (at < 0) at = at < -size ? -1 : at + size;
    return std::clamp(at, low, high);
  };
  if (step > 0) return slice(x, axis, {place(start, 0, size), std::max(place(start, 0, size), place(end, 0, size)), step});
  // Backwards: the same entries forwards in the reversed axis.
  const std::int64_t first = place(start, -1, size - 1), last = place(end, -1, size - 1), stride = step == INT64_MIN ? INT64_MAX : -step;
  const std::int64_t from = size - 1 - first, to = std::max(from, size - 1 - last);
  return slice(flip(x, axis), axis, {from, to, stride});
}

Tensor pad_with(const Tensor& x, const Shape& before, const Shape& after, const Tensor& value) {
  Tensor y = x;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    const std::int64_t size = y.size(axis), first = std::min(size, std::max<std::int64_t>(0, -before[i]));
    const std::int64_t last = std::max(first, size - std::max<std::int64_t>(0, -after[i]));
    if (first > 0 || last < size) y = slice(y, axis, {first, last});
    const auto add = [&](std::int64_t count, bool in_front) {
      if (count <= 0) return;
      Shape shape = y.shape();
      shape[i] = count;
      const Tensor border = expand(value, shape);
      y = in_front ? concat({border, y}, axis) : concat({y, border}, axis);
    };
    add(before[i], true);
    add(after[i], false);
  }
  return y;
}

Tensor wrap_index(const Tensor& index, std::int64_t size) {
  const Tensor i = cast(index, Dtype::i64);
  return where(i < 0, i + size, i);
}

Tensor take_axis(const Tensor& x, const Tensor& index, std::int64_t axis) {
  const int at = checked_axis("onnx.Gather", axis, x.rank());
  const Shape from = x.shape();
  Shape ones(from.size(), 1), wide = from, out(from.begin(), from.begin() + at);
  ones[at] = wide[at] = index.numel();
  const Shape places = index.shape();
  out.append(places.begin(), places.end());
  out.append(from.begin() + at + 1, from.end());
  return reshape(gather(x, expand(reshape(wrap_index(index, from[at]), ones), wide), at), out);
}

Tensor move_axis(const Tensor& x, std::int64_t from, std::int64_t to) {
  const int a = checked_axis("onnx", from, x.rank()), b = checked_axis("onnx", to, x.rank());
  Shape order;
  for (int i = 0; i < x.rank(); ++i) order.push_back(i);
  order.erase(static_cast<std::size_t>(a));
  order.insert(static_cast<std::size_t>(b), a);
  return permute(x, order);
}

Tensor flatten_to_2d(const Tensor& x, std::int64_t axis) {
  const Shape shape = x.shape();
  const std::int64_t rank = x.rank();
  if (axis < -rank || axis > rank) checked_axis("onnx", axis, rank);
  const auto at = static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
  return reshape(x, {numel(Dims(shape).first(at)), numel(Dims(shape).subspan(at))});
}

Tensor integers_of(const Shape& values) { return Tensor::from(std::vector<std::int64_t>(values.begin(), values.end()), {static_cast<std::int64_t>(values.size())}); }

Tensor flat_places(const Call& call, const Tensor& index, const Shape& shape, std::size_t first) {
  const auto k = static_cast<std::size_t>(index.size(-1));
  if (first + k > shape.size()) call.fault(fmt::format("an index of {} numbers for {}", k, to_string(shape)));
  Tensor at = Tensor::full({}, 0, Dtype::i64);
  const Tensor i = cast(index, Dtype::i64);
  for (std::size_t axis = 0; axis < k; ++axis) {
    const std::int64_t size = shape[first + axis];
    const Tensor here = squeeze(slice(i, -1, {static_cast<std::int64_t>(axis), static_cast<std::int64_t>(axis) + 1}), -1);
    const Tensor whole = wrap_index(here, size);
    if (whole.numel() > 0 && (min(whole).item() < 0 || max(whole).item() >= static_cast<double>(size))) call.fault(fmt::format("an index is outside axis {} of {}", first + axis, to_string(shape)));
    at = at * Tensor::full({}, static_cast<double>(size), Dtype::i64) + whole;
  }
  return at;
}

}  // namespace gradus::onnx
