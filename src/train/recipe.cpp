#include <cmath>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/text.hpp>

#include "settings.hpp"

namespace gradus::train {
namespace {

std::string number_text(double value) {
  const std::string text = fmt::format("{}", value);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

// "a number above 0", "a whole number from 1 to 100", "one of auto, classification, regression"
std::string range_text(const std::string& what, const Allowed& allowed, double largest) {
  const bool has_min = allowed.min > -largest, has_max = allowed.max < largest;
  if (allowed.below) return fmt::format("{} from {}, below {}", what, number_text(allowed.min), number_text(allowed.max));
  if (has_min && has_max) return fmt::format("{} from {} to {}", what, number_text(allowed.min), number_text(allowed.max));
  if (has_min)
    return fmt::format(
        "{} {}", what,
        allowed.open ? "above " + number_text(allowed.min) : number_text(allowed.min) + " or more");
  if (has_max) return fmt::format("{} up to {}", what, number_text(allowed.max));
  return what;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += "\\|";
    else out += c;
  }
  return out;
}

}  // namespace

std::string allowed_text(const Number& s) { return range_text("a number", s.allowed, INFINITY); }
std::string allowed_text(const Whole& s) { return range_text("a whole number", s.allowed, 9e18); }
std::string allowed_text(const Switch&) { return "true or false"; }
std::string allowed_text(const Texts&) { return "a list of texts"; }
std::string allowed_text(const Text& s) {
  return s.allowed.words.empty() ? "text" : fmt::format("one of {}", fmt::join(s.allowed.words, ", "));
}

std::string toml_text(double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return number_text(value);
}
std::string toml_text(std::int64_t value) { return fmt::format("{}", value); }
std::string toml_text(bool value) { return value ? "true" : "false"; }
std::string toml_text(const std::string& value) {
  std::string out = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (byte < 0x20 || byte == 0x7f) out += fmt::format("\\u{:04x}", byte);
    else out += c;
  }
  return out + "\"";
}
std::string toml_text(const std::vector<std::string>& value) {
  std::string out = "[";
  for (const std::string& item : value) out += (out.size() > 1 ? ", " : "") + toml_text(item);
  return out + "]";
}

std::string to_toml(const Recipe& recipe) {
  std::string out, section;
  for_each_setting(recipe, [&](const std::string& key, const auto& setting) {
    const std::size_t dot = key.find('.');
    if (const std::string of = dot == std::string::npos ? "" : key.substr(0, dot); of != section) {
      out += "\n[" + of + "]\n";
      section = of;
    }
    out += key.substr(dot == std::string::npos ? 0 : dot + 1) + " = " + toml_text(setting.value) + "\n";
  });
  return out;
}

std::vector<std::string> recipe_keys() {
  const Recipe defaults;
  std::vector<std::string> keys;
  for_each_setting(defaults, [&](const std::string& key, const auto&) { keys.push_back(key); });
  return keys;
}

std::vector<std::string> differences(const Recipe& a, const Recipe& b) {
  std::vector<std::string> keys, texts;
  for_each_setting(a, [&](const std::string&, const auto& setting) { texts.push_back(toml_text(setting.value)); });
  std::size_t at = 0;
  for_each_setting(b, [&](const std::string& key, const auto& setting) {
    if (toml_text(setting.value) != texts[at++]) keys.push_back(key);
  });
  return keys;
}

std::string recipe_keys_markdown() {
  std::string out = "| key | default | allowed | what it is |\n|---|---|---|---|\n";
  const Recipe defaults;
  for_each_setting(defaults, [&](const std::string& key, const auto& setting) {
    out += fmt::format("| `{}` | `{}` | {} | {} |\n", key, toml_text(setting.value), escaped(allowed_text(setting)), escaped(setting.doc));
  });
  return out;
}

}  // namespace gradus::train
