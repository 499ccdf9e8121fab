#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/norm_kernels.hpp"

#include <gradus/lang.hpp>

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/norm_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {

constexpr int wide = 64;  // accumulators of a sum: enough packs to hide the latency of an addition

template <class T>
struct Sum {
  using V = Pack<T>;
  static constexpr int packs = wide / V::lanes;
  V part[packs];

  HWY_ATTR HWY_INLINE Sum() {}
  HWY_ATTR HWY_INLINE void add(int p, V x) { part[p] = part[p] + x; }
  HWY_ATTR HWY_INLINE T total() const { return HWY_NAMESPACE::total(part); }
};

// Calls step(p, x, g, w) for the packs of a row, p being the number of the accumulator. At the end of the row x is filled up with
// `rest`, g and w with 0, so that these lanes add nothing.
template <class T, class Step>
HWY_ATTR HWY_INLINE void each_pack(const T* x, const T* g, const T* w, std::int64_t n, T rest, Step& step) {
  using V = Pack<T>;
  std::int64_t i = 0;
  for (; i + wide <= n; i += wide) {
    for (int p = 0; p < Sum<T>::packs; ++p) {
      const std::int64_t at = i + p * V::lanes;
      step.run(p, V::load(x + at), g ? V::load(g + at) : V(), w ? V::load(w + at) : V(1));
    }
  }
  if (i == n) return;
  alignas(64) T tx[wide], tg[wide] = {}, tw[wide] = {};
  for (T& t : tx) t = rest;
  const auto bytes = static_cast<std::size_t>(n - i) * sizeof(T);
  std::memcpy(tx, x + i, bytes);
  if (g) std::memcpy(tg, g + i, bytes);
  if (w) std::memcpy(tw, w + i, bytes);
  for (int p = 0; p < Sum<T>::packs; ++p) {
    const int at = p * V::lanes;
    step.run(p, V::load(tx + at), V::load(tg + at), w ? V::load(tw + at) : V(1));
  }
}

template <class T>
struct Plain {
  Sum<T> sum;
  HWY_ATTR HWY_INLINE Plain() {}
  HWY_ATTR HWY_INLINE void run(int p, Pack<T> x, Pack<T>, Pack<T>) { sum.add(p, x); }
};
template <class T>
struct Squares {
  Pack<T> mean;
  Sum<T> sum;
  HWY_ATTR HWY_INLINE explicit Squares(T m) : mean(m) {}
  HWY_ATTR HWY_INLINE void run(int p, Pack<T> x, Pack<T>, Pack<T>) { sum.add(p, square(x - mean)); }
};
// What the gradient needs of a row: its squares, the sum of g w, and that of g w times the centred x.
template <class T>
struct Slopes {
  Pack<T> mean;
  Sum<T> squares, slopes, products;
  HWY_ATTR HWY_INLINE explicit Slopes(T m) : mean(m) {}
  HWY_ATTR HWY_INLINE void run(int p, Pack<T> x, Pack<T> g, Pack<T> w) {
    const Pack<T> c = x - mean, gw = g * w;
    squares.add(p, square(c));
    slopes.add(p, gw);
    products.add(p, gw * c);
  }
};

template <class T>
struct Kernels {
  using V = Pack<T>;

  static HWY_ATTR T mean_of(const T* x, std::int64_t n, bool centred) {
    if (!centred) return 0;
    Plain<T> plain;
    each_pack<T>(x, nullptr, nullptr, n, T(0), plain);
    return plain.sum.total() / static_cast<T>(n);
  }
  static HWY_ATTR T inverse_root(T x) { return 1 / sqrt(lang::Scalar<T>(x)).value; }

  static HWY_ATTR void forward(const T* x, std::int64_t n, bool centred, T eps, const T* w, const T* b, T* y, bool far) {
    const T mean = mean_of(x, n, centred);
    Squares<T> squares(mean);
    each_pack<T>(x, nullptr, nullptr, n, mean, squares);
    const V m(mean), r(inverse_root(squares.sum.total() / static_cast<T>(n) + eps));
    const auto at = [&](std::int64_t i) HWY_ATTR {
      V v = (V::load(x + i) - m) * r;
      if (w) v = v * V::load(w + i);
      if (b) v = v + V::load(b + i);
      return v;
    };
    write(at, y, n, far);
  }

  static HWY_ATTR void backward(const T* x, const T* g, std::int64_t n, bool centred, T eps, const T* w, T* dx, T* dw, T* db, bool far) {
    const T mean = mean_of(x, n, centred);
    Slopes<T> sums(mean);
    each_pack<T>(x, g, w, n, mean, sums);
    const T count = static_cast<T>(n), root = inverse_root(sums.squares.total() / count + eps);
    const V m(mean), r(root), shift(centred ? sums.slopes.total() / count : T(0)), pull(sums.products.total() / count * root * root);
    const auto at = [&](std::int64_t i) HWY_ATTR {
      const V c = V::load(x + i) - m, slope = V::load(g + i), gw = w ? slope * V::load(w + i) : slope;
      if (dw) (V::load(dw + i) + slope * (c * r)).store(dw + i);
      if (db) (V::load(db + i) + slope).store(db + i);
      return (gw - shift - c * pull) * r;
    };
    write(at, dx, n, far);
  }

  template <class At>
  static HWY_ATTR HWY_INLINE void write(const At& at, T* to, std::int64_t n, bool far) {
    std::int64_t i = 0;
    if (far) {
      for (; i < n; i += V::lanes) at(i).stream(to + i);
      return;
    }
    for (; i + V::lanes <= n; i += V::lanes) at(i).store(to + i);
    if (i < n) part(at(i), to + i, n - i);
  }
  static HWY_ATTR void part(V v, T* to, std::int64_t n) {
    alignas(64) T lanes[V::lanes];
    v.store(lanes);
    std::memcpy(to, lanes, static_cast<std::size_t>(n) * sizeof(T));
  }

  static constexpr cpu::NormKernels<T> all{&forward, &backward};
};

}  // namespace
const cpu::NormKernels<float>* get_norm_f32() { return &Kernels<float>::all; }
const cpu::NormKernels<double>* get_norm_f64() { return &Kernels<double>::all; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_norm_f32);
HWY_EXPORT(get_norm_f64);
namespace cpu {

template <>
const NormKernels<float>& norm_kernels() {
  static const NormKernels<float>* kernels = GRADUS_DISPATCH(get_norm_f32);
  return *kernels;
}
template <>
const NormKernels<double>& norm_kernels() {
  static const NormKernels<double>* kernels = GRADUS_DISPATCH(get_norm_f64);
  return *kernels;
}

}  // namespace cpu
}  // namespace gradus
#endif
