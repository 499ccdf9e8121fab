// Convolutions: by oneDNN where it has a fast implementation, else by columns of patches and products (src/ops/conv.hpp).
#pragma once
#include <gradus/ops.hpp>
#include <gradus/tensor/backend.hpp>

namespace gradus::cpu {

Kernel prepare_conv(const Op& op, Inputs x, const Array& y);  // of family contract

// y = conv(x, w), plus a bias [O] of y's dtype, and nothing below zero (a NaN stays one): what a plan makes of three operations.
// y may have any strides.
void conv_forward(const ops::Conv& how, const Tensor& x, const Tensor& w, const Array* bias, bool relu, Array& y);

// x [N, C, spatial...], w [O, C / groups, kernel...] and y [N, O, spatial...] of a convolution, and which of them is the result.
struct Convolution {
  enum Result { output, input, weights } result;
  const Array &x, &w, &y;
  Shape stride, padding, dilation;
  std::int64_t groups;
  const float* bias = nullptr;  // [O], for the output alone
};
// False, and nothing done, if these shapes are not for oneDNN, or it is not there. The only door to oneDNN's convolutions.
bool onednn_conv(const Convolution& c);
bool has_onednn();
// The same for 3x3 windows, if they are worth it; without oneDNN too.
bool winograd_conv(const Convolution& c);

}  // namespace gradus::cpu
