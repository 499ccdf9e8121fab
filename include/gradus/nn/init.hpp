// How weights start. Shapes are [out, in, ...]; whatever follows the first two axes belongs to both fans.
// All draw from the thread's generator, see manual_seed.
//   Tensor w = nn::init::he_normal({512, 784});
//   nn::Linear layer{784, 512, {.init = nn::init::xavier_uniform}};
//   nn::Linear other{784, 512, {.init = nn::init::by_name("normal 0 0.01")}};
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "../tensor.hpp"

namespace gradus::nn {

// What a layer makes a parameter with.
using Initializer = std::function<Tensor(const Shape& shape, Dtype dtype)>;

namespace init {

struct Fans {
  std::int64_t in, out;
};
Fans fans(const Shape& shape);  // ShapeError below two axes

// Glorot & Bengio 2010: the variance of values and of gradients is kept. uniform +-sqrt(6 / (in + out)); deviation sqrt(2 / (in + out)).
Tensor xavier_uniform(const Shape& shape, Dtype dtype = Dtype::f32);
Tensor xavier_normal(const Shape& shape, Dtype dtype = Dtype::f32);
// He et al. 2015: the same before relu. uniform +-sqrt(6 / in); deviation sqrt(2 / in).
Tensor he_uniform(const Shape& shape, Dtype dtype = Dtype::f32);
Tensor he_normal(const Shape& shape, Dtype dtype = Dtype::f32);
// PyTorch's default for linear layers: uniform +-1 / sqrt(in).
Tensor fan_in_uniform(const Shape& shape, Dtype dtype = Dtype::f32);

Tensor normal(const Shape& shape, double mean, double std, Dtype dtype = Dtype::f32);
Tensor uniform(const Shape& shape, double low, double high, Dtype dtype = Dtype::f32);
Tensor zeros(const Shape& shape, Dtype dtype = Dtype::f32);
Tensor constant(const Shape& shape, double value, Dtype dtype = Dtype::f32);

// For recipes: "xavier_uniform", "he_normal", "zeros", ..., with numbers where there are some: "normal 0 0.01",
// "uniform -1 1", "constant 0.5"; plain "normal" is N(0, 1). UsageError names the nearest known one.
Initializer by_name(const std::string& text);
std::vector<std::string> names();

}  // namespace init
}  // namespace gradus::nn
