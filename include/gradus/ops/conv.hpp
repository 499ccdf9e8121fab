// Convolution (cross-correlation, as every library of networks means it) over any number of spatial axes. Three operations, linear
// in each input, that are each other's derivatives: the convolution, its gradient with respect to the input, which is the
// transposed convolution, and its gradient with respect to the weights.
#pragma once
#include "define.hpp"

namespace gradus::ops {

// x [N, C, spatial...], w [O, C / groups, kernel...] -> [N, O, spatial...]. stride, padding and dilation hold one number per spatial
// axis, or one for all of them, or nothing: 1, 0 and 1.
struct Conv {
  using family = Contract;
  static constexpr auto name = "conv", doc = "Convolution of [N, C, spatial...] with weights [O, C / groups, kernel...]; 1d, 2d, 3d, depthwise with groups = C.";
  static constexpr Linear linear_in = each;
  static constexpr int inputs = 2;
  Shape stride = {}, padding = {}, dilation = {};
  std::int64_t groups = 1;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// x [N, O, spatial...], w [O, C / groups, kernel...] -> [N, C, spatial...], of size (n - 1) stride - 2 padding + dilation (kernel - 1)
// + 1 + output_padding: the input that a convolution with these weights would have had.
struct ConvTranspose {
  using family = Contract;
  static constexpr auto name = "conv_transpose", doc = "Transposed convolution: the gradient of conv with respect to its input; weights [C, O / groups, kernel...].";
  static constexpr Linear linear_in = each;
  static constexpr int inputs = 2;
  Shape stride = {}, padding = {}, output_padding = {}, dilation = {};
  std::int64_t groups = 1;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// x [N, C, spatial...] and the gradient [N, O, spatial...] of a convolution's output -> [O, C / groups, kernel...].
struct ConvWeight {
  using family = Contract;
  static constexpr auto name = "conv_weight", doc = "Gradient of conv with respect to its weights, from its input and the gradient of its output.";
  static constexpr Linear linear_in = each;
  static constexpr int inputs = 2;
  Shape kernel, stride = {}, padding = {}, dilation = {};
  std::int64_t groups = 1;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

#define GRADUS_CONV_OPS(X) X(Conv) X(ConvTranspose) X(ConvWeight)
GRADUS_CONV_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

// conv2d(x, w, {.stride = {2}, .padding = {1}, .groups = 4}). One example may come without its axis N. A bias [O] is added; an undefined one is none.
using ConvOptions = ops::Conv;
using ConvTransposeOptions = ops::ConvTranspose;
Tensor conv(const Tensor& x, const Tensor& w, const ConvOptions& how = {}, const Tensor& bias = {});
Tensor conv_transpose(const Tensor& x, const Tensor& w, const ConvTransposeOptions& how = {}, const Tensor& bias = {});

// The same, and a ShapeError unless there are so many spatial axes.
Tensor conv1d(const Tensor& x, const Tensor& w, const ConvOptions& how = {}, const Tensor& bias = {});
Tensor conv2d(const Tensor& x, const Tensor& w, const ConvOptions& how = {}, const Tensor& bias = {});
Tensor conv3d(const Tensor& x, const Tensor& w, const ConvOptions& how = {}, const Tensor& bias = {});
Tensor conv_transpose1d(const Tensor& x, const Tensor& w, const ConvTransposeOptions& how = {}, const Tensor& bias = {});
Tensor conv_transpose2d(const Tensor& x, const Tensor& w, const ConvTransposeOptions& how = {}, const Tensor& bias = {});
Tensor conv_transpose3d(const Tensor& x, const Tensor& w, const ConvTransposeOptions& how = {}, const Tensor& bias = {});

}  // namespace gradus
