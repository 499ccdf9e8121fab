// Diagonals, triangles, and tensors taken apart.
#include <algorithm>

#include <fmt/format.h>
#include <gradus/ops.hpp>

#include "batched.hpp"

namespace gradus::ops {
namespace {

// Where a diagonal lies: its two axes, its first entry on them and its length.
struct Line {
  int axis1, axis2;
  std::int64_t first1, first2, length;
};

Line line_of(std::string_view op, const Shape& shape, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (rank < 2) fail<ShapeError>(std::string(op), fmt::format("needs at least two axes; the tensor is {}", to_string(shape)));
  const int a = checked_axis(op, axis1, rank), b = checked_axis(op, axis2, rank);
  if (a == b) fail<ShapeError>(std::string(op), fmt::format("axis1 {} and axis2 {} are the same axis", axis1, axis2));
  Line line{a, b, offset < 0 ? -std::max(offset, -shape[a]) : 0, offset > 0 ? std::min(offset, shape[b]) : 0, 0};
  line.length = std::min(shape[a] - line.first1, shape[b] - line.first2);
  return line;
}

Ref<Array> line_view(const Array& a, const Line& line) {
  Shape sizes, strides;
  for (int i = 0; i < static_cast<int>(a.shape().size()); ++i) {
    if (i == line.axis1 || i == line.axis2) continue;
    sizes.push_back(a.shape()[i]);
    strides.push_back(a.strides()[i]);
  }
  const std::int64_t step1 = a.strides()[line.axis1], step2 = a.strides()[line.axis2];
  sizes.push_back(line.length);
  strides.push_back(line.length > 1 ? step1 + step2 : 1);
  return Array::view(a.dtype(), sizes, strides, a.offset() + (line.length ? line.first1 * step1 + line.first2 * step2 : 0), a.buffer());
}


}  // namespace

// ---- diagonal
Spec Diagonal::shape(Inputs x) const {
  Shape out;
  const Shape shape = x[0].shape();
  const Line line = line_of(name, shape, offset, axis1, axis2);
  for (int i = 0; i < x[0].rank(); ++i) {
    if (i != line.axis1 && i != line.axis2) out.push_back(shape[i]);
  }
  out.push_back(line.length);
  return {out, x[0].dtype()};
}
Ref<Array> Diagonal::view(Inputs x) const { return line_view(x[0].array(), line_of(name, x[0].shape(), offset, axis1, axis2)); }
Tensors Diagonal::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  const Line line = line_of(name, x[0].shape(), offset, axis1, axis2);
  return {apply(DiagEmbed{offset, line.axis1, line.axis2, x[0].size(line.axis1), x[0].size(line.axis2)}, g)};
}
Tensor Diagonal::batched(Inputs x, TensorSet, std::int64_t) const { return diagonal(x[0], offset, past_examples(axis1), past_examples(axis2)); }
std::vector<Case> Diagonal::cases() {
  return {{make_op(Diagonal{}), {{{3, 3}}}}, {make_op(Diagonal{1, -1, 0}), {{{2, 3, 4}}}}, {make_op(Diagonal{-1, 0, 2}), {{{4, 2, 2}}}}, {make_op(Diagonal{5, 0, 1}), {{{2, 3}}}}, {make_op(Diagonal{}), {{{0, 2}}}}};
}

// ---- diag_embed
namespace {
Shape embedded(const DiagEmbed& s, const Tensor& x) {
  if (x.rank() == 0) fail<ShapeError>(DiagEmbed::name, "a 0-d tensor has no axis for the diagonal", "use unsqueeze to make it a vector");
  const std::int64_t rank = x.rank() + 1, n = x.size(-1);
  const int a = checked_axis(DiagEmbed::name, s.axis1, rank), b = checked_axis(DiagEmbed::name, s.axis2, rank);
  if (a == b) fail<ShapeError>(DiagEmbed::name, fmt::format("axis1 {} and axis2 {} are the same axis", s.axis1, s.axis2));
  std::int64_t side = 0;
  if (s.offset == INT64_MIN || __builtin_add_overflow(n, std::abs(s.offset), &side)) fail<ShapeError>(DiagEmbed::name, fmt::format("offset {} is too far to address", s.offset));
  Shape out;
  std::size_t next = 0;
  const Shape shape = x.shape();
  for (int i = 0; i < rank; ++i) out.push_back(i == a ? (s.rows < 0 ? side : s.rows) : i == b ? (s.columns < 0 ? side : s.columns) : shape[next++]);
  checked_numel(DiagEmbed::name, out, x.dtype());
  if (const Line line = line_of(DiagEmbed::name, out, s.offset, a, b); line.length != n) {
    fail<ShapeError>(DiagEmbed::name, fmt::format("diagonal {} of {} has {} entries, the last axis of x has {}", s.offset, to_string(out), line.length, n));
  }
  return out;
}
}  // namespace
Spec DiagEmbed::shape(Inputs x) const { return {embedded(*this, x[0]), x[0].dtype()}; }
SmallVec<Ref<Array>, 3> DiagEmbed::windows(Array& y, Inputs) const { return {line_view(y, line_of(name, y.spec().shape, offset, axis1, axis2))}; }
Tensors DiagEmbed::vjp(Inputs, const Tensor&, const Tensor& g, TensorSet) const { return {diagonal(g, offset, axis1, axis2)}; }
Tensor DiagEmbed::batched(Inputs x, TensorSet, std::int64_t) const { return apply(DiagEmbed{offset, past_examples(axis1), past_examples(axis2), rows, columns}, x[0]); }
std::vector<Case> DiagEmbed::cases() {
  return {{make_op(DiagEmbed{}), {{{3}}}}, {make_op(DiagEmbed{1, 0, -1}), {{{2, 3}}}}, {make_op(DiagEmbed{-1, 2, 0}), {{{2, 2}}}}, {make_op(DiagEmbed{0, 0, 1, 3, 2}), {{{2}}}}, {make_op(DiagEmbed{}), {{{2, 0}}}}};
}

// ---- triangles
namespace {
// x where the column's place less the row's is not above (or, upper: not below) the offset.
Tensor triangle(std::string_view op, const Tensor& x, std::int64_t offset, bool upper) {
  if (x.rank() < 2) fail<ShapeError>(std::string(op), fmt::format("needs at least two axes; the tensor is {}", to_string(x.shape())));
  const std::int64_t rows = x.size(-2), columns = x.size(-1), bound = std::clamp(offset, -rows - 1, columns + 1);
  const Tensor row = reshape(Tensor::arange(rows), {rows, 1}), column = Tensor::arange(columns) - bound;
  return where(upper ? column >= row : column <= row, x, Tensor::zeros({}, x.dtype()));
}
}  // namespace
Tensor Tril::expand(Inputs x) const { return triangle(name, x[0], offset, false); }
std::vector<Case> Tril::cases() {
  return {{make_op(Tril{}), {{{3, 3}}}}, {make_op(Tril{1}), {{{2, 2, 4}}}}, {make_op(Tril{-2}), {{{3, 2}}}}, {make_op(Tril{}), {{{0, 2}}}}};
}
Tensor Triu::expand(Inputs x) const { return triangle(name, x[0], offset, true); }
std::vector<Case> Triu::cases() {
  return {{make_op(Triu{}), {{{3, 3}}}}, {make_op(Triu{1}), {{{2, 2, 4}}}}, {make_op(Triu{-2}), {{{3, 2}}}}, {make_op(Triu{}), {{{0, 2}}}}};
}

GRADUS_ARRANGE_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) { return apply(ops::Diagonal{offset, axis1, axis2}, x); }
Tensor diag_embed(const Tensor& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) { return apply(ops::DiagEmbed{offset, axis1, axis2}, x); }
Tensor tril(const Tensor& x, std::int64_t offset) { return apply(ops::Tril{offset}, x); }
Tensor triu(const Tensor& x, std::int64_t offset) { return apply(ops::Triu{offset}, x); }

Tensors split(const Tensor& x, std::int64_t size, std::int64_t axis) {
  const int at = checked_axis("split", axis, x.rank());
  const std::int64_t n = x.size(at);
  if (size < 0 || (size == 0 && n > 0)) fail<ValueError>("split", fmt::format("parts of {} entries do not make up an axis of {}", size, n));
  Tensors parts;
  for (std::int64_t first = 0; first < n || parts.empty(); first += size) {
    const std::int64_t count = std::min(size, n - first);
    parts.push_back(slice(x, at, {first, first + count}));
    if (count == n - first) break;
  }
  return parts;
}
Tensors split(const Tensor& x, const Shape& sizes, std::int64_t axis) {
  const int at = checked_axis("split", axis, x.rank());
  std::int64_t sum = 0;
  bool bad = false;
  for (const std::int64_t size : sizes) bad = bad || size < 0 || __builtin_add_overflow(sum, size, &sum);
  if (bad || sum != x.size(at)) fail<ShapeError>("split", fmt::format("sizes {} do not sum to the {} entries of axis {} of {}", to_string(sizes), x.size(at), axis, to_string(x.shape())));
  Tensors parts;
  std::int64_t first = 0;
  for (const std::int64_t size : sizes) {
    parts.push_back(slice(x, at, {first, first + size}));
    first += size;
  }
  return parts;
}
Tensors chunk(const Tensor& x, std::int64_t n, std::int64_t axis) {
  const int at = checked_axis("chunk", axis, x.rank());
  if (n < 1) fail<ValueError>("chunk", fmt::format("{} parts: at least one is needed", n));
  const std::int64_t entries = x.size(at);
  if (entries == 0) return n > 65536 ? Tensors{x} : Tensors(static_cast<std::size_t>(n), x);  // nothing, n times, as long as that is little
  return split(x, entries / n + (entries % n != 0), at);
}
Tensors unbind(const Tensor& x, std::int64_t axis) {
  const int at = checked_axis("unbind", axis, x.rank());
  Tensors parts;
  for (std::int64_t i = 0; i < x.size(at); ++i) parts.push_back(squeeze(slice(x, at, {i, i + 1}), at));
  return parts;
}

Tensor movedim(const Tensor& x, const Shape& from, const Shape& to) {
  const auto rank = static_cast<std::size_t>(x.rank());
  if (from.size() != to.size()) fail<ShapeError>("movedim", fmt::format("{} axes and {} places for them", from.size(), to.size()));
  // Sorted lists find an axis that is named twice; the order is that of the caller.
  static_cast<void>(checked_axes("movedim", Axes(from), x.rank()));
  static_cast<void>(checked_axes("movedim", Axes(to), x.rank()));
  Shape order(rank, -1);
  std::vector<bool> moved(rank);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const int axis = checked_axis("movedim", from[i], x.rank());
    order[checked_axis("movedim", to[i], x.rank())] = axis;
    moved[static_cast<std::size_t>(axis)] = true;
  }
  std::size_t next = 0;
  for (std::int64_t& place : order) {
    if (place >= 0) continue;
    while (moved[next]) ++next;
    place = static_cast<std::int64_t>(next++);
  }
  return permute(x, order);
}

}  // namespace gradus
