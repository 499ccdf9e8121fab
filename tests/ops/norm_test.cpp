// Norms: values by hand where the axes matter, and what wrong calls say. Derivatives are the generated check's.
#include <gradus/autodiff.hpp>
#include <gtest/gtest.h>

#include <cmath>

#include "messages/messages.hpp"

namespace gradus {
namespace {

Tensor doubles(std::initializer_list<Literal> values) { return Tensor(values, Dtype::f64); }
void near(const Tensor& x, const std::vector<double>& expected, double tolerance = 1e-13) {
  const std::vector<double> found = x.to_vector();
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << i;
}

TEST(Norm, EachOverItsOwnAxes) {
  const Tensor x = doubles({{{1, 3}, {5, 9}}, {{2, 2}, {0, 4}}});  // [N, C, L]
  near(instance_norm(x, {}, {}, 1e-15), {-1, 1, -1, 1, 0, 0, -1, 1});
  near(layer_norm(doubles({{1, 3}, {5, 9}}), 1, doubles({2, 3}), doubles({10, 20}), 0), {8, 23, 8, 23});
  near(layer_norm(x, 2, {}, {}, 0)[0], {-3.5 / std::sqrt(8.75), -1.5 / std::sqrt(8.75), 0.5 / std::sqrt(8.75), 4.5 / std::sqrt(8.75)});
  near(group_norm(x, 1, {}, {}, 0), layer_norm(x, 2, {}, {}, 0).to_vector());
  near(group_norm(x, 2, {}, {}, 1), instance_norm(x, {}, {}, 1).to_vector());
  near(rms_norm(doubles({{3, 4}}), 1, doubles({1, 2}), 0), {3 / std::sqrt(12.5), 8 / std::sqrt(12.5)});
  near(l2_normalise(doubles({{3, 4}, {0, 0}})), {0.6, 0.8, 0, 0});
  near(grad([](Tensor t) { return sum(l2_normalise(t)); })(doubles({0.0, 0.0})) * 1e-12, {1, 1});
}

TEST(Norm, BatchNormReturnsItsStatistics) {
  const Tensor x = doubles({{1, 10}, {3, 20}, {5, 30}});
  const auto [y, mean, variance] = batch_norm_training(x, doubles({1, 2}), doubles({0, 100}), 0);
  near(mean, {3, 20});
  near(variance, {8.0 / 3, 200.0 / 3});
  const double s = 2 / std::sqrt(8.0 / 3);
  near(y, {-s, 100 - 2 * s, 0, 100, s, 100 + 2 * s});
  near(batch_norm(x, mean, variance, doubles({1, 2}), doubles({0, 100}), 0), y.to_vector());
  near(batch_norm(x, mean, variance, {}, doubles({0, 100}), 0), {-s, 100 - s, 0, 100, s, 100 + s});
}

// PyTorch's window: size / 2 channels before, (size - 1) / 2 after, divided by the size also at the ends.
TEST(Norm, LocalResponse) {
  const Tensor x = doubles({{{1}, {2}, {3}}});
  near(local_response_norm(x, 2, 2, 1, 1), {1 / (1 + 1.0), 2 / (1 + 5.0), 3 / (1 + 13.0)});
  near(local_response_norm(x, 3, 3, 1, 0), {1 / 5.0, 2 / 14.0, 3 / 13.0});
}

TEST(Norm, WrongCallsSayWhatToDo) {
  const Tensor x = Tensor::ones({2, 4, 3});
  EXPECT_MESSAGE(ShapeError, layer_norm(x, 4), "[layer_norm] cannot normalise the last 4 axes of [2, 4, 3]. Hint: the count of axes, from 1 to all");
  EXPECT_MESSAGE(ShapeError, layer_norm(x, 1, Tensor::ones({4})), "[layer_norm] the weight is [4], for x [2, 4, 3] it must be [3]");
  EXPECT_MESSAGE(ShapeError, group_norm(x, 3), "[group_norm] the 4 channels of x [2, 4, 3] do not divide into 3 groups");
  EXPECT_MESSAGE(ShapeError, instance_norm(Tensor::ones({2, 4})), "[instance_norm] x is [2, 4]; it must be [N, C, spatial...]");
  EXPECT_MESSAGE(ShapeError, batch_norm(x, Tensor::ones({3}), Tensor::ones({4})), "[batch_norm] the mean is [3], for x [2, 4, 3] it must be [4]");
  EXPECT_MESSAGE(ValueError, rms_norm(x, 1, {}, -1), "[rms_norm] eps -1 is negative");
  EXPECT_MESSAGE(ValueError, local_response_norm(x, 0), "[local_response_norm] size 0: a window has at least one channel");
}

}  // namespace
}  // namespace gradus
