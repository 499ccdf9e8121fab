// Gather, scatter-add and one-hot. An index outside its axis is found before anything is read or written with it.
#include <cstring>

#include "backend/cpu/families.hpp"
#include "ops/added.hpp"

namespace gradus::cpu {
namespace {

using ops::checked_index;

// Calls f(i, j) with i counting the elements of `shape` in row-major order and j the offset of the same element in an array
// with `strides`, where the coordinate along `axis` is replaced by index[i].
template <class F>
void each_place(Dims shape, Dims strides, std::size_t axis, const std::vector<std::int64_t>& index, F&& f) {
  Shape at(shape.size());
  std::int64_t offset = 0;  // without the axis
  for (std::size_t i = 0; i < index.size(); ++i) {
    f(i, offset + index[i] * strides[axis]);
    for (std::size_t d = shape.size(); d-- > 0;) {
      const std::int64_t step = d == axis ? 0 : strides[d];
      offset += step;
      if (++at[d] < shape[d]) break;
      offset -= step * shape[d];
      at[d] = 0;
    }
  }
}

void run_gather(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::Gather>(*kernel.op);
  const Array& a = x[0].array();
  const auto axis = static_cast<std::size_t>(checked_axis("gather", op.axis, x[0].rank()));
  const auto index = checked_index("gather", x[1], a.shape()[axis]);
  visit(y.dtype(), [&](auto zero) {
    using E = decltype(zero);
    const E* from = static_cast<const E*>(a.data());
    E* to = static_cast<E*>(y.data());
    each_place(y.shape(), a.strides(), axis, index, [&](std::size_t i, std::int64_t j) { to[i] = from[j]; });
  });
}

void run_scatter_add(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::ScatterAdd>(*kernel.op);
  const auto axis = static_cast<std::size_t>(checked_axis("scatter_add", op.axis, x[0].rank()));
  const auto index = checked_index("scatter_add", x[1], op.size);
  const Tensor rows = contiguous(x[0]);
  visit(y.dtype(), [&](auto zero) {
    using E = decltype(zero);
    E* to = static_cast<E*>(y.data());
    std::fill_n(to, y.numel(), E(0));
    const E* from = static_cast<const E*>(rows.array().data());
    // In order, so that the sums have the same bits always.
    each_place(rows.array().shape(), y.strides(), axis, index, [&](std::size_t i, std::int64_t j) { to[j] = ops::added(to[j], from[i]); });
  });
}

void run_one_hot(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::OneHot>(*kernel.op);
  const auto index = checked_index("one_hot", x[0], op.classes);
  std::memset(y.data(), 0, static_cast<std::size_t>(y.numel()) * size_of(y.dtype()));
  visit(y.dtype(), [&](auto zero) {
    using E = decltype(zero);
    E* to = static_cast<E*>(y.data());
    for (std::size_t i = 0; i < index.size(); ++i) to[static_cast<std::int64_t>(i) * op.classes + index[i]] = E(1);
  });
}

}  // namespace

Kernel prepare_index(const Op& op, Inputs, const Array&) {
  if (ops::as<ops::Gather>(op)) return {&run_gather, &op};
  if (ops::as<ops::ScatterAdd>(op)) return {&run_scatter_add, &op};
  if (ops::as<ops::OneHot>(op)) return {&run_one_hot, &op};
  return {};
}

}  // namespace gradus::cpu
