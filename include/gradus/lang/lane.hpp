// What the kinds of value in the scalar language have in common.
#pragma once
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace gradus::lang {

// The domain of a formula in which generated tests sample.
struct Range {
  double lo, hi;
  bool whole = false;  // integers, and no derivative
};

template <class N>
concept Number = std::is_arithmetic_v<N>;

// A bundle of one or more floating-point lanes: Scalar or Pack, never a Tensor, an Expr or a Probe.
// The functions of math.inl.hpp are written for exactly these.
template <class V>
concept Lane = V::is_lane && std::floating_point<typename V::element>;

// A shift by a number of places that is known at compile time: word << places<3>.
template <int n>
struct Places {};

template <int n>
inline constexpr Places<n> places{};

// The layout of an IEEE number and the arguments beyond which a function has reached its limit.
template <class T>
struct Layout;

template <>
struct Layout<float> {
  using Word = std::uint32_t;
  static constexpr int mantissa_bits = 23, bias = 127;
  static constexpr Word one = 0x3F800000, sqrt_half = 0x3F3504F3, infinity = 0x7F800000;
  static constexpr float least_normal = 0x1p-126f,
                         least_exact = 0x1p-13f;  // x + x^3 rounds to x below the latter
  static constexpr float exp_low = -104, exp_high = 89, expm1_low = -18, tanh_high = 10, erf_high = 4;
};

template <>
struct Layout<double> {
  using Word = std::uint64_t;
  static constexpr int mantissa_bits = 52, bias = 1023;
  static constexpr Word one = 0x3FF0000000000000, sqrt_half = 0x3FE6A09E667F3BCD,
                        infinity = 0x7FF0000000000000;
  static constexpr double least_normal = 0x1p-1022, least_exact = 0x1p-27;
  static constexpr double exp_low = -746, exp_high = 710, expm1_low = -38, tanh_high = 20, erf_high = 6;
};

}  // namespace gradus::lang
