// A sum of two elements of any dtype but the halves: integers wrap, bools are or'ed.
#pragma once
#include <cstdint>
#include <type_traits>

namespace gradus::ops {

template <class T>
T added(T a, T b) {
  if constexpr (std::is_same_v<T, std::int64_t>) return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  else return static_cast<T>(a + b);
}

}  // namespace gradus::ops
