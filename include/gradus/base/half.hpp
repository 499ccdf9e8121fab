// The two 16-bit float formats, for storage: arithmetic is done in float. Rounding is to the nearest, ties to even.
#pragma once
#include <bit>
#include <cstdint>

namespace gradus {

// IEEE binary16: 5 bits of exponent, 10 of fraction.
struct f16 {
  std::uint16_t bits = 0;
  f16() = default;
  constexpr explicit f16(float x) : bits(from(std::bit_cast<std::uint32_t>(x))) {}
  constexpr operator float() const {
    const std::uint32_t sign = (bits & 0x8000u) << 16, rest = bits & 0x7fffu;
    if (rest >= 0x7c00) return std::bit_cast<float>(sign | 0x7f800000u | ((rest & 0x3ffu) << 13));  // infinity and NaN
    // As a float the exponent is 112 too small; the product is exact and mends that, for subnormal numbers too.
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest << 13) * 0x1p112f));
  }

 private:
  static constexpr std::uint16_t from(std::uint32_t x) {
    const std::uint32_t sign = x >> 16 & 0x8000u, rest = x & 0x7fffffffu;
    if (rest > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u | (rest >> 13 & 0x1ffu));
    if (rest >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // from 65520 on it rounds to infinity
    // Below 2^-14: adding 0.5 leaves the subnormal's fraction in the last bits, rounded by the addition itself.
    if (rest < 0x38800000u) return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest) + 0.5f) - 0x3f000000u));
    return static_cast<std::uint16_t>(sign | ((rest - 0x38000000u + 0xfffu + (rest >> 13 & 1u)) >> 13));
  }
};

// The upper half of a float.
struct bf16 {
  std::uint16_t bits = 0;
  bf16() = default;
  constexpr explicit bf16(float x) : bits(from(std::bit_cast<std::uint32_t>(x))) {}
  constexpr operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

 private:
  static constexpr std::uint16_t from(std::uint32_t x) {
    if ((x & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>((x >> 16) | 0x40u);  // a NaN stays one
    return static_cast<std::uint16_t>((x + 0x7fffu + (x >> 16 & 1u)) >> 16);
  }
};

}  // namespace gradus
