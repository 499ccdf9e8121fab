#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/row_kernels.hpp"

#include <gradus/lang.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/row_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {

using cpu::accumulators;
using cpu::Fold;

// clang-format off
struct SumOf {
  template <class V> static HWY_ATTR HWY_INLINE V combine(V a, V b) { return a + b; }
  template <class T> static constexpr T neutral() { return T(0); }
};
struct MaxOf {
  template <class V> static HWY_ATTR HWY_INLINE V combine(V a, V b) { return max(a, b); }
  template <class T> static constexpr T neutral() { return -std::numeric_limits<T>::infinity(); }
};
struct MinOf {
  template <class V> static HWY_ATTR HWY_INLINE V combine(V a, V b) { return min(a, b); }
  template <class T> static constexpr T neutral() { return std::numeric_limits<T>::infinity(); }
};
// clang-format on

// The 16 accumulators as packs, however many lanes a pack has.
template <class F, class T>
struct Accumulators {
  using V = Pack<T>;
  static constexpr int packs = accumulators >= V::lanes ? accumulators / V::lanes : 1;
  static_assert(V::lanes <= accumulators, "a pack holds more lanes than there are accumulators");
  V sum[packs];

  HWY_ATTR HWY_INLINE Accumulators() {
    for (V& s : sum) s = V(F::template neutral<T>());
  }
  HWY_ATTR HWY_INLINE void add(const T* x) {
    for (int p = 0; p < packs; ++p) sum[p] = F::combine(sum[p], V::load(x + p * V::lanes));
  }
  HWY_ATTR HWY_INLINE void add(const Accumulators& other) {
    for (int p = 0; p < packs; ++p) sum[p] = F::combine(sum[p], other.sum[p]);
  }
  HWY_ATTR HWY_INLINE T total() const {
    if constexpr (std::is_same_v<F, SumOf>) return HWY_NAMESPACE::total(sum);
    alignas(64) T s[accumulators];
    for (int p = 0; p < packs; ++p) sum[p].store(s + p * V::lanes);
    for (int half = accumulators / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; ++j) s[j] = F::combine(lang::Scalar<T>(s[j]), lang::Scalar<T>(s[j + half])).value;
    }
    return s[0];
  }
};

template <class F, class T>
struct Leaf {
  static HWY_ATTR T row(const T* x, std::int64_t n) {
    Accumulators<F, T> acc;
    std::int64_t i = 0;
    if constexpr (!std::is_same_v<F, SumOf>) {  // the order of a maximum is free: four at a time
      if (n >= 4 * accumulators) {
        Accumulators<F, T> more[3];
        for (; i + 4 * accumulators <= n; i += 4 * accumulators) {
          acc.add(x + i);
          for (int k = 0; k < 3; ++k) more[k].add(x + i + (k + 1) * accumulators);
        }
        for (const Accumulators<F, T>& m : more) acc.add(m);
      }
    }
    for (; i + accumulators <= n; i += accumulators) acc.add(x + i);
    if (i < n) {
      alignas(64) T rest[accumulators];
      for (T& r : rest) r = F::template neutral<T>();
      std::memcpy(rest, x + i, static_cast<std::size_t>(n - i) * sizeof(T));
      acc.add(rest);
    }
    return acc.total();
  }

  static HWY_ATTR void columns(const T* x, std::int64_t stride, std::int64_t rows, std::int64_t columns, T* out) {
    constexpr std::int64_t lanes = Pack<T>::lanes;
    std::int64_t c = 0;
    for (; rows >= 128 && c + 4 * lanes <= columns; c += 4 * lanes) four_packs(x + c, stride, rows, out + c);
    for (; c < columns; c += lanes) one_pack(x + c, stride, rows, out + c);
  }
  static HWY_ATTR HWY_INLINE void one_pack(const T* x, std::int64_t stride, std::int64_t rows, T* out) {
    using V = Pack<T>;
    V sum[accumulators];
    for (V& s : sum) s = V(F::template neutral<T>());
    std::int64_t r = 0;
    for (; r + accumulators <= rows; r += accumulators) {
      for (int j = 0; j < accumulators; ++j) sum[j] = F::combine(sum[j], V::load(x + (r + j) * stride));
    }
    for (int j = 0; r + j < rows; ++j) sum[j] = F::combine(sum[j], V::load(x + (r + j) * stride));
    for (int half = accumulators / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; ++j) sum[j] = F::combine(sum[j], sum[j + half]);
    }
    sum[0].store(out);
  }
  // Long pieces of few rows at once, as memory likes it: four accumulators of each column are in registers, the others take their turn later.
  static HWY_ATTR void four_packs(const T* x, std::int64_t stride, std::int64_t rows, T* out) {
    using V = Pack<T>;
    constexpr int packs = 4, at_once = 4;
    V sum[accumulators][packs];
    for (int first = 0; first < accumulators; first += at_once) {
      V part[at_once][packs];
      for (auto& row : part) {
        for (V& s : row) s = V(F::template neutral<T>());
      }
      std::int64_t r = first;
      for (; r + at_once <= rows; r += accumulators) {
#pragma GCC unroll 4
        for (int j = 0; j < at_once; ++j) {
#pragma GCC unroll 4
          for (int p = 0; p < packs; ++p) part[j][p] = F::combine(part[j][p], V::load(x + (r + j) * stride + p * V::lanes));
        }
      }
#pragma GCC unroll 4
      for (int j = 0; j < at_once; ++j) {
#pragma GCC unroll 4
        for (int p = 0; p < packs; ++p) sum[first + j][p] = r + j < rows ? F::combine(part[j][p], V::load(x + (r + j) * stride + p * V::lanes)) : part[j][p];
      }
    }
    for (int half = accumulators / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; ++j) {
        for (int p = 0; p < packs; ++p) sum[j][p] = F::combine(sum[j][p], sum[j + half][p]);
      }
    }
    for (int p = 0; p < packs; ++p) sum[0][p].store(out + p * V::lanes);
  }
};

template <class T>
struct Kernels {
  static HWY_ATTR T leaf(Fold fold, const T* x, std::int64_t n) {
    if (fold == Fold::sum) return Leaf<SumOf, T>::row(x, n);
    return fold == Fold::max ? Leaf<MaxOf, T>::row(x, n) : Leaf<MinOf, T>::row(x, n);
  }
  static HWY_ATTR void leaf_columns(Fold fold, const T* x, std::int64_t stride, std::int64_t rows, std::int64_t columns, T* out) {
    if (fold == Fold::sum) Leaf<SumOf, T>::columns(x, stride, rows, columns, out);
    else if (fold == Fold::max) Leaf<MaxOf, T>::columns(x, stride, rows, columns, out);
    else Leaf<MinOf, T>::columns(x, stride, rows, columns, out);
  }
  // Four packs of 16 accumulators, so that one addition need not wait for the one before it.
  static HWY_ATTR T exp_sum(const T* x, T shift, T* y, std::int64_t n) {
    using V = Pack<T>;
    constexpr int wide = 4 * accumulators, packs = wide / V::lanes;
    V sum[packs];
    std::int64_t i = 0;
    for (; i + wide <= n; i += wide) {
      for (int p = 0; p < packs; ++p) {
        const V e = exp(V::load(x + i + p * V::lanes) - V(shift));
        e.store(y + i + p * V::lanes);
        sum[p] = sum[p] + e;
      }
    }
    for (int p = 0; i < n; ++p, i += V::lanes) {
      alignas(64) T rest[V::lanes], zeros[V::lanes] = {};
      (exp(V::load(x + i) - V(shift))).store(rest);
      const auto bytes = static_cast<std::size_t>(std::min<std::int64_t>(V::lanes, n - i)) * sizeof(T);
      std::memcpy(y + i, rest, bytes);
      std::memcpy(zeros, rest, bytes);
      sum[p] = sum[p] + V::load(zeros);
    }
    return total(sum);
  }
  static HWY_ATTR void store_part(Pack<T> v, T* to, std::int64_t n) {
    alignas(64) T lanes[Pack<T>::lanes];
    v.store(lanes);
    std::memcpy(to, lanes, static_cast<std::size_t>(n) * sizeof(T));
  }
  static HWY_ATTR void affine(const T* x, T scale, T shift, T* y, std::int64_t n) {
    using V = Pack<T>;
    std::int64_t i = 0;
    for (; i + V::lanes <= n; i += V::lanes) (V::load(x + i) * V(scale) + V(shift)).store(y + i);
    if (i < n) store_part(V::load(x + i) * V(scale) + V(shift), y + i, n - i);
  }
  static HWY_ATTR void stream(const T* x, T* y, std::int64_t n) {
    using V = Pack<T>;
    const std::int64_t whole = n / V::lanes * V::lanes;
    for (std::int64_t i = 0; i < whole; i += V::lanes) V::load(x + i).stream(y + i);
    std::memcpy(y + whole, x + whole, static_cast<std::size_t>(n - whole) * sizeof(T));
  }
  static HWY_ATTR void slopes(const T* p, const T* x, T shift, T* y, std::int64_t n) {
    using V = Pack<T>;
    std::int64_t i = 0;
    for (; i + V::lanes <= n; i += V::lanes) (V::load(p + i) * (V::load(x + i) - V(shift))).store(y + i);
    if (i < n) store_part(V::load(p + i) * (V::load(x + i) - V(shift)), y + i, n - i);
  }
  static HWY_ATTR void add(T* y, T scale, const T* x, std::int64_t n) {
    using V = Pack<T>;
    std::int64_t i = 0;
    for (; i + V::lanes <= n; i += V::lanes) (V::load(y + i) * V(scale) + V::load(x + i)).store(y + i);
    if (i < n) store_part(V::load(y + i) * V(scale) + V::load(x + i), y + i, n - i);
  }
  static HWY_ATTR T dot(const T* x, const T* y, std::int64_t n) {
    using V = Pack<T>;
    Accumulators<SumOf, T> acc;
    alignas(64) T products[accumulators];
    for (std::int64_t i = 0; i < n; i += accumulators) {
      const std::int64_t count = std::min<std::int64_t>(accumulators, n - i);
      if (count < accumulators) {
        for (T& p : products) p = 0;
        for (std::int64_t j = 0; j < count; ++j) products[j] = x[i + j] * y[i + j];
      } else {
        for (int j = 0; j < accumulators; j += V::lanes) (V::load(x + i + j) * V::load(y + i + j)).store(products + j);
      }
      acc.add(products);
    }
    return acc.total();
  }

  static HWY_ATTR void softmax(std::int64_t m, std::int64_t n, const T* x, T* e, std::int64_t step, T* top, T* sum) {
    using V = Pack<T>;
    const typename V::Tag d;
    const std::int64_t whole = n / V::lanes * V::lanes;
    const auto rest = hn::FirstN(d, static_cast<std::size_t>(n - whole));
    for (std::int64_t r = 0; r < m; ++r, x += n, e += step) {
      auto most = hn::Set(d, MaxOf::neutral<T>());
      for (std::int64_t i = 0; i < whole; i += V::lanes) most = hn::Max(most, hn::LoadU(d, x + i));
      if (whole < n) most = hn::IfThenElse(rest, hn::Max(most, hn::LoadU(d, x + whole)), most);
      const V shift(hn::MaxOfLanes(d, most));
      Accumulators<SumOf, T> acc;
      for (std::int64_t i = 0; i < n; i += accumulators) {
#pragma GCC unroll 16
        for (int p = 0; p < Accumulators<SumOf, T>::packs; ++p) {
          const std::int64_t at = i + p * V::lanes;
          if (at >= n) break;
          V one = exp(V::load(x + at) - shift);
          if (at == whole) one = V(hn::IfThenElseZero(rest, one.raw));
          one.store(e + at);
          acc.sum[p] = acc.sum[p] + one;
        }
      }
      top[r] = hn::GetLane(shift.raw);
      sum[r] = acc.total();
    }
  }
  static HWY_ATTR void affines(std::int64_t m, std::int64_t n, const T* x, std::int64_t step, const T* scale, T* y) {
    for (std::int64_t r = 0; r < m; ++r) affine(x + r * step, scale[r], T(0), y + r * n, n);
  }
  static HWY_ATTR void losses(std::int64_t n, const T* top, const T* sum, const T* x, T* y) {
    using V = Pack<T>;
    for (std::int64_t i = 0; i < n; i += V::lanes) (log(V::load(sum + i)) - (V::load(x + i) - V::load(top + i))).store(y + i);
  }

  static constexpr cpu::RowKernels<T> all{&leaf, &leaf_columns, &exp_sum, &affine, &stream, &slopes, &add, &dot, &softmax, &affines, &losses};
};

}  // namespace
const cpu::RowKernels<float>* get_row_f32() { return &Kernels<float>::all; }
const cpu::RowKernels<double>* get_row_f64() { return &Kernels<double>::all; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_row_f32);
HWY_EXPORT(get_row_f64);
namespace cpu {

template <>
const RowKernels<float>& row_kernels() {
  static const RowKernels<float>* kernels = GRADUS_DISPATCH(get_row_f32);
  return *kernels;
}
template <>
const RowKernels<double>& row_kernels() {
  static const RowKernels<double>* kernels = GRADUS_DISPATCH(get_row_f64);
  return *kernels;
}

}  // namespace cpu
}  // namespace gradus
#endif
