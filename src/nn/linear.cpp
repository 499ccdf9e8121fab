#include <fmt/format.h>

#include <gradus/nn/linear.hpp>
#include <gradus/ops.hpp>

#include "nn/parameter.hpp"

namespace gradus::nn {

Linear::Linear(std::int64_t in, std::int64_t out, const LinearOptions& options) {
  if (in < 0 || out < 0) fail<ShapeError>("linear", fmt::format("sizes cannot be negative: {} -> {}", in, out));
  weight = Param(made("linear", options.init, init::fan_in_uniform, {out, in}, options.dtype));
  if (options.bias) bias = Param(made("linear", options.bias_init, uniform_by(in), {out}, options.dtype));
}

Tensor Linear::operator()(const Tensor& x) const {
  const std::string at = place(weight);
  const ModuleScope scope(at);
  const Tensor& w = weight.value();
  if (x.rank() == 0 || x.size(-1) != w.size(1)) {
    fail<ShapeError>("linear", fmt::format("the input is {}, but this layer takes [..., {}]", to_string(x.shape()), w.size(1)));
  }
  if (x.rank() == 1) return squeeze(operator()(unsqueeze(x, 0)), 0);
  const Tensor y = matmul(x, T(w));
  return bias.defined() ? y + bias.value() : y;
}

std::string Linear::text() const { return fmt::format("linear {} -> {}", weight.value().size(1), weight.value().size(0)); }

}  // namespace gradus::nn
