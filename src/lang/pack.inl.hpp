// Pack: one SIMD vector of lanes of a formula. No include guard and no #include of Highway: the includer has
// included it (after lang/targets.hpp) and gradus/lang.hpp, and stands inside
// HWY_BEFORE_NAMESPACE(); namespace gradus { namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// GCC does not carry the region's target into members and friends of a class template; without the attribute
// they would be compiled for the baseline, with another calling convention.
#define GRADUS_PACK HWY_INLINE HWY_ATTR

template <class T>
class Pack;

template <class T>
class PackMask {
 public:
  using Raw = hn::Mask<hn::ScalableTag<T>>;
  Raw raw;
  GRADUS_PACK explicit PackMask(Raw mask) : raw(mask) {}

  friend GRADUS_PACK PackMask operator&(PackMask a, PackMask b) { return PackMask(hn::And(a.raw, b.raw)); }
  friend GRADUS_PACK PackMask operator|(PackMask a, PackMask b) { return PackMask(hn::Or(a.raw, b.raw)); }
  friend GRADUS_PACK PackMask operator!(PackMask a) { return PackMask(hn::Not(a.raw)); }
  friend GRADUS_PACK bool any(PackMask a) { return !hn::AllFalse(hn::ScalableTag<T>(), a.raw); }
  friend GRADUS_PACK Pack<T> select(PackMask c, Pack<T> a, Pack<T> b) {
    return Pack<T>(hn::IfThenElse(c.raw, a.raw, b.raw));
  }
};

// The bits of the lanes, for math.inl.hpp.
template <class T>
class PackBits {
 public:
  using Word = typename lang::Layout<T>::Word;
  using Tag = hn::ScalableTag<Word>;
  using Raw = hn::Vec<Tag>;
  Raw raw;
  GRADUS_PACK explicit PackBits(Word word) : raw(hn::Set(Tag(), word)) {}
  GRADUS_PACK explicit PackBits(Raw words) : raw(words) {}

  friend GRADUS_PACK PackBits operator+(PackBits a, PackBits b) { return PackBits(hn::Add(a.raw, b.raw)); }
  friend GRADUS_PACK PackBits operator-(PackBits a, PackBits b) { return PackBits(hn::Sub(a.raw, b.raw)); }
  friend GRADUS_PACK PackBits operator&(PackBits a, PackBits b) { return PackBits(hn::And(a.raw, b.raw)); }
  friend GRADUS_PACK PackBits operator|(PackBits a, PackBits b) { return PackBits(hn::Or(a.raw, b.raw)); }
  friend GRADUS_PACK PackBits operator^(PackBits a, PackBits b) { return PackBits(hn::Xor(a.raw, b.raw)); }
  template <int n>
  friend GRADUS_PACK PackBits operator<<(PackBits a, lang::Places<n>) {
    return PackBits(hn::ShiftLeft<n>(a.raw));
  }
  template <int n>
  friend GRADUS_PACK PackBits operator>>(PackBits a, lang::Places<n>) {
    return PackBits(hn::ShiftRight<n>(a.raw));
  }
  friend GRADUS_PACK PackMask<T> same(PackBits a, PackBits b) {
    return PackMask<T>(hn::RebindMask(hn::ScalableTag<T>(), hn::Eq(a.raw, b.raw)));
  }
};

template <class T>
class Pack {
 public:
  using element = T;
  using Mask = PackMask<T>;
  using Bits = PackBits<T>;
  using Tag = hn::ScalableTag<T>;
  using Raw = hn::Vec<Tag>;
  static constexpr bool is_lane = true;
  static constexpr int lanes = HWY_LANES(T);

  Raw raw;
  GRADUS_PACK Pack() : raw(hn::Zero(Tag())) {}
  GRADUS_PACK explicit Pack(Raw values) : raw(values) {}
  template <lang::Number N>
  GRADUS_PACK Pack(N number) : raw(hn::Set(Tag(), static_cast<T>(number))) {}

  static GRADUS_PACK Pack load(const T* from) { return Pack(hn::LoadU(Tag(), from)); }
  GRADUS_PACK void store(T* to) const { hn::StoreU(raw, Tag(), to); }
  GRADUS_PACK void stream(T* to) const { hn::Stream(raw, Tag(), to); }  // aligned; past the caches

  friend GRADUS_PACK Pack operator+(Pack a, Pack b) { return Pack(hn::Add(a.raw, b.raw)); }
  friend GRADUS_PACK Pack operator-(Pack a, Pack b) { return Pack(hn::Sub(a.raw, b.raw)); }
  friend GRADUS_PACK Pack operator*(Pack a, Pack b) { return Pack(hn::Mul(a.raw, b.raw)); }
  friend GRADUS_PACK Pack operator/(Pack a, Pack b) { return Pack(hn::Div(a.raw, b.raw)); }
  friend GRADUS_PACK Pack operator-(Pack a) { return Pack(hn::Neg(a.raw)); }

  friend GRADUS_PACK Mask operator==(Pack a, Pack b) { return Mask(hn::Eq(a.raw, b.raw)); }
  friend GRADUS_PACK Mask operator!=(Pack a, Pack b) { return !(a == b); }  // hn::Ne is false for NaN on x86
  friend GRADUS_PACK Mask operator<(Pack a, Pack b) { return Mask(hn::Lt(a.raw, b.raw)); }
  friend GRADUS_PACK Mask operator<=(Pack a, Pack b) { return Mask(hn::Le(a.raw, b.raw)); }
  friend GRADUS_PACK Mask operator>(Pack a, Pack b) { return Mask(hn::Gt(a.raw, b.raw)); }
  friend GRADUS_PACK Mask operator>=(Pack a, Pack b) { return Mask(hn::Ge(a.raw, b.raw)); }

  // Vector minimum instructions differ on NaN and on signed zeros; those of x86 take b where neither is less.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  friend GRADUS_PACK Pack min(Pack a, Pack b) { return select(a == a, Pack(hn::Min(a.raw, b.raw)), a); }
  friend GRADUS_PACK Pack max(Pack a, Pack b) { return select(a == a, Pack(hn::Max(a.raw, b.raw)), a); }
  friend GRADUS_PACK Pack at_most(Pack a, Pack limit) { return Pack(hn::Min(limit.raw, a.raw)); }
  friend GRADUS_PACK Pack at_least(Pack a, Pack limit) { return Pack(hn::Max(limit.raw, a.raw)); }
#else
  friend GRADUS_PACK Pack min(Pack a, Pack b) { return select((a < b) | (a != a), a, b); }
  friend GRADUS_PACK Pack max(Pack a, Pack b) { return select((a > b) | (a != a), a, b); }
#endif
  friend GRADUS_PACK Pack abs(Pack a) { return Pack(hn::Abs(a.raw)); }
  friend GRADUS_PACK Pack sign(Pack a) { return select(a > 0, 1, select(a < 0, -1, a)); }
  friend GRADUS_PACK Pack square(Pack a) { return a * a; }
  friend GRADUS_PACK Pack sqrt(Pack a) { return Pack(hn::Sqrt(a.raw)); }
  friend GRADUS_PACK Pack pow(Pack a, Pack b) { return power(a, b); }
  friend GRADUS_PACK Pack atan2(Pack a, Pack b) { return angle_of_point(a, b); }
  friend GRADUS_PACK Pack fmod(Pack a, Pack b) { return rest_of(a, b); }
  friend GRADUS_PACK Pack remainder(Pack a, Pack b) { return rest_above(a, b); }
  friend GRADUS_PACK Pack polygamma(Pack a, Pack b) { return polygamma_of(a, b); }

#if HWY_NATIVE_FMA
  friend GRADUS_PACK Pack fma(Pack a, Pack b, Pack c) { return Pack(hn::MulAdd(a.raw, b.raw, c.raw)); }
  friend GRADUS_PACK Pack floor(Pack a) { return Pack(hn::Floor(a.raw)); }
  friend GRADUS_PACK Pack rint(Pack a) { return Pack(hn::Round(a.raw)); }
#else
  // Highway would round a * b + c twice here, and its portable floor loses the sign of zero. Slow but right,
  // so that every target gives the same bits.
  friend GRADUS_PACK Pack fma(Pack a, Pack b, Pack c) {
    alignas(64) T x[lanes], y[lanes], z[lanes];
    a.store(x), b.store(y), c.store(z);
    for (int i = 0; i < lanes; ++i) z[i] = fma(lang::Scalar<T>(x[i]), y[i], z[i]).value;
    return load(z);
  }
  friend GRADUS_PACK Pack floor(Pack a) { return each_lane(scalar_floor, a); }
  friend GRADUS_PACK Pack rint(Pack a) { return each_lane(scalar_rint, a); }
#endif

  // For math.inl.hpp.
#if HWY_TARGET == HWY_AVX3
  // times 2^n, where n holds integers; rounded once, subnormal or not
  GRADUS_PACK Pack times_power_of_two(Pack n) const {
    if constexpr (sizeof(T) == 4) return Pack(Raw{_mm512_scalef_ps(raw.raw, n.raw.raw)});
    else return Pack(Raw{_mm512_scalef_pd(raw.raw, n.raw.raw)});
  }
#endif
  // The sum of the lanes: the upper half onto the lower one, again and again.
  GRADUS_PACK T total() const { return total_of(Tag(), raw); }

  friend GRADUS_PACK Bits bits(Pack a) { return Bits(hn::BitCast(typename Bits::Tag(), a.raw)); }
  static GRADUS_PACK Pack from_bits(Bits b) { return Pack(hn::BitCast(Tag(), b.raw)); }
  friend GRADUS_PACK Pack each_lane(T (*function)(T), Pack a) {
    alignas(64) T x[lanes];
    a.store(x);
    for (T& value : x) value = function(value);
    return load(x);
  }
  friend GRADUS_PACK Pack each_lane(T (*function)(T, T), Pack a, Pack b) {
    alignas(64) T x[lanes], y[lanes];
    a.store(x), b.store(y);
    for (int i = 0; i < lanes; ++i) x[i] = function(x[i], y[i]);
    return load(x);
  }

 private:
  template <class D>
  static GRADUS_PACK T total_of([[maybe_unused]] D d, hn::Vec<D> v) {
#if HWY_TARGET != HWY_SCALAR
    if constexpr (hn::MaxLanes(D()) > 1) {
      const hn::Half<D> half;
      return total_of(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
    }
#endif
    return hn::GetLane(v);
  }
  static T scalar_floor(T x) { return floor(lang::Scalar<T>(x)).value; }
  static T scalar_rint(T x) { return rint(lang::Scalar<T>(x)).value; }
};

// The sum of all lanes of a power of two of packs: the upper half onto the lower one, again and again, whatever the number of lanes.
template <int packs, class T>
GRADUS_PACK T total(const Pack<T> (&x)[packs]) {
  Pack<T> sum[packs];
  for (int p = 0; p < packs; ++p) sum[p] = x[p];
#pragma GCC unroll 8
  for (int half = packs / 2; half > 0; half /= 2) {
#pragma GCC unroll 64
    for (int p = 0; p < half; ++p) sum[p] = sum[p] + sum[p + half];
  }
  return sum[0].total();
}

#include "gradus/lang/math.inl.hpp"
#include "gradus/lang/inverse.inl.hpp"
#include "gradus/lang/special.inl.hpp"

#undef GRADUS_PACK
