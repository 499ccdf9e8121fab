// One sigmoid neuron, L = 1/2 (y - t)^2: dL/dw = (y - t) s'(z) x, dL/db = (y - t) s'(z).
#include "plain.hpp"

namespace gradus::plain {
namespace {

TEST(Neuron, SlopeOfTheSigmoid) {
  for (double z = -6; z <= 6; z += 0.25) {
    const double by_hand = logistic(z) * (1 - logistic(z));
    const Tensor slope = grad([](Tensor at) { return sigmoid(at); })(Tensor::full({}, z, Dtype::f64));
    expect_gradient({by_hand}, slope, central([](const Numbers& at) { return logistic(at[0]); }, {z}), "s'(" + std::to_string(z) + ")");
  }
}

TEST(Neuron, HalfSquaredError) {
  manual_seed(1);
  for (int round = 0; round < 50; ++round) {
    const Numbers drawn = draw(4);
    const double x = 2 * drawn[0], w = drawn[1], b = drawn[2], t = logistic(drawn[3]);

    const double z = w * x + b, y = logistic(z), slope = y * (1 - y);
    const Numbers by_hand = {(y - t) * slope * x, (y - t) * slope};

    const auto number = [](double value) { return Tensor::full({}, value, Dtype::f64); };
    const auto loss = [&](Tensor weight, Tensor bias) { return nn::half_squared_error(sigmoid(weight * number(x) + bias), number(t)); };
    const auto [value, slopes] = value_and_grad(loss)(number(w), number(b));
    EXPECT_NEAR(value.item(), 0.5 * (y - t) * (y - t), 1e-15);

    const auto plain_loss = [&](const Numbers& p) { return 0.5 * std::pow(logistic(p[0] * x + p[1]) - t, 2); };
    const Numbers differences = central(plain_loss, {w, b});
    expect_gradient({by_hand[0]}, slopes[0], {differences[0]}, "dL/dw");
    expect_gradient({by_hand[1]}, slopes[1], {differences[1]}, "dL/db");
  }
}

}  // namespace
}  // namespace gradus::plain
