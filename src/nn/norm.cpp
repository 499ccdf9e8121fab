#include <fmt/format.h>

#include <algorithm>
#include <gradus/nn/norm.hpp>
#include <gradus/ops.hpp>

#include "nn/parameter.hpp"

namespace gradus::nn {

BatchNorm::BatchNorm(std::int64_t channels, const BatchNormOptions& options) : eps_(options.eps), momentum_(options.momentum) {
  if (channels < 0) fail<ShapeError>("batch_norm", fmt::format("{} channels: the number cannot be negative", channels));
  if (!(eps_ >= 0)) fail<ValueError>("batch_norm", fmt::format("eps {} is negative", eps_));
  if (!(momentum_ >= 0 && momentum_ <= 1)) fail<ValueError>("batch_norm", fmt::format("the momentum {} is outside 0..1", momentum_));
  weight = Param(Tensor::ones({channels}, options.dtype));
  bias = Param(Tensor::zeros({channels}, options.dtype));
  running_mean = State(Tensor::zeros({channels}, options.dtype));
  running_var = State(Tensor::ones({channels}, options.dtype));
  num_batches_tracked = State(Tensor::zeros({}, Dtype::i64));
}

Tensor BatchNorm::operator()(const Tensor& x) const {
  const std::string at = place(weight);
  const ModuleScope scope(at);
  const std::int64_t channels = weight.value().size(0);
  if (x.rank() < 2 || x.size(1) != channels) {
    fail<ShapeError>("batch_norm", fmt::format("the input is {}, but this layer takes [N, {}, ...]", to_string(x.shape()), channels));
  }
  if (!Mode::training()) return batch_norm(x, running_mean, running_var, weight, bias, eps_);
  const std::int64_t n = channels == 0 ? 0 : x.numel() / channels;
  if (n < 2) {
    fail<ShapeError>("batch_norm", fmt::format("the input is {}, which is one value for each channel: it has no variance to train with", to_string(x.shape())), "a batch of two or more");
  }
  const BatchNormResult result = batch_norm_training(x, weight, bias, eps_);
  const auto move = [&](const State& running, const Tensor& batch) {
    running.set(running.value() * (1 - momentum_) + cast(batch, running.value().dtype()) * momentum_);
  };
  move(running_mean, result.mean);
  move(running_var, result.variance * (static_cast<double>(n) / static_cast<double>(n - 1)));
  num_batches_tracked.set(num_batches_tracked.value() + 1);
  return result.output;
}

std::string BatchNorm::text() const { return fmt::format("batch_norm {}", weight.value().size(0)); }

LayerNorm::LayerNorm(const Shape& shape, const LayerNormOptions& options) : shape_(shape), eps_(options.eps) {
  if (shape.empty() || std::ranges::any_of(shape, [](std::int64_t n) { return n < 0; })) fail<ShapeError>("layer_norm", fmt::format("axes of {} cannot be normalised", to_string(shape)));
  if (!(eps_ >= 0)) fail<ValueError>("layer_norm", fmt::format("eps {} is negative", eps_));
  if (options.affine) weight = Param(Tensor::ones(shape, options.dtype));
  if (options.affine && options.bias) bias = Param(Tensor::zeros(shape, options.dtype));
}

Tensor LayerNorm::operator()(const Tensor& x) const {
  const std::string at = weight.defined() ? place(weight) : std::string();
  const ModuleScope scope(at);
  const Shape given = x.shape();
  if (given.size() < shape_.size() || !std::equal(shape_.begin(), shape_.end(), given.end() - static_cast<std::ptrdiff_t>(shape_.size()))) {
    std::string wanted = to_string(shape_);
    fail<ShapeError>("layer_norm", fmt::format("the input is {}, but this layer takes [..., {}", to_string(given), wanted.substr(1)));
  }
  return layer_norm(x, static_cast<std::int64_t>(shape_.size()), weight.defined() ? weight.value() : Tensor(), bias.defined() ? bias.value() : Tensor(), eps_);
}

std::string LayerNorm::text() const {
  const std::string shape = to_string(shape_);
  return "layer_norm " + (shape_.size() == 1 ? shape.substr(1, shape.size() - 2) : shape);
}

}  // namespace gradus::nn
