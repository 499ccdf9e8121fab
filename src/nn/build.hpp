// What the words of a recipe's layers are made into.
#pragma once
#include <gradus/nn/sequential.hpp>

namespace gradus::nn {

// What stands before a layer.
struct Before {
  Shape sample;              // of one sample
  Dtype dtype = Dtype::f32;
  bool sequence = false;     // [T, C]: C numbers for each of T places
  std::int64_t symbols = 0;  // integers are below this
  const BuildOptions* build = nullptr;
};

using Maker = AnyModule (*)(const Before& before, const Options& options);
struct LayerType {
  const char* name;
  std::vector<std::string> keys;  // options; words without a key are the first, the second, ...
  Maker make;
};

std::vector<LayerType> layers_with_numbers();  // those of makers.cpp

// Adds the layers to the net, and moves `before` behind them.
void build_onto(Sequential& net, const std::vector<LayerSpec>& layers, Before& before);

}  // namespace gradus::nn
