// Symbols as vectors, and places in a sequence as vectors.
//   nn::Embedding token{65, 128};      // integers 0..64, [N, T] -> [N, T, 128]
//   nn::Positions place{64, 128};      // [N, T, 128] -> the same, plus a vector for each of at most 64 places
#pragma once
#include "../autodiff.hpp"
#include "init.hpp"

namespace gradus::nn {

struct EmbeddingOptions {
  Initializer init = {};  // by default normal, deviation 1, as PyTorch's
  Dtype dtype = Dtype::f32;
};

// Integers [...] -> [..., width]. DtypeError for floats, ValueError for a number that is not below `count`.
class Embedding {
 public:
  Embedding(std::int64_t count, std::int64_t width, const EmbeddingOptions& options = {});
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "embedding 65 -> 128"
  static constexpr auto fields() { return fields_of<&Embedding::weight>{}; }

  Param weight;  // [count, width]
};

// x [..., T, width] plus the first T rows of the weight; T is at most `length`.
class Positions {
 public:
  Positions(std::int64_t length, std::int64_t width, const EmbeddingOptions& options = {});
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "positions 64"
  static constexpr auto fields() { return fields_of<&Positions::weight>{}; }

  Param weight;  // [length, width]
};

}  // namespace gradus::nn
