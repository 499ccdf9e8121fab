// Inner loops of pools and of batch norm, compiled once for each instruction set. All run over contiguous elements unless they have a
// step, and write no element beyond their n; with a step of 2 they read one. Their order of summing does not depend on the instruction set.
#pragma once
#include <cstdint>
#include <type_traits>

namespace gradus::cpu {

template <class T>
using Place = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;  // as wide as an element

// For one element type.
template <class T>
struct ImageKernels {
  // Pools on rows, one place of the window at a time. A NaN is larger than all.
  void (*max_into)(T* y, const T* x, std::int64_t step, std::int64_t n);
  // The largest so far, and where it was: the first of equals, the last NaN. Place of x[i * step] is place0 + i * step; -1 is none yet.
  void (*max_place)(T* best, Place<T>* place, const T* x, std::int64_t step, Place<T> place0, std::int64_t n);
  void (*sum_into)(double* sum, const T* x, std::int64_t step, std::int64_t n);
  void (*scale)(T* y, const double* sum, double scale, const double* scales, std::int64_t n);  // sum * (scale * scales)
  void (*add_into)(T* y, std::int64_t step, const T* x, std::int64_t n);
  void (*add_pairs)(T* y, const T* x, std::int64_t n);  // x[i] to y[2 i] and y[2 i + 1]
  double (*sum)(const T* x, std::int64_t n);

  // Pools with channels last: one window, n channels, whose entries begin at x + at[0 .. taps). Of gradients,
  // what is there is replaced or, with `add`, added to.
  void (*max_window)(T* y, const T* x, const std::int64_t* at, std::int64_t taps, std::int64_t n);
  void (*max_window_grad)(T* dx, const T* x, const std::int64_t* at, std::int64_t taps, const T* g, std::int64_t n, bool add);
  void (*mean_window)(T* y, const T* x, const std::int64_t* at, std::int64_t taps, double scale, std::int64_t n);
  void (*mean_window_grad)(T* dx, const std::int64_t* at, std::int64_t taps, const T* g, double scale, std::int64_t n, bool add);

  // Batch norm on one plane: sums[0] += sum of x - shift, sums[1] += that of its square; sums of g, and of g (x - mean); (x - mean) a + b;
  // a (g - b - (x - mean) c).
  void (*moments)(const T* x, double shift, std::int64_t n, double* sums);
  void (*slope_sums)(const T* x, const T* g, double mean, std::int64_t n, double* sums);
  void (*normalise)(T* y, const T* x, T mean, T a, T b, std::int64_t n);
  void (*normalise_grad)(T* dx, const T* x, const T* g, T mean, T a, T b, T c, std::int64_t n);
  // The same with channels last, on rows of n channels, where the numbers of a channel, and its two sums, are in arrays of n.
  void (*moments_rows)(const T* x, const T* shift, std::int64_t rows, std::int64_t n, double* sums, double* squares);
  void (*slope_sums_rows)(const T* x, const T* g, const T* mean, std::int64_t rows, std::int64_t n, double* sums, double* products);
  void (*normalise_rows)(T* y, const T* x, const T* mean, const T* a, const T* b, std::int64_t rows, std::int64_t n);
  void (*normalise_grad_rows)(T* dx, const T* x, const T* g, const T* mean, const T* a, const T* b, const T* c, std::int64_t rows, std::int64_t n);
};

template <class T>
const ImageKernels<T>& image_kernels();

}  // namespace gradus::cpu
