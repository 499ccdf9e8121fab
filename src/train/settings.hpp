// The walk over the keys of a recipe.
#pragma once
#include <string>
#include <type_traits>
#include <utility>

#include <gradus/base/options.hpp>
#include <gradus/base/reflect.hpp>
#include <gradus/train/recipe.hpp>

namespace gradus::train {

template <class T>
struct IsSetting : std::false_type {};
template <class T>
struct IsSetting<Setting<T>> : std::true_type {};

// Calls f("optim.lr", setting) for every key.
template <class R, class F>
void for_each_setting(R& recipe, F&& f) {
  for_each_field(recipe, [&](std::string_view name, auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if constexpr (IsSetting<Field>::value) {
      f(std::string(name), field);
    } else if constexpr (!std::is_same_v<Field, std::string>) {
      for_each_field(field, [&](std::string_view key, auto& setting) { f(std::string(name) + "." + std::string(key), setting); });
    }
  });
}

// A value as TOML writes it: 0.001, "text", ["a", "b"], true.
std::string toml_text(double value);
std::string toml_text(std::int64_t value);
std::string toml_text(bool value);
std::string toml_text(const std::string& value);
std::string toml_text(const std::vector<std::string>& value);

std::string absolute_path(const std::string& path);

// The loss of a recipe: its name and its options.
std::pair<std::string, Options> loss_of(const Recipe& recipe);

// What may stand there: "a number above 0", "one of auto, classification, regression".
std::string allowed_text(const Number& setting);
std::string allowed_text(const Whole& setting);
std::string allowed_text(const Switch& setting);
std::string allowed_text(const Text& setting);
std::string allowed_text(const Texts& setting);

}  // namespace gradus::train
