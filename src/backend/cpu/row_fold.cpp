// Folds of whole rows, leaf by leaf, and of integers.
#include <gradus/lang.hpp>

#include <algorithm>
#include <vector>

#include "backend/cpu/row_kernels.hpp"

namespace gradus::cpu {

namespace {
template <class T>
T combine(Fold fold, T a, T b) {
  using lang::Scalar;
  if (fold == Fold::sum) return (Scalar<T>(a) + Scalar<T>(b)).value;
  return fold == Fold::max ? max(Scalar<T>(a), Scalar<T>(b)).value : min(Scalar<T>(a), Scalar<T>(b)).value;
}

// Integers need no order of summing and no leaves.
std::int64_t integer_leaf(Fold fold, const std::int64_t* x, std::int64_t n) {
  std::int64_t acc = fold == Fold::sum ? 0 : fold == Fold::max ? INT64_MIN : INT64_MAX;
  for (std::int64_t i = 0; i < n; ++i) acc = combine(fold, acc, x[i]);
  return acc;
}
void integer_columns(Fold fold, const std::int64_t* x, std::int64_t stride, std::int64_t rows, std::int64_t columns, std::int64_t* out) {
  for (std::int64_t c = 0; c < columns; ++c) {
    out[c] = integer_leaf(fold, nullptr, 0);
    for (std::int64_t r = 0; r < rows; ++r) out[c] = combine(fold, out[c], x[r * stride + c]);
  }
}
constexpr RowKernels<std::int64_t> integer_kernels{&integer_leaf, &integer_columns, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
}  // namespace

template <>
const RowKernels<std::int64_t>& row_kernels() {
  return integer_kernels;
}

template <class T>
T fold_leaves(Fold fold, T* leaves, std::int64_t n) {
  if (n == 0) return row_kernels<T>().leaf(fold, nullptr, 0);
  for (; n > 1; n = (n + 1) / 2) {
    for (std::int64_t i = 0; i < n / 2; ++i) leaves[i] = combine(fold, leaves[2 * i], leaves[2 * i + 1]);
    if (n % 2) leaves[n / 2] = leaves[n - 1];
  }
  return leaves[0];
}

template <class T>
T fold_row(Fold fold, const T* x, std::int64_t n) {
  const RowKernels<T>& kernels = row_kernels<T>();
  if (n <= leaf_size) return kernels.leaf(fold, x, n);
  std::vector<T> leaves(static_cast<std::size_t>((n + leaf_size - 1) / leaf_size));
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::int64_t first = static_cast<std::int64_t>(i) * leaf_size;
    leaves[i] = kernels.leaf(fold, x + first, std::min(leaf_size, n - first));
  }
  return fold_leaves(fold, leaves.data(), static_cast<std::int64_t>(leaves.size()));
}

template float fold_leaves(Fold, float*, std::int64_t);
template double fold_leaves(Fold, double*, std::int64_t);
template std::int64_t fold_leaves(Fold, std::int64_t*, std::int64_t);
template float fold_row(Fold, const float*, std::int64_t);
template double fold_row(Fold, const double*, std::int64_t);
template std::int64_t fold_row(Fold, const std::int64_t*, std::int64_t);

}  // namespace gradus::cpu
