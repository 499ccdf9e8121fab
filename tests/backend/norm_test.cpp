// layer_norm and its gradient at sizes that the generated tests do not reach: several vectors, blocks of rows, threads, strides.
#include <gradus/autodiff.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus {
namespace {

Tensors fused(const Tensors& x, const Tensor& g, bool centred) {
  const GradScope scope;
  Tensors v;
  for (const Tensor& t : x) v.push_back(variable(t));
  const Tensor y = centred ? layer_norm(v[0], 1, v[1], v[2]) : rms_norm(v[0], 1, v[1]);
  Tensors out = pullback(y, g, v);
  out.push_back(stop_gradient(y));
  return out;
}
Tensors plain(const Tensors& x, const Tensor& g, bool centred) {
  const GradScope scope;
  Tensors v;
  for (const Tensor& t : x) v.push_back(variable(t));
  const Tensor c = centred ? v[0] - mean(v[0], -1, true) : v[0], unit = c * rsqrt(mean(square(c), -1, true) + 1e-5);
  const Tensor y = centred ? unit * v[1] + v[2] : unit * v[1];
  Tensors out = pullback(y, g, v);
  out.push_back(stop_gradient(y));
  return out;
}
double distance(const Tensor& a, const Tensor& b) { return a.numel() == 0 ? 0 : max(abs(cast(a, Dtype::f64) - cast(b, Dtype::f64))).item(); }

TEST(NormKernels, AreWhatPlainOperationsGive) {
  manual_seed(1);
  // Around the width of 64 accumulators and of vectors; more rows than one block of 16, and more than 64 blocks.
  for (const auto& [rows, n] : {std::pair{1, 1}, {3, 7}, {17, 63}, {33, 64}, {5, 65}, {40, 129}, {1100, 20}}) {
    for (const Dtype dtype : {Dtype::f64, Dtype::f32}) {
      for (const bool centred : {true, false}) {
        Tensors x{normal({rows, n}, 3, 2, dtype), normal({n}, 0, 1, dtype)};
        if (centred) x.push_back(normal({n}, 0, 1, dtype));
        const Tensor g = normal({rows, n}, 0, 1, dtype);
        const Tensors a = fused(x, g, centred), b = plain(x, g, centred);
        for (std::size_t i = 0; i < a.size(); ++i) EXPECT_LT(distance(a[i], b[i]), (n == 1 ? 300 : 1) * (dtype == Dtype::f64 ? 1e-11 : 2e-3)) << rows << " " << n << " " << i;
        // The same bits from memory with gaps, and of a gradient that lies transposed.
        const Tensor gaps = slice(concat({x[0], x[0]}, 1), 1, {0, n}), turned = transpose(contiguous(transpose(g, 0, 1)), 0, 1);
        Tensors strided = x;
        strided[0] = gaps;
        const Tensors c = fused(strided, turned, centred);
        for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(distance(a[i], c[i]), 0);
      }
    }
  }
}

TEST(NormKernels, GiveTheSameBitsForEveryNumberOfThreads) {
  manual_seed(2);
  const Tensors x{normal({3000, 70}), normal({70}), normal({70})};
  const Tensor g = normal({3000, 70});
  const int before = threads();
  set_threads(1);
  const Tensors one = fused(x, g, true);
  for (const int team : {2, 3}) {
    set_threads(team);
    const Tensors more = fused(x, g, true);
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(distance(one[i], more[i]), 0) << team;
  }
  set_threads(before);
}

// Rows do not know of each other: those of an array so large that it is written past the caches are those of a part of it.
TEST(NormKernels, LargeArraysGiveTheSameRows) {
  manual_seed(4);
  const Tensor x = normal({4200, 1024}, 3, 2), g = normal({4200, 1024}, 0, 1), w = normal({1024}, 0, 1), b = normal({1024}, 0, 1);
  const Tensors all = fused({x, w, b}, g, true), some = fused({x[{4100, 4200}], w, b}, g[{4100, 4200}], true);
  EXPECT_EQ(contiguous(all[0][{4100, 4200}]).to_vector(), some[0].to_vector());
  EXPECT_EQ(contiguous(all[3][{4100, 4200}]).to_vector(), some[3].to_vector());
}

}  // namespace
}  // namespace gradus
