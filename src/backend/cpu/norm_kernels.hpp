// Kernels of layer_norm and rms_norm, compiled once for each instruction set.
#pragma once
#include <cstdint>

namespace gradus::cpu {

// For one element type, one row of n elements at a time; inputs may be read 64 bytes past their end. A weight or bias of null is none.
// `far`: results go past the caches; y and dx are aligned to 64 bytes then, and n is a multiple of 16. Sums have 64 interleaved accumulators and then a tree: the same bits for every instruction set.
template <class T>
struct NormKernels {
  // y = (x - mean) / sqrt(mean((x - mean)^2) + eps) * w + b, where the mean is 0 unless `centred`. Writes n elements and no more.
  void (*forward)(const T* x, std::int64_t n, bool centred, T eps, const T* w, const T* b, T* y, bool far);
  // dx of y's gradient g; adds what the row gives to the gradients of w and b, which have room for whole vectors (null: not wanted).
  void (*backward)(const T* x, const T* g, std::int64_t n, bool centred, T eps, const T* w, T* dx, T* dw, T* db, bool far);
};

template <class T>
const NormKernels<T>& norm_kernels();

}  // namespace gradus::cpu
