// Kernels for arrays that lie in one vector: elements are picked by tables of lanes, so that results are stored whole. What is stored
// in pieces cannot be read back as a vector before it has reached the cache, and a tiny step would wait for that at every turn.
#pragma once
#include <cstdint>
#include <type_traits>

namespace gradus::cpu {

// Inputs are read, and results written, as whole vectors. A table has `lanes` entries for each result vector that is picked.
template <class T>
struct SmallKernels {
  using Lane = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  std::int64_t lanes;
  // y[e] = x[at[e]]
  void (*pick)(const T* x, const Lane* at, T* y);
  // y[e] = sum over p < k, in order, of a[at_a[p, e]] * b[at_b[p, e]]
  void (*product)(std::int64_t k, const T* a, const Lane* at_a, const T* b, const Lane* at_b, T* y);
  // y[e] = sum over p < n of x[at[p, e]], in the order of a leaf (see RowKernels), over `divisor`; n is at most 16
  void (*sum)(std::int64_t n, const T* x, const Lane* at, T divisor, T* y);
};

template <class T>
const SmallKernels<T>& small_kernels();

}  // namespace gradus::cpu
