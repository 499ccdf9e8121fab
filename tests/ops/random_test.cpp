// Random tensors: the same for the same generator, in their bounds, and with the moments of their distribution.
#include <gradus/autodiff.hpp>
#include <gradus/ops/random.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "messages/messages.hpp"

namespace gradus {
namespace {

double mean_of(const Tensor& x) { return mean(cast(x, Dtype::f64)).item(); }
double deviation_of(const Tensor& x) { return std::sqrt(mean(square(cast(x, Dtype::f64) - mean_of(x))).item()); }

TEST(RandomTensors, ArePureFunctionsOfTheGenerator) {
  const auto all = [](Random r) {
    return std::vector<std::vector<double>>{uniform(r, {5}).to_vector(), normal(r, {3}).to_vector(), truncated_normal(r, {3}).to_vector(), bernoulli(r, 0.5, {9}).to_vector(),
                                            categorical(r, Tensor{{0, 1, 2}}, 4).to_vector(), permutation(r, 6).to_vector(), dropout(r, Tensor::ones({9})).to_vector()};
  };
  EXPECT_EQ(all(Random(4, 2)), all(Random(4, 2)));
  EXPECT_NE(all(Random(4, 2)), all(Random(4, 3)));
  manual_seed(7);
  const std::vector<double> first = normal({4}).to_vector();
  EXPECT_NE(normal({4}).to_vector(), first);
  manual_seed(7);
  EXPECT_EQ(normal({4}).to_vector(), first);
}

TEST(RandomTensors, HaveTheMomentsAndBoundsOfTheirDistribution) {
  Random r(1);
  const std::int64_t n = 100000;
  const Tensor u = uniform(r, {n}, -1, 3);
  EXPECT_NEAR(mean_of(u), 1, 0.02);
  EXPECT_NEAR(deviation_of(u), 4 / std::sqrt(12.0), 0.02);
  EXPECT_GE(min(u).item(), -1);
  EXPECT_LT(max(u).item(), 3);
  EXPECT_LT(max(uniform(r, {n}, 0, 1, Dtype::f16)).item(), 1);
  const Tensor g = normal(r, {n}, 2, 3);
  EXPECT_NEAR(mean_of(g), 2, 0.05);
  EXPECT_NEAR(deviation_of(g), 3, 0.05);
  EXPECT_NEAR(mean_of(bernoulli(r, 0.3, {n})), 0.3, 0.01);
  EXPECT_NEAR(mean_of(bernoulli(r, Tensor::full({n}, 0.8))), 0.8, 0.01);
  EXPECT_EQ(bernoulli(r, 1, {4}).to_vector(), (std::vector<double>{1, 1, 1, 1}));
  const Tensor whole = randint(r, {n}, -2, 4);
  EXPECT_EQ(min(whole).item(), -2);
  EXPECT_EQ(max(whole).item(), 3);
  EXPECT_NEAR(mean_of(whole), 0.5, 0.03);
}

// Each way of drawing: around the middle, a narrow part, and far tails on both sides; against moments by integration.
TEST(RandomTensors, TruncatedNormal) {
  Random r(2);
  for (const auto& [low, high] : {std::pair{-2.0, 2.0}, {-0.1, 0.3}, {0.5, 0.7}, {0.5, 9.0}, {3.0, 10.0}, {-30.0, -5.0}, {-1.0, 4.0}, {-INFINITY, 0.5}, {8.0, INFINITY}}) {
    const double from = std::max(low, -40.0), to = std::min(high, 40.0);
    double mass = 0, first = 0, second = 0;
    const double top = std::max({0.0, from, -to});
    for (int i = 0; i < 400000; ++i) {
      const double x = from + (to - from) * (i + 0.5) / 400000, p = std::exp((top * top - x * x) / 2);
      mass += p;
      first += p * x;
      second += p * x * x;
    }
    const double mean = first / mass, deviation = std::sqrt(second / mass - mean * mean);
    const Tensor x = truncated_normal(r, {40000}, 1, 2, 1 + 2 * low, 1 + 2 * high, Dtype::f64);
    EXPECT_GE(min(x).item(), 1 + 2 * low);
    EXPECT_LE(max(x).item(), 1 + 2 * high);
    EXPECT_NEAR(mean_of(x), 1 + 2 * mean, 0.04 * 2 * deviation) << low;
    EXPECT_NEAR(deviation_of(x), 2 * deviation, 0.04 * 2 * deviation) << low;
  }
}

TEST(RandomTensors, ClassesAndPermutations) {
  Random r(3);
  const Tensor p{{1, 0, 3}, {0, 2, 0}};
  const Tensor drawn = multinomial(r, p, 20000), same = categorical(r, log(p), 20000);
  for (const Tensor& c : {drawn, same}) {
    EXPECT_EQ(c.shape(), (Shape{2, 20000}));
    EXPECT_EQ(c.dtype(), Dtype::i64);
    EXPECT_NEAR(mean_of(c[0] == 0), 0.25, 0.02);
    EXPECT_EQ(mean_of(c[0] == 1), 0);
    EXPECT_EQ(mean_of(c[1] == 1), 1);
  }
  std::vector<double> order = permutation(r, 50).to_vector();
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(permutation(0).numel(), 0);
}

TEST(RandomTensors, DropoutKeepsTheMeanAndTheGradientOfWhatStays) {
  Random r(4);
  const Tensor x = Tensor::full({100000}, 2), y = dropout(r, x, 0.25);
  EXPECT_NEAR(mean_of(y), 2, 0.02);
  EXPECT_NEAR(mean_of(y == 0), 0.25, 0.01);
  EXPECT_EQ(dropout(x, 0).to_vector(), x.to_vector());
  EXPECT_EQ(max(abs(dropout(x, 1))).item(), 0);
  const auto slope = grad([&](Tensor t) {
    Random again(4);
    return sum(dropout(again, t, 0.25));
  })(x);
  EXPECT_LT(max(abs(slope * 2 - y)).item(), 1e-6);
  const Tensor channels = feature_dropout(r, Tensor::ones({50, 40, 3, 3}), 0.5);
  EXPECT_EQ(sum(max(channels, {2, 3}) != min(channels, {2, 3})).item(), 0);
  const Tensor kept = alpha_dropout(r, normal(r, {100000}), 0.3);
  EXPECT_NEAR(mean_of(kept), 0, 0.02);
  EXPECT_NEAR(deviation_of(kept), 1, 0.02);
}

TEST(RandomTensors, WrongCallsSayWhatToDo) {
  EXPECT_MESSAGE(ValueError, uniform({2}, 3, 1), "[uniform] low 3 is above high 1");
  EXPECT_MESSAGE(ValueError, uniform({2}, 1e9, 1e9 + 1, Dtype::f16), "[uniform] f16 holds nothing between 1000000000 and 1000000001");
  EXPECT_MESSAGE(DtypeError, normal({2}, 0, 1, Dtype::i32), "[normal] gives floats, not i32. Hint: randint gives integers");
  EXPECT_MESSAGE(ValueError, normal({2}, 0, -1), "[normal] the deviation -1 is negative");
  EXPECT_MESSAGE(ValueError, truncated_normal({2}, 0, 1, 2, 2), "[truncated_normal] low 2 is not below high 2");
  EXPECT_MESSAGE(ValueError, truncated_normal({2}, 0, 1e-200, 1, 2), "[truncated_normal] between 1 and 2 lies nothing that this precision can hold");
  EXPECT_MESSAGE(ValueError, bernoulli(1.5, {2}), "[bernoulli] the probability 1.5 is outside 0..1");
  EXPECT_MESSAGE(ValueError, dropout(Tensor::ones({2}), -1), "[dropout] the probability -1 is outside 0..1");
  EXPECT_MESSAGE(ValueError, multinomial(Tensor{{0, 0}}, 1), "[multinomial] row 0 is no distribution: its weights sum to 0");
  EXPECT_MESSAGE(ValueError, multinomial(Tensor{{1, -1}}, 1), "[multinomial] row 0 holds -1, which is no probability");
  EXPECT_MESSAGE(ShapeError, categorical(Tensor(1.0), 1), "[categorical] there are no classes: the input is []. Hint: the last axis holds the classes");
  EXPECT_MESSAGE(ValueError, randint({2}, 3, 3), "[randint] low 3 is not below high 3");
  EXPECT_MESSAGE(ValueError, permutation(-1), "[permutation] of -1 entries");
}

}  // namespace
}  // namespace gradus
