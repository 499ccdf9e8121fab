// Normalisation.
//   nn::BatchNorm2d norm{64};        // over examples and places, for each of 64 channels
//   nn::LayerNorm other{128};        // over the last axis
#pragma once
#include "../autodiff.hpp"

namespace gradus::nn {

struct BatchNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;  // running = (1 - momentum) running + momentum * that of the batch
  Dtype dtype = Dtype::f32;
};

// x [N, C, ...] (Ioffe & Szegedy 2015). In training (Mode) with the mean and variance of the batch, which also move the running ones;
// otherwise with the running ones. As in PyTorch the running variance is the unbiased one, n / (n - 1) of that of the batch.
class BatchNorm {
 public:
  explicit BatchNorm(std::int64_t channels, const BatchNormOptions& options = {});
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "batch_norm 64"
  static constexpr auto fields() {
    return fields_of<&BatchNorm::weight, &BatchNorm::bias, &BatchNorm::running_mean, &BatchNorm::running_var, &BatchNorm::num_batches_tracked>{};
  }

  Param weight, bias;               // [C]; they start as 1 and 0
  State running_mean, running_var;  // [C]; they start as 0 and 1
  State num_batches_tracked;        // i64: how many batches have moved them

 private:
  double eps_, momentum_;
};
using BatchNorm1d = BatchNorm;
using BatchNorm2d = BatchNorm;
using BatchNorm3d = BatchNorm;

struct LayerNormOptions {
  double eps = 1e-5;
  bool affine = true, bias = true;  // a weight and a bias; a weight alone; none
  Dtype dtype = Dtype::f32;
};

// Over the last axes of x, whose sizes are given (Ba et al. 2016).
class LayerNorm {
 public:
  explicit LayerNorm(std::int64_t features, const LayerNormOptions& options = {}) : LayerNorm(Shape{features}, options) {}
  explicit LayerNorm(const Shape& shape, const LayerNormOptions& options = {});
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "layer_norm 128"
  static constexpr auto fields() { return fields_of<&LayerNorm::weight, &LayerNorm::bias>{}; }

  Param weight, bias;  // of that shape; they start as 1 and 0

 private:
  Shape shape_;
  double eps_;
};

}  // namespace gradus::nn
