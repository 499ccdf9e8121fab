// Transforms change a batch on its way to the network. They are pure functions of (seed, epoch, row): neither threads nor the
// size of a batch nor a restart change what they do.
#pragma once
#include <functional>
#include <span>

#include "../tensor.hpp"

namespace gradus::data {

struct Batch {
  Tensor x, y;
};

struct BatchInfo {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  std::span<const std::int64_t> rows;  // where each sample of the batch stands in the data set
};

using Transform = std::function<Batch(Batch, const BatchInfo&)>;

// x + deviation * normal numbers, drawn anew for every row and epoch. ValueError for a negative deviation.
Transform input_noise(double deviation);

// x = f(x): anything made of ops.
Transform map(std::function<Tensor(const Tensor&)> f);

}  // namespace gradus::data
