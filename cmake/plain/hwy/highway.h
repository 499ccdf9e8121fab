// Stands in for Highway in a plain build (GRADUS_PLAIN): the part of it that the kernels use, on the vector types of GCC and Clang.
// A vector has 16 bytes, which the compiler maps to what the machine has, or takes apart. There is one target and no dispatch.
// Names and meanings are Highway's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#define HWY_SCALAR 1
#define HWY_AVX2 2
#define HWY_AVX3 4
#define HWY_PLAIN 8
#define HWY_TARGET HWY_PLAIN
#define HWY_TARGETS HWY_PLAIN
#define HWY_STATIC_TARGET HWY_PLAIN
#define HWY_NAMESPACE N_PLAIN
#ifdef __aarch64__
#define HWY_ARCH_ARM_A64 1
#else
#define HWY_ARCH_ARM_A64 0
#endif
#define HWY_ONCE 1
#define HWY_NATIVE_FMA 0  // Pack asks the scalar language for it, lane by lane
#define HWY_ATTR
#define HWY_INLINE inline __attribute__((always_inline))
#define HWY_RESTRICT __restrict__
#define HWY_BEFORE_NAMESPACE() static_assert(true)
#define HWY_AFTER_NAMESPACE() static_assert(true)
#define HWY_LANES(T) (16 / static_cast<int>(sizeof(T)))
#define HWY_EXPORT(function) static_assert(true)
#define HWY_DYNAMIC_DISPATCH(function) HWY_NAMESPACE::function

namespace hwy {

inline std::int64_t SupportedTargets() { return HWY_TARGETS; }
inline void DisableTargets(std::int64_t) {}
inline const char* TargetName(std::int64_t) { return "plain"; }

namespace HWY_NAMESPACE {

template <class T, int n>
struct Simd {
  using Lane = T;
  static constexpr int lanes = n;
  typedef T Raw __attribute__((vector_size(sizeof(T) * n)));
};
template <class T>
using ScalableTag = Simd<T, HWY_LANES(T)>;
template <class T, int most>
using CappedTag = Simd<T, most < HWY_LANES(T) ? most : HWY_LANES(T)>;
template <class T, int n>
using FixedTag = Simd<T, n>;
template <class T, class D>
using Rebind = Simd<T, D::lanes>;
template <class T, class D>
using Repartition = Simd<T, D::lanes * static_cast<int>(sizeof(typename D::Lane)) / static_cast<int>(sizeof(T))>;
template <class D>
using Half = Simd<typename D::Lane, (D::lanes + 1) / 2>;
template <class D>
using RebindToSigned = Rebind<std::conditional_t<sizeof(typename D::Lane) == 8, std::int64_t, std::int32_t>, D>;

template <class D>
using Vec = typename D::Raw;
template <class D>
using Mask = decltype(Vec<D>() == Vec<D>());  // integers as wide as the lanes: 0 or -1
template <class V>
using LaneOf = std::remove_cvref_t<decltype(V()[0])>;
template <class V>
inline constexpr int lanes_of = sizeof(V) / sizeof(LaneOf<V>);

template <class D>
constexpr std::size_t MaxLanes(D) {
  return D::lanes;
}

// clang-format off
template <class D> HWY_INLINE Vec<D> Zero(D) { return Vec<D>{}; }
template <class D, class N> HWY_INLINE Vec<D> Set(D, N number) { return static_cast<typename D::Lane>(number) - Vec<D>{}; }  // keeps -0
template <class V> HWY_INLINE V Add(V a, V b) { return a + b; }
template <class V> HWY_INLINE V Sub(V a, V b) { return a - b; }
template <class V> HWY_INLINE V Mul(V a, V b) { return a * b; }
template <class V> HWY_INLINE V Div(V a, V b) { return a / b; }
template <class V> HWY_INLINE V Neg(V a) { return -a; }
template <class V> HWY_INLINE auto Eq(V a, V b) { return a == b; }
template <class V> HWY_INLINE auto Lt(V a, V b) { return a < b; }
template <class V> HWY_INLINE auto Le(V a, V b) { return a <= b; }
template <class V> HWY_INLINE auto Gt(V a, V b) { return a > b; }
template <class V> HWY_INLINE auto Ge(V a, V b) { return a >= b; }
template <class V> HWY_INLINE auto IsNaN(V a) { return a != a; }
template <class V> HWY_INLINE V And(V a, V b) { return a & b; }
template <class V> HWY_INLINE V Or(V a, V b) { return a | b; }
template <class V> HWY_INLINE V Xor(V a, V b) { return a ^ b; }
template <class V> HWY_INLINE V Not(V a) { return ~a; }
template <int n, class V> HWY_INLINE V ShiftLeft(V a) { return a << n; }
template <int n, class V> HWY_INLINE V ShiftRight(V a) { return a >> n; }
template <class M, class V> HWY_INLINE V IfThenElse(M m, V a, V b) { return m ? a : b; }
template <class M, class V> HWY_INLINE V IfThenElseZero(M m, V a) { return m ? a : V{}; }
template <class V> HWY_INLINE V Max(V a, V b) { return a > b ? a : b; }
template <class D, class V> HWY_INLINE Vec<D> BitCast(D, V a) { return (Vec<D>)a; }
template <class D, class M> HWY_INLINE Mask<D> RebindMask(D, M m) { return (Mask<D>)m; }
template <class V> HWY_INLINE LaneOf<V> GetLane(V a) { return a[0]; }
// clang-format on

// Lane by lane; the compiler makes vectors of the loops.
template <class D>
HWY_INLINE Vec<D> LoadU(D, const typename D::Lane* from) {
  Vec<D> a;
  __builtin_memcpy(&a, from, sizeof a);
  return a;
}
template <class D>
HWY_INLINE void StoreU(Vec<D> a, D, typename D::Lane* to) {
  __builtin_memcpy(to, &a, sizeof a);
}
template <class D>
HWY_INLINE void Stream(Vec<D> a, D d, typename D::Lane* to) {
  StoreU(a, d, to);
}
template <class D>
HWY_INLINE void LoadInterleaved2(D, const typename D::Lane* from, Vec<D>& even, Vec<D>& odd) {
  for (int i = 0; i < D::lanes; ++i) even[i] = from[2 * i], odd[i] = from[2 * i + 1];
}
template <class D>
HWY_INLINE void StoreInterleaved2(Vec<D> even, Vec<D> odd, D, typename D::Lane* to) {
  for (int i = 0; i < D::lanes; ++i) to[2 * i] = even[i], to[2 * i + 1] = odd[i];
}
template <class D, class I>
HWY_INLINE Vec<Rebind<I, D>> SetTableIndices(D, const I* from) {
  return LoadU(Rebind<I, D>(), from);
}
template <class V, class I>
HWY_INLINE V TableLookupLanes(V a, I at) {
  V picked;
  for (int i = 0; i < lanes_of<V>; ++i) picked[i] = a[at[i]];
  return picked;
}
template <class D, class V>
HWY_INLINE Vec<D> LowerHalf(D, V a) {
  Vec<D> half;
  for (int i = 0; i < D::lanes; ++i) half[i] = a[i];
  return half;
}
template <class D, class V>
HWY_INLINE Vec<D> UpperHalf(D, V a) {
  Vec<D> half;
  for (int i = 0; i < D::lanes; ++i) half[i] = a[D::lanes + i];
  return half;
}
// The lanes of two vectors by turns, from the lower halves and from the upper ones.
template <class D, class V>
HWY_INLINE V InterleaveLower(D, V a, V b) {
  V y;
  for (int i = 0; i < D::lanes; ++i) y[i] = i % 2 ? b[i / 2] : a[i / 2];
  return y;
}
template <class D, class V>
HWY_INLINE V InterleaveUpper(D, V a, V b) {
  V y;
  for (int i = 0; i < D::lanes; ++i) y[i] = i % 2 ? b[(D::lanes + i) / 2] : a[(D::lanes + i) / 2];
  return y;
}
template <class D, class V>
HWY_INLINE V ConcatLowerLower(D, V high, V low) {
  for (int i = 0; i < D::lanes / 2; ++i) low[D::lanes / 2 + i] = high[i];
  return low;
}
template <class D, class V>
HWY_INLINE V ConcatUpperUpper(D, V high, V low) {
  for (int i = 0; i < D::lanes / 2; ++i) high[i] = low[D::lanes / 2 + i];
  return high;
}
template <class V>
HWY_INLINE V Xor3(V a, V b, V c) {
  return Xor(Xor(a, b), c);
}
template <class V>
HWY_INLINE V Abs(V a) {
  using Word = std::conditional_t<sizeof(LaneOf<V>) == 8, std::uint64_t, std::uint32_t>;
  const Simd<Word, lanes_of<V>> words;
  return (V)(BitCast(words, a) & static_cast<Word>(~Word{0} >> 1));
}
template <class V>
HWY_INLINE V Sqrt(V a) {
  for (int i = 0; i < lanes_of<V>; ++i) a[i] = sizeof(LaneOf<V>) == 8 ? __builtin_sqrt(a[i]) : __builtin_sqrtf(static_cast<float>(a[i]));
  return a;
}
template <class M>
HWY_INLINE bool any_of(M m) {
  bool any = false;
  for (int i = 0; i < lanes_of<M>; ++i) any |= m[i] != 0;
  return any;
}
template <class D, class M>
HWY_INLINE bool AllFalse(D, M m) {
  return !any_of(m);
}
template <class D>
HWY_INLINE Mask<D> FirstN(D, std::size_t n) {
  Mask<D> m;
  for (int i = 0; i < D::lanes; ++i) m[i] = static_cast<std::size_t>(i) < n ? -1 : 0;
  return m;
}
template <class D, class N>
HWY_INLINE Vec<D> Iota(D, N first) {
  Vec<D> a;
  for (int i = 0; i < D::lanes; ++i) a[i] = static_cast<typename D::Lane>(static_cast<typename D::Lane>(first) + static_cast<typename D::Lane>(i));
  return a;
}
template <class D, class V>
HWY_INLINE Vec<D> ConvertTo(D, V a) {
  return __builtin_convertvector(a, Vec<D>);
}
template <class D, class V>
HWY_INLINE Vec<D> PromoteTo(D, V a) {
  return __builtin_convertvector(a, Vec<D>);
}
// To what fits: too large numbers become the largest.
template <class D, class V>
HWY_INLINE Vec<D> DemoteTo(D, V a) {
  using Lane = typename D::Lane;
  static_assert(std::is_unsigned_v<Lane> && std::is_signed_v<LaneOf<V>>);
  Vec<D> y;
  for (int i = 0; i < D::lanes; ++i) y[i] = static_cast<Lane>(a[i] < 0 ? 0 : a[i] > static_cast<Lane>(-1) ? static_cast<Lane>(-1) : a[i]);
  return y;
}
// The products of the lanes 0, 2, ..., twice as wide.
template <class V>
HWY_INLINE auto MulEven(V a, V b) {
  static_assert(std::is_same_v<LaneOf<V>, std::uint32_t>);
  Vec<Simd<std::uint64_t, lanes_of<V> / 2>> y;
  for (int i = 0; i < lanes_of<V> / 2; ++i) y[i] = std::uint64_t{a[2 * i]} * b[2 * i];
  return y;
}
template <class D, class V>
HWY_INLINE V MaxOfLanes(D d, V a) {
  LaneOf<V> most = a[0];
  for (int i = 1; i < lanes_of<V>; ++i) most = most > a[i] ? most : a[i];
  return Set(d, most);
}

}  // namespace HWY_NAMESPACE
}  // namespace hwy
