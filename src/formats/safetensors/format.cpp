#include "formats/safetensors/format.hpp"

#include <algorithm>
#include <array>

namespace gradus::safetensors {
namespace {

constexpr std::array<std::string_view, 10> names = {"BOOL", "U8", "I8", "I16", "I32", "I64", "F16", "BF16", "F32", "F64"};  // in the order of Dtype
constexpr std::string_view others[] = {"F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "U16", "U32", "U64", "C64"};

// Well-formed UTF-8: no stray, overlong, surrogate or too large code.
bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const std::size_t more = first >= 0xC2 && first <= 0xDF ? 1 : first >= 0xE0 && first <= 0xEF ? 2 : first >= 0xF0 && first <= 0xF4 ? 3 : 0;
    if (more == 0) return false;
    const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80, high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (byte(i + 1) < low || byte(i + 1) > high) return false;
    for (std::size_t k = 2; k <= more; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace

std::string_view dtype_name(Dtype dtype) { return names[static_cast<std::size_t>(dtype)]; }

std::optional<Dtype> dtype_by_name(std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Dtype>(found - names.begin());
}

bool is_other_dtype(std::string_view name) { return std::ranges::find(others, name) != std::end(others); }

const char* name_fault(std::string_view name) {
  if (name == "__metadata__") return "that name is taken by the format";
  if (name.size() > longest_name) return "it is longer than 4096 bytes";
  if (name.find('\0') != std::string_view::npos) return "it holds a zero byte";  // C readers would see another name
  if (!is_utf8(name)) return "it is not UTF-8";
  return nullptr;
}

}  // namespace gradus::safetensors
