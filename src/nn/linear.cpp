#include <fmt/format.h>

#include <cmath>
#include <gradus/ops.hpp>
#include <gradus/nn/linear.hpp>

namespace gradus::nn {
namespace {

// "hidden.weight" is in layer "net.hidden"; a layer that no walk has named has no place.
std::string place(const Param& weight) {
  const std::string& path = weight.path();
  if (path.empty()) return {};
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "net" : "net." + path.substr(0, dot);
}

Tensor made(const Initializer& wanted, const Initializer& otherwise, const Shape& shape, Dtype dtype) {
  Tensor value = wanted ? wanted(shape, dtype) : otherwise(shape, dtype);
  if (!(value.spec() == Spec{shape, dtype})) {
    fail<ShapeError>("linear", fmt::format("the initialiser gave {} {} where {} {} is needed", name(value.dtype()), to_string(value.shape()), name(dtype), to_string(shape)));
  }
  return value;
}

}  // namespace

Linear::Linear(std::int64_t in, std::int64_t out, const LinearOptions& options) {
  if (in < 0 || out < 0) fail<ShapeError>("linear", fmt::format("sizes cannot be negative: {} -> {}", in, out));
  weight = Param(made(options.init, init::fan_in_uniform, {out, in}, options.dtype));
  if (!options.bias) return;
  const double bound = 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, in)));
  const Initializer usual = [bound](const Shape& shape, Dtype dtype) { return init::uniform(shape, -bound, bound, dtype); };
  bias = Param(made(options.bias_init, usual, {out}, options.dtype));
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
