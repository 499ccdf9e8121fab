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

std::int64_t row_grain(std::int64_t n) { return std::max<std::int64_t>(1, 8 * tile_size / std::max<std::int64_t>(n, 1)); }

// max, and e = exp(x - max) with its sum. A row of -inf only gives NaN, as 0 / 0 does. Short rows are copied to where whole vectors
// can be written beyond their end: treating a rest by itself would take longer than all else.
template <class T>
struct RowSoftmax {
  static constexpr std::int64_t short_row = 256;
  T max, sum;
  RowSoftmax(const T* x, std::int64_t n, T* e) : max(-std::numeric_limits<T>::infinity()) {
    if (n <= short_row) {
      std::copy_n(x, n, e);
      sum = row_kernels<T>().seen_exp(e, (n + accumulators - 1) / accumulators * accumulators, n, &max);
    } else {
      max = fold_row(Fold::max, x, n);
      sum = row_kernels<T>().exp_sum(x, max, e, n);
    }
  }
};

template <class T>
void run_softmax(const Kernel& kernel, Inputs x, Array& y) {
  const bool log_form = ops::as<ops::LogSoftmax>(*kernel.op);
  const std::int64_t n = x[0].size(-1);
  if (y.numel() == 0) return;
  const Dense<T> rows(x[0].array());
  DenseResult<T> out(y);
  parallel_for(y.numel() / n, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    const Work<T> e(n);
    for (std::int64_t i = begin; i < end; ++i) {
      const T* row = rows.data() + i * n;
      const RowSoftmax<T> s(row, n, e.data());
      if (log_form) {  // differences from the largest first: sums with it would lose the digits that matter
        row_kernels<T>().affine(row, T(1), -s.max, e.data(), n);
        row_kernels<T>().affine(e.data(), T(1), -log(lang::Scalar<T>(s.sum)).value, out.data() + i * n, n);
      } else {
        row_kernels<T>().affine(e.data(), T(1) / s.sum, T(0), out.data() + i * n, n);
      }
    }
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
  parallel_for(y.numel() / n, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
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
  parallel_for(y.numel(), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    const Work<T> e(n);
    for (std::int64_t i = begin; i < end; ++i) {
      const T* row = rows.data() + i * n;
      const RowSoftmax<T> s(row, n, e.data());
      // Differences from the largest logit first: sums with it would lose the digits that matter.
      const T log_sum = log(lang::Scalar<T>(s.sum)).value;
      T loss = log_sum - (row[target[i]] - s.max);
      if (smoothing != 0) {
        row_kernels<T>().affine(row, T(1), -s.max, e.data(), n);
        const T mean = fold_row(Fold::sum, e.data(), n) / static_cast<T>(n);
        loss = (T(1) - smoothing) * loss + smoothing * (log_sum - mean);
      }
      out.data()[i] = loss;
    }
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
  parallel_for(y.numel() / n, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    const Work<T> e(n);
    for (std::int64_t i = begin; i < end; ++i) {
      const RowSoftmax<T> s(rows.data() + i * n, n, e.data());
      const T slope = g.data()[i];
      T* to = out.data() + i * n;
      row_kernels<T>().affine(e.data(), slope / s.sum, -slope * smoothing / static_cast<T>(n), to, n);
      to[target[i]] -= slope * (T(1) - smoothing);
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
