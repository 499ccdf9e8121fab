// A recipe: everything that decides a run, as plain values. These structs are the one table of keys: their fields' names are
// the keys in TOML (optim.lr), and reading, writing, checking, --set and docs/recipes.md are all made from them.
//   Recipe r = load_recipe("xor");        // built in, or the path of a TOML file
//   set(r, "optim.lr=0.01");
//   double rate = r.optim.lr;
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::train {

// What a value may be. Numbers: min <= value <= max (min itself excluded when `above`). Text: one of `words`, or any text
// when there are none.
struct Allowed {
  double min = -std::numeric_limits<double>::infinity(), max = std::numeric_limits<double>::infinity();
  bool above = false;
  std::vector<std::string> words = {};
};
inline Allowed at_least(double min) { return {.min = min}; }
inline Allowed above(double min) { return {.min = min, .above = true}; }
inline Allowed between(double min, double max) { return {.min = min, .max = max}; }
inline Allowed one_of(std::vector<std::string> words) { return {.words = std::move(words)}; }

template <class T>
struct Setting {
  T value{};
  const char* doc = "";
  Allowed allowed = {};
  bool given = false;  // by the recipe or --set, so not the default
  operator const T&() const { return value; }
};
using Number = Setting<double>;
using Whole = Setting<std::int64_t>;
using Switch = Setting<bool>;
using Text = Setting<std::string>;
using Texts = Setting<std::vector<std::string>>;

