// Fused operations along the last axis: softmax, log-softmax, cross-entropy and its gradient. Other axes are expanded.
#include <fmt/format.h>
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <limits>

#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {


// Up to 16 rows at a time: their largest elements, e = exp(x - largest), and the sums of that. A row of -inf only gives NaN, as 0 / 0
// does. Long rows are summed in leaves.
template <class T>
struct Softmax {
  static constexpr std::int64_t most = 16, short_row = 256;
  const std::int64_t n, step;
  const Work<T> e;
  T top[most + slack], sum[most + slack];
  explicit Softmax(std::int64_t length) : n(length), step((n + accumulators - 1) / accumulators * accumulators), e(most * step) {}
  void take(const T* x, std::int64_t rows) {
    if (n <= short_row) return row_kernels<T>().softmax(rows, n, x, e.data(), step, top, sum);
    for (std::int64_t r = 0; r < rows; ++r) {
      top[r] = fold_row(Fold::max, x + r * n, n);
      sum[r] = row_kernels<T>().exp_sum(x + r * n, top[r], row(r), n);
    }
  }
  T* row(std::int64_t r) const { return e.data() + r * step; }
};

// Calls f(softmax, first row, rows) for groups of rows.
template <class T, class F>
void each_group(std::int64_t rows, std::int64_t n, const T* x, F&& f) {
  constexpr std::int64_t most = Softmax<T>::most;
  parallel_for((rows + most - 1) / most, Cost(4 * n * most), [&](std::int64_t begin, std::int64_t end) {
    Softmax<T> softmax(n);
    for (std::int64_t i = begin * most; i < std::min(rows, end * most); i += most) {
      const std::int64_t count = std::min(most, rows - i);
      softmax.take(x + i * n, count);
      f(softmax, i, count);
    }
  });
}

template <class T>
void run_softmax(const Kernel& kernel, Inputs x, Array& y) {
  const bool log_form = ops::as<ops::LogSoftmax>(*kernel.op);
  const std::int64_t n = x[0].size(-1);
  if (y.numel() == 0) return;
  const Dense<T> rows(x[0].array());
  DenseResult<T> out(y);
  each_group(y.numel() / n, n, rows.data(), [&](Softmax<T>& s, std::int64_t i, std::int64_t count) {
    for (std::int64_t r = 0; r < count && log_form; ++r) {  // differences from the largest first: sums with it would lose the digits that matter
      row_kernels<T>().affine(rows.data() + (i + r) * n, T(1), -s.top[r], s.row(r), n);
      row_kernels<T>().affine(s.row(r), T(1), -log(lang::Scalar<T>(s.sum[r])).value, out.data() + (i + r) * n, n);
    }
    if (log_form) return;
    for (std::int64_t r = 0; r < count; ++r) s.sum[r] = T(1) / s.sum[r];
    row_kernels<T>().affines(count, n, s.e.data(), s.step, s.sum, out.data() + i * n);
  });
  out.finish();
}

template <class T>
void run_softmax_grad(const Kernel& kernel, Inputs x, Array& y) {
  const bool log_form = ops::as<ops::SoftmaxGrad>(*kernel.op)->log_form;
  if (y.numel() == 0) return;
  const std::int64_t n = x[0].size(-1);
  const Dense<T> results(x[0].array()), slopes(x[1].array());
  DenseResult<T> out(y);
  const RowKernels<T>& kernels = row_kernels<T>();
  parallel_for(y.numel() / n, Cost(4 * n), [&](std::int64_t begin, std::int64_t end) {
    const Work<T> e(log_form ? n : 0);
    for (std::int64_t i = begin; i < end; ++i) {
      const T *row = results.data() + i * n, *g = slopes.data() + i * n;
      T* to = out.data() + i * n;
      if (log_form) {
        kernels.exp_sum(row, T(0), e.data(), n);
        kernels.affine(e.data(), -fold_row(Fold::sum, g, n), T(0), to, n);
        kernels.add(to, T(1), g, n);
      } else {
        T sum = 0;  // in leaves, so that long rows lose no digits
        for (std::int64_t k = 0; k < n; k += leaf_size) sum += kernels.dot(row + k, g + k, std::min(leaf_size, n - k));
        kernels.slopes(row, g, sum, to, n);
      }
    }
  });
  out.finish();
}

// The targets of all rows, none outside the classes.
struct Targets {
  Dense<std::int64_t> target;
  std::int64_t classes;
  Targets(const Tensor& t, std::int64_t n) : target(t.array()), classes(n) {
    for (std::int64_t i = 0; i < t.numel(); ++i) {
      if (const std::int64_t at = target.data()[i]; at < 0 || at >= classes) {
        fail<ValueError>("cross_entropy", fmt::format("target {} in row {} is outside 0..{}", at, i, classes - 1), "class numbers count from 0");
      }
    }
  }
  std::int64_t operator[](std::int64_t i) const { return target.data()[i]; }
};

template <class T>
void run_cross_entropy(const Kernel& kernel, Inputs x, Array& y) {
  const std::int64_t n = x[0].size(-1);
  const Dense<T> rows(x[0].array());
  const Targets target(x[1], n);
  const auto smoothing = static_cast<T>(ops::as<ops::CrossEntropy>(*kernel.op)->label_smoothing);
  DenseResult<T> out(y);
  each_group(y.numel(), n, rows.data(), [&](Softmax<T>& s, std::int64_t i, std::int64_t count) {
    T at[Softmax<T>::most + slack], loss[Softmax<T>::most + slack];
    for (std::int64_t r = 0; r < count; ++r) at[r] = rows.data()[(i + r) * n + target[i + r]];
    row_kernels<T>().losses(count, s.top, s.sum, at, loss);
    for (std::int64_t r = 0; r < count && smoothing != 0; ++r) {
      row_kernels<T>().affine(rows.data() + (i + r) * n, T(1), -s.top[r], s.row(r), n);
      const T mean = fold_row(Fold::sum, s.row(r), n) / static_cast<T>(n);
      loss[r] = (T(1) - smoothing) * loss[r] + smoothing * (log(lang::Scalar<T>(s.sum[r])).value - mean);
    }
    std::copy_n(loss, count, out.data() + i);
  });
  out.finish();
}

template <class T>
void run_cross_entropy_grad(const Kernel& kernel, Inputs x, Array& y) {
  if (y.numel() == 0) return;
  const std::int64_t n = x[0].size(-1);
  const Dense<T> rows(x[0].array()), g(x[2].array());
  const Targets target(x[1], n);
  const auto smoothing = static_cast<T>(ops::as<ops::CrossEntropyGrad>(*kernel.op)->label_smoothing);
  DenseResult<T> out(y);
  each_group(y.numel() / n, n, rows.data(), [&](Softmax<T>& s, std::int64_t i, std::int64_t count) {
    const T* slope = g.data() + i;
    for (std::int64_t r = 0; r < count; ++r) s.sum[r] = slope[r] / s.sum[r];
    row_kernels<T>().affines(count, n, s.e.data(), s.step, s.sum, out.data() + i * n);
    for (std::int64_t r = 0; r < count; ++r) {
      T* to = out.data() + (i + r) * n;
      if (smoothing != 0) row_kernels<T>().affine(to, T(1), -slope[r] * smoothing / static_cast<T>(n), to, n);
      to[target[i + r]] -= slope[r] * (T(1) - smoothing);
    }
  });
  out.finish();
}

bool last_axis(std::int64_t axis, std::int64_t rank) { return axis == -1 || axis == rank - 1; }

}  // namespace

Kernel prepare_row(const Op& op, Inputs x, const Array& y) {
  const bool f32 = y.dtype() == Dtype::f32;
  const auto* softmax = ops::as<ops::Softmax>(op);
  const auto* log_softmax = ops::as<ops::LogSoftmax>(op);
  if (softmax || log_softmax) {
    if (!last_axis(softmax ? softmax->axis : log_softmax->axis, x[0].rank())) return {};
    return {f32 ? &run_softmax<float> : &run_softmax<double>, &op};
  }
  if (const auto* grad = ops::as<ops::SoftmaxGrad>(op)) {
    if (!last_axis(grad->axis, x[0].rank())) return {};
    return {f32 ? &run_softmax_grad<float> : &run_softmax_grad<double>, &op};
  }
  if (ops::as<ops::CrossEntropy>(op)) return {f32 ? &run_cross_entropy<float> : &run_cross_entropy<double>, &op};
  if (ops::as<ops::CrossEntropyGrad>(op)) return {f32 ? &run_cross_entropy_grad<float> : &run_cross_entropy_grad<double>, &op};
  if (const Kernel kernel = prepare_batch_norm(op, x, y); kernel.run) return kernel;
  if (const Kernel kernel = prepare_norm(op, x, y); kernel.run) return kernel;
  if (const Kernel kernel = prepare_recurrent(op, x, y); kernel.run) return kernel;
  return prepare_attention(op, x, y);
}

}  // namespace gradus::cpu
