// Rows by index, and the adjoint. Places that do not exist are found before anything is read or written.
#include <fmt/format.h>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>

#include <algorithm>
#include <cstring>

#include "added.hpp"
#include "batched.hpp"

namespace gradus::ops {
namespace {

// An axis inside row-major memory: [outer, size, inner].
struct Rows {
  std::int64_t outer = 1, inner = 1;

  // `axes` of them are the axis.
  Rows(Dims shape, std::size_t axis, std::size_t axes = 1) {
    for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
    for (std::size_t i = axis + axes; i < shape.size(); ++i) inner *= shape[i];
  }
};


// The index of every example next to x of every example: one flat axis of places after the axes of x before `at`.
Tensor spread_index(const Tensor& index, std::int64_t n, const Shape& shape, std::size_t at) {
  Shape ones(shape.size(), 1), full = shape;
  ones[0] = n;
  full[at] = ones[at] = n ? index.numel() / n : 0;
  return expand(reshape(index, ones), full);
}

}  // namespace

// ---- index_select
Spec IndexSelect::shape(Inputs x) const {
  check_index(name, x[1]);
  const int at = checked_axis(name, axis, x[0].rank());
  const Shape from = x[0].shape(), index = x[1].shape();
  Shape out(from.begin(), from.begin() + at);
  out.append(index.begin(), index.end());
  out.append(from.begin() + at + 1, from.end());
  checked_numel(name, out, x[0].dtype());
  return {out, x[0].dtype()};
}
void IndexSelect::compute(Array& y, Inputs x) const {
  const Tensor from = contiguous(Tensor(x[0].array_ref()));
  const auto at = static_cast<std::size_t>(checked_axis(name, axis, x[0].rank()));
  const std::int64_t size = x[0].size(axis);
  const auto index = checked_index(name, x[1], size);
  const auto count = static_cast<std::int64_t>(index.size());
  const Rows rows(from.array().shape(), at);
  const auto bytes = static_cast<std::size_t>(rows.inner) * size_of(y.dtype());
  const auto* source = static_cast<const std::byte*>(from.array().data());
  auto* to = static_cast<std::byte*>(y.data());
  if (bytes == 0) return;
  parallel_for(rows.outer * count, Cost(rows.inner), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i / count * size + index[static_cast<std::size_t>(i % count)];
      std::memcpy(to + static_cast<std::size_t>(i) * bytes, source + static_cast<std::size_t>(row) * bytes, bytes);
    }
  });
}
TensorSet IndexSelect::reads(TensorSet) const { return TensorSet::input(1); }
Tensors IndexSelect::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  const int at = checked_axis(name, axis, x[0].rank());
  return {index_add(g, x[1], at, x[0].size(at)), {}};
}
Tensor IndexSelect::batched(Inputs x, TensorSet which, std::int64_t n) const {
  if (!which.has_input(1)) return index_select(x[0], x[1], past_examples(axis));
  if (!which.has_input(0)) {
    const std::int64_t at = checked_axis(name, axis, x[0].rank());
    return movedim(index_select(x[0], x[1], at), {at}, {0});
  }
  const int at = checked_axis(name, past_examples(axis), x[0].rank());
  const Shape shape = x[0].shape(), index = x[1].shape();
  Shape out(shape.begin(), shape.begin() + at);
  out.append(index.begin() + 1, index.end());
  out.append(shape.begin() + at + 1, shape.end());
  return reshape(gather(x[0], spread_index(x[1], n, shape, static_cast<std::size_t>(at)), at), out);
}
std::vector<Case> IndexSelect::cases() {
  return {{make_op(IndexSelect{0}), {{{4, 2}}, {{3}, {}, 4}}},
          {make_op(IndexSelect{-1}), {{{2, 3}}, {{2, 2}, {}, 3}}},
          {make_op(IndexSelect{1}), {{{2, 3, 2}}, {{}, {}, 3}}},
          {make_op(IndexSelect{0}), {{{3, 2}}, {{0}, {}, 3}}}};
}

// ---- index_add
Spec IndexAdd::shape(Inputs x) const {
  check_index(name, x[1]);
  if (size < 0) fail<ValueError>(name, fmt::format("size {} is negative", size));
  const Shape from = x[0].shape(), index = x[1].shape();
  const std::int64_t rank = x[0].rank() - x[1].rank() + 1;
  if (rank < 1) fail<ShapeError>(name, fmt::format("x is {}, the index is {}; x must have the axes of the index in the place of the axis", to_string(from), to_string(index)));
  const int at = checked_axis(name, axis, rank);
  if (!std::ranges::equal(Dims(from).subspan(static_cast<std::size_t>(at), index.size()), index)) {
    fail<ShapeError>(name, fmt::format("x is {}, the index is {}; x must have the axes of the index from axis {} on", to_string(from), to_string(index), at));
  }
  Shape out(from.begin(), from.begin() + at);
  out.push_back(size);
  out.append(from.begin() + at + static_cast<std::ptrdiff_t>(index.size()), from.end());
  checked_numel(name, out, x[0].dtype());
  return {out, x[0].dtype()};
}
void IndexAdd::compute(Array& y, Inputs x) const {
  const auto index = checked_index(name, x[1], size);
  const Tensor from = contiguous(Tensor(x[0].array_ref()));
  const auto at = static_cast<std::size_t>(checked_axis(name, axis, x[0].rank() - x[1].rank() + 1));
  const Rows rows(y.shape(), at);
  constexpr std::int64_t width = 1024;  // of one task: places add their entries in the order of the index, whatever the threads
  const std::int64_t blocks = (rows.inner + width - 1) / width, count = static_cast<std::int64_t>(index.size());
  visit(y.dtype(), [&](auto zero) {
    using E = decltype(zero);
    E* to = static_cast<E*>(y.data());
    const E* source = static_cast<const E*>(from.array().data());
    std::fill_n(to, y.numel(), E(0));
    parallel_for(rows.outer * blocks, Cost(std::min(width, rows.inner) * count), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t task = begin; task < end; ++task) {
        const std::int64_t first = task % blocks * width, n = std::min(width, rows.inner - first);
        for (std::int64_t i = 0; i < count; ++i) {
          E* row = to + (task / blocks * size + index[static_cast<std::size_t>(i)]) * rows.inner + first;
          const E* entry = source + (task / blocks * count + i) * rows.inner + first;
          for (std::int64_t j = 0; j < n; ++j) row[j] = added(row[j], entry[j]);
        }
      }
    });
  });
}
TensorSet IndexAdd::reads(TensorSet) const { return TensorSet::input(1); }
Tensors IndexAdd::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const { return {index_select(g, x[1], checked_axis(name, axis, g.rank())), {}}; }
Tensor IndexAdd::batched(Inputs x, TensorSet which, std::int64_t n) const {
  if (!which.has_input(1)) return index_add(x[0], x[1], past_examples(axis), size);
  const Tensors all = all_with_examples(x, which, n);
  const auto axes = static_cast<std::size_t>(all[1].rank() - 1);  // of the index of one example
  const auto at = static_cast<std::size_t>(checked_axis(name, past_examples(axis), all[0].rank() - static_cast<std::int64_t>(axes) + 1));
  const Shape shape = all[0].shape();
  Shape flat(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(at));
  flat.push_back(numel(Dims(shape).subspan(at, axes)));
  flat.append(shape.begin() + static_cast<std::ptrdiff_t>(at + axes), shape.end());
  return scatter_add(reshape(all[0], flat), spread_index(all[1], n, flat, at), static_cast<std::int64_t>(at), size);
}
std::vector<Case> IndexAdd::cases() {
  return {{make_op(IndexAdd{0, 4}), {{{3, 2}}, {{3}, {}, 4}}},
          {make_op(IndexAdd{-1, 3}), {{{2, 2, 2}}, {{2, 2}, {}, 3}}},
          {make_op(IndexAdd{1, 3}), {{{2, 2}}, {{}, {}, 3}}},
          {make_op(IndexAdd{0, 3}), {{{0, 2}}, {{0}, {}, 3}}}};
}

// ---- made of these
Tensor Take::expand(Inputs x) const {
  check_index(name, x[1]);
  return index_select(flatten(x[0]), x[1], 0);
}
std::vector<Case> Take::cases() {
  return {{make_op(Take{}), {{{2, 3}}, {{4}, {}, 6}}}, {make_op(Take{}), {{{}}, {{2, 1}, {}, 1}}}, {make_op(Take{}), {{{2, 2}}, {{0, 2}, {}, 4}}}};
}

Tensor Embedding::expand(Inputs x) const {
  check_index(name, x[1]);
  if (x[0].rank() != 2) fail<ShapeError>(name, fmt::format("the weight is {}; it must be [rows, width]", to_string(x[0].shape())));
  return index_select(x[0], x[1], 0);
}
std::vector<Case> Embedding::cases() {
  return {{make_op(Embedding{}), {{{4, 2}}, {{3}, {}, 4}}}, {make_op(Embedding{}), {{{3, 2}}, {{2, 2}, {}, 3}}}, {make_op(Embedding{}), {{{3, 2}}, {{}, {}, 3}}}, {make_op(Embedding{}), {{{3, 2}}, {{2, 0}, {}, 3}}}};
}

GRADUS_SELECT_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor index_select(const Tensor& x, const Tensor& index, std::int64_t axis) { return apply(ops::IndexSelect{axis}, x, index); }
Tensor index_add(const Tensor& x, const Tensor& index, std::int64_t axis, std::int64_t size) { return apply(ops::IndexAdd{axis, size}, x, index); }
Tensor take(const Tensor& x, const Tensor& index) { return apply(ops::Take{}, x, index); }
Tensor embedding(const Tensor& weight, const Tensor& index) { return apply(ops::Embedding{}, weight, index); }

}  // namespace gradus
