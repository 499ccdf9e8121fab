#include <fmt/format.h>

#include <gradus/nn/conv.hpp>
#include <gradus/ops.hpp>

#include "nn/parameter.hpp"

namespace gradus::nn {
namespace {

void check_least(const char* what, Pair pair, std::int64_t least) {
  if (pair.height < least || pair.width < least) fail<ShapeError>("conv2d", fmt::format("a {} of {} is not possible", what, pair.text()), fmt::format("{} or more", least));
}

}  // namespace

Conv2d::Conv2d(std::int64_t in, std::int64_t out, Pair kernel, const Conv2dOptions& options)
    : stride_(options.stride), padding_(options.padding), dilation_(options.dilation), groups_(options.groups) {
  if (in < 0 || out < 0) fail<ShapeError>("conv2d", fmt::format("channels cannot be negative: {} -> {}", in, out));
  check_least("kernel", kernel, 1);
  check_least("stride", stride_, 1);
  check_least("padding", padding_, 0);
  check_least("dilation", dilation_, 1);
  if (groups_ < 1 || in % groups_ != 0 || out % groups_ != 0) {
    fail<ShapeError>("conv2d", fmt::format("{} -> {} channels do not divide into {} groups", in, out, groups_));
  }
  const Shape shape{out, in / groups_, kernel.height, kernel.width};
  const std::int64_t fan_in = in / groups_ * kernel.height * kernel.width;
  weight = Param(made("conv2d", options.init, uniform_by(fan_in), shape, options.dtype));
  if (options.bias) bias = Param(made("conv2d", options.bias_init, uniform_by(fan_in), {out}, options.dtype));
}

Tensor Conv2d::operator()(const Tensor& x) const {
  const std::string at = place(weight);
  const ModuleScope scope(at);
  const std::int64_t in = weight.value().size(1) * groups_;
  if ((x.rank() != 3 && x.rank() != 4) || x.size(-3) != in) {
    fail<ShapeError>("conv2d", fmt::format("the input is {}, but this layer takes [N, {}, H, W]", to_string(x.shape()), in));
  }
  return conv2d(x, weight, {.stride = stride_.shape(), .padding = padding_.shape(), .dilation = dilation_.shape(), .groups = groups_},
                bias.defined() ? bias.value() : Tensor());
}

std::string Conv2d::text() const {
  const Tensor& w = weight.value();
  std::string out = fmt::format("conv2d {} -> {}, {}x{}", w.size(1) * groups_, w.size(0), w.size(2), w.size(3));
  if (!(stride_ == Pair(1))) out += ", stride " + stride_.text();
  if (!(padding_ == Pair(0))) out += ", padding " + padding_.text();
  if (!(dilation_ == Pair(1))) out += ", dilation " + dilation_.text();
  if (groups_ != 1) out += fmt::format(", {} groups", groups_);
  return out;
}

}  // namespace gradus::nn
