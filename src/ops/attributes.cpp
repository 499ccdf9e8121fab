// Attributes of operations as text.
#include <fmt/format.h>
#include <gradus/base/options.hpp>
#include <gradus/ops/registry.hpp>

#include <cmath>

namespace gradus::ops {

std::string attribute_text(std::string_view name, double value) { return fmt::format("{}={:.6g}", name, value); }
std::string attribute_text(std::string_view name, std::int64_t value) { return value == INT64_MAX ? fmt::format("{}=end", name) : fmt::format("{}={}", name, value); }
std::string attribute_text(std::string_view name, bool value) { return fmt::format("{}={}", name, value); }
std::string attribute_text(std::string_view name, Dtype value) { return fmt::format("{}={}", name, gradus::name(value)); }
std::string attribute_text(std::string_view name, const Shape& value) { return fmt::format("{}={}", name, to_string(value)); }
std::string attribute_text(std::string_view name, const Axes& value) { return fmt::format("{}={}", name, to_string(value)); }
std::string attribute_text(std::string_view name, const std::string& value) { return fmt::format("{}={}", name, value); }

namespace {
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}
}  // namespace

void read_attribute(const std::string& op, const std::string& key, const std::string& text, double& value) {
  if (text == "inf" || text == "-inf") value = text == "inf" ? INFINITY : -INFINITY;
  else value = to_number(op, key, text);
}
void read_attribute(const std::string& op, const std::string& key, const std::string& text, std::int64_t& value) { value = text == "end" ? INT64_MAX : to_integer(op, key, text); }
void read_attribute(const std::string& op, const std::string& key, const std::string& text, bool& value) { value = to_bool(op, key, text); }
void read_attribute(const std::string&, const std::string&, const std::string& text, std::string& value) { value = text; }
void read_attribute(const std::string& op, const std::string& key, const std::string& text, Dtype& value) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(Dtype::f64); ++i) {
    value = static_cast<Dtype>(i);
    if (gradus::name(value) == text) return;
    names.emplace_back(gradus::name(value));
  }
  fail_unknown(op, key, text, names);
}
void read_attribute(const std::string& op, const std::string& key, const std::string& text, Shape& value) {
  value.clear();
  std::string_view rest = trimmed(text);
  const bool list = rest.size() >= 2 && rest.front() == '[' && rest.back() == ']';
  if (!list) return value.push_back(to_integer(op, key, rest));  // one number is a list of one
  rest = trimmed(rest.substr(1, rest.size() - 2));
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    value.push_back(to_integer(op, key, trimmed(rest.substr(0, comma))));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
}
void read_attribute(const std::string& op, const std::string& key, const std::string& text, Axes& value) {
  value.all = text == "all";
  value.list.clear();
  if (!value.all) read_attribute(op, key, text, value.list);
}

}  // namespace gradus::ops
