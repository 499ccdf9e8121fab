// Attributes of operations as text.
#include <fmt/format.h>
#include <gradus/base/options.hpp>
#include <gradus/ops/registry.hpp>

#include <cmath>

namespace gradus::ops {

namespace {
std::string shown(double value) { return fmt::format("{:.6g}", value); }
std::string shown(std::int64_t value) { return value == INT64_MAX ? "end" : std::to_string(value); }
std::string shown(bool value) { return value ? "true" : "false"; }
std::string shown(Dtype value) { return std::string(name(value)); }
std::string shown(const Shape& value) { return to_string(value); }
std::string shown(const Axes& value) { return to_string(value); }
std::string shown(const std::string& value) { return value; }
}  // namespace

std::string text(std::string_view op, Attributes attributes) {
  std::string fields;
  for (const auto& [name, value] : attributes) {
    fields += fields.empty() ? "(" : ", ";
    fields += std::string(name) + "=" + std::visit([](const auto* at) { return shown(*at); }, value);
  }
  return std::string(op) + fields + (fields.empty() ? "" : ")");
}

namespace {
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

void read(const std::string& op, const std::string& key, const std::string& text, double& value) {
  if (text == "inf" || text == "-inf") value = text == "inf" ? INFINITY : -INFINITY;
  else value = to_number(op, key, text);
}
void read(const std::string& op, const std::string& key, const std::string& text, std::int64_t& value) { value = text == "end" ? INT64_MAX : to_integer(op, key, text); }
void read(const std::string& op, const std::string& key, const std::string& text, bool& value) { value = to_bool(op, key, text); }
void read(const std::string&, const std::string&, const std::string& text, std::string& value) { value = text; }
void read(const std::string& op, const std::string& key, const std::string& text, Dtype& value) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(Dtype::f64); ++i) {
    value = static_cast<Dtype>(i);
    if (gradus::name(value) == text) return;
    names.emplace_back(gradus::name(value));
  }
  fail_unknown(op, key, text, names);
}
void read(const std::string& op, const std::string& key, const std::string& text, Shape& value) {
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
void read(const std::string& op, const std::string& key, const std::string& text, Axes& value) {
  value.all = text == "all";
  value.list.clear();
  if (!value.all) read(op, key, text, value.list);
}
}  // namespace

std::vector<std::string> names(Attributes attributes) {
  std::vector<std::string> out;
  for (const Attribute& attribute : attributes) out.emplace_back(attribute.name);
  return out;
}

void read_attributes(const std::string& op, const Options& given, Attributes attributes) {
  for (const auto& [name, value] : attributes) {
    const std::string key(name);
    if (const auto found = given.find(key); found != given.end()) {
      std::visit([&](auto* at) { read(op, key, found->second, *at); }, value);
    }
  }
  check_keys(op, given, names(attributes));
}

}  // namespace gradus::ops
