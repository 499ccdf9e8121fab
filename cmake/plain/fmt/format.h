// Stands in for {fmt} in a plain build (GRADUS_PLAIN): the part of it that the core uses. Names, texts and meanings are {fmt}'s:
//   {} {2} {:>8} {:*^{}} {:06.2f} {:.4g} {:x} {{ }}
#pragma once
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace fmt {

using string_view = std::string_view;

struct format_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a range prints as, with `between` between its entries.
template <class R>
struct Joined {
  const R& range;
  std::string_view between;
};
template <class R>
Joined<R> join(const R& range, std::string_view between) {
  return {range, between};
}

namespace plain {

using Arg = std::variant<std::int64_t, std::uint64_t, double, float, bool, char, std::string>;

template <class T>
Arg arg(const T& x);

template <class R>
Arg arg(const Joined<R>& joined);

std::string write(std::string_view format, std::span<const Arg> args);

struct Spec {
  char fill = ' ', align = 0, sign = '-', type = 0;
  bool zero = false, alternate = false;
  std::int64_t width = 0, precision = -1;
};

// The shortest digits that read back as the same number, as 12.5 or 1.25e+20.
template <class F>
std::string shortest(F x) {
  char digits[64];
  const std::string_view text(digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, x, std::chars_format::scientific).ptr - digits));
  const std::size_t e = text.find('e');
  if (e == text.npos) return std::string(text);  // inf and nan
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(), exponent);
  if (exponent < -4 || exponent >= 16) return std::string(text);
  return {digits, std::to_chars(digits, digits + sizeof digits, x, std::chars_format::fixed).ptr};
}

template <class F>
std::string real(F x, const Spec& spec) {
  if (spec.type == 0 && spec.precision < 0) return shortest(x);
  const char type = spec.type == 0 ? 'g' : spec.type;
  if (std::string_view("eEfFgG").find(type) == std::string_view::npos) throw format_error("invalid format specifier");
  const char format[] = {'%', '.', '*', type, 0};
  const int precision = static_cast<int>(spec.precision < 0 ? 6 : spec.precision);
  std::string text(static_cast<std::size_t>(std::snprintf(nullptr, 0, format, precision, static_cast<double>(x))), '\0');
  std::snprintf(text.data(), text.size() + 1, format, precision, static_cast<double>(x));
  return text;
}

template <class I>
std::string whole(I x, const Spec& spec) {
  const int base = spec.type == 'x' || spec.type == 'X' ? 16 : spec.type == 'b' ? 2 : spec.type == 'o' ? 8 : 10;
  if (base == 10 && spec.type != 0 && spec.type != 'd') throw format_error("invalid format specifier");
  if (spec.precision >= 0) throw format_error("precision not allowed for this argument type");
  char digits[80];
  std::string text(digits, std::to_chars(digits, digits + sizeof digits, x, base).ptr);
  if (spec.type == 'X') std::ranges::transform(text, text.begin(), [](char c) { return static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c); });
  if (spec.alternate && base == 16) text.insert(text[0] == '-' ? 1 : 0, spec.type == 'X' ? "0X" : "0x");
  return text;
}

inline std::string value(const Arg& x, const Spec& spec) {
  return std::visit(
      [&]<class T>(const T& v) -> std::string {
        constexpr bool is_text = std::is_same_v<T, std::string>;
        if constexpr (std::is_floating_point_v<T>) return real(v, spec);
        else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, std::uint64_t>) return whole(v, spec);
        else {
          if (std::is_same_v<T, bool> && spec.type == 'd') return x.index() == 4 && std::get<bool>(x) ? "1" : "0";
          if (spec.type != 0 && spec.type != (std::is_same_v<T, char> ? 'c' : 's')) throw format_error("invalid format specifier");
          if constexpr (std::is_same_v<T, bool>) return v ? "true" : "false";
          else if constexpr (is_text) return spec.precision < 0 ? v : v.substr(0, static_cast<std::size_t>(spec.precision));
          else return std::string(1, v);
        }
      },
      x);
}

// The value with its sign and in its width.
inline std::string placed(const Arg& x, const Spec& spec) {
  std::string text = value(x, spec);
  const bool number = x.index() < 4;
  if (number && spec.sign != '-' && text[0] != '-') text.insert(0, 1, spec.sign);
  // A character of UTF-8 counts once.
  const auto length = std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
  const auto missing = static_cast<std::size_t>(std::max<std::int64_t>(0, spec.width - length));
  if (spec.zero && number && spec.align == 0) return text.insert(text[0] == '-' || text[0] == '+' || text[0] == ' ' ? 1 : 0, missing, '0');
  const char align = spec.align != 0 ? spec.align : number ? '>' : '<';
  const std::size_t before = align == '>' ? missing : align == '^' ? missing / 2 : 0;
  return std::string(before, spec.fill) + text + std::string(missing - before, spec.fill);
}

// Walks a format and writes what it says.
class Writer {
 public:
  Writer(std::string_view format, std::span<const Arg> args) : rest_(format), args_(args) {}

  std::string run() {
    std::string out;
    while (!rest_.empty()) {
      const char c = take();
      if (c == '{' && !next_is('{')) out += field();
      else if (c == '}' && !next_is('}')) throw format_error("unmatched '}' in format string");
      else {
        out += c;
        if (c == '{' || c == '}') take();
      }
    }
    return out;
  }

 private:
  bool next_is(char c) const { return !rest_.empty() && rest_[0] == c; }
  char take() {
    if (rest_.empty()) throw format_error("invalid format string");
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }
  bool take_if(char c) { return next_is(c) && (take(), true); }
  bool digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
  std::int64_t number() {
    std::int64_t n = 0;
    while (digit()) {
      n = 10 * n + (take() - '0');
      if (n > INT32_MAX) throw format_error("number is too big");
    }
    return n;
  }
  const Arg& argument() {
    const std::size_t i = digit() ? static_cast<std::size_t>(number()) : next_++;
    if (i >= args_.size()) throw format_error("argument not found");
    return args_[i];
  }
  std::int64_t size() {  // 12, or {} for one of the arguments
    if (!take_if('{')) return number();
    const Arg& x = argument();
    if (take() != '}') throw format_error("invalid format string");
    if (const auto* n = std::get_if<std::int64_t>(&x); n && *n >= 0 && *n <= INT32_MAX) return *n;
    if (const auto* n = std::get_if<std::uint64_t>(&x); n && *n <= INT32_MAX) return static_cast<std::int64_t>(*n);
    throw format_error("width is not integer");
  }
  std::string field() {
    const Arg& x = argument();
    Spec spec;
    if (take_if(':')) {
      const auto is_align = [](char c) { return c == '<' || c == '>' || c == '^'; };
      if (rest_.size() > 1 && is_align(rest_[1])) spec.fill = take();
      if (!rest_.empty() && is_align(rest_[0])) spec.align = take();
      if (next_is('+') || next_is('-') || next_is(' ')) spec.sign = take();
      spec.alternate = take_if('#');
      spec.zero = take_if('0');
      if (digit() || next_is('{')) spec.width = size();
      if (take_if('.')) {
        if (!digit() && !next_is('{')) throw format_error("missing precision specifier");
        spec.precision = size();
      }
      if (!rest_.empty() && rest_[0] != '}') spec.type = take();
    }
    if (take() != '}') throw format_error("invalid format string");
    return placed(x, spec);
  }

  std::string_view rest_;
  std::span<const Arg> args_;
  std::size_t next_ = 0;
};

inline std::string write(std::string_view format, std::span<const Arg> args) { return Writer(format, args).run(); }

template <class T>
Arg arg(const T& x) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, char> || std::is_same_v<T, float>) return x;
  else if constexpr (std::is_floating_point_v<T>) return static_cast<double>(x);
  else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) return static_cast<std::int64_t>(x);
  else if constexpr (std::is_integral_v<T>) return static_cast<std::uint64_t>(x);
  else return std::string(std::string_view(x));
}
template <class R>
Arg arg(const Joined<R>& joined) {
  std::string text;
  for (bool first = true; const auto& entry : joined.range) {
    if (!first) text += joined.between;
    text += placed(arg(entry), {});
    first = false;
  }
  return text;
}

}  // namespace plain

template <class... X>
std::string format(std::string_view text, const X&... x) {
  const plain::Arg args[sizeof...(X) + 1] = {plain::arg(x)...};
  return plain::write(text, std::span(args, sizeof...(X)));
}

// Arguments whose number is known when the program runs.
struct format_context;
template <class Context>
class dynamic_format_arg_store {
 public:
  template <class T>
  void push_back(const T& x) {
    args_.push_back(plain::arg(x));
  }
  const std::vector<plain::Arg>& args() const { return args_; }

 private:
  std::vector<plain::Arg> args_;
};
template <class Context>
std::string vformat(std::string_view text, const dynamic_format_arg_store<Context>& store) {
  return plain::write(text, store.args());
}

}  // namespace fmt
