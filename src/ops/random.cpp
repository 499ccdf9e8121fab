#include <gradus/ops/random.hpp>

#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/tensor/tracer.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gradus {
namespace {

template <class F>
Tensor filled(std::string_view op, const Shape& shape, Dtype dtype, F&& draw) {
  const std::int64_t n = checked_numel(op, shape, dtype);
  Ref<Array> y = Array::make({shape, dtype});
  visit(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* to = static_cast<T*>(y->data());
    for (std::int64_t i = 0; i < n; ++i) to[i] = convert<T>(draw());
  });
  return Tensor(std::move(y));
}

void check_float(std::string_view op, Dtype dtype) {
  if (!is_float(dtype)) fail<DtypeError>(std::string(op), fmt::format("gives floats, not {}", name(dtype)), "randint gives integers");
}
void check_finite(std::string_view op, std::initializer_list<double> numbers) {
  for (const double x : numbers) {
    if (!std::isfinite(x)) fail<ValueError>(std::string(op), fmt::format("{} is no parameter of a distribution", x));
  }
}
void check_probability(std::string_view op, double p) {
  if (!(p >= 0 && p <= 1)) fail<ValueError>(std::string(op), fmt::format("the probability {} is outside 0..1", p));
}

// A key of a generator's next numbers.
Tensor key_from(Random& random) {
  std::vector<std::int64_t> key;
  for (int word = 0; word < 2; ++word) {
    const std::uint64_t high = random.bits();
    key.push_back(static_cast<std::int64_t>(high << 32 | random.bits()));
  }
  return Tensor::from(key, {2});
}

Tensor cut_normal(const Tensor& key, const Shape& shape, double mean, double deviation, double low, double high, Dtype dtype) {
  check_float("truncated_normal", dtype);
  return cast(apply(ops::TruncatedNormal{mean, deviation, low, high, shape, is_half(dtype) ? Dtype::f32 : dtype}, key), dtype);
}

// Class numbers by the running sum of each row of weights.
template <class Weigh>
Tensor draw_classes(std::string_view op, Random& random, const Tensor& x, std::int64_t count, Weigh&& weigh) {
  if (x.rank() == 0 || (x.size(-1) == 0 && x.numel() == 0 && numel(x.array().shape().first(x.array().shape().size() - 1)) > 0)) {
    fail<ShapeError>(std::string(op), fmt::format("there are no classes: the input is {}", to_string(x.shape())), "the last axis holds the classes");
  }
  if (count < 0) fail<ValueError>(std::string(op), fmt::format("{} draws: the count is negative", count));
  Shape shape = x.shape();
  const auto classes = static_cast<std::size_t>(shape.back());
  shape.back() = count;
  checked_numel(op, shape, Dtype::i64);
  std::vector<double> weights = x.to_vector();
  std::vector<std::int64_t> out;
  for (std::size_t row = 0; row * classes < weights.size(); ++row) {
    const std::span<double> part(weights.data() + row * classes, classes);
    weigh(part, row);
    std::partial_sum(part.begin(), part.end(), part.begin());
    const double total = part.back();
    if (!(total > 0 && std::isfinite(total))) fail<ValueError>(std::string(op), fmt::format("row {} is no distribution: its weights sum to {}", row, total));
    for (std::int64_t i = 0; i < count; ++i) {
      const auto at = std::upper_bound(part.begin(), part.end(), random.uniform() * total);
      // A product that rounds up to the total falls on the last class that has a weight.
      const auto last = std::lower_bound(part.begin(), part.end(), total);
      out.push_back(std::min(at, last) - part.begin());
    }
  }
  return Tensor::from(out, shape);
}

Tensor drop(const Tensor& x, const Tensor& keep, double p) { return where(keep, p < 1 ? x * (1 / (1 - p)) : x, 0); }

// alpha_dropout: dropped entries get selu's limit at -infinity, -alpha; then a scale and a shift give the mean and the deviation back.
Tensor drop_alpha(const Tensor& x, const Tensor& keep, double p) {
  if (p == 1) return where(keep, x, 0);
  constexpr double limit = 1.7580993408473766;
  const double scale = 1 / std::sqrt((limit * limit * p + 1) * (1 - p));
  return where(keep, x, -limit) * scale + limit * scale * p;
}

Shape channels_of(const Tensor& x) {
  if (x.rank() < 2) fail<ShapeError>("feature_dropout", fmt::format("x is {}; it must be [N, C, ...]", to_string(x.shape())));
  Shape channels = x.shape();
  std::fill(channels.begin() + 2, channels.end(), 1);
  return channels;
}

void check_uniform(double low, double high, Dtype dtype) {
  check_float("uniform", dtype);
  check_finite("uniform", {low, high, high - low});
  if (!(low <= high)) fail<ValueError>("uniform", fmt::format("low {} is above high {}", low, high));
  visit(dtype, [&](auto zero) {
    using T = decltype(zero);
    if (low < high && !(convert<double>(convert<T>(low)) < high)) fail<ValueError>("uniform", fmt::format("{} holds nothing between {} and {}", name(dtype), low, high));
  });
}
void check_normal(double mean, double deviation, Dtype dtype) {
  check_float("normal", dtype);
  check_finite("normal", {mean, deviation});
  if (deviation < 0) fail<ValueError>("normal", fmt::format("the deviation {} is negative", deviation));
}

// The largest number of a half dtype below x.
double below(double x, Dtype dtype) {
  return visit(dtype, [&](auto zero) -> double {
    using T = decltype(zero);
    const double size = std::max(std::abs(x), 0x1p-14), step = std::exp2(std::floor(std::log2(size))) * (dtype == Dtype::f16 ? 0x1p-11 : 0x1p-8);
    double y = convert<double>(convert<T>(x));
    for (double by = step / 2; !(y < x); by *= 2) y = convert<double>(convert<T>(x - by));
    return y;
  });
}

}  // namespace

Tensor uniform(Random& random, const Shape& shape, double low, double high, Dtype dtype) {
  check_uniform(low, high, dtype);
  return visit(dtype, [&](auto zero) {
    using T = decltype(zero);
    return filled("uniform", shape, dtype, [&] {
      // What rounds up to `high` is drawn again: it is not in the interval.
      while (true) {
        const double x = low + (high - low) * random.uniform();
        if (low == high || convert<double>(convert<T>(x)) < high) return x;
      }
    });
  });
}
Tensor normal(Random& random, const Shape& shape, double mean, double deviation, Dtype dtype) {
  check_normal(mean, deviation, dtype);
  return filled("normal", shape, dtype, [&] { return mean + deviation * random.normal(); });
}
Tensor truncated_normal(Random& random, const Shape& shape, double mean, double deviation, double low, double high, Dtype dtype) {
  return cut_normal(key_from(random), shape, mean, deviation, low, high, dtype);
}
Tensor randint(Random& random, const Shape& shape, std::int64_t low, std::int64_t high, Dtype dtype) {
  return cast(apply(ops::RandInt{low, high, shape}, key_from(random)), dtype);
}
Tensor bernoulli(Random& random, double p, const Shape& shape, Dtype dtype) {
  check_probability("bernoulli", p);
  return filled("bernoulli", shape, dtype, [&] { return random.uniform() < p; });
}
Tensor bernoulli(Random& random, const Tensor& p) {
  const std::vector<double> each = p.to_vector();
  for (const double x : each) check_probability("bernoulli", x);
  return filled("bernoulli", p.shape(), p.dtype(), [&, i = std::size_t{0}]() mutable { return random.uniform() < each[i++]; });
}
Tensor categorical(Random& random, const Tensor& logits, std::int64_t count) {
  return draw_classes("categorical", random, logits, count, [](std::span<double> row, std::size_t at) {
    double top = -INFINITY;
    for (const double x : row) {
      if (std::isnan(x) || x == INFINITY) fail<ValueError>("categorical", fmt::format("row {} holds {}, which is no logit", at, x));
      top = std::max(top, x);
    }
    for (double& x : row) x = top == -INFINITY ? 0 : std::exp(x - top);
  });
}
Tensor multinomial(Random& random, const Tensor& probabilities, std::int64_t count) {
  return draw_classes("multinomial", random, probabilities, count, [](std::span<double> row, std::size_t at) {
    for (const double x : row) {
      if (!(x >= 0)) fail<ValueError>("multinomial", fmt::format("row {} holds {}, which is no probability", at, x));
    }
  });
}
Tensor permutation(Random& random, std::int64_t n) {
  if (n < 0) fail<ValueError>("permutation", fmt::format("of {} entries", n));
  checked_numel("permutation", Shape{n}, Dtype::i64);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return Tensor::from(order, {n});
}

Tensor dropout(Random& random, const Tensor& x, double p) {
  check_probability("dropout", p);
  return p == 0 ? x : drop(x, bernoulli(random, 1 - p, x.shape(), Dtype::boolean), p);
}
Tensor feature_dropout(Random& random, const Tensor& x, double p) {
  check_probability("feature_dropout", p);
  const Shape channels = channels_of(x);
  return p == 0 ? x : drop(x, bernoulli(random, 1 - p, channels, Dtype::boolean), p);
}
Tensor alpha_dropout(Random& random, const Tensor& x, double p) {
  check_probability("alpha_dropout", p);
  return p == 0 ? x : drop_alpha(x, bernoulli(random, 1 - p, x.shape(), Dtype::boolean), p);
}

// From a fresh key of this thread's generator, by the operations.
Tensor uniform(const Shape& shape, double low, double high, Dtype dtype) {
  check_uniform(low, high, dtype);
  if (!is_half(dtype)) return apply(ops::Uniform{low, high, shape, dtype}, random_key());
  const Tensor x = cast(apply(ops::Uniform{low, high, shape, Dtype::f32}, random_key()), dtype);
  return low < high ? minimum(x, below(high, dtype)) : x;  // what was rounded up to `high` is not in the interval
}
Tensor normal(const Shape& shape, double mean, double deviation, Dtype dtype) {
  check_normal(mean, deviation, dtype);
  return cast(apply(ops::Normal{mean, deviation, shape, is_half(dtype) ? Dtype::f32 : dtype}, random_key()), dtype);
}
Tensor bernoulli(double p, const Shape& shape, Dtype dtype) {
  check_probability("bernoulli", p);
  return cast(apply(ops::Bernoulli{p, shape}, random_key()), dtype);
}
Tensor dropout(const Tensor& x, double p) {
  check_probability("dropout", p);
  return p == 0 ? x : drop(x, bernoulli(1 - p, x.shape(), Dtype::boolean), p);
}
Tensor feature_dropout(const Tensor& x, double p) {
  check_probability("feature_dropout", p);
  const Shape channels = channels_of(x);
  return p == 0 ? x : drop(x, bernoulli(1 - p, channels, Dtype::boolean), p);
}
Tensor alpha_dropout(const Tensor& x, double p) {
  check_probability("alpha_dropout", p);
  return p == 0 ? x : drop_alpha(x, bernoulli(1 - p, x.shape(), Dtype::boolean), p);
}

Tensor truncated_normal(const Shape& shape, double mean, double deviation, double low, double high, Dtype dtype) {
  return cut_normal(random_key(), shape, mean, deviation, low, high, dtype);
}
Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high, Dtype dtype) { return cast(apply(ops::RandInt{low, high, shape}, random_key()), dtype); }
Tensor bernoulli(const Tensor& p) {
  if (!p.is_abstract()) {
    for (const double x : p.to_vector()) check_probability("bernoulli", x);
  }
  return cast(apply(ops::Uniform{0, 1, p.shape(), Dtype::f64}, random_key()) < cast(p, Dtype::f64), p.dtype());
}

namespace {

// A fresh stream of this thread's generator, for what draws one number after the other.
Random fresh(std::string_view op) {
  if (Tracer::current()) {
    fail<TraceError>("compile", fmt::format("{} draws one number after the other: a plan would give the same ones in every call", op),
                     "call it outside and make the result an input of the function; argsort(uniform({n})) is a permutation that a plan can draw");
  }
  return next_random();
}

}  // namespace

Tensor categorical(const Tensor& logits, std::int64_t count) {
  Random random = fresh("categorical");
  return categorical(random, logits, count);
}
Tensor multinomial(const Tensor& probabilities, std::int64_t count) {
  Random random = fresh("multinomial");
  return multinomial(random, probabilities, count);
}
Tensor permutation(std::int64_t n) {
  Random random = fresh("permutation");
  return permutation(random, n);
}

}  // namespace gradus
