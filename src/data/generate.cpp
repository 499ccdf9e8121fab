#include <cmath>
#include <gradus/data/generate.hpp>
#include <numbers>

#include "memory.hpp"

namespace gradus::data {
namespace {

using std::numbers::pi;

void check(const char* set, const char* what, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value < low || value > high) {
    fail<UsageError>(set, std::string(what) + " is " + std::to_string(value) + "; it must be " + std::to_string(low) + ".." +
                              std::to_string(high));
  }
}

struct Point {
  double x, y;
};

// Points in the plane, noise added; row i belongs to class i % classes, and `place(class, u, random)` puts it, u in [0, 1).
template <class F>
Dataset points(const char* set, std::int64_t rows, double noise, std::uint64_t seed, int part, std::vector<std::string> classes,
               F place) {
  const auto count = static_cast<std::int64_t>(classes.size());
  check(set, "the number of rows", rows, count, std::int64_t{1} << 28);
  if (!(noise >= 0) || !std::isfinite(noise))
    fail<UsageError>(set, "noise is " + std::to_string(noise) + "; it must be 0 or more");
  Dataset d;
  d.name = set;
  d.sample_shape = {2};
  d.features = {"x", "y"};
  d.y = filled<std::int64_t>({rows}, [&](std::int64_t* y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = i % count;
  });
  d.x = filled<float>({rows, 2}, [&](float* x, std::int64_t) {
    Random random = data::random(seed, Stream::generated, static_cast<std::uint64_t>(part));
    for (std::int64_t i = 0; i < rows; ++i) {
      const Point p = place(i % count, random.uniform());
      x[2 * i] = static_cast<float>(p.x + noise * random.normal());
      x[2 * i + 1] = static_cast<float>(p.y + noise * random.normal());
    }
  });
  d.classes = std::move(classes);
  return d;
}

// Every pattern of `bits` bits, the first bit slowest; y = f(pattern).
template <class F>
Dataset truth_table(std::string name, std::int64_t bits, F f) {
  Dataset d;
  d.name = std::move(name);
  d.sample_shape = {bits};
  for (std::int64_t b = 0; b < bits; ++b) d.features.push_back("bit " + std::to_string(b));
  d.targets = {d.name};
  const std::int64_t rows = std::int64_t{1} << bits;
  const auto bit = [bits](std::int64_t row, std::int64_t b) { return row >> (bits - 1 - b) & 1; };
  d.x = filled<float>({rows, bits}, [&](float* x, std::int64_t n) {
    for (std::int64_t k = 0; k < n; ++k) x[k] = static_cast<float>(bit(k / bits, k % bits));
  });
  d.y = filled<float>({rows, 1}, [&](float* y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f([&, i](std::int64_t b) { return bit(i, b) != 0; }) ? 1.0f : 0.0f;
  });
  return d;
}

bool odd(std::int64_t bits, const auto& bit) {
  bool result = false;
  for (std::int64_t b = 0; b < bits; ++b) result ^= bit(b);
  return result;
}

}  // namespace

Dataset moons(std::int64_t rows, double noise, std::uint64_t seed, int part) {
  return points("moons", rows, noise, seed, part, {"upper", "lower"}, [](std::int64_t c, double u) {
    const double angle = pi * u;
    return c == 0 ? Point{std::cos(angle), std::sin(angle)} : Point{1 - std::cos(angle), 0.5 - std::sin(angle)};
  });
}

Dataset circles(std::int64_t rows, double noise, std::uint64_t seed, int part) {
  return points("circles", rows, noise, seed, part, {"outer", "inner"}, [](std::int64_t c, double u) {
    const double angle = 2 * pi * u, radius = c == 0 ? 1 : 0.5;
    return Point{radius * std::cos(angle), radius * std::sin(angle)};
  });
}

Dataset spirals(std::int64_t rows, std::int64_t arms, double noise, std::uint64_t seed, int part) {
  check("spirals", "the number of arms", arms, 2, 100);
  std::vector<std::string> classes;
  for (std::int64_t a = 0; a < arms; ++a) classes.push_back("arm " + std::to_string(a));
  return points("spirals", rows, noise, seed, part, std::move(classes), [arms](std::int64_t c, double u) {
    // The square root spreads the points evenly along the arm, which turns one and a half times.
    const double radius = 0.05 + 0.95 * std::sqrt(u),
                 angle = 3 * pi * radius + 2 * pi * static_cast<double>(c) / static_cast<double>(arms);
    return Point{radius * std::cos(angle), radius * std::sin(angle)};
  });
}

Dataset xor_table() {
  return truth_table("xor", 2, [](const auto& bit) { return odd(2, bit); });
}

Dataset parity(std::int64_t bits) {
  check("parity", "size (the number of bits)", bits, 1, 16);
  return truth_table("parity", bits, [bits](const auto& bit) { return odd(bits, bit); });
}

Dataset symmetry(std::int64_t bits) {
  check("symmetry", "size (the number of bits)", bits, 2, 16);
  return truth_table("symmetry", bits, [bits](const auto& bit) {
    bool same = true;
    for (std::int64_t b = 0; b < bits / 2; ++b) same &= bit(b) == bit(bits - 1 - b);
    return same;
  });
}

Dataset encoder(std::int64_t units) {
  check("encoder", "size (the number of units)", units, 1, 4096);
  Dataset d;
  d.name = "encoder";
  d.sample_shape = {units};
  for (std::int64_t u = 0; u < units; ++u) d.features.push_back("unit " + std::to_string(u));
  d.targets = d.features;
  d.x = filled<float>({units, units}, [&](float* x, std::int64_t n) {
    for (std::int64_t k = 0; k < n; ++k) x[k] = k / units == k % units ? 1.0f : 0.0f;
  });
  d.y = d.x;
  return d;
}

}  // namespace gradus::data
