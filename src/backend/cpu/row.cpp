// Fused operations along the last axis: softmax, log-softmax, cross-entropy and its gradient. Other axes are expanded.
#include <fmt/format.h>
#include <gradus/base/threads.hpp>

#include <cmath>
#include <cstring>

#include "backend/cpu/families.hpp"
#include "backend/cpu/row_kernels.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

// Rows of one element type, read in place where they lie contiguous and padded, else copied.
template <class T>
class Rows {
 public:
  explicit Rows(const Tensor& x) : n_(x.size(-1)), whole_(contiguous(cast(x, dtype_of<T>()))) {
    if (!whole_.array().buffer()->padded()) {  // memory of others cannot be read beyond its end
      Ref<Array> copy = Array::make(whole_.spec());
      std::memcpy(copy->data(), whole_.array().data(), static_cast<std::size_t>(whole_.numel()) * sizeof(T));
      whole_ = Tensor(std::move(copy));
    }
    data_ = static_cast<const T*>(whole_.array().data());
  }
  std::int64_t length() const { return n_; }
  const T* operator[](std::int64_t i) const { return data_ + i * n_; }

 private:
  std::int64_t n_;
  Tensor whole_;
  const T* data_;
};

std::int64_t row_grain(std::int64_t n) { return std::max<std::int64_t>(1, 8 * tile_size / std::max<std::int64_t>(n, 1)); }

// A buffer for one row with room for whole vectors. Rows of the output are written through it: a vector written past the end
// of a row would fall on the next one, which another thread may have finished.
template <class T>
struct RowScratch {
  Ref<Buffer> buffer;
  T* data;
  explicit RowScratch(std::int64_t n) : buffer(Buffer::make(static_cast<std::size_t>(n) * sizeof(T))), data(reinterpret_cast<T*>(buffer->data())) {}
};

// max, and e = exp(x - max) with its sum. A row of -inf only gives NaN, as 0 / 0 does.
template <class T>
struct RowSoftmax {
  T max, sum;
  RowSoftmax(const T* x, std::int64_t n, T* e) : max(fold_row(Fold::max, x, n)), sum(row_kernels<T>().exp_sum(x, max, e, n)) {}
};

template <class T>
void run_softmax(const Kernel& kernel, Inputs x, Array& y) {
  const bool log_form = ops::as<ops::LogSoftmax>(*kernel.op);
  const Rows<T> rows(x[0]);
  const std::int64_t n = rows.length();
  if (y.numel() == 0) return;
  T* out = static_cast<T*>(y.data());
  parallel_for(y.numel() / n, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    RowScratch<T> e(n);
    for (std::int64_t i = begin; i < end; ++i) {
      const RowSoftmax<T> s(rows[i], n, e.data);
      if (log_form) {
        row_kernels<T>().affine(rows[i], T(1), -s.max, e.data, n);
        const T log_sum = log(lang::Scalar<T>(s.sum)).value;
        for (std::int64_t j = 0; j < n; ++j) e.data[j] -= log_sum;
      } else {
        for (std::int64_t j = 0; j < n; ++j) e.data[j] /= s.sum;
      }
      std::memcpy(out + i * n, e.data, static_cast<std::size_t>(n) * sizeof(T));
    }
  });
}

std::vector<std::int64_t> checked_targets(const Tensor& target, std::int64_t classes) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(target.numel()));
  const Array& a = target.array();
  load(a, Walk::broadcast(a, a.shape()), 0, a.numel(), Dtype::i64, out.data());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] < 0 || out[i] >= classes) {
      fail<ValueError>("cross_entropy", fmt::format("target {} in row {} is outside 0..{}", out[i], i, classes - 1), "class numbers count from 0");
    }
  }
  return out;
}

template <class T>
void run_cross_entropy(const Kernel& kernel, Inputs x, Array& y) {
  const Rows<T> rows(x[0]);
  const std::int64_t n = rows.length();
  const auto target = checked_targets(x[1], n);
  const auto smoothing = static_cast<T>(ops::as<ops::CrossEntropy>(*kernel.op)->label_smoothing);
  T* out = static_cast<T*>(y.data());
  parallel_for(y.numel(), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    RowScratch<T> e(n);
    for (std::int64_t i = begin; i < end; ++i) {
      const RowSoftmax<T> s(rows[i], n, e.data);
      // Differences from the largest logit first: sums with it would lose the digits that matter.
      const T log_sum = log(lang::Scalar<T>(s.sum)).value;
      T loss = log_sum - (rows[i][target[static_cast<std::size_t>(i)]] - s.max);
      if (smoothing != 0) {
        row_kernels<T>().affine(rows[i], T(1), -s.max, e.data, n);
        const T mean = fold_row(Fold::sum, e.data, n) / static_cast<T>(n);
        loss = (T(1) - smoothing) * loss + smoothing * (log_sum - mean);
      }
      out[i] = loss;
    }
  });
}

template <class T>
void run_cross_entropy_grad(const Kernel& kernel, Inputs x, Array& y) {
  if (y.numel() == 0) return;
  const Rows<T> rows(x[0]);
  const std::int64_t n = rows.length();
  const auto target = checked_targets(x[1], n);
  const Tensor slopes = contiguous(cast(x[2], dtype_of<T>()));
  const T* g = static_cast<const T*>(slopes.array().data());
  const auto smoothing = static_cast<T>(ops::as<ops::CrossEntropyGrad>(*kernel.op)->label_smoothing);
  T* out = static_cast<T*>(y.data());
  parallel_for(y.numel() / n, row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    RowScratch<T> e(n);
    for (std::int64_t i = begin; i < end; ++i) {
      const RowSoftmax<T> s(rows[i], n, e.data);
      row_kernels<T>().affine(e.data, g[i] / s.sum, -g[i] * smoothing / static_cast<T>(n), e.data, n);
      e.data[target[static_cast<std::size_t>(i)]] -= g[i] * (T(1) - smoothing);
      std::memcpy(out + i * n, e.data, static_cast<std::size_t>(n) * sizeof(T));
    }
  });
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
  if (ops::as<ops::CrossEntropy>(op)) return {f32 ? &run_cross_entropy<float> : &run_cross_entropy<double>, &op};
  if (ops::as<ops::CrossEntropyGrad>(op)) return {f32 ? &run_cross_entropy_grad<float> : &run_cross_entropy_grad<double>, &op};
  if (const Kernel kernel = prepare_norm(op, x, y); kernel.run) return kernel;
  return prepare_attention(op, x, y);
}

}  // namespace gradus::cpu
