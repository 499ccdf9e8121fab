// Element types and how two of them combine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

namespace gradus {

enum class Dtype : std::uint8_t { boolean, u8, i64, f32, f64 };  // in the order of promotion

std::string_view name(Dtype dtype);   // "f32", ...; bool is "bool"
std::size_t size_of(Dtype dtype);     // bytes per element
inline bool is_float(Dtype d) { return d >= Dtype::f32; }

// The type that holds both: the later of the two in the order above.
inline Dtype promote(Dtype a, Dtype b) { return a > b ? a : b; }

template <class T>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>) return Dtype::f32;
  else if constexpr (std::is_same_v<T, double>) return Dtype::f64;
  else if constexpr (std::is_same_v<T, std::int64_t>) return Dtype::i64;
  else if constexpr (std::is_same_v<T, std::uint8_t>) return Dtype::u8;
  else if constexpr (std::is_same_v<T, bool>) return Dtype::boolean;
  else static_assert(!sizeof(T), "Gradus has no dtype for this C++ type; use float, double, int64_t, uint8_t or bool");
}

// Calls f with a value of the C++ type of `dtype`: visit(Dtype::f32, [](auto zero) { using T = decltype(zero); ... }).
template <class F>
decltype(auto) visit(Dtype dtype, F&& f) {
  switch (dtype) {
    case Dtype::boolean: return f(false);
    case Dtype::u8: return f(std::uint8_t{});
    case Dtype::i64: return f(std::int64_t{});
    case Dtype::f32: return f(float{});
    case Dtype::f64: break;
  }
  return f(double{});
}

// Float to integer by truncation; what does not fit (or is NaN) becomes the nearest end (or 0): never undefined.
template <class To, class From>
constexpr To convert(From x) {
  if constexpr (std::is_same_v<To, bool>) {
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
