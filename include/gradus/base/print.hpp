// Formatted text for programs: the format language of std::format and Python.
//   print("{:4} {:.5f}", i, loss.item());            // one line on standard output
//   std::string s = text("{} of {}", done, all);
// Whatever has a to_string (tensors, shapes) prints as that. ValueError when the format does not fit the arguments.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace gradus {

// One argument. Plain kinds only, so that the formatting library stays out of users' files.
class PrintArg {
 public:
  enum class Kind : std::uint8_t { integer, natural, real, boolean, character, text };

  template <class T>
  PrintArg(const T& value) {
    if constexpr (std::is_same_v<T, bool>) kind_ = Kind::boolean, integer_ = value;
    else if constexpr (std::is_same_v<T, char>) kind_ = Kind::character, integer_ = value;
    else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) kind_ = Kind::integer, integer_ = value;
    else if constexpr (std::is_integral_v<T>) kind_ = Kind::natural, integer_ = static_cast<std::int64_t>(value);
    else if constexpr (std::is_floating_point_v<T>) kind_ = Kind::real, real_ = static_cast<double>(value);
    else if constexpr (std::is_convertible_v<const T&, std::string_view>) view_ = value;
    else owned_ = to_string(value), view_ = owned_;
  }
  PrintArg(const PrintArg&) = delete;
  PrintArg& operator=(const PrintArg&) = delete;

  Kind kind() const { return kind_; }
  std::int64_t integer() const { return integer_; }
  double real() const { return real_; }
  std::string_view view() const { return view_; }

 private:
  Kind kind_ = Kind::text;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string owned_;
  std::string_view view_;
};

namespace detail {
std::string text(std::string_view format, std::span<const PrintArg> arguments);
void print(std::string_view format, std::span<const PrintArg> arguments);
}  // namespace detail

template <class... X>
std::string text(std::string_view format, const X&... x) {
  if constexpr (sizeof...(X) == 0) return detail::text(format, {});
  else {
    const PrintArg arguments[] = {x...};
    return detail::text(format, arguments);
  }
}

template <class... X>
void print(std::string_view format, const X&... x) {
  if constexpr (sizeof...(X) == 0) detail::print(format, {});
  else {
    const PrintArg arguments[] = {x...};
    detail::print(format, arguments);
  }
}

}  // namespace gradus
