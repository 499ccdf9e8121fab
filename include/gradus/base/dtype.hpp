// Element types and how two of them combine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "half.hpp"

namespace gradus {

enum class Dtype : std::uint8_t { boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64 };  // in the order of promotion

std::string_view name(Dtype dtype);  // "f32", ...; bool is "bool"
inline std::size_t size_of(Dtype dtype) {  // bytes per element
  constexpr std::uint8_t sizes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8};
  return sizes[static_cast<int>(dtype)];
}
inline bool is_float(Dtype d) { return d >= Dtype::f16; }
inline bool is_half(Dtype d) { return d == Dtype::f16 || d == Dtype::bf16; }

// The type that holds both: the later of the two in the order above, but u8 with i8 gives i16 and f16 with bf16 gives f32.
inline Dtype promote(Dtype a, Dtype b) {
  if (a > b) return promote(b, a);
  if (a == Dtype::u8 && b == Dtype::i8) return Dtype::i16;
  if (a == Dtype::f16 && b == Dtype::bf16) return Dtype::f32;
  return b;
}

// What elements are computed in: small integers and bools as i64 (the result wraps when it is stored), halves as f32.
inline Dtype wide(Dtype d) { return d == Dtype::f64 ? d : is_float(d) ? Dtype::f32 : Dtype::i64; }

template <class T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::f32;
  else if constexpr (std::is_same_v<T, double>) return Dtype::f64;
  else if constexpr (std::is_same_v<T, std::int64_t>) return Dtype::i64;
  else if constexpr (std::is_same_v<T, std::uint8_t>) return Dtype::u8;
  else if constexpr (std::is_same_v<T, std::int8_t>) return Dtype::i8;
  else if constexpr (std::is_same_v<T, std::int16_t>) return Dtype::i16;
  else if constexpr (std::is_same_v<T, std::int32_t>) return Dtype::i32;
  else if constexpr (std::is_same_v<T, f16>) return Dtype::f16;
  else if constexpr (std::is_same_v<T, bf16>) return Dtype::bf16;
  else if constexpr (std::is_same_v<T, bool>) return Dtype::boolean;
  else static_assert(!sizeof(T), "Gradus has no dtype for this C++ type; use float, double, f16, bf16, int8_t to int64_t, uint8_t or bool");
}

// Calls f with a value of the C++ type of `dtype`: visit(Dtype::f32, [](auto zero) { using T = decltype(zero); ... }).
template <class F>
decltype(auto) visit(Dtype dtype, F&& f) {
  switch (dtype) {
    case Dtype::boolean: return f(false);
    case Dtype::u8: return f(std::uint8_t{});
    case Dtype::i8: return f(std::int8_t{});
    case Dtype::i16: return f(std::int16_t{});
    case Dtype::i32: return f(std::int32_t{});
    case Dtype::i64: return f(std::int64_t{});
    case Dtype::f16: return f(f16{});
    case Dtype::bf16: return f(bf16{});
    case Dtype::f32: return f(float{});
    case Dtype::f64: break;
  }
  return f(double{});
}

// Calls f with a value of the C++ type that elements of `dtype` are computed in: int64_t, float or double.
template <class F>
decltype(auto) visit_wide(Dtype dtype, F&& f) {
  const Dtype w = wide(dtype);
  return w == Dtype::f64 ? f(double{}) : w == Dtype::f32 ? f(float{}) : f(std::int64_t{});
}

template <class T>
inline constexpr bool is_half_type = std::is_same_v<T, f16> || std::is_same_v<T, bf16>;

// Float to integer by truncation; what does not fit (or is NaN) becomes the nearest end (or 0): never undefined.
template <class To, class From>
constexpr To convert(From x) {
  if constexpr (is_half_type<From> && !std::is_same_v<To, From>) {
    return convert<To>(static_cast<float>(x));
  } else if constexpr (is_half_type<To> && !std::is_same_v<To, From>) {
    // A double is rounded once: to odd in float (its last bit says that something was lost), then to the half.
    if constexpr (sizeof(From) == 8) {
      const auto narrow = static_cast<float>(x);
      const auto back = static_cast<double>(narrow), exact = static_cast<double>(x);
      if (back == exact || !(back == back)) return To(narrow);
      std::uint32_t bits = std::bit_cast<std::uint32_t>(narrow);
      if (!(bits & 1)) bits += (exact > back) == (exact > 0) ? 1u : ~0u;
      return To(std::bit_cast<float>(bits));
    } else {
      return To(static_cast<float>(x));
    }
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    if (!(x == x)) return 0;
    constexpr auto low = static_cast<double>(std::numeric_limits<To>::min()), high = static_cast<double>(std::numeric_limits<To>::max());
    const auto wide = static_cast<double>(x);
    return wide <= low ? std::numeric_limits<To>::min() : wide >= high ? std::numeric_limits<To>::max() : static_cast<To>(wide);
  } else {
    return static_cast<To>(x);
  }
}

}  // namespace gradus
