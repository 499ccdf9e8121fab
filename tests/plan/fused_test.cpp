// Large elementwise groups: steps whose results are only added to something do the addition themselves, with the bits of two steps.
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace gradus {
namespace {

using Function3 = std::function<Tensors(const Tensor&, const Tensor&, const Tensor&)>;

void expect_same_bits(const std::string& what, const Function3& f) {
  for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
    for (const std::int64_t n : {257, 1024, 5000, 70000}) {
      manual_seed(static_cast<std::uint64_t>(n));
      const Tensor x = Tensor::randn({n}, dtype), a = Tensor::randn({n}, dtype), b = Tensor::randn({n}, dtype);
      const Tensors expected = f(x, a, b);
      auto compiled = compile(f);
      for (int run = 0; run < 2; ++run) {
        const Tensors got = compiled(x, a, b);
        ASSERT_EQ(got.size(), expected.size());
        for (std::size_t k = 0; k < got.size(); ++k) {
          const std::vector<double> y = got[k].to_vector(), wanted = expected[k].to_vector();
          ASSERT_EQ(y.size(), wanted.size());
          for (std::size_t i = 0; i < y.size(); ++i) ASSERT_TRUE(y[i] == wanted[i]) << what << ", result " << k << " at " << i << " of " << n << ": " << y[i] << " and " << wanted[i];
        }
      }
    }
  }
}

TEST(Fused, sums_join_the_step_before) {
  expect_same_bits("a product and a number", [](const Tensor& x, const Tensor& a, const Tensor& b) { return Tensors{tanh(x * a + b)}; });
  expect_same_bits("a number and a quotient", [](const Tensor& x, const Tensor& a, const Tensor& b) { return Tensors{tanh(b + x / a)}; });
  expect_same_bits("two products", [](const Tensor& x, const Tensor& a, const Tensor& b) { return Tensors{exp(x * a + a * b)}; });
  expect_same_bits("a sum of sums", [](const Tensor& x, const Tensor& a, const Tensor& b) { return Tensors{((x + a) + (a + b)) + ((x * x) + (b * b))}; });
  expect_same_bits("three inputs", [](const Tensor& x, const Tensor& a, const Tensor& b) { return Tensors{where(x > 0, a, b) + x}; });
  expect_same_bits("a truth value", [](const Tensor& x, const Tensor& a, const Tensor& b) { return Tensors{cast(x > a, x.dtype()) + b * x}; });
}

TEST(Fused, what_others_read_stays) {
  expect_same_bits("twice the same", [](const Tensor& x, const Tensor& a, const Tensor&) {
    const Tensor p = x * a;
    return Tensors{tanh(p + p)};
  });
  expect_same_bits("two readers", [](const Tensor& x, const Tensor& a, const Tensor& b) {
    const Tensor p = x * a;
    return Tensors{tanh(p + b) * p};
  });
  expect_same_bits("a result", [](const Tensor& x, const Tensor& a, const Tensor& b) {
    const Tensor p = x * a;
    return Tensors{p, p + b};
  });
  expect_same_bits("a total", [](const Tensor& x, const Tensor& a, const Tensor& b) {
    const Tensor p = x * a, q = p + b;
    return Tensors{sum(p), q * q};
  });
}

TEST(Fused, gradients_of_a_chain) {
  const auto f = [](const Tensor& x, const Tensor& a, const Tensor& b) { return sum(tanh(x * a + b) * sigmoid(x) + square(x)); };
  expect_same_bits("value and gradients", [f](const Tensor& x, const Tensor& a, const Tensor& b) {
    const auto [value, g] = value_and_grad(f)(x, a, b);
    return Tensors{value, g[0], g[1], g[2]};
  });
}

// The derivative of a product for a slope of 1 is the other factor: no step for it.
TEST(Fused, a_slope_of_one_needs_no_product) {
  const auto steps_of = [](const Function3& f) {
    auto compiled = compile(f);
    compiled(Tensor::randn({5000}), Tensor::randn({5000}), Tensor::randn({5000}));
    double results = 0;
    for (const plan::TaskReport& task : compiled.report().tasks) results += task.flops;
    return static_cast<int>(results / 5000);
  };
  const auto gradients = [](auto loss) {
    return [loss](const Tensor& x, const Tensor& a, const Tensor& b) {
      const auto g = grad(loss)(x, a, b);
      return Tensors{g[0], g[1], g[2]};
    };
  };
  const int one = steps_of(gradients([](const Tensor& x, const Tensor& a, const Tensor& b) { return sum(tanh(x) * sigmoid(a) + b); }));
  const int two = steps_of(gradients([](const Tensor& x, const Tensor& a, const Tensor& b) { return 2 * sum(tanh(x) * sigmoid(a) + b); }));
  EXPECT_EQ(one + 2, two);
}

}  // namespace
}  // namespace gradus
