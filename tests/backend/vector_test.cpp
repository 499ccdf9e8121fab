// Products of a matrix and a vector from either side: every length around the vectors, strides, threads.
#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

namespace gradus {
namespace {

TEST(MatrixVector, is_the_sum_of_products) {
  for (const std::int64_t k : {1, 31, 32, 33, 63, 64, 65, 200}) {
    for (const std::int64_t m : {1, 3, 4, 5, 7, 8, 130}) {
      const Tensor a = Tensor::randn({m, k}), x = Tensor::randn({k, 1});
      const Tensor expected = sum(cast(a, Dtype::f64) * cast(T(x), Dtype::f64), 1, true);
      EXPECT_LE(max(abs(matmul(a, x) - expected)).item(), 2e-5) << m << " x " << k;
      EXPECT_LE(max(abs(matmul(T(x), T(a)) - T(expected))).item(), 2e-5) << m << " x " << k;
      EXPECT_LE(max(abs(matmul(contiguous(T(x)), contiguous(T(a))) - T(expected))).item(), 2e-5) << m << " x " << k;
      const Tensor wide = Tensor::randn({m, k + 3}), part = slice(wide, 1, {2, k + 2});
      EXPECT_LE(max(abs(matmul(part, x) - sum(cast(part, Dtype::f64) * cast(T(x), Dtype::f64), 1, true))).item(), 2e-5) << m << " x " << k;
    }
  }
}

TEST(MatrixVector, has_the_same_bits_for_every_number_of_threads) {
  const int before = threads();
  const Tensor a = Tensor::randn({3001, 777}), x = Tensor::randn({1, 777});
  set_threads(1);
  const std::vector<double> one = matmul(x, T(a)).to_vector();
  set_threads(3);
  EXPECT_EQ(matmul(x, T(a)).to_vector(), one);
  set_threads(before);
}

}  // namespace
}  // namespace gradus
