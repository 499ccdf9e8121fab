// Text as symbols: its characters (of UTF-8), numbered.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transform.hpp"
#include "dataset.hpp"

namespace gradus::data {

// The characters of a text, each as text of its own. DataError "where: offset N" when it is not UTF-8.
std::vector<std::string_view> characters(std::string_view text, const std::string& where = {});

// Symbol i stands for symbols[i].
struct Vocabulary {
  std::vector<std::string> symbols;  // different from each other; those of learn() in the order of their code points

  static Vocabulary learn(std::string_view text, const std::string& where = {});
  std::int64_t find(std::string_view character) const;  // -1 when it is not known
};

// What stands at the end of words, and before they begin: symbol 0 of a list of words.
inline constexpr std::string_view end_of_word = ".";

// A data set of windows of one text, x [n, T] and y [n, T] the same one character later, one window after the other. The transform
// moves all windows of an epoch by an amount from 0 to T - 1, a pure function of (seed, epoch): no place is always at a border.
Transform shifted_windows(const Dataset& text);

}  // namespace gradus::data
