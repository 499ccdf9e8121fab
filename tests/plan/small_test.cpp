// Tasks on a few elements, which go ways of their own in a plan, give the bits of the kernels that eager mode runs.
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace gradus {
namespace {

void expect_same_bits(const std::function<Tensor(const Tensor&, const Tensor&)>& f, const Tensor& a, const Tensor& b, const std::string& what) {
  const Tensor expected = f(a, b);
  auto compiled = compile([&](const Tensor& x, const Tensor& y) { return f(x, y); });
  for (int i = 0; i < 2; ++i) {
    const Tensor y = compiled(a, b);
    ASSERT_EQ(y.spec(), expected.spec()) << what;
    const std::vector<double> got = y.to_vector(), wanted = expected.to_vector();
    for (std::size_t k = 0; k < got.size(); ++k) {
      ASSERT_TRUE(got[k] == wanted[k] && std::signbit(got[k]) == std::signbit(wanted[k])) << what << " at " << k << ": " << got[k] << " and " << wanted[k];
    }
  }
}

std::string shape_text(std::initializer_list<std::int64_t> sizes) {
  std::string text;
  for (const std::int64_t n : sizes) text += " " + std::to_string(n);
  return text;
}

// Sizes on both sides of what fits into one vector of any instruction set.
TEST(Small, products_of_plain_and_transposed_matrices) {
  manual_seed(1);
  for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
    for (const std::int64_t m : {1, 2, 4, 5}) {
      for (const std::int64_t k : {1, 3, 4, 17}) {
        for (const std::int64_t n : {1, 2, 3, 6}) {
          const Tensor a = Tensor::randn({m, k}, dtype), b = Tensor::randn({k, n}, dtype), at = Tensor::randn({k, m}, dtype), bt = Tensor::randn({n, k}, dtype);
          const std::string sizes = shape_text({m, k, n});
          expect_same_bits([](const Tensor& x, const Tensor& y) { return matmul(x + 1, y); }, a, b, "a b" + sizes);
          expect_same_bits([](const Tensor& x, const Tensor& y) { return matmul(transpose(x * 2, 0, 1), y); }, at, b, "a' b" + sizes);
          expect_same_bits([](const Tensor& x, const Tensor& y) { return matmul(x, transpose(y, 0, 1)); }, a, bt, "a b'" + sizes);
          expect_same_bits([](const Tensor& x, const Tensor& y) { return matmul(transpose(x, 0, 1), transpose(y - 1, 0, 1)); }, at, bt, "a' b'" + sizes);
          expect_same_bits([](const Tensor& x, const Tensor& y) { return matmul(flip(x, {0, 1}), y); }, a, b, "a from behind" + sizes);
        }
      }
    }
  }
}

TEST(Small, sums_and_means_of_rows_columns_and_all) {
  manual_seed(2);
  for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
    for (const std::int64_t m : {1, 2, 3, 5, 8, 16, 17, 20}) {
      for (const std::int64_t n : {1, 2, 3, 4, 16, 17}) {
        const Tensor x = where(Tensor::randn({m, n}, dtype) < -1, cast(Tensor(-0.0), dtype), Tensor::randn({m, n}, dtype));  // signs of zero too
        const std::string sizes = shape_text({m, n});
        for (const Axes& axes : {Axes(0), Axes(1), Axes()}) {
          expect_same_bits([&](const Tensor& a, const Tensor&) { return sum(a, axes); }, x, x, "sum" + sizes);
          expect_same_bits([&](const Tensor& a, const Tensor&) { return mean(a * 3, axes); }, x, x, "mean" + sizes);
        }
      }
    }
  }
}

TEST(Small, elementwise_groups_on_all_kinds_of_operands) {
  manual_seed(3);
  for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
    for (const std::int64_t m : {1, 3, 4, 16, 17}) {
      for (const std::int64_t n : {1, 2, 5, 15}) {
        const Tensor x = Tensor::randn({m, n}, dtype), row = Tensor::randn({n}, dtype), column = Tensor::randn({m, 1}, dtype);
        const std::string sizes = shape_text({m, n});
        const Tensor constant = cast(Tensor::full({1, 1}, 0.7), dtype);
        expect_same_bits([&](const Tensor& a, const Tensor& b) { return sigmoid(a + b) * constant; }, x, row, "row" + sizes);
        expect_same_bits([&](const Tensor& a, const Tensor& b) { return tanh(a * b) - 0.5; }, x, column, "column" + sizes);
        expect_same_bits([](const Tensor& a, const Tensor& b) { return exp(flip(a, {0})) + b; }, x, row, "from behind" + sizes);
        expect_same_bits([](const Tensor& a, const Tensor& b) { return where(a > b, a, b * 2) + cast(a < 0, a.dtype()); }, x, row, "conditions" + sizes);
        expect_same_bits([](const Tensor& a, const Tensor& b) { return logical_and(a > 0, a + b < 1); }, x, row, "truth" + sizes);
        expect_same_bits([](const Tensor& a, const Tensor& b) { return transpose(a, 0, 1) * 2 + transpose(a + b, 0, 1); }, x, row, "transposed" + sizes);
        expect_same_bits([](const Tensor& a, const Tensor& b) { return sum(square(a - b)) + mean(abs(a)); }, x, row, "with sums" + sizes);
      }
    }
  }
}

// Vectors that begin in the middle of an array end behind it: memory of others ends where it ends.
TEST(Small, borrowed_memory_and_windows) {
  const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  const Tensor x = Tensor::borrow(numbers, {2, 3}), y = Tensor{{1, -1, 2}};
  expect_same_bits([](const Tensor& a, const Tensor& b) { return a[1] * b + a[0]; }, x, y, "windows");
  const Tensor inside = Tensor::borrow(numbers, {3, 2});
  expect_same_bits([&](const Tensor& a, const Tensor&) { return matmul(a, inside); }, x, y, "constant");
}

}  // namespace
}  // namespace gradus
