// Kernels along rows: reductions and softmax, compiled once for each instruction set.
#pragma once
#include <cstdint>

namespace gradus::cpu {

enum class Fold : int { sum, max, min };

inline constexpr std::int64_t leaf_size = 1024;  // elements that one set of 16 accumulators takes
inline constexpr int accumulators = 16;

// For one element type. Rows are contiguous; inputs may be read, and outputs written, up to 64 bytes past their end.
template <class T>
struct RowKernels {
  // The fold of up to leaf_size elements: 16 interleaved accumulators, then a tree.
  T (*leaf)(Fold fold, const T* x, std::int64_t n);
  // The same for `columns` neighbouring columns at once: rows of x are `stride` apart, `rows` is at most leaf_size.
  void (*leaf_columns)(Fold fold, const T* x, std::int64_t stride, std::int64_t rows, std::int64_t columns, T* out);
  // y = exp(x - shift), and the sum of all of it; writes n elements and no more, so y may be x.
  T (*exp_sum)(const T* x, T shift, T* y, std::int64_t n);
  // y = x * scale + shift; writes n elements and no more
  void (*affine)(const T* x, T scale, T shift, T* y, std::int64_t n);
  // y = x, past the caches: for what nobody reads soon. y is aligned to 64 bytes and not written past its end.
  void (*stream)(const T* x, T* y, std::int64_t n);
  // y = p * (x - shift); y = y * scale + x. Write n elements and no more.
  void (*slopes)(const T* p, const T* x, T shift, T* y, std::int64_t n);
  void (*add)(T* y, T scale, const T* x, std::int64_t n);
  T (*dot)(const T* x, const T* y, std::int64_t n);
  // For each of m rows of n: top, the largest; e = exp(x - top); and the sum of e. Rows of e are `step` apart, and are written in whole
  // vectors.
  void (*softmax)(std::int64_t m, std::int64_t n, const T* x, T* e, std::int64_t step, T* top, T* sum);
  // The rows of y, n long, = x times the scale of the row.
  void (*affines)(std::int64_t m, std::int64_t n, const T* x, std::int64_t step, const T* scale, T* y);
  // y = log(sum) - (x - top), in whole vectors. The difference comes first: a sum with the largest would lose the digits that matter.
  void (*losses)(std::int64_t n, const T* top, const T* sum, const T* x, T* y);
};

template <class T>
const RowKernels<T>& row_kernels();

// Folds the results of `n` leaves in place by a binary tree: neighbours first, a last one without a partner moves up.
template <class T>
T fold_leaves(Fold fold, T* leaves, std::int64_t n);

// The fold of n contiguous elements; over no elements the neutral one.
template <class T>
T fold_row(Fold fold, const T* x, std::int64_t n);

}  // namespace gradus::cpu
