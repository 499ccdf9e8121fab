// Normalisation. Weights and biases are optional: an undefined tensor is none.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Softmin {
  using family = Row;
  static constexpr auto name = "softmin", doc = "softmax(-x) along one axis.";
  std::int64_t axis = -1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs of the norms: x, or x and the weight, or x, the weight and the bias.
struct LayerNorm {
  using family = Row;
  static constexpr auto name = "layer_norm", doc = "(x - mean) / sqrt(variance + eps) over the last `axes` axes, times a weight, plus a bias of their shape.";
  static constexpr int inputs = -1;
  std::int64_t axes = 1;
  double eps = 1e-5;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct RmsNorm {
  using family = Row;
  static constexpr auto name = "rms_norm", doc = "x / sqrt(mean(x^2) + eps) over the last `axes` axes, times a weight of their shape.";
  static constexpr int inputs = -1;
  std::int64_t axes = 1;
  double eps = 1e-5;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// Inputs: x, the weight if there is one, and the gradient of the norm. Result: the gradient of x, flat; then, with a weight, that of
// the weight and, if `centred` (layer_norm; else rms_norm), that of the bias.
struct NormGrad {
  using family = Row;
  static constexpr auto name = "norm_grad", doc = "Gradients of layer_norm or rms_norm with respect to x, weight and bias in one flat tensor.";
  static constexpr int inputs = -1;
  std::int64_t axes = 1;
  double eps = 1e-5;
  bool centred = true;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct GroupNorm {
  using family = Row;
  static constexpr auto name = "group_norm", doc = "Normalises [N, C, ...] over each of `groups` parts of the channels and all further axes; weight and bias [C].";
  static constexpr int inputs = -1;
  std::int64_t groups = 1;
  double eps = 1e-5;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct InstanceNorm {
  using family = Row;
  static constexpr auto name = "instance_norm", doc = "Normalises each channel of each example of [N, C, spatial...]; weight and bias [C].";
  static constexpr int inputs = -1;
  double eps = 1e-5;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: x [N, C, ...], mean [C], variance [C], and then weight and bias.
struct BatchNorm {
  using family = Row;
  static constexpr auto name = "batch_norm", doc = "(x - mean) / sqrt(variance + eps) with the given statistics of each channel; weight and bias [C].";
  static constexpr int inputs = -1;
  double eps = 1e-5;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct BatchNormTraining {
  using family = Row;
  static constexpr auto name = "batch_norm_training", doc = "batch_norm with the mean and (biased) variance of this batch, through which gradients flow.";
  static constexpr int inputs = -1;
  double eps = 1e-5;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Krizhevsky et al. 2012, with PyTorch's alpha / size and its window: size / 2 channels before, the rest after.
struct LocalResponseNorm {
  using family = Row;
  static constexpr auto name = "local_response_norm", doc = "x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta of [N, C, ...].";
  std::int64_t size = 5;
  double alpha = 1e-4, beta = 0.75, k = 1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct L2Normalise {
  using family = Row;
  static constexpr auto name = "l2_normalise", doc = "x / max(norm(x), eps) along one axis.";
  std::int64_t axis = -1;
  double eps = 1e-12;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_NORM_OPS(X)                                                                              \
  X(Softmin) X(LayerNorm) X(RmsNorm) X(NormGrad) X(GroupNorm) X(InstanceNorm) X(BatchNorm)               \
  X(BatchNormTraining) X(LocalResponseNorm) X(L2Normalise)
GRADUS_NORM_OPS(GRADUS_EXTERN_OP)

// What batch_norm_training is made of. These are not in the list: their input `statistics` has to be batch_statistics of x, through
// which they differentiate as well, so that it is no free variable. All of one dtype, f32 or f64.
struct BatchStatistics {
  using family = Row;
  static constexpr auto name = "batch_statistics", doc = "[2, C] of x [N, C, ...]: the mean and the biased variance of each channel.";
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
};

// Inputs: x, statistics, and then weight and bias.
struct NormaliseBatch {
  using family = Row;
  static constexpr auto name = "normalise_batch", doc = "batch_norm of x with its own statistics.";
  static constexpr int inputs = -1;
  double eps = 1e-5;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor expand(Inputs x) const;
};

// Inputs: x, statistics, g.
struct NormaliseBatchSums {
  using family = Row;
  static constexpr auto name = "normalise_batch_sums", doc = "[2, C]: the sums over each channel of g and of g times the normalised x, the gradients of bias and weight.";
  static constexpr int inputs = 3;
  double eps = 1e-5;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
};

// Inputs: x, statistics, g, the sums, and then the weight.
struct NormaliseBatchGrad {
  using family = Row;
  static constexpr auto name = "normalise_batch_grad", doc = "Gradient of normalise_batch with respect to x.";
  static constexpr int inputs = -1;
  double eps = 1e-5;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
};

}  // namespace gradus::ops

namespace gradus {

Tensor softmin(const Tensor& x, std::int64_t axis = -1);
Tensor layer_norm(const Tensor& x, std::int64_t axes = 1, const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);
Tensor rms_norm(const Tensor& x, std::int64_t axes = 1, const Tensor& weight = {}, double eps = 1e-5);
Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);
Tensor instance_norm(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);
Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);
struct BatchNormResult {
  Tensor output, mean, variance;  // the variance is the biased one; running averages take n / (n - 1) of it
};
BatchNormResult batch_norm_training(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {}, double eps = 1e-5);
Tensor local_response_norm(const Tensor& x, std::int64_t size, double alpha = 1e-4, double beta = 0.75, double k = 1);
Tensor l2_normalise(const Tensor& x, std::int64_t axis = -1, double eps = 1e-12);

}  // namespace gradus
