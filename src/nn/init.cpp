#include <cmath>
#include <gradus/base/options.hpp>
#include <gradus/nn/init.hpp>

namespace gradus::nn::init {
namespace {

// Scales and shifts fresh random numbers, which nobody else holds yet. Whole tensors of random numbers come from Tensor::rand
// and randn alone, so manual_seed rules them in one place.
Tensor scaled(Tensor fresh, double scale, double shift) {
  visit(fresh.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      T* out = static_cast<T*>(fresh.array().data());
      for (std::int64_t i = 0, n = fresh.numel(); i < n; ++i) out[i] = static_cast<T>(static_cast<double>(out[i]) * scale + shift);
    }
  });
  return fresh;
}

void check_dtype(const char* op, Dtype dtype) {
  if (dtype != Dtype::f32 && dtype != Dtype::f64) fail<DtypeError>(op, "weights of dtype " + std::string(name(dtype)) + " cannot be trained", "use Dtype::f32 or Dtype::f64");
}

Tensor symmetric(const char* op, const Shape& shape, double bound, Dtype dtype) {
  check_dtype(op, dtype);
  return scaled(Tensor::rand(shape, dtype), 2 * bound, -bound);
}

double fan_in(const Shape& shape) { return static_cast<double>(std::max<std::int64_t>(1, fans(shape).in)); }
double both_fans(const Shape& shape) {
  const Fans f = fans(shape);
  return static_cast<double>(std::max<std::int64_t>(1, f.in + f.out));
}

}  // namespace

Fans fans(const Shape& shape) {
  if (shape.size() < 2) fail<ShapeError>("init", "a weight of shape " + to_string(shape) + " has no fans: [out, in, ...] is needed");
  const std::int64_t field = numel(Dims(shape).subspan(2));
  return {shape[1] * field, shape[0] * field};
}

Tensor xavier_uniform(const Shape& shape, Dtype dtype) { return symmetric("xavier_uniform", shape, std::sqrt(6 / both_fans(shape)), dtype); }
Tensor xavier_normal(const Shape& shape, Dtype dtype) { return normal(shape, 0, std::sqrt(2 / both_fans(shape)), dtype); }
Tensor he_uniform(const Shape& shape, Dtype dtype) { return symmetric("he_uniform", shape, std::sqrt(6 / fan_in(shape)), dtype); }
Tensor he_normal(const Shape& shape, Dtype dtype) { return normal(shape, 0, std::sqrt(2 / fan_in(shape)), dtype); }
Tensor fan_in_uniform(const Shape& shape, Dtype dtype) { return symmetric("fan_in_uniform", shape, 1 / std::sqrt(fan_in(shape)), dtype); }

Tensor normal(const Shape& shape, double mean, double std, Dtype dtype) {
  check_dtype("normal", dtype);
  if (!(std >= 0)) fail<ValueError>("normal", "a deviation of " + std::to_string(std) + " is not possible");
  return scaled(Tensor::randn(shape, dtype), std, mean);
}
Tensor uniform(const Shape& shape, double low, double high, Dtype dtype) {
  check_dtype("uniform", dtype);
  if (!(low <= high)) fail<ValueError>("uniform", "the range " + std::to_string(low) + ".." + std::to_string(high) + " is empty");
  return scaled(Tensor::rand(shape, dtype), high - low, low);
}
Tensor zeros(const Shape& shape, Dtype dtype) { return Tensor::zeros(shape, dtype); }
Tensor constant(const Shape& shape, double value, Dtype dtype) { return Tensor::full(shape, value, dtype); }

namespace {

// What the words of by_name mean: the function, given its numbers, and the numbers when none are written.
struct Named {
  const char* name;
  std::vector<double> defaults;
  Tensor (*make)(const Shape& shape, Dtype dtype, const std::vector<double>& numbers);
};

template <Tensor (*f)(const Shape&, Dtype)>
Named plain(const char* name) {
  return {name, {}, [](const Shape& shape, Dtype dtype, const std::vector<double>&) { return f(shape, dtype); }};
}

const std::vector<Named>& table() {
  static const std::vector<Named> all = {
      plain<xavier_uniform>("xavier_uniform"),
      plain<xavier_normal>("xavier_normal"),
      plain<he_uniform>("he_uniform"),
      plain<he_normal>("he_normal"),
      plain<fan_in_uniform>("fan_in_uniform"),
      plain<zeros>("zeros"),
      {"normal", {0, 1}, [](const Shape& s, Dtype d, const std::vector<double>& x) { return normal(s, x[0], x[1], d); }},
      {"uniform", {0, 1}, [](const Shape& s, Dtype d, const std::vector<double>& x) { return uniform(s, x[0], x[1], d); }},
      {"constant", {0}, [](const Shape& s, Dtype d, const std::vector<double>& x) { return constant(s, x[0], d); }},
  };
  return all;
}

}  // namespace

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const Named& entry : table()) out.emplace_back(entry.name);
  return out;
}

Initializer by_name(const std::string& text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  if (words.empty()) words.emplace_back();
  for (const Named& entry : table()) {
    if (words[0] != entry.name) continue;
    std::vector<double> numbers = entry.defaults;
    if (words.size() > 1) {
      if (words.size() - 1 != numbers.size()) {
        fail<UsageError>("init", "'" + text + "' gives " + std::to_string(words.size() - 1) + " numbers; " + entry.name + " takes " + std::to_string(numbers.size()));
      }
      for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = to_number("init", entry.name, words[i + 1]);
    }
    return [make = entry.make, numbers](const Shape& shape, Dtype dtype) { return make(shape, dtype, numbers); };
  }
  fail_unknown("init", "initialiser", words[0], names());
}

}  // namespace gradus::nn::init
