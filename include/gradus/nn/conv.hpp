// Convolution of pictures (cross-correlation, as every library of networks means it).
//   nn::Conv2d layer{3, 64, 3, {.stride = 2, .padding = 1}};     // 3 channels -> 64, windows of 3x3
#pragma once
#include "../autodiff.hpp"
#include "init.hpp"
#include "pair.hpp"

namespace gradus::nn {

struct Conv2dOptions {
  Pair stride = 1, padding = 0, dilation = 1;
  std::int64_t groups = 1;     // each group of outputs sees its own group of inputs; `in` of them: depthwise
  bool bias = true;
  Initializer init = {};       // of the weight; by default uniform +-1 / sqrt(fan in), as PyTorch's
  Initializer bias_init = {};  // of the bias; by default the same
  Dtype dtype = Dtype::f32;
};

// x [N, in, H, W] -> [N, out, H', W'] with H' = (H + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down. One picture
// may come without its axis N. ShapeError, which names the layer, when the channels are not `in`.
class Conv2d {
 public:
  Conv2d(std::int64_t in, std::int64_t out, Pair kernel, const Conv2dOptions& options = {});
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "conv2d 3 -> 64, 3x3, stride 2x2, padding 1x1"
  static constexpr auto fields() { return fields_of<&Conv2d::weight, &Conv2d::bias>{}; }

  Param weight;  // [out, in / groups, kernel height, kernel width]
  Param bias;    // [out]; undefined without bias

 private:
  Pair stride_, padding_, dilation_;
  std::int64_t groups_;
};

}  // namespace gradus::nn
