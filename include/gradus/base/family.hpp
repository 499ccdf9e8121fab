// The families of operations. What a backend implements, and how a gradient is found, is decided by family.
#pragma once
#include <cstdint>
#include <string_view>

namespace gradus {

enum class Family : std::uint8_t { map, move, reduce, contract, linalg, window, index, row, loss, random };
std::string_view name(Family family);

}  // namespace gradus
