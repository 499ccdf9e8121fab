// The 2-3-1 sigmoid net, L = (y - yhat)^2 at x = [1, 2], y = 1: the weights of examples/textbook, in plain numbers.
#include <array>

#include "plain.hpp"

namespace gradus::plain {
namespace {

const Numbers x = {1, 2}, W1 = {0.5, -0.2, -0.2, 0.4, 0.3, -0.6}, b1 = {0.1, -0.1, 0.2}, W2 = {0.6, -0.4, 0.8}, b2 = {0.1};
constexpr double y = 1;

struct Way {
  std::array<double, 3> z1, a1;
  double z2, yhat, loss;
};

Way forward(const Numbers& w1, const Numbers& c1, const Numbers& w2, const Numbers& c2) {
  Way way{};
  way.z2 = c2[0];
  for (std::size_t i = 0; i < 3; ++i) {
    way.z1[i] = w1[2 * i] * x[0] + w1[2 * i + 1] * x[1] + c1[i];
    way.a1[i] = logistic(way.z1[i]);
    way.z2 += w2[i] * way.a1[i];
  }
  way.yhat = logistic(way.z2);
  way.loss = (y - way.yhat) * (y - way.yhat);
  return way;
}

TEST(TwoThreeOne, EveryGradient) {
  const Way way = forward(W1, b1, W2, b2);
  const double dz2 = 2 * (way.yhat - y) * way.yhat * (1 - way.yhat);
  Numbers dW2(3), dz1(3), dW1(6);
  for (std::size_t i = 0; i < 3; ++i) {
    dW2[i] = dz2 * way.a1[i];
    dz1[i] = W2[i] * dz2 * way.a1[i] * (1 - way.a1[i]);
    for (std::size_t j = 0; j < 2; ++j) dW1[2 * i + j] = dz1[i] * x[j];
  }

  const Tensor input({{1}, {2}}, Dtype::f64), target({{1}}, Dtype::f64);
  const auto loss = [&](Tensor w1, Tensor c1, Tensor w2, Tensor c2) {
    return nn::mse(sigmoid(matmul(w2, sigmoid(matmul(w1, input) + c1)) + c2), target);
  };
  const auto [value, slopes] = value_and_grad(loss)(tensor(W1, {3, 2}), tensor(b1, {3, 1}), tensor(W2, {1, 3}), tensor(b2, {1, 1}));
  EXPECT_NEAR(value.item(), way.loss, 1e-15);
  EXPECT_EQ(slopes[0].shape(), (Shape{3, 2})) << "dL/dW1 has the shape of W1";

  expect_gradient(dW1, slopes[0], central([](const Numbers& at) { return forward(at, b1, W2, b2).loss; }, W1), "dL/dW1");
  expect_gradient(dz1, slopes[1], central([](const Numbers& at) { return forward(W1, at, W2, b2).loss; }, b1), "dL/db1 = dL/dz1");
  expect_gradient(dW2, slopes[2], central([](const Numbers& at) { return forward(W1, b1, at, b2).loss; }, W2), "dL/dW2");
  expect_gradient({dz2}, slopes[3], central([](const Numbers& at) { return forward(W1, b1, W2, at).loss; }, b2), "dL/db2 = dL/dz2");
}

// The numbers that the example prints, and that readers may compare their own with.
TEST(TwoThreeOne, ThePrintedNumbers) {
  const Way way = forward(W1, b1, W2, b2);
  expect_near({way.z1.begin(), way.z1.end()}, {0.2, 0.5, -0.7}, 1e-8, "z1");
  expect_near({way.a1.begin(), way.a1.end()}, {0.54983400, 0.62245933, 0.33181223}, 1e-8, "a1");
  expect_near({way.z2, way.yhat, way.loss}, {0.44636645, 0.60977498, 0.15227557}, 1e-8, "z2, yhat, L");
}

}  // namespace
}  // namespace gradus::plain
