// Random numbers as operations on a key.
#include <fmt/format.h>
#include <gradus/ops.hpp>

#include <cmath>

namespace gradus::ops {
namespace {

Spec drawn(std::string_view op, Inputs x, const Shape& shape, Dtype dtype) {
  if (!(x[0].shape() == Shape{2}) || x[0].dtype() != Dtype::i64) {
    fail<ShapeError>(std::string(op), fmt::format("the key is {} {}; it must be i64 [2]: a seed and a stream", name(x[0].dtype()), to_string(x[0].shape())), "random_key()");
  }
  checked_numel(op, shape, dtype);
  return {shape, dtype};
}

void check_precision(std::string_view op, Dtype dtype) {
  if (dtype != Dtype::f32 && dtype != Dtype::f64) fail<DtypeError>(std::string(op), fmt::format("gives f32 or f64, not {}", name(dtype)), "cast the result");
}

Case with_key(const Ref<const Op>& op) { return {op, {{{2}, {}, 1000}}}; }

}  // namespace

Spec Bernoulli::shape(Inputs x) const {
  if (!(p >= 0 && p <= 1)) fail<ValueError>(name, fmt::format("the probability {} is outside 0..1", p));
  return drawn(name, x, shape_of_result, Dtype::boolean);
}
std::vector<Case> Bernoulli::cases() { return {with_key(make_op(Bernoulli{0.3, {5, 30}}))}; }

Spec Uniform::shape(Inputs x) const {
  check_precision(name, dtype);
  if (!(std::isfinite(low) && std::isfinite(high) && low <= high)) fail<ValueError>(name, fmt::format("between {} and {} lies no interval", low, high));
  return drawn(name, x, shape_of_result, dtype);
}
std::vector<Case> Uniform::cases() {
  return {with_key(make_op(Uniform{-1, 2, {3, 30}, Dtype::f64})), with_key(make_op(Uniform{0, 1, {41}}))};
}

Spec Normal::shape(Inputs x) const {
  check_precision(name, dtype);
  if (!(std::isfinite(mean) && std::isfinite(deviation) && deviation >= 0)) fail<ValueError>(name, fmt::format("no normal distribution has mean {} and deviation {}", mean, deviation));
  return drawn(name, x, shape_of_result, dtype);
}
std::vector<Case> Normal::cases() {
  return {with_key(make_op(Normal{1, 2, {3, 30}, Dtype::f64})), with_key(make_op(Normal{0, 1, {41}}))};
}

GRADUS_RANDOM_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops
