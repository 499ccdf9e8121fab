// A number for each of the two spatial axes, height and width: 3 is {3, 3}.
#pragma once
#include "../base/shape.hpp"

namespace gradus::nn {

struct Pair {
  std::int64_t height, width;
  Pair(std::int64_t both) : height(both), width(both) {}
  Pair(std::int64_t h, std::int64_t w) : height(h), width(w) {}
  Shape shape() const { return {height, width}; }
  std::string text() const { return std::to_string(height) + "x" + std::to_string(width); }
  friend bool operator==(const Pair&, const Pair&) = default;
};

}  // namespace gradus::nn
