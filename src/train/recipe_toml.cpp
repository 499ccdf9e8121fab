// TOML in, recipe out. The only file that knows the TOML library.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>
#include <toml++/toml.h>

#include "settings.hpp"

namespace gradus::train {
namespace {

constexpr auto op = "recipe";

std::string where_text(const std::string& origin, const toml::source_region& source) {
  return source.begin.line > 0 ? fmt::format("{}:{}", origin, source.begin.line) : origin;
}

std::string shown(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) { out << value; });
  std::string text = out.str();
  if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"')) text = text.substr(1, text.size() - 2);
  return quoted(text);
}

// The value of a node in the type of the setting, or false when it has another type.
bool read(const toml::node& node, double& value) {
  if (!node.is_number()) return false;
  value = *node.value<double>();
  return std::isfinite(value);
}
bool read(const toml::node& node, std::int64_t& value) {
  if (!node.is_integer()) return false;
  value = *node.value<std::int64_t>();
  return true;
}
bool read(const toml::node& node, bool& value) {
  if (!node.is_boolean()) return false;
  value = *node.value<bool>();
  return true;
}
bool read(const toml::node& node, std::string& value) {
  if (node.is_integer()) {  // a column's number
    value = std::to_string(*node.value<std::int64_t>());
    return true;
  }
  if (!node.is_string()) return false;
  value = *node.value<std::string>();
  return true;
}
bool read(const toml::node& node, std::vector<std::string>& value) {
  value.clear();
  if (!node.is_array()) return read(node, value.emplace_back());
  for (const toml::node& item : *node.as_array()) {
    if (!read(item, value.emplace_back())) return false;
  }
  return true;
}

bool in_range(double value, const Allowed& allowed) {
  return (allowed.below ? value < allowed.max : value <= allowed.max) && (allowed.open ? value > allowed.min : value >= allowed.min);
}
bool is_allowed(double value, const Allowed& allowed) { return in_range(value, allowed); }
bool is_allowed(std::int64_t value, const Allowed& allowed) { return in_range(static_cast<double>(value), allowed); }
bool is_allowed(bool, const Allowed&) { return true; }
bool is_allowed(const std::vector<std::string>&, const Allowed&) { return true; }
bool is_allowed(const std::string& value, const Allowed& allowed) {
  return allowed.words.empty() || std::find(allowed.words.begin(), allowed.words.end(), value) != allowed.words.end();
}

template <class S>
void assign(const std::string& key, S& setting, const toml::node& node, const std::string& where) {
  auto value = setting.value;
  if (!read(node, value) || !is_allowed(value, setting.allowed)) {
    std::string hint;
    if constexpr (std::is_same_v<S, Text>) {
      if (!setting.allowed.words.empty() && node.is_string()) hint = did_you_mean(*node.value<std::string>(), setting.allowed.words);
    }
    fail<UsageError>(op, fmt::format("{} = {} is not allowed: it must be {}", key, shown(node), allowed_text(setting)), hint, where);
  }
  setting.value = std::move(value);
  setting.given = true;
}

[[noreturn]] void unknown_key(const std::string& key, const std::string& where) {
  fail<UsageError>(op, fmt::format("there is no key {}", quoted(key)), did_you_mean(key, recipe_keys()), where);
}

void assign(Recipe& recipe, const std::string& key, const toml::node& node, const std::string& where) {
  bool found = false;
  for_each_setting(recipe, [&](const std::string& name, auto& setting) {
    if (name != key) return;
    found = true;
    assign(key, setting, node, where);
  });
  if (!found) unknown_key(key, where);
}

bool is_section(const std::string& name) {
  for (const std::string& key : recipe_keys()) {
    if (key.starts_with(name + ".")) return true;
  }
  return false;
}

std::string message_of(const toml::parse_error& error) {
  return fmt::format("this is not TOML: {}", std::string_view(error.description()));
}

}  // namespace

Recipe parse_recipe(const std::string& text, const std::string& origin, const std::string& name) {
  Recipe recipe;
  recipe.name.value = name;
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    fail<UsageError>(op, message_of(error), {}, where_text(origin, error.source()));
  }
  // In the order of the file, so that the first wrong line is the one that is named.
  std::map<toml::source_position, std::pair<std::string, const toml::node*>> nodes;
  for (const auto& [key, node] : table) {
    const std::string section(key.str());
    if (!node.is_table()) {
      nodes.emplace(node.source().begin, std::pair(section, &node));
      continue;
    }
    if (!is_section(section)) {
      const toml::table& inner = *node.as_table();
      unknown_key(inner.empty() ? section : section + "." + std::string(inner.begin()->first.str()),
                  where_text(origin, node.source()));
    }
    for (const auto& [inner, value] : *node.as_table()) {
      nodes.emplace(value.source().begin, std::pair(section + "." + std::string(inner.str()), &value));
    }
  }
  for (const auto& [position, item] : nodes) assign(recipe, item.first, *item.second, where_text(origin, item.second->source()));
  return recipe;
}

Recipe load_recipe(const std::string& given) {
  for (const BuiltIn& recipe : built_in_recipes()) {
    if (recipe.name == given) return parse_recipe(std::string(recipe.toml), "built-in recipe " + given, given);
  }
  const bool is_path = given.find('/') != std::string::npos || given.ends_with(".toml");
  if (!is_path) {
    std::vector<std::string> names;
    for (const BuiltIn& recipe : built_in_recipes()) names.emplace_back(recipe.name);
    const std::string known = did_you_mean(given, names);
    fail<UsageError>(op, fmt::format("there is no recipe {}", quoted(given)),
                     known + (known.ends_with("?") ? "" : ".") + " A recipe of your own is the path of a TOML file");
  }
  constexpr std::uint64_t limit = 1 << 20;
  if (path_kind(given) == PathKind::nothing) fail<UsageError>(op, fmt::format("there is no file {}", quoted(given)));
  const std::string text = read_file(given, limit);
  std::string name = given.substr(given.rfind('/') + 1);
  name = name.substr(0, name.rfind(".toml"));
  Recipe recipe = parse_recipe(text, given, name);
  recipe.origin = given;
  return recipe;
}

void set(Recipe& recipe, const std::string& assignment) {
  const std::size_t equal = assignment.find('=');
  if (equal == std::string::npos || equal == 0) {
    fail<UsageError>("--set", fmt::format("{} is no assignment", quoted(assignment)), "as in --set optim.lr=0.01");
  }
  const std::string key = assignment.substr(0, equal), text = assignment.substr(equal + 1);
  // What is no TOML value is text: --set data.file=iris.csv needs no quotes.
  toml::table table;
  try {
    table = toml::parse("value = " + text);
  } catch (const toml::parse_error&) {
    table.clear();
  }
  if (table.size() != 1 || !table.contains("value")) table = toml::table{{"value", text}};
  bool is_text = false;
  for_each_setting(recipe, [&](const std::string& name, auto& setting) {
    is_text = is_text || (name == key && std::is_same_v<std::remove_cvref_t<decltype(setting)>, Text>);
  });
  if (is_text && !table["value"].is_string()) table = toml::table{{"value", text}};  // data.target=1e1 is a name
  assign(recipe, key, *table.get("value"), "--set");
}

}  // namespace gradus::train
