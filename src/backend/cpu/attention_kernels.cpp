#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/attention_kernels.hpp"

#include <gradus/lang.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/attention_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {

using cpu::Rows;

// Rows of c that are summed up in registers together: with two vectors each, and two of b, they must fit.
constexpr int most_rows = HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM_A64 ? 8 : 4;

template <class T>
struct Attention {
  using V = Pack<T>;
  using Tag = typename V::Tag;
  static constexpr std::int64_t lanes = V::lanes, stripe = 2 * lanes;
  static constexpr T none = -std::numeric_limits<T>::infinity();

  // Rounded once on every target; Highway's own is only where the machine has it.
  static HWY_ATTR HWY_INLINE typename V::Raw multiply_add(typename V::Raw a, typename V::Raw b, typename V::Raw c) {
#if HWY_NATIVE_FMA
    return hn::MulAdd(a, b, c);
#else
    return fma(V(a), V(b), V(c)).raw;
#endif
  }

  template <int M, int N, bool turned>
  static HWY_ATTR void block(std::int64_t k, Rows<const T> a, Rows<const T> b, Rows<T> c, bool more) {
    const Tag d;
    typename V::Raw sum[M][N];
#pragma GCC unroll 8
    for (int i = 0; i < M; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < N; ++j) sum[i][j] = more ? hn::LoadU(d, c.data + i * c.step + j * lanes) : hn::Zero(d);
    }
    const T *x = a.data, *y = b.data;
    for (std::int64_t p = 0; p < k; ++p) {
      typename V::Raw row[N];
#pragma GCC unroll 2
      for (int j = 0; j < N; ++j) row[j] = hn::LoadU(d, y + j * lanes);
#pragma GCC unroll 8
      for (int i = 0; i < M; ++i) {
        const auto factor = hn::Set(d, turned ? x[i] : x[i * a.step]);
#pragma GCC unroll 2
        for (int j = 0; j < N; ++j) sum[i][j] = multiply_add(factor, row[j], sum[i][j]);
      }
      x += turned ? a.step : 1;
      y += b.step;
    }
#pragma GCC unroll 8
    for (int i = 0; i < M; ++i) {
#pragma GCC unroll 2
      for (int j = 0; j < N; ++j) hn::StoreU(sum[i][j], d, c.data + i * c.step + j * lanes);
    }
  }

  // Rows from i on, as many at a time as there are, then half as many.
  template <int M, int N, bool turned>
  static HWY_ATTR void strip(std::int64_t i, std::int64_t m, std::int64_t k, Rows<const T> a, Rows<const T> b, Rows<T> c, bool more) {
    for (; i + M <= m; i += M) block<M, N, turned>(k, turned ? a.from(0, i) : a.from(i), b, c.from(i), more);
    if constexpr (M > 1) {
      if (i < m) strip<M / 2, N, turned>(i, m, k, a, b, c, more);
    }
  }

  template <bool turned>
  static HWY_ATTR void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Rows<const T> a, Rows<const T> b, Rows<T> c, bool more) {
    std::int64_t j = 0;
    for (; j + lanes < n; j += stripe) strip<most_rows, 2, turned>(0, m, k, a, b.from(0, j), c.from(0, j), more);
    if (j < n) strip<most_rows, 1, turned>(0, m, k, a, b.from(0, j), c.from(0, j), more);
  }

#if HWY_TARGET == HWY_SCALAR
  static void turn(std::int64_t m, std::int64_t n, Rows<const T> x, T scale, Rows<T> to, std::int64_t width) {
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t i = 0; i < width; ++i) to.data[j * to.step + i] = i < m ? x.data[i * x.step + j] * scale : T(0);
    }
  }
#else
  // By squares that fill a 128-bit vector in each row, the smallest that these targets have.
  static HWY_ATTR void turn(std::int64_t m, std::int64_t n, Rows<const T> x, T scale, Rows<T> to, std::int64_t width) {
    constexpr int side = 16 / sizeof(T);
    const hn::FixedTag<T, side> d;
    const auto factor = hn::Set(d, scale);
    for (std::int64_t j = 0; j < n; j += side) {
      const std::int64_t left = std::min<std::int64_t>(side, n - j);
      for (std::int64_t i = 0; i < width; i += side) {
        const auto load = [&](int r) HWY_ATTR { return i + r < m ? hn::Mul(hn::LoadU(d, x.data + (i + r) * x.step + j), factor) : hn::Zero(d); };
        const auto store = [&](auto v, int r) HWY_ATTR {
          if (r < left) hn::StoreU(v, d, to.data + (j + r) * to.step + i);
        };
        const auto a = load(0), b = load(1), low = hn::InterleaveLower(d, a, b), high = hn::InterleaveUpper(d, a, b);
        if constexpr (side == 2) {
          store(low, 0), store(high, 1);
        } else {
          const auto e = load(2), f = load(3), next_low = hn::InterleaveLower(d, e, f), next_high = hn::InterleaveUpper(d, e, f);
          store(hn::ConcatLowerLower(d, next_low, low), 0), store(hn::ConcatUpperUpper(d, next_low, low), 1);
          store(hn::ConcatLowerLower(d, next_high, high), 2), store(hn::ConcatUpperUpper(d, next_high, high), 3);
        }
      }
    }
  }
#endif

  static HWY_ATTR void put(std::int64_t m, std::int64_t n, Rows<const T> x, T scale, const T* factors, Rows<T> to) {
    const std::int64_t whole = n / lanes * lanes;
    for (std::int64_t i = 0; i < m; ++i) {
      const V factor(factors ? scale * factors[i] : scale);
      const T* from = x.data + i * x.step;
      T* row = to.data + i * to.step;
      for (std::int64_t j = 0; j < whole; j += lanes) (V::load(from + j) * factor).store(row + j);
      if (whole == n) continue;
      alignas(64) T rest[lanes];
      (V::load(from + whole) * factor).store(rest);
      std::memcpy(row + whole, rest, static_cast<std::size_t>(n - whole) * sizeof(T));
    }
  }

  static void fetch(std::int64_t m, std::int64_t n, Rows<const T> x, bool written) {
    constexpr std::int64_t line = 64 / sizeof(T), most = 1 << 16;
    if (m * n > most) return;
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; j += line) written ? __builtin_prefetch(x.data + i * x.step + j, 1) : __builtin_prefetch(x.data + i * x.step + j, 0);
    }
  }

  // e^x for x up to 0; what is too small for a normal number is 0.
  static HWY_ATTR HWY_INLINE V exp_negative(V x) {
    constexpr T least = static_cast<T>(std::numeric_limits<T>::min_exponent * 0.6931471805599453);
    return select(x < least, V(0), exp_normal(x));
  }

  static HWY_ATTR void softmax(std::int64_t keys, std::int64_t whole, Rows<T> p, T* sum) {
    const Tag d;
    const auto nothing = hn::Set(d, none), place = hn::Iota(d, T(0)), next = hn::Iota(d, static_cast<T>(lanes));
    auto top = nothing, top_next = nothing;
    T* row = p.data;
    const std::int64_t common = std::min(keys, whole);
    for (std::int64_t j = 0; j < common; ++j, row += p.step) top = hn::Max(top, hn::LoadU(d, row)), top_next = hn::Max(top_next, hn::LoadU(d, row + lanes));
    for (std::int64_t j = common; j < keys; ++j, row += p.step) {
      const auto first = hn::Set(d, static_cast<T>(j - whole + 1));  // the first query that sees this key
      const auto x = hn::IfThenElse(hn::Ge(place, first), hn::LoadU(d, row), nothing), y = hn::IfThenElse(hn::Ge(next, first), hn::LoadU(d, row + lanes), nothing);
      hn::StoreU(x, d, row), hn::StoreU(y, d, row + lanes);
      top = hn::Max(top, x), top_next = hn::Max(top_next, y);
    }
    const V shift = select(V(top) == none, V(0), V(top)), shift_next = select(V(top_next) == none, V(0), V(top_next));
    V total, total_next;
    row = p.data;
    for (std::int64_t j = 0; j < keys;) {  // in parts, so that long sums lose fewer digits
      V part, part_next;
      for (const std::int64_t end = std::min<std::int64_t>(keys, j + 64); j < end; ++j, row += p.step) {
        const V x = exp_negative(V::load(row) - shift), y = exp_negative(V::load(row + lanes) - shift_next);
        x.store(row), y.store(row + lanes);
        part = part + x, part_next = part_next + y;
      }
      total = total + part, total_next = total_next + part_next;
    }
    total.store(sum), total_next.store(sum + lanes);
  }

  static HWY_ATTR void slopes(std::int64_t keys, Rows<T> p, Rows<T> d, const T* sum) {
    for (std::int64_t c = 0; c < stripe; c += lanes) {
      const V total = V::load(sum + c), factor = select(total == 0, V(0), V(1) / total);
      V mean, mean_next;
      T *weight = p.data + c, *slope = d.data + c;
      std::int64_t j = 0;
      for (; j + 2 <= keys; j += 2, weight += 2 * p.step, slope += 2 * d.step) {
        mean = V(multiply_add(V::load(weight).raw, V::load(slope).raw, mean.raw));
        mean_next = V(multiply_add(V::load(weight + p.step).raw, V::load(slope + d.step).raw, mean_next.raw));
      }
      if (j < keys) mean = V(multiply_add(V::load(weight).raw, V::load(slope).raw, mean.raw));
      mean = (mean + mean_next) * factor;
      weight = p.data + c, slope = d.data + c;
      for (j = 0; j < keys; ++j, weight += p.step, slope += d.step) {
        const V w = V::load(weight) * factor;
        w.store(weight);
        (w * (V::load(slope) - mean)).store(slope);
      }
    }
  }

  static HWY_ATTR void hide(std::int64_t keys, Rows<T> p, Rows<const T> mask, bool additive) {
    for (std::int64_t j = 0; j < keys; ++j) {
      for (std::int64_t c = 0; c < stripe; c += lanes) {
        T* at = p.data + j * p.step + c;
        const V x = V::load(at), m = V::load(mask.data + j * mask.step + c);
        (additive ? x + m : select(m != 0, x, V(none))).store(at);
      }
    }
  }
  static HWY_ATTR void drop(std::int64_t keys, Rows<const T> p, Rows<const T> keep, T scale, Rows<T> to) {
    for (std::int64_t j = 0; j < keys; ++j) {
      for (std::int64_t c = 0; c < stripe; c += lanes) {
        select(V::load(keep.data + j * keep.step + c) != 0, V::load(p.data + j * p.step + c) * V(scale), V(0)).store(to.data + j * to.step + c);
      }
    }
  }

  static constexpr cpu::AttentionKernels<T> all{stripe, &multiply<false>, &multiply<true>, &turn, &put, &fetch, &softmax, &slopes, &hide, &drop};
};

}  // namespace
const cpu::AttentionKernels<float>* get_attention_f32() { return &Attention<float>::all; }
const cpu::AttentionKernels<double>* get_attention_f64() { return &Attention<double>::all; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_attention_f32);
HWY_EXPORT(get_attention_f64);
namespace cpu {

template <>
const AttentionKernels<float>& attention_kernels() {
  static const AttentionKernels<float>* kernels = GRADUS_DISPATCH(get_attention_f32);
  return *kernels;
}
template <>
const AttentionKernels<double>& attention_kernels() {
  static const AttentionKernels<double>* kernels = GRADUS_DISPATCH(get_attention_f64);
  return *kernels;
}

}  // namespace cpu
}  // namespace gradus
#endif
