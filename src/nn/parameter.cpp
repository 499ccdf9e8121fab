#include "nn/parameter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gradus::nn {

std::string place(const Cell& parameter) {
  const std::string& path = parameter.path();
  if (path.empty()) return {};
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "net" : "net." + path.substr(0, dot);
}

Tensor made(const char* op, const Initializer& wanted, const Initializer& otherwise, const Shape& shape, Dtype dtype) {
  Tensor value = wanted ? wanted(shape, dtype) : otherwise(shape, dtype);
  if (!(value.spec() == Spec{shape, dtype})) {
    fail<ShapeError>(op, fmt::format("the initialiser gave {} {} where {} {} is needed", name(value.dtype()), to_string(value.shape()), name(dtype), to_string(shape)));
  }
  return value;
}

Initializer uniform_by(std::int64_t fan_in) {
  const double bound = 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, fan_in)));
  return [bound](const Shape& shape, Dtype dtype) { return init::uniform(shape, -bound, bound, dtype); };
}

}  // namespace gradus::nn
