// Pools over the last two axes of [N, C, H, W] (or [C, H, W]). The stride is the kernel unless it is given.
//   nn::MaxPool2d pool{2};   nn::AvgPool2d other{3, {.stride = 2, .padding = 1}};
#pragma once
#include <string>

#include "../autodiff.hpp"
#include "pair.hpp"

namespace gradus::nn {

struct MaxPool2dOptions {
  Pair stride = 0;  // 0: the kernel
  Pair padding = 0, dilation = 1;
  bool ceil_mode = false;
};

class MaxPool2d {
 public:
  explicit MaxPool2d(Pair kernel, const MaxPool2dOptions& options = {});
  Tensor operator()(const Tensor& x) const;  // [N, C, H, W] -> [N, C, H', W']: the largest entry of each window
  std::string text() const;                  // "max_pool2d 2x2"
  static constexpr auto fields() { return fields_of<>{}; }

 private:
  Pair kernel_, stride_, padding_, dilation_;
  bool ceil_mode_;
};

struct AvgPool2dOptions {
  Pair stride = 0;  // 0: the kernel
  Pair padding = 0;
  bool ceil_mode = false, count_include_pad = true;
};

class AvgPool2d {
 public:
  explicit AvgPool2d(Pair kernel, const AvgPool2dOptions& options = {});
  Tensor operator()(const Tensor& x) const;  // [N, C, H, W] -> [N, C, H', W']: the mean of each window
  std::string text() const;                  // "avg_pool2d 2x2"
  static constexpr auto fields() { return fields_of<>{}; }

 private:
  Pair kernel_, stride_, padding_;
  bool ceil_mode_, count_include_pad_;
};

// [N, C, spatial...] -> [N, C, 1, ...]: the mean of each channel, whatever the size of the picture.
struct GlobalAvgPool {
  Tensor operator()(const Tensor& x) const;
  static std::string text() { return "global_avg_pool"; }
  static constexpr auto fields() { return fields_of<>{}; }
};

}  // namespace gradus::nn
