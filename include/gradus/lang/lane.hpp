// What the kinds of value in the scalar language have in common.
#pragma once
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace gradus::lang {

// The domain of a formula in which generated tests sample.
struct Range {
  double lo, hi;
};

template <class N>
concept Number = std::is_arithmetic_v<N>;

// A bundle of one or more floating-point lanes: Scalar or Pack, never a Tensor, an Expr or a Probe.
// The functions of math.inl.hpp are written for exactly these.
template <class V>
concept Lane = V::is_lane && std::floating_point<typename V::element>;

// The layout of an IEEE number, for the functions that take it apart.
template <class T>
struct Layout;

template <>
struct Layout<float> {
  using Word = std::uint32_t;
  static constexpr int mantissa_bits = 23, bias = 127;
};

template <>
struct Layout<double> {
  using Word = std::uint64_t;
  static constexpr int mantissa_bits = 52, bias = 1023;
};

}  // namespace gradus::lang
