// Moves as functions on tensors.
#include <fmt/format.h>
#include <gradus/ops.hpp>

namespace gradus {

Tensor ops::settled(const Tensor& x) { return x.defined() && x.array().literal ? cast(x, is_float(x.dtype()) ? Dtype::f32 : Dtype::i64) : x; }

Tensor leaky_relu(const Tensor& x, double slope) { return prelu(x, slope); }
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) { return where(mask, value, x); }
Tensor bitwise_not(const Tensor& x) {
  if (x.dtype() == Dtype::boolean) return logical_not(x);
  if (is_float(x.dtype())) fail<DtypeError>("bitwise_not", ops::takes_integers(0, x.dtype()), "cast(x, Dtype::i64)");
  return cast(-1 - cast(x, Dtype::i64), x.dtype());
}

Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : apply<ops::Contiguous>(x); }
Tensor cast(const Tensor& x, Dtype dtype) { return x.dtype() == dtype && !x.array().literal ? x : apply(ops::Cast{dtype}, x); }
Tensor reshape(const Tensor& x, const Shape& shape) { return apply(ops::Reshape{shape}, ops::settled(x)); }
Tensor view(const Tensor& x, const Shape& shape) {
  const Tensor from = ops::settled(x), y = reshape(from, shape);
  if (y.numel() > 0 && y.array().buffer() != from.array().buffer()) {
    fail<ShapeError>("view", fmt::format("the elements of a {} with strides {} cannot be seen as {} where they lie", to_string(x.shape()),
                                         to_string(Shape(x.array().strides().begin(), x.array().strides().end())), to_string(shape)),
                     "reshape(x, shape) copies where it must");
  }
  return y;
}

Tensor flatten(const Tensor& x, std::int64_t first_axis) {
  if (x.rank() == 0) return reshape(x, {1});
  const int first = checked_axis("flatten", first_axis, x.rank());
  const Shape shape = x.shape();
  Shape to(shape.begin(), shape.begin() + first);
  to.push_back(numel(Dims(shape).subspan(static_cast<std::size_t>(first))));
  return reshape(x, to);
}

Tensor permute(const Tensor& x, const Shape& order) { return apply(ops::Permute{order}, x); }
Tensor transpose(const Tensor& x, std::int64_t a, std::int64_t b) {
  Shape order;
  for (std::int64_t i = 0; i < x.rank(); ++i) order.push_back(i);
  std::swap(order[checked_axis("transpose", a, x.rank())], order[checked_axis("transpose", b, x.rank())]);
  return permute(x, order);
}
Tensor T(const Tensor& x) {
  if (x.rank() < 2) fail<ShapeError>("T", fmt::format("needs at least two axes; the tensor is {}", to_string(x.shape())));
  return transpose(x, -1, -2);
}
Tensor squeeze(const Tensor& x, std::int64_t axis) {
  Shape shape = x.shape();
  const int at = checked_axis("squeeze", axis, x.rank());
  if (shape[at] != 1) fail<ShapeError>("squeeze", fmt::format("axis {} of {} has size {}, not 1", axis, to_string(shape), shape[at]));
  shape.erase(static_cast<std::size_t>(at));
  return reshape(x, shape);
}
Tensor unsqueeze(const Tensor& x, std::int64_t axis) {
  Shape shape = x.shape();
  const std::int64_t rank = x.rank();
  if (axis < -rank - 1 || axis > rank) {
    fail<ShapeError>("unsqueeze", fmt::format("axis {} is outside {}..{}, the places for a new axis in {}", axis, -rank - 1, rank, to_string(shape)));
  }
  shape.insert(static_cast<std::size_t>(axis < 0 ? axis + rank + 1 : axis), 1);
  return reshape(x, shape);
}
Tensor expand(const Tensor& x, const Shape& shape) { return apply(ops::Expand{shape}, ops::settled(x)); }
Tensor slice(const Tensor& x, std::int64_t axis, const Slicing& part) {
  const bool back = part.step < 0;
  return apply(ops::Slice{axis, part.first.value_or(back ? INT64_MAX : 0), part.last.value_or(back ? INT64_MIN : INT64_MAX), part.step}, x);
}
Tensor pad(const Tensor& x, std::int64_t axis, std::int64_t before, std::int64_t after) { return apply(ops::Pad{axis, before, after, 0}, x); }
Tensor flip(const Tensor& x, const Axes& axes) { return apply(ops::Flip{axes}, x); }
Tensor concat(Inputs parts, std::int64_t axis) { return gradus::apply(ops::make_op(ops::Concat{axis}), parts); }
Tensor stack(Inputs parts, std::int64_t axis) {
  if (parts.empty()) fail<ValueError>("stack", "there is nothing to stack: the list is empty");
  Tensors rows;
  for (const Tensor& t : parts) {
    if (!(t.shape() == parts[0].shape())) {
      fail<ShapeError>("stack", fmt::format("part {} is {}, part 0 is {}; they must be equal", &t - parts.data(), to_string(t.shape()), to_string(parts[0].shape())));
    }
    rows.push_back(unsqueeze(t, axis));
  }
  return concat(rows, axis);
}

Tensor Tensor::operator[](std::int64_t i) const {
  if (rank() == 0) fail<ShapeError>("index", "a 0-d tensor has no axis to index");
  const std::int64_t n = size(0);
  if (i < -n || i >= n) {
    const std::string range = n ? fmt::format("{}..{} of", -n, n - 1) : "the empty";
    fail<ValueError>("index", fmt::format("{} is outside {} axis 0 of {}", i, range, gradus::to_string(shape())));
  }
  const std::int64_t first = i < 0 ? i + n : i;
  return squeeze(slice(*this, 0, {first, first + 1}), 0);
}
Tensor Tensor::operator[](const Slicing& part) const { return slice(*this, 0, part); }
Tensor Tensor::operator[](std::initializer_list<std::int64_t> part) const {
  if (part.size() == 0 || part.size() > 3) {
    fail<ValueError>("index", std::to_string(part.size()) + " numbers are no part of an axis", "x[{first}], x[{first, last}] or x[{first, last, step}]");
  }
  Slicing slicing{.first = part.begin()[0]};
  if (part.size() > 1) slicing.last = part.begin()[1];
  if (part.size() > 2) slicing.step = part.begin()[2];
  return slice(*this, 0, slicing);
}

}  // namespace gradus
