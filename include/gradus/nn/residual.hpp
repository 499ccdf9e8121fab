// x + f(x) (He et al. 2015). Where f changes the shape, a shortcut carries x there.
//   nn::Residual block{.body = {nn::Conv2d{64, 128, 3, {.stride = 2, .padding = 1}}, nn::BatchNorm2d{128}},
//                      .shortcut = {nn::Conv2d{64, 128, 1, {.stride = 2}}}};
#pragma once
#include "sequential.hpp"

namespace gradus::nn {

struct Residual {
  Sequential body;
  Sequential shortcut = {};  // an empty one passes x on
  Tensor operator()(const Tensor& x) const;  // ShapeError when the two differ in shape: nothing broadcasts here
  std::string text() const;                  // "residual of 5"
};

}  // namespace gradus::nn
