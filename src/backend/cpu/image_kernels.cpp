#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/image_kernels.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/image_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using Index = std::int64_t;
constexpr Index chunk = 64;    // channels that stay in registers or the nearest cache
constexpr int accumulators = 16;

// Most loops are left to the compiler, which makes vectors of them for each target. Steps of 1 and 2 are written out: they are what it
// has vectors for.
#define GRADUS_BY_STEP(call)          \
  if (step == 1) {                    \
    constexpr Index s = 1;            \
    call;                             \
  } else if (step == 2) {             \
    constexpr Index s = 2;            \
    call;                             \
  } else {                            \
    const Index s = step;             \
    call;                             \
  }

// 16 interleaved sums in double of what `each` gives for a vector of elements, then a tree.
template <class T>
struct Wide {
  static constexpr hn::ScalableTag<double> tag{};
  static constexpr int lanes = HWY_LANES(double), packs = accumulators / lanes;
  using V = hn::Vec<hn::ScalableTag<double>>;

  static HWY_ATTR HWY_INLINE V load(const T* x) {
    if constexpr (sizeof(T) == sizeof(double)) return hn::LoadU(tag, x);
    else return hn::PromoteTo(tag, hn::LoadU(hn::Rebind<T, hn::ScalableTag<double>>(), x));
  }
  static HWY_ATTR HWY_INLINE double total(const V* sum) {
    alignas(64) double s[accumulators];
    for (int p = 0; p < packs; ++p) hn::StoreU(sum[p], tag, s + p * lanes);
    for (int half = accumulators / 2; half > 0; half /= 2) {
      for (int j = 0; j < half; ++j) s[j] += s[j + half];
    }
    return s[0];
  }
};

template <class T>
struct Kernels {
  using P = cpu::Place<T>;

  // Calls f(tag, i) for whole vectors, and for ever smaller ones at the end.
  template <class F>
  static HWY_ATTR HWY_INLINE void walk(Index n, const F& f) {
    constexpr Index lanes = HWY_LANES(T);
    Index i = 0;
    for (; i + lanes <= n; i += lanes) f(hn::ScalableTag<T>(), i);
    if constexpr (lanes > 8) {
      if (i + 8 <= n) f(hn::CappedTag<T, 8>(), i), i += 8;
    }
    if constexpr (lanes > 4) {
      if (i + 4 <= n) f(hn::CappedTag<T, 4>(), i), i += 4;
    }
    for (; i < n; ++i) f(hn::CappedTag<T, 1>(), i);
  }
  // x[i * step] for the lanes from i on; a step of more than 2 has one lane.
  template <int step, class D>
  static HWY_ATTR HWY_INLINE hn::Vec<D> stepped(D d, const T* x, Index i) {
    if constexpr (step == 1) {
      return hn::LoadU(d, x + i);
    } else if constexpr (hn::MaxLanes(d) == 1) {
      return hn::LoadU(d, x + i * step);
    } else {
      hn::Vec<D> even, odd;
      hn::LoadInterleaved2(d, x + i * step, even, odd);
      return even;
    }
  }
  template <class M>
  static HWY_ATTR HWY_INLINE auto larger(M v, M best) { return hn::Or(hn::Gt(v, best), hn::IsNaN(v)); }  // Ne is false for a NaN

  template <int step>
  static HWY_ATTR void max_by(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, Index n) {
    walk(n, [&](auto d, Index i) HWY_ATTR {
      const auto v = stepped<step>(d, x, i), best = hn::LoadU(d, y + i);
      hn::StoreU(hn::IfThenElse(larger(v, best), v, best), d, y + i);
    });
  }
  static HWY_ATTR void max_into(T* y, const T* x, Index step, Index n) {
    if (step == 1) return max_by<1>(y, x, n);
    if (step == 2) return max_by<2>(y, x, n);
    for (Index i = 0; i < n; ++i) max_by<1>(y + i, x + i * step, 1);
  }
  template <int step>
  static HWY_ATTR void place_by(T* HWY_RESTRICT best, P* HWY_RESTRICT place, const T* HWY_RESTRICT x, P place0, Index n) {
    walk(n, [&](auto d, Index i) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> di;
      const auto v = stepped<step>(d, x, i), before = hn::LoadU(d, best + i);
      const auto was = hn::LoadU(di, place + i);
      const auto take = hn::Or(larger(v, before), hn::RebindMask(d, hn::Lt(was, hn::Zero(di))));
      const auto here = hn::Add(hn::Set(di, place0 + static_cast<P>(i * step)), hn::ShiftLeft<step - 1>(hn::Iota(di, 0)));
      hn::StoreU(hn::IfThenElse(take, v, before), d, best + i);
      hn::StoreU(hn::IfThenElse(hn::RebindMask(di, take), here, was), di, place + i);
    });
  }
  static HWY_ATTR void max_place(T* best, P* place, const T* x, Index step, P place0, Index n) {
    if (step == 1) return place_by<1>(best, place, x, place0, n);
    if (step == 2) return place_by<2>(best, place, x, place0, n);
    for (Index i = 0; i < n; ++i) place_by<1>(best + i, place + i, x + i * step, place0 + static_cast<P>(i * step), 1);
  }
  static HWY_ATTR void sum_into(double* HWY_RESTRICT sum, const T* HWY_RESTRICT x, Index step, Index n) {
    GRADUS_BY_STEP(for (Index i = 0; i < n; ++i) sum[i] += static_cast<double>(x[i * s]);)
  }
  static HWY_ATTR void scale(T* HWY_RESTRICT y, const double* HWY_RESTRICT sum, double by, const double* HWY_RESTRICT scales, Index n) {
    for (Index i = 0; i < n; ++i) y[i] = static_cast<T>(sum[i] * (by * scales[i]));
  }
  static HWY_ATTR void add_into(T* HWY_RESTRICT y, Index step, const T* HWY_RESTRICT x, Index n) {
    GRADUS_BY_STEP(for (Index i = 0; i < n; ++i) y[i * s] += x[i];)
  }
  static HWY_ATTR void add_pairs(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, Index n) {
    walk(n, [&](auto d, Index i) HWY_ATTR {
      const auto v = hn::LoadU(d, x + i);
      if constexpr (hn::MaxLanes(d) == 1) {
        hn::StoreU(hn::Add(hn::LoadU(d, y + 2 * i), v), d, y + 2 * i);
        hn::StoreU(hn::Add(hn::LoadU(d, y + 2 * i + 1), v), d, y + 2 * i + 1);
      } else {
        hn::Vec<decltype(d)> even, odd;
        hn::LoadInterleaved2(d, y + 2 * i, even, odd);
        hn::StoreInterleaved2(hn::Add(even, v), hn::Add(odd, v), d, y + 2 * i);
      }
    });
  }
  static HWY_ATTR double sum(const T* x, Index n) {
    double sums[2] = {0, 0};
    moments(x, 0, n, sums);
    return sums[0];
  }

  static HWY_ATTR void max_window(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, const Index* at, Index taps, Index n) {
    walk(n, [&](auto d, Index i) HWY_ATTR {
      auto best = hn::LoadU(d, x + at[0] + i);
      for (Index t = 1; t < taps; ++t) {
        const auto v = hn::LoadU(d, x + at[t] + i);
        best = hn::IfThenElse(larger(v, best), v, best);
      }
      hn::StoreU(best, d, y + i);
    });
  }
  static HWY_ATTR void max_window_grad(T* HWY_RESTRICT dx, const T* HWY_RESTRICT x, const Index* at, Index taps, const T* HWY_RESTRICT g, Index n, bool add) {
    walk(n, [&](auto d, Index i) HWY_ATTR {
      const hn::RebindToSigned<decltype(d)> di;
      auto best = hn::LoadU(d, x + at[0] + i);
      auto place = hn::Zero(di);
      for (Index t = 1; t < taps; ++t) {
        const auto v = hn::LoadU(d, x + at[t] + i);
        const auto take = larger(v, best);
        best = hn::IfThenElse(take, v, best);
        place = hn::IfThenElse(hn::RebindMask(di, take), hn::Set(di, static_cast<P>(t)), place);
      }
      const auto slope = hn::LoadU(d, g + i);
      for (Index t = 0; t < taps; ++t) {
        T* to = dx + at[t] + i;
        const auto here = hn::RebindMask(d, hn::Eq(place, hn::Set(di, static_cast<P>(t))));
        const auto v = hn::IfThenElseZero(here, slope);
        hn::StoreU(add ? hn::Add(hn::LoadU(d, to), v) : v, d, to);
      }
    });
  }
  static HWY_ATTR void mean_window(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, const Index* at, Index taps, double by, Index n) {
    using W = Wide<T>;
    Index c = 0;
    for (; c + accumulators <= n; c += accumulators) {
      typename W::V total[W::packs];
      for (int p = 0; p < W::packs; ++p) total[p] = hn::Zero(W::tag);
      for (Index t = 0; t < taps; ++t) {
        for (int p = 0; p < W::packs; ++p) total[p] = hn::Add(total[p], W::load(x + at[t] + c + p * W::lanes));
      }
      alignas(64) double sums[accumulators];
      for (int p = 0; p < W::packs; ++p) hn::StoreU(total[p], W::tag, sums + p * W::lanes);
      for (Index j = 0; j < accumulators; ++j) y[c + j] = static_cast<T>(sums[j] * by);
    }
    for (; c < n; ++c) {
      double total = 0;
      for (Index t = 0; t < taps; ++t) total += static_cast<double>(x[at[t] + c]);
      y[c] = static_cast<T>(total * by);
    }
  }
  static HWY_ATTR void mean_window_grad(T* HWY_RESTRICT dx, const Index* at, Index taps, const T* HWY_RESTRICT g, double by, Index n, bool add) {
    for (Index c = 0; c < n; c += chunk) {
      const Index m = std::min(chunk, n - c);
      T slope[chunk];
      for (Index i = 0; i < m; ++i) slope[i] = static_cast<T>(static_cast<double>(g[c + i]) * by);
      for (Index t = 0; t < taps; ++t) {
        if (add) add_into(dx + at[t] + c, 1, slope, m);
        else std::copy_n(slope, m, dx + at[t] + c);
      }
    }
  }

  static HWY_ATTR void moments(const T* x, double shift, Index n, double* sums) {
    using W = Wide<T>;
    typename W::V first[W::packs], second[W::packs];
    for (int p = 0; p < W::packs; ++p) first[p] = second[p] = hn::Zero(W::tag);
    const auto from = hn::Set(W::tag, shift);
    Index i = 0;
    for (; i + accumulators <= n; i += accumulators) {
      for (int p = 0; p < W::packs; ++p) {
        const auto d = hn::Sub(W::load(x + i + p * W::lanes), from);
        first[p] = hn::Add(first[p], d);
        second[p] = hn::Add(second[p], hn::Mul(d, d));
      }
    }
    double a = 0, b = 0;
    for (; i < n; ++i) {
      const double d = static_cast<double>(x[i]) - shift;
      a += d;
      b += d * d;
    }
    sums[0] += W::total(first) + a;
    sums[1] += W::total(second) + b;
  }
  static HWY_ATTR void slope_sums(const T* x, const T* g, double mean, Index n, double* sums) {
    using W = Wide<T>;
    typename W::V first[W::packs], second[W::packs];
    for (int p = 0; p < W::packs; ++p) first[p] = second[p] = hn::Zero(W::tag);
    const auto from = hn::Set(W::tag, mean);
    Index i = 0;
    for (; i + accumulators <= n; i += accumulators) {
      for (int p = 0; p < W::packs; ++p) {
        const auto d = hn::Sub(W::load(x + i + p * W::lanes), from), slope = W::load(g + i + p * W::lanes);
        first[p] = hn::Add(first[p], slope);
        second[p] = hn::Add(second[p], hn::Mul(slope, d));
      }
    }
    double a = 0, b = 0;
    for (; i < n; ++i) {
      a += static_cast<double>(g[i]);
      b += static_cast<double>(g[i]) * (static_cast<double>(x[i]) - mean);
    }
    sums[0] += W::total(first) + a;
    sums[1] += W::total(second) + b;
  }
  static HWY_ATTR void normalise(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, T mean, T a, T b, Index n) {
    for (Index i = 0; i < n; ++i) y[i] = (x[i] - mean) * a + b;
  }
  static HWY_ATTR void normalise_grad(T* HWY_RESTRICT dx, const T* HWY_RESTRICT x, const T* HWY_RESTRICT g, T mean, T a, T b, T c, Index n) {
    for (Index i = 0; i < n; ++i) dx[i] = a * (g[i] - b - (x[i] - mean) * c);
  }

  static HWY_ATTR void moments_rows(const T* HWY_RESTRICT x, const T* HWY_RESTRICT shift, Index rows, Index n, double* HWY_RESTRICT sums, double* HWY_RESTRICT squares) {
    Index r = 0;
    for (; r + 4 <= rows; r += 4) {
      const T* HWY_RESTRICT a = x + r * n;
      for (Index c = 0; c < n; ++c) {
        const double k = static_cast<double>(shift[c]);
        const double d0 = static_cast<double>(a[c]) - k, d1 = static_cast<double>(a[n + c]) - k, d2 = static_cast<double>(a[2 * n + c]) - k, d3 = static_cast<double>(a[3 * n + c]) - k;
        sums[c] += (d0 + d1) + (d2 + d3);
        squares[c] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
      }
    }
    for (; r < rows; ++r) {
      for (Index c = 0; c < n; ++c) {
        const double d = static_cast<double>(x[r * n + c]) - static_cast<double>(shift[c]);
        sums[c] += d;
        squares[c] += d * d;
      }
    }
  }
  static HWY_ATTR void slope_sums_rows(const T* HWY_RESTRICT x, const T* HWY_RESTRICT g, const T* HWY_RESTRICT mean, Index rows, Index n, double* HWY_RESTRICT sums, double* HWY_RESTRICT products) {
    Index r = 0;
    for (; r + 4 <= rows; r += 4) {
      const T *HWY_RESTRICT a = x + r * n, *HWY_RESTRICT b = g + r * n;
      for (Index c = 0; c < n; ++c) {
        const double k = static_cast<double>(mean[c]);
        const double g0 = static_cast<double>(b[c]), g1 = static_cast<double>(b[n + c]), g2 = static_cast<double>(b[2 * n + c]), g3 = static_cast<double>(b[3 * n + c]);
        const double d0 = static_cast<double>(a[c]) - k, d1 = static_cast<double>(a[n + c]) - k, d2 = static_cast<double>(a[2 * n + c]) - k, d3 = static_cast<double>(a[3 * n + c]) - k;
        sums[c] += (g0 + g1) + (g2 + g3);
        products[c] += (g0 * d0 + g1 * d1) + (g2 * d2 + g3 * d3);
      }
    }
    for (; r < rows; ++r) {
      for (Index c = 0; c < n; ++c) {
        const double slope = static_cast<double>(g[r * n + c]);
        sums[c] += slope;
        products[c] += slope * (static_cast<double>(x[r * n + c]) - static_cast<double>(mean[c]));
      }
    }
  }
  static HWY_ATTR void normalise_rows(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, const T* HWY_RESTRICT mean, const T* HWY_RESTRICT a, const T* HWY_RESTRICT b, Index rows, Index n) {
    for (Index r = 0; r < rows; ++r) {
      for (Index c = 0; c < n; ++c) y[r * n + c] = (x[r * n + c] - mean[c]) * a[c] + b[c];
    }
  }
  static HWY_ATTR void normalise_grad_rows(T* HWY_RESTRICT dx, const T* HWY_RESTRICT x, const T* HWY_RESTRICT g, const T* HWY_RESTRICT mean, const T* HWY_RESTRICT a, const T* HWY_RESTRICT b,
                                           const T* HWY_RESTRICT k, Index rows, Index n) {
    for (Index r = 0; r < rows; ++r) {
      for (Index c = 0; c < n; ++c) dx[r * n + c] = a[c] * (g[r * n + c] - b[c] - (x[r * n + c] - mean[c]) * k[c]);
    }
  }

  static constexpr cpu::ImageKernels<T> all{&max_into,    &max_place,        &sum_into, &scale,      &add_into,  &add_pairs, &sum,            &max_window,   &max_window_grad, &mean_window,
                                            &mean_window_grad, &moments, &slope_sums, &normalise, &normalise_grad, &moments_rows, &slope_sums_rows, &normalise_rows, &normalise_grad_rows};
};

}  // namespace
const cpu::ImageKernels<float>* get_image_f32() { return &Kernels<float>::all; }
const cpu::ImageKernels<double>* get_image_f64() { return &Kernels<double>::all; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_image_f32);
HWY_EXPORT(get_image_f64);
namespace cpu {

template <>
const ImageKernels<float>& image_kernels() {
  static const ImageKernels<float>* kernels = GRADUS_DISPATCH(get_image_f32);
  return *kernels;
}
template <>
const ImageKernels<double>& image_kernels() {
  static const ImageKernels<double>* kernels = GRADUS_DISPATCH(get_image_f64);
  return *kernels;
}

}  // namespace cpu
}  // namespace gradus
#endif
