// Scalar: one value of a formula. A class and not a bare number, because a bare float would silently
// become a double and ::abs(int) would bite.
#pragma once
#include <bit>
#include <limits>
#include <string>

#include "gradus/base/error.hpp"
#include "gradus/lang/constants.hpp"
#include "gradus/lang/lane.hpp"
#include "gradus/lang/reduce.hpp"

namespace gradus::lang {

template <class T>
class Scalar;

template <class T>
class ScalarMask {
 public:
  bool value = false;
  constexpr ScalarMask() = default;
  constexpr ScalarMask(bool truth) : value(truth) {}

  friend constexpr ScalarMask operator&(ScalarMask a, ScalarMask b) { return a.value && b.value; }
  friend constexpr ScalarMask operator|(ScalarMask a, ScalarMask b) { return a.value || b.value; }
  friend constexpr ScalarMask operator!(ScalarMask a) { return !a.value; }
  friend constexpr bool any(ScalarMask a) { return a.value; }
  friend constexpr Scalar<T> select(ScalarMask c, Scalar<T> a, Scalar<T> b) { return c.value ? a : b; }
};

// The bits of a floating-point scalar, for math.inl.hpp.
template <class T>
class ScalarBits {
 public:
  using Word = typename Layout<T>::Word;
  Word value = 0;
  constexpr explicit ScalarBits(Word word) : value(word) {}

  friend constexpr ScalarBits operator+(ScalarBits a, ScalarBits b) { return ScalarBits(a.value + b.value); }
  friend constexpr ScalarBits operator-(ScalarBits a, ScalarBits b) { return ScalarBits(a.value - b.value); }
  friend constexpr ScalarBits operator&(ScalarBits a, ScalarBits b) { return ScalarBits(a.value & b.value); }
  friend constexpr ScalarBits operator|(ScalarBits a, ScalarBits b) { return ScalarBits(a.value | b.value); }
  friend constexpr ScalarBits operator^(ScalarBits a, ScalarBits b) { return ScalarBits(a.value ^ b.value); }
  template <int n>
  friend constexpr ScalarBits operator<<(ScalarBits a, Places<n>) {
    return ScalarBits(a.value << n);
  }
  template <int n>
  friend constexpr ScalarBits operator>>(ScalarBits a, Places<n>) {
    return ScalarBits(a.value >> n);
  }
  friend constexpr ScalarMask<T> same(ScalarBits a, ScalarBits b) { return a.value == b.value; }
};

template <class T>
class Scalar {
  static_assert(std::is_arithmetic_v<T>);
  static constexpr bool real = std::floating_point<T>;

 public:
  using element = T;
  using Mask = ScalarMask<T>;
  static constexpr bool is_lane = true;
  using Bits = ScalarBits<T>;
  static constexpr int lanes = 1;

  T value{};
  constexpr Scalar() = default;
  template <Number N>
  constexpr Scalar(N number) : value(static_cast<T>(number)) {}

  static constexpr Scalar load(const T* from) { return *from; }
  constexpr void store(T* to) const { *to = value; }

  // Integers wrap: the arithmetic is done on an unsigned word at least as wide as unsigned int.
  friend constexpr Scalar operator+(Scalar a, Scalar b) {
    if constexpr (real)
      return a.value + b.value;
    else
      return wide(a) + wide(b);
  }
  friend constexpr Scalar operator-(Scalar a, Scalar b) {
    if constexpr (real)
      return a.value - b.value;
    else
      return wide(a) - wide(b);
  }
  friend constexpr Scalar operator*(Scalar a, Scalar b) {
    if constexpr (real)
      return a.value * b.value;
    else
      return wide(a) * wide(b);
  }
  friend constexpr Scalar operator/(Scalar a, Scalar b) {
    if constexpr (real) {
      return a.value / b.value;
    } else {
      if (b.value == 0) fail<ValueError>("div", std::to_string(a.value) + " / 0 has no integer value");
      if constexpr (std::is_signed_v<T>) {
        if (b.value == -1) return -a;  // the least integer would trap
      }
      return a.value / b.value;
    }
  }
  friend constexpr Scalar operator-(Scalar a) {
    if constexpr (real)
      return -a.value;
    else
      return Word(0) - wide(a);
  }

  friend constexpr Mask operator==(Scalar a, Scalar b) { return a.value == b.value; }
  friend constexpr Mask operator!=(Scalar a, Scalar b) { return a.value != b.value; }
  friend constexpr Mask operator<(Scalar a, Scalar b) { return a.value < b.value; }
  friend constexpr Mask operator<=(Scalar a, Scalar b) { return a.value <= b.value; }
  friend constexpr Mask operator>(Scalar a, Scalar b) { return a.value > b.value; }
  friend constexpr Mask operator>=(Scalar a, Scalar b) { return a.value >= b.value; }

  friend constexpr Scalar min(Scalar a, Scalar b) { return a.value < b.value || a.value != a.value ? a : b; }
  friend constexpr Scalar max(Scalar a, Scalar b) { return a.value > b.value || a.value != a.value ? a : b; }
  friend constexpr Scalar abs(Scalar a) {
    if constexpr (std::same_as<T, float>)
      return __builtin_fabsf(a.value);
    else if constexpr (real)
      return __builtin_fabs(a.value);
    else if constexpr (std::is_unsigned_v<T>)
      return a;
    else
      return a.value < 0 ? -a : a;
  }
  friend constexpr Scalar sign(Scalar a) {
    if (a.value > T(0)) return 1;
    if (a.value < T(0)) return -1;
    return a;  // zero or NaN
  }
  friend constexpr Scalar square(Scalar a) { return a * a; }

  friend constexpr Scalar fma(Scalar a, Scalar b, Scalar c) requires real {
    if constexpr (std::same_as<T, float>)
      return __builtin_fmaf(a.value, b.value, c.value);
    else
      return __builtin_fma(a.value, b.value, c.value);
  }
  friend constexpr Scalar sqrt(Scalar a) requires real {
    if constexpr (std::same_as<T, float>)
      return __builtin_sqrtf(a.value);
    else
      return __builtin_sqrt(a.value);
  }
  friend constexpr Scalar floor(Scalar a) {
    if constexpr (!real)
      return a;
    else if constexpr (std::same_as<T, float>)
      return __builtin_floorf(a.value);
    else
      return __builtin_floor(a.value);
  }
  friend constexpr Scalar rint(Scalar a) {
    if constexpr (!real)
      return a;
    else if constexpr (std::same_as<T, float>)
      return __builtin_rintf(a.value);
    else
      return __builtin_rint(a.value);
  }
  friend Scalar pow(Scalar a, Scalar b) requires real { return power(a, b); }
  friend Scalar atan2(Scalar a, Scalar b) requires real { return angle_of_point(a, b); }
  friend Scalar polygamma(Scalar a, Scalar b) requires real { return polygamma_of(a, b); }
  friend Scalar fmod(Scalar a, Scalar b) {
    if constexpr (real) {
      return rest_of(a, b);
    } else {
      if (b.value == 0) fail<ValueError>("fmod", "the rest of " + std::to_string(a.value) + " / 0 is not defined");
      return a - b * (a / b);
    }
  }
  friend Scalar remainder(Scalar a, Scalar b) {
    if constexpr (real) {
      return rest_above(a, b);
    } else {
      if (b.value == 0) fail<ValueError>("remainder", "the rest of " + std::to_string(a.value) + " / 0 is not defined");
      const Scalar rest = a - b * (a / b);
      return rest.value != 0 && (rest.value < 0) != (b.value < 0) ? rest + b : rest;
    }
  }

  // Bits of integers; a float stands for the integer that it holds. Shifts by more places than there are leave the sign.
  friend constexpr Scalar bitwise_and(Scalar a, Scalar b) { return integer(a) & integer(b); }
  friend constexpr Scalar bitwise_or(Scalar a, Scalar b) { return integer(a) | integer(b); }
  friend constexpr Scalar bitwise_xor(Scalar a, Scalar b) { return integer(a) ^ integer(b); }
  friend constexpr Scalar left_shift(Scalar a, Scalar b) {
    return outside(b) ? Integer(0) : static_cast<Integer>(static_cast<std::uint64_t>(integer(a)) << integer(b));
  }
  friend constexpr Scalar right_shift(Scalar a, Scalar b) {
    const int places = outside(b) ? std::numeric_limits<Integer>::digits : static_cast<int>(integer(b));
    return static_cast<Integer>(integer(a) >> places);
  }

  // For math.inl.hpp.
  friend constexpr auto bits(Scalar a) requires real {
    return ScalarBits<T>(std::bit_cast<typename Layout<T>::Word>(a.value));
  }
  static constexpr Scalar from_bits(auto b) requires real { return std::bit_cast<T>(b.value); }
  friend Scalar each_lane(T (*function)(T), Scalar a) requires real { return function(a.value); }
  friend Scalar each_lane(T (*function)(T, T), Scalar a, Scalar b) requires real { return function(a.value, b.value); }

 private:
  using Word = std::conditional_t<(sizeof(T) > sizeof(unsigned)), std::uint64_t, unsigned>;
  using Integer = std::conditional_t<real, std::int64_t, T>;
  static constexpr Integer integer(Scalar a) {
    if constexpr (real) {
      if (!(a.value >= T(-0x1p63) && a.value < T(0x1p63))) return 0;  // no integer
    }
    return static_cast<Integer>(a.value);
  }
  static constexpr bool outside(Scalar places) { return places.value < T(0) || places.value >= T(8 * sizeof(Integer)); }
  static constexpr Word wide(Scalar a) { return static_cast<Word>(a.value); }
};

#include "gradus/lang/math.inl.hpp"
#include "gradus/lang/inverse.inl.hpp"
#include "gradus/lang/special.inl.hpp"

}  // namespace gradus::lang
