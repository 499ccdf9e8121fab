// What layers with parameters share.
#pragma once
#include <gradus/autodiff.hpp>
#include <gradus/nn/init.hpp>
#include <string>

namespace gradus::nn {

// "hidden.weight" is in layer "net.hidden"; a layer that no walk has named has no place.
std::string place(const Cell& parameter);

// What the initialiser gives, or `otherwise` where none is wanted; ShapeError unless it has this shape and dtype.
Tensor made(const char* op, const Initializer& wanted, const Initializer& otherwise, const Shape& shape, Dtype dtype);

// Uniform +-1 / sqrt(fan_in): how PyTorch starts biases, and the weights of recurrent layers.
Initializer uniform_by(std::int64_t fan_in);

}  // namespace gradus::nn
