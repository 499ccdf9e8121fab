#include <algorithm>
#include <charconv>
#include <cmath>
#include <gradus/base/error.hpp>
#include <gradus/base/options.hpp>
#include <gradus/base/text.hpp>

namespace gradus {
namespace {

[[noreturn]] void wrong(const std::string& op, const std::string& key, std::string_view text, const char* wanted) {
  fail<UsageError>(op, key + " is " + quoted(text) + "; it must be " + wanted);
}

template <class T>
bool parse(std::string_view text, T& value) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);  // from_chars takes no plus sign
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

double to_number(const std::string& op, const std::string& key, std::string_view text) {
  double value = 0;
  if (!parse(text, value) || !std::isfinite(value)) wrong(op, key, text, "a number");
  return value;
}

std::int64_t to_integer(const std::string& op, const std::string& key, std::string_view text) {
  std::int64_t value = 0;
  if (!parse(text, value)) wrong(op, key, text, "a whole number");
  return value;
}

bool to_bool(const std::string& op, const std::string& key, std::string_view text) {
  if (text != "true" && text != "false") wrong(op, key, text, "true or false");
  return text == "true";
}

void fail_unknown(const std::string& op, const std::string& what, std::string_view name, const std::vector<std::string>& known) {
  fail<UsageError>(op, "there is no " + what + " " + quoted(name), did_you_mean(name, known));
}

void check_keys(const std::string& op, const Options& options, const std::vector<std::string>& known) {
  for (const auto& [key, value] : options) {
    if (std::ranges::find(known, key) == known.end()) fail_unknown(op, "option", key, known);
  }
}

}  // namespace gradus
