// Gather, scatter-add and one-hot. An index outside its axis is found before anything is read or written with it.
#include <fmt/format.h>
#include <gradus/base/threads.hpp>

#include <algorithm>

#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "ops/added.hpp"

namespace gradus::cpu {
namespace {

// An index in row-major order, all of it inside an axis of `size`.
struct Places {
  Dense<std::int64_t> at;
  Places(std::string_view op, const Tensor& index, std::int64_t size) : at(index.array()) {
    const std::int64_t n = index.numel();
    std::uint64_t largest = 0;  // a negative one is larger than all
    for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, static_cast<std::uint64_t>(at.data()[i]));
    if (n == 0 || largest < static_cast<std::uint64_t>(size)) return;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t place = at.data()[i];
      if (place >= 0 && place < size) continue;
      fail<ValueError>(std::string(op), size ? fmt::format("index {} at place {} is outside 0..{}", place, i, size - 1) : fmt::format("index {} at place {} is into an empty axis", place, i));
    }
  }
};

// Rows of `shape` in row-major order, first .. last of them: calls f(i, offset), i being the first element of the row, and offset where
// the same element lies in an array with `strides`, had it coordinate 0 along `axis`.
template <class F>
void each_row(Dims shape, Dims strides, std::size_t axis, std::int64_t first, std::int64_t last, F&& f) {
  const std::size_t lead = shape.size() - 1;
  for (std::int64_t row = first; row < last; ++row) {
    std::int64_t rest = row, offset = 0;
    for (std::size_t d = lead; d-- > 0;) {
      if (d != axis) offset += rest % shape[d] * strides[d];
      rest /= shape[d];
    }
    f(row * shape[lead], offset);
  }
}

void run_gather(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::Gather>(*kernel.op);
  const Array& a = x[0].array();
  const auto axis = static_cast<std::size_t>(checked_axis("gather", op.axis, x[0].rank()));
  const Places index("gather", x[1], a.shape()[axis]);
  if (y.numel() == 0) return;
  const Dims shape = y.shape();
  const std::int64_t n = shape.back(), step = a.strides()[axis], along = axis + 1 == shape.size() ? 0 : a.strides().back();
  visit(y.dtype(), [&](auto zero) {
    using E = decltype(zero);
    const E* from = static_cast<const E*>(a.data());
    DenseResult<E> out(y);
    parallel_for(y.numel() / n, Cost(2 * n), [&](std::int64_t first, std::int64_t last) {
      each_row(shape, a.strides(), axis, first, last, [&](std::int64_t i, std::int64_t offset) {
        const std::int64_t* places = index.at.data() + i;
        E* to = out.data() + i;
        for (std::int64_t j = 0; j < n; ++j) to[j] = from[offset + places[j] * step + j * along];
      });
    });
    out.finish();
  });
}

void run_scatter_add(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::ScatterAdd>(*kernel.op);
  const auto axis = static_cast<std::size_t>(checked_axis("scatter_add", op.axis, x[0].rank()));
  const Places index("scatter_add", x[1], op.size);
  visit(y.dtype(), [&](auto zero) {
    using E = decltype(zero);
    const Dense<E> rows(x[0].array());
    DenseResult<E> out(y);
    std::fill_n(out.data(), y.numel(), E(0));
    const Dims shape = x[0].array().shape();
    Shape strides(shape.size());  // of the result
    std::int64_t stride = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
      strides[d] = stride;
      stride *= y.shape()[d];
    }
    const std::int64_t n = shape.back(), step = strides[axis], along = axis + 1 == shape.size() ? 0 : 1;
    // In order, so that the sums have the same bits always.
    each_row(shape, strides, axis, 0, n ? x[0].numel() / n : 0, [&](std::int64_t i, std::int64_t offset) {
      const std::int64_t* places = index.at.data() + i;
      const E* from = rows.data() + i;
      for (std::int64_t j = 0; j < n; ++j) {
        E& to = out.data()[offset + places[j] * step + j * along];
        to = ops::added(to, from[j]);
      }
    });
    out.finish();
  });
}

void run_one_hot(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::OneHot>(*kernel.op);
  const Places index("one_hot", x[0], op.classes);
  visit(y.dtype(), [&](auto zero) {
    using E = decltype(zero);
    DenseResult<E> out(y);
    std::fill_n(out.data(), y.numel(), E(0));
    for (std::int64_t i = 0; i < x[0].numel(); ++i) out.data()[i * op.classes + index.at.data()[i]] = E(1);
    out.finish();
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
