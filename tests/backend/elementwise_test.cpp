// Elementwise operations at sizes that the generated tests do not reach: operands that repeat themselves within a tile, and results so
// large that they are written past the caches.
#include <gradus/autodiff.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace gradus {
namespace {

bool equal_bits(const Tensor& a, const Tensor& b) {
  return a.spec() == b.spec() && a.is_contiguous() && b.is_contiguous() && std::memcmp(a.array().data(), b.array().data(), static_cast<std::size_t>(a.numel()) * size_of(a.dtype())) == 0;
}

// Short rows, rows about as long as what is laid out, numbers, columns; several tiles, the last one not whole.
TEST(Elementwise, repeats_short_operands) {
  manual_seed(1);
  for (const std::int64_t n : {1, 3, 16, 64, 129, 1000, 1087, 1088, 1089, 1100, 1137, 1200}) {
    const std::int64_t rows = 5000 / n + 3;
    for (const Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i64}) {
      const Tensor x = cast(normal({rows, n}, 0, 9), dtype), row = cast(normal({n}, 0, 9), dtype), column = cast(normal({rows, 1}, 0, 9), dtype);
      const auto f = [](const Tensor& a, const Tensor& b) { return maximum(a + b, b); };
      for (const Tensor& y : {f(x, row), compile(f)(x, row)}) {
        const auto got = y.to_vector(), a = x.to_vector(), b = row.to_vector();
        for (std::size_t i = 0; i < got.size(); ++i) {
          const double c = b[i % b.size()], sum = dtype == Dtype::f32 ? static_cast<float>(a[i]) + static_cast<float>(c) : a[i] + c;
          ASSERT_EQ(got[i], std::max(sum, c)) << n << " " << i;
        }
      }
      EXPECT_TRUE(equal_bits(compile(f)(x, column), f(x, contiguous(expand(column, {rows, n})))));
    }
  }
}

// A bias of channels in a plan, where the results of a convolution lie channels-last, and a mask.
TEST(Elementwise, repeats_channels_in_a_plan) {
  manual_seed(2);
  const Tensor x = normal({3, 5, 17, 19}, 0, 1), w = normal({24, 5, 3, 3}, 0, 1), bias = normal({24, 1, 1}, 0, 1), keep = normal({3, 24, 15, 17}, 0, 1) > 0;
  const auto f = [](const Tensor& a, const Tensor& k, const Tensor& b, const Tensor& m) { return where(m, relu(conv(a, k) + b), 2 * b); };
  EXPECT_LT(max(abs(compile(f)(x, w, bias, keep) - f(x, w, bias, keep))).item(), 1e-4);
}

// Several results and a sum of more elements than caches hold, not a whole number of vectors; for every number of threads.
TEST(Elementwise, writes_large_results_past_the_caches) {
  manual_seed(3);
  const std::int64_t n = (1 << 22) + 1029;
  const Tensor x = normal({n}, 0, 1), a = normal({n}, 0, 1);
  const auto f = [](const Tensor& u, const Tensor& v) {
    const Tensor p = u * v, q = abs(p + u) + v, r = q * v - u;  // places of what is read no more are free for results
    return Tensors{p, relu(r * q), (r - v) * u - q, sum(p * r)};
  };
  const Tensors want = f(x, a);
  auto compiled = compile(f);
  for (const int count : {1, 2}) {
    set_threads(count);
    const Tensors got = compiled(x, a);
    for (std::size_t i = 0; i < want.size(); ++i) EXPECT_TRUE(equal_bits(got[i], want[i])) << i << ", " << count << " threads";
  }
  set_threads(2);
}

// gelu by its own normal distribution function: relative errors where it is large, absolute ones where it is small.
TEST(Elementwise, gelu_is_that_of_the_error_function) {
  std::vector<float> points;
  for (int i = -140000; i <= 140000; ++i) points.push_back(static_cast<float>(i) * 1e-4F);
  for (const float x : {0.0F, -0.0F, 1e-30F, -1e-30F, 1e30F, -1e30F, INFINITY}) points.push_back(x);
  const Tensor x = Tensor::from(points, {static_cast<std::int64_t>(points.size())});
  const auto y = gelu(x).to_vector();
  const auto slope = grad([](const Tensor& t) { return sum(gelu(t)); })(x).to_vector();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double v = points[i], part = 0.5 * std::erfc(-v * std::sqrt(0.5)), want = v * part, scale = std::max(1.0, std::abs(v));
    if (std::isinf(v)) {
      EXPECT_EQ(y[i], v);
      continue;
    }
    EXPECT_LE(std::abs(y[i] - want), 2.5e-7 * scale * std::max(part, 0.5)) << v;
    EXPECT_LE(std::abs(y[i] - want), 1e-5 * std::abs(want) + 1e-37) << v;
    EXPECT_LE(std::abs(slope[i] - (part + v * std::exp(-0.5 * v * v) / std::sqrt(2 * M_PI))), 4e-7) << v;
  }
}

}  // namespace
}  // namespace gradus
