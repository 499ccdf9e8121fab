// Reductions. Rows are folded leaf by leaf; where the axes that stay are the inner ones, whole columns are folded at once, in
// the same order per column, so both ways give the same bits.
#include <gradus/base/threads.hpp>

#include <vector>

#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/small.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

// The input with the axes that stay first and those that go last.
struct Plan {
  Shape kept_sizes, kept_strides, gone_sizes, gone_strides;
  std::int64_t results = 1, length = 1;  // how many results, and of how many elements each

  Plan(const Array& x, const Shape& axes) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < x.shape().size(); ++i) {
      const bool goes = next < axes.size() && axes[next] == static_cast<std::int64_t>(i);
      next += goes;
      (goes ? gone_sizes : kept_sizes).push_back(x.shape()[i]);
      (goes ? gone_strides : kept_strides).push_back(x.strides()[i]);
      (goes ? length : results) *= x.shape()[i];
    }
  }
  Walk rows() const {
    Shape sizes = kept_sizes, strides = kept_strides;
    sizes.append(gone_sizes.begin(), gone_sizes.end());
    strides.append(gone_strides.begin(), gone_strides.end());
    return Walk(sizes, strides);
  }
};

template <class T>
void fold_rows(Fold fold, const Array& x, const Plan& plan, T* out) {
  const Reader reader(x, plan.rows(), dtype_of<T>());
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t leaves = (plan.length + leaf_size - 1) / leaf_size, n = plan.length;
  std::vector<T> partial(leaves > 1 ? static_cast<std::size_t>(leaves * plan.results) : 0);
  parallel_for(plan.results * std::max<std::int64_t>(leaves, 1), Cost(std::min(n, leaf_size)),
               [&](std::int64_t begin, std::int64_t end) {
                 Scratch scratch;
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t row = i / std::max<std::int64_t>(leaves, 1), leaf = i % std::max<std::int64_t>(leaves, 1);
                   const std::int64_t count = std::min(leaf_size, n - leaf * leaf_size);
                   const T* tile = count > 0 ? static_cast<const T*>(reader.tile(row * n + leaf * leaf_size, count, scratch.bytes)) : nullptr;
                   (leaves > 1 ? partial[static_cast<std::size_t>(i)] : out[row]) = kernels.leaf(fold, tile, count);
                 }
               });
  for (std::int64_t row = 0; leaves > 1 && row < plan.results; ++row) out[row] = fold_leaves(fold, partial.data() + row * leaves, leaves);
}

// For one reduced stride and inner columns of stride 1. `out` has room for whole vectors.
template <class T>
bool fold_columns(Fold fold, const Array& x, const Plan& plan, T* out) {
  const Walk kept(plan.kept_sizes, plan.kept_strides), gone(plan.gone_sizes, plan.gone_strides);
  if (x.dtype() != dtype_of<T>() || !x.buffer()->padded()) return false;
  if (kept.sizes.empty() || kept.sizes.size() > 2 || kept.strides.back() != 1 || gone.sizes.size() != 1) return false;
  const std::int64_t columns = kept.sizes.back(), blocks = plan.results / columns, stride = gone.strides[0];
  if (columns < 4 || stride < 0) return false;
  const std::int64_t block_stride = kept.sizes.size() == 2 ? kept.strides[0] : 0;
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t leaves = (plan.length + leaf_size - 1) / leaf_size;
  const T* data = static_cast<const T*>(x.data());
  constexpr std::int64_t width = 64;  // columns of one task: a multiple of every vector
  const std::int64_t groups = (columns + width - 1) / width, tasks = blocks * groups;
  const auto fold_leaf = [&](std::int64_t task, std::int64_t leaf, T* to) {
    const std::int64_t first = leaf * leaf_size, c = task % groups * width;
    const T* from = data + task / groups * block_stride + c + first * stride;
    kernels.leaf_columns(fold, from, stride, std::min(leaf_size, plan.length - first), std::min(width, columns - c), to);
  };
  const auto finish = [&](std::int64_t task, const T* partial, T* column) {
    const std::int64_t c = task % groups * width, n = std::min(width, columns - c);
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t leaf = 0; leaf < leaves; ++leaf) column[leaf] = partial[leaf * width + j];
      out[task / groups * columns + c + j] = leaves > 1 ? fold_leaves(fold, column, leaves) : column[0];
    }
  };
  if (leaves == 1 || tasks >= threads()) {
    parallel_for(tasks, Cost(std::min(width, columns) * plan.length), [&](std::int64_t begin, std::int64_t end) {
      const Work<T> partial(leaves * width), column(leaves);
      for (std::int64_t task = begin; task < end; ++task) {
        for (std::int64_t leaf = 0; leaf < leaves; ++leaf) fold_leaf(task, leaf, partial.data() + leaf * width);
        finish(task, partial.data(), column.data());
      }
    });
    return true;
  }
  // Fewer tasks than threads: the threads share the leaves.
  const Work<T> partial(leaves * tasks * width), column(leaves);
  parallel_for(tasks * leaves, Cost(std::min(width, columns) * std::min(plan.length, leaf_size)), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) fold_leaf(i / leaves, i % leaves, partial.data() + i * width);
  });
  for (std::int64_t task = 0; task < tasks; ++task) finish(task, partial.data() + task * leaves * width, column.data());
  return true;
}

template <class T>
void run_fold(Fold fold, bool mean, const Array& x, const Shape& axes, Array& y) {
  const Plan plan(x, axes);
  if (plan.results == 0) return;
  const bool same = y.dtype() == dtype_of<T>();
  std::vector<T> converted(same ? 0 : static_cast<std::size_t>(plan.results));
  T* out = same ? static_cast<T*>(y.data()) : converted.data();
  if (plan.length == 0 || !fold_columns(fold, x, plan, out)) fold_rows(fold, x, plan, out);
  if constexpr (std::is_floating_point_v<T>) {
    if (mean) {
      for (std::int64_t i = 0; i < plan.results; ++i) out[i] /= static_cast<T>(plan.length);
    }
  }
  if (!same) store(y, Walk(y.shape(), y.strides()), 0, plan.results, dtype_of<T>(), out);
}

template <class S>
const Axes* axes_of(const Op& op) {
  const S* s = ops::as<S>(op);
  return s ? &s->axes : nullptr;
}

void run_reduce(const Kernel& kernel, Inputs x, Array& y) {
  const Op& op = *kernel.op;
  Fold fold = Fold::sum;
  const Axes* axes = axes_of<ops::Sum>(op);
  const bool mean = !axes && (axes = axes_of<ops::Mean>(op));
  if (!axes && (axes = axes_of<ops::Max>(op))) fold = Fold::max;
  if (!axes && (axes = axes_of<ops::Min>(op))) fold = Fold::min;
  const Array& a = x[0].array();
  const Shape gone = checked_axes(op.info().name, *axes, static_cast<std::int64_t>(a.shape().size()));
  switch (y.dtype()) {
    case Dtype::f32: return run_fold<float>(fold, mean, a, gone, y);
    case Dtype::f64: return run_fold<double>(fold, mean, a, gone, y);
    default: return run_fold<std::int64_t>(fold, mean, a, gone, y);
  }
}

// The place of the largest, or of the smallest, in each row.
template <bool largest, class T>
void extreme_places(const Array& x, const Plan& plan, std::int64_t* out) {
  const Reader reader(x, plan.rows(), dtype_of<T>());
  Scratch scratch;
  for (std::int64_t row = 0; row < plan.results; ++row) {
    std::int64_t best = 0;
    T value{};
    bool nan = false;
    for (std::int64_t first = 0; first < plan.length && !nan; first += tile_size) {
      const std::int64_t count = std::min(tile_size, plan.length - first);
      const T* tile = static_cast<const T*>(reader.tile(row * plan.length + first, count, scratch.bytes));
      for (std::int64_t i = 0; i < count && !nan; ++i) {
        nan = tile[i] != tile[i];
        if (first + i > 0 && !nan && !(largest ? tile[i] > value : tile[i] < value)) continue;
        best = first + i;
        value = tile[i];
      }
    }
    out[row] = best;
  }
}

template <bool largest>
void run_places(const Kernel& kernel, Inputs x, Array& y) {
  using S = std::conditional_t<largest, ops::Argmax, ops::Argmin>;
  const Array& a = x[0].array();
  const Plan plan(a, {checked_axis(S::name, ops::as<S>(*kernel.op)->axis, x[0].rank())});
  auto* out = static_cast<std::int64_t*>(y.data());
  if (a.dtype() == Dtype::f32) extreme_places<largest, float>(a, plan, out);
  else if (a.dtype() == Dtype::f64) extreme_places<largest, double>(a, plan, out);
  else extreme_places<largest, std::int64_t>(a, plan, out);
}

}  // namespace

std::unique_ptr<Task> reduce_task(const Op& op, Inputs x, const Ref<Array>& y) {
  const Axes* axes = axes_of<ops::Sum>(op);
  const bool mean = !axes && (axes = axes_of<ops::Mean>(op));
  const Array& a = x[0].array();
  if (!axes || a.dtype() != y->dtype() || !a.contiguous() || a.numel() == 0 || a.numel() > 32 * tile_size) return nullptr;
  // The axes that go are the first ones, or the last.
  const Shape gone = checked_axes(op.info().name, *axes, x[0].rank());
  const auto rank = a.shape().size();
  bool first = true, last = true;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    first &= gone[i] == static_cast<std::int64_t>(i);
    last &= gone[i] == static_cast<std::int64_t>(rank - gone.size() + i);
  }
  const std::int64_t results = y->numel(), length = a.numel() / results;
  if (length > leaf_size || !(first || last)) return nullptr;
  if (y->dtype() != Dtype::f32 && y->dtype() != Dtype::f64) return nullptr;
  return small_sum(x[0].array_ref(), y, results, length, !last, mean);
}

Kernel prepare_reduce(const Op& op, Inputs, const Array&) {
  if (ops::as<ops::Argmax>(op)) return {&run_places<true>, &op};
  if (ops::as<ops::Argmin>(op)) return {&run_places<false>, &op};
  const bool ours = ops::as<ops::Sum>(op) || ops::as<ops::Mean>(op) || ops::as<ops::Max>(op) || ops::as<ops::Min>(op);
  return ours ? Kernel{&run_reduce, &op} : Kernel{};
}

}  // namespace gradus::cpu
