#pragma once
#include <cstddef>
#include <string_view>

namespace gradus::data {

// The place of the first byte that is not well-formed UTF-8 (Unicode 15, table 3-7), or the size when all is well.
std::size_t find_bad_utf8(std::string_view text);

}  // namespace gradus::data
