// Random numbers as operations on a key.
#include <fmt/format.h>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

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

// Standard normal between a and b, a < b, by rejection (Robert, "Simulation of truncated normal variables", 1995): from the normal
// where that often falls inside, from a uniform where the interval is narrow, from an exponential far out.
double cut_normal(Random& random, double a, double b) {
  if (b < 0 || (a < 0 && -a > b)) return -cut_normal(random, -b, -a);  // the heavier part on the right
  const double root = std::sqrt(a * a + 4), rate = (a + root) / 2;
  if (a <= 0 && b - a > std::sqrt(2 * std::numbers::pi)) {
    while (true) {
      if (const double x = random.normal(); x >= a && x <= b) return x;
    }
  }
  if (a > 0 && b > a + 2 / (a + root) * std::exp((a * a - a * root) / 4 + 0.5)) {
    while (true) {
      const double x = a - std::log1p(-random.uniform()) / rate;
      if (x <= b && random.uniform() <= std::exp(-(x - rate) * (x - rate) / 2)) return x;
    }
  }
  const double peak = std::max(a, 0.0);  // where the density is largest
  while (true) {
    const double x = a + (b - a) * random.uniform();
    if (random.uniform() <= std::exp((peak * peak - x * x) / 2)) return x;
  }
}

// Fills y with draw(random), where each element has numbers of its own: the generator at a position that no other element gets to.
template <class T, class F>
void each_by_itself(Array& y, Inputs x, Cost cost, const F& draw) {
  const Tensor rows = contiguous(x[0]);
  const auto* key = static_cast<const std::int64_t*>(rows.array().data());
  const auto seed = static_cast<std::uint64_t>(key[0]), stream = static_cast<std::uint64_t>(key[1]);
  T* to = static_cast<T*>(y.data());
  parallel_for(y.numel(), cost, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      Random random(seed, stream, static_cast<std::uint64_t>(i) << 24);
      to[i] = static_cast<T>(draw(random));
    }
  });
}

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

Spec RandInt::shape(Inputs x) const {
  if (low >= high) fail<ValueError>(name, fmt::format("low {} is not below high {}", low, high));
  return drawn(name, x, shape_of_result, Dtype::i64);
}
void RandInt::compute(Array& y, Inputs x) const {
  const std::uint64_t from = static_cast<std::uint64_t>(low), range = static_cast<std::uint64_t>(high) - from;
  each_by_itself<std::int64_t>(y, x, Cost(60), [&](Random& random) { return from + random.below(range); });
}
std::vector<Case> RandInt::cases() { return {with_key(make_op(RandInt{-2, 7, {3, 6}})), with_key(make_op(RandInt{INT64_MIN, INT64_MAX, {41}}))}; }

Spec TruncatedNormal::shape(Inputs x) const {
  check_precision(name, dtype);
  for (const double parameter : {mean, deviation}) {
    if (!std::isfinite(parameter)) fail<ValueError>(name, fmt::format("{} is no parameter of a distribution", parameter));
  }
  if (!(deviation > 0)) fail<ValueError>(name, fmt::format("the deviation {} is not above 0", deviation));
  if (!(low < high)) fail<ValueError>(name, fmt::format("low {} is not below high {}", low, high));
  const double a = (low - mean) / deviation, b = (high - mean) / deviation;
  constexpr double far = 1e7;  // deviations; squares of more have no digits left
  if (!(a < b) || a > far || b < -far) fail<ValueError>(name, fmt::format("between {} and {} lies nothing that this precision can hold", low, high));
  return drawn(name, x, shape_of_result, dtype);
}
void TruncatedNormal::compute(Array& y, Inputs x) const {
  const double a = (low - mean) / deviation, b = (high - mean) / deviation;
  const auto draw = [&](Random& random) { return std::clamp(mean + deviation * cut_normal(random, a, b), low, high); };
  if (dtype == Dtype::f32) each_by_itself<float>(y, x, Cost(200), draw);
  else each_by_itself<double>(y, x, Cost(200), draw);
}
std::vector<Case> TruncatedNormal::cases() {
  return {with_key(make_op(TruncatedNormal{1, 2, -1, 2, {3, 30}, Dtype::f64})), with_key(make_op(TruncatedNormal{0, 1, 3, 4, {41}}))};
}

GRADUS_RANDOM_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops
