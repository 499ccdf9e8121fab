// Pack: one SIMD vector of lanes of a formula. No include guard and no #include of Highway: the includer has
// included it (after lang/targets.hpp) and gradus/lang.hpp, and stands inside
// HWY_BEFORE_NAMESPACE(); namespace gradus { namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
class Pack;

template <class T>
class PackMask {
 public:
  using Raw = hn::Mask<hn::ScalableTag<T>>;
  Raw raw;
  HWY_INLINE explicit PackMask(Raw mask) : raw(mask) {}

  friend HWY_INLINE PackMask operator&(PackMask a, PackMask b) { return PackMask(hn::And(a.raw, b.raw)); }
  friend HWY_INLINE PackMask operator|(PackMask a, PackMask b) { return PackMask(hn::Or(a.raw, b.raw)); }
  friend HWY_INLINE PackMask operator!(PackMask a) { return PackMask(hn::Not(a.raw)); }
  friend HWY_INLINE bool any(PackMask a) { return !hn::AllFalse(hn::ScalableTag<T>(), a.raw); }
  friend HWY_INLINE Pack<T> select(PackMask c, Pack<T> a, Pack<T> b) {
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
  HWY_INLINE explicit PackBits(Word word) : raw(hn::Set(Tag(), word)) {}
  HWY_INLINE explicit PackBits(Raw words) : raw(words) {}

  friend HWY_INLINE PackBits operator+(PackBits a, PackBits b) { return PackBits(hn::Add(a.raw, b.raw)); }
  friend HWY_INLINE PackBits operator-(PackBits a, PackBits b) { return PackBits(hn::Sub(a.raw, b.raw)); }
  friend HWY_INLINE PackBits operator&(PackBits a, PackBits b) { return PackBits(hn::And(a.raw, b.raw)); }
  friend HWY_INLINE PackBits operator|(PackBits a, PackBits b) { return PackBits(hn::Or(a.raw, b.raw)); }
  friend HWY_INLINE PackBits operator^(PackBits a, PackBits b) { return PackBits(hn::Xor(a.raw, b.raw)); }
  template <int n>
  friend HWY_INLINE PackBits shift_left(PackBits a) {
    return PackBits(hn::ShiftLeft<n>(a.raw));
  }
  template <int n>
  friend HWY_INLINE PackBits shift_right(PackBits a) {
    return PackBits(hn::ShiftRight<n>(a.raw));
  }
  friend HWY_INLINE PackMask<T> same(PackBits a, PackBits b) {
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
  HWY_INLINE Pack() : raw(hn::Zero(Tag())) {}
  HWY_INLINE explicit Pack(Raw values) : raw(values) {}
  template <lang::Number N>
  HWY_INLINE Pack(N number) : raw(hn::Set(Tag(), static_cast<T>(number))) {}

  static HWY_INLINE Pack load(const T* from) { return Pack(hn::LoadU(Tag(), from)); }
  HWY_INLINE void store(T* to) const { hn::StoreU(raw, Tag(), to); }

  friend HWY_INLINE Pack operator+(Pack a, Pack b) { return Pack(hn::Add(a.raw, b.raw)); }
  friend HWY_INLINE Pack operator-(Pack a, Pack b) { return Pack(hn::Sub(a.raw, b.raw)); }
  friend HWY_INLINE Pack operator*(Pack a, Pack b) { return Pack(hn::Mul(a.raw, b.raw)); }
  friend HWY_INLINE Pack operator/(Pack a, Pack b) { return Pack(hn::Div(a.raw, b.raw)); }
  friend HWY_INLINE Pack operator-(Pack a) { return Pack(hn::Neg(a.raw)); }

  friend HWY_INLINE Mask operator==(Pack a, Pack b) { return Mask(hn::Eq(a.raw, b.raw)); }
  friend HWY_INLINE Mask operator!=(Pack a, Pack b) { return Mask(hn::Ne(a.raw, b.raw)); }
  friend HWY_INLINE Mask operator<(Pack a, Pack b) { return Mask(hn::Lt(a.raw, b.raw)); }
  friend HWY_INLINE Mask operator<=(Pack a, Pack b) { return Mask(hn::Le(a.raw, b.raw)); }
  friend HWY_INLINE Mask operator>(Pack a, Pack b) { return Mask(hn::Gt(a.raw, b.raw)); }
  friend HWY_INLINE Mask operator>=(Pack a, Pack b) { return Mask(hn::Ge(a.raw, b.raw)); }

  // One definition for every target, since vector minimum instructions differ on NaN and on signed zeros.
  friend HWY_INLINE Pack min(Pack a, Pack b) { return select((a < b) | (a != a), a, b); }
  friend HWY_INLINE Pack max(Pack a, Pack b) { return select((a > b) | (a != a), a, b); }
  friend HWY_INLINE Pack abs(Pack a) { return Pack(hn::Abs(a.raw)); }
  friend HWY_INLINE Pack sign(Pack a) { return select(a > 0, 1, select(a < 0, -1, a)); }
  friend HWY_INLINE Pack square(Pack a) { return a * a; }
  friend HWY_INLINE Pack sqrt(Pack a) { return Pack(hn::Sqrt(a.raw)); }
  friend HWY_INLINE Pack floor(Pack a) { return Pack(hn::Floor(a.raw)); }
  friend HWY_INLINE Pack rint(Pack a) { return Pack(hn::Round(a.raw)); }
  friend HWY_INLINE Pack pow(Pack a, Pack b) { return power(a, b); }

  friend HWY_INLINE Pack fma(Pack a, Pack b, Pack c) {
#if HWY_NATIVE_FMA
    return Pack(hn::MulAdd(a.raw, b.raw, c.raw));
#else
    // Highway would round twice here; slow but right, so that every target gives the same bits.
    alignas(64) T x[lanes], y[lanes], z[lanes];
    a.store(x), b.store(y), c.store(z);
    for (int i = 0; i < lanes; ++i) z[i] = fma(lang::Scalar<T>(x[i]), y[i], z[i]).value;
    return load(z);
#endif
  }

  // For math.inl.hpp.
  friend HWY_INLINE Bits bits(Pack a) { return Bits(hn::BitCast(typename Bits::Tag(), a.raw)); }
  static HWY_INLINE Pack from_bits(Bits b) { return Pack(hn::BitCast(Tag(), b.raw)); }
  friend HWY_INLINE Pack each_lane(T (*function)(T), Pack a) {
    alignas(64) T x[lanes];
    a.store(x);
    for (T& value : x) value = function(value);
    return load(x);
  }
};

#include "gradus/lang/math.inl.hpp"
