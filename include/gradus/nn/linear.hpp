// The affine layer: y = x W^T + b.
#pragma once
#include "../autodiff.hpp"
#include "init.hpp"

namespace gradus::nn {

struct LinearOptions {
  bool bias = true;
  Initializer init = {};       // of the weight; by default uniform +-1 / sqrt(in), as PyTorch's
  Initializer bias_init = {};  // of the bias; by default uniform +-1 / sqrt(in)
  Dtype dtype = Dtype::f32;
};

// x [..., in] -> [..., out]. ShapeError when the last axis of x is not `in`; it names the layer, as in "net.hidden".
class Linear {
 public:
  Linear(std::int64_t in, std::int64_t out, const LinearOptions& options = {});
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "linear 784 -> 512"
  static constexpr auto fields() { return fields_of<&Linear::weight, &Linear::bias>{}; }

  Param weight;  // [out, in]
  Param bias;    // [out]; undefined without bias
};

}  // namespace gradus::nn
