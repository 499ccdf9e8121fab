// What reading and writing share.
#pragma once
#include <gradus/base/dtype.hpp>
#include <optional>
#include <string_view>

namespace gradus::safetensors {

inline constexpr std::uint64_t longest_header = 100'000'000;
inline constexpr std::size_t longest_name = 4096;

std::string_view dtype_name(Dtype dtype);                          // "F32"
std::optional<Dtype> dtype_by_name(std::string_view name);         // those that Gradus has
bool is_other_dtype(std::string_view name);                        // those of the format that Gradus does not have
const char* name_fault(std::string_view name);                     // why no tensor may be called that, or null

}  // namespace gradus::safetensors
