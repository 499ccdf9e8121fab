// Softmax with cross-entropy and sigmoid with binary cross-entropy: the gradient is p - t in both.
#include <algorithm>

#include "plain.hpp"

namespace gradus::plain {
namespace {

constexpr std::size_t samples = 5, classes = 4;
constexpr std::int64_t N = samples, C = classes;

Numbers softmax_of(const Numbers& z) {
  Numbers p(z.size());
  for (std::size_t i = 0; i < samples; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < classes; ++k) sum += std::exp(z[i * classes + k]);
    for (std::size_t k = 0; k < classes; ++k) p[i * classes + k] = std::exp(z[i * classes + k]) / sum;
  }
  return p;
}

// -1/N sum over the samples of sum_k t_k log p_k
double cross_entropy_of(const Numbers& z, const Numbers& t) {
  const Numbers p = softmax_of(z);
  double loss = 0;
  for (std::size_t i = 0; i < p.size(); ++i) loss -= t[i] * std::log(p[i]);
  return loss / samples;
}

Numbers difference(const Numbers& p, const Numbers& t, double scale) {
  Numbers out;
  for (std::size_t i = 0; i < p.size(); ++i) out.push_back((p[i] - t[i]) * scale);
  return out;
}

TEST(CrossEntropy, SoftmaxIsItsOwnJacobian) {
  manual_seed(6);
  const Numbers z = draw(C);
  double sum = 0;
  for (double v : z) sum += std::exp(v);
  Numbers by_hand;
  for (std::size_t i = 0; i < classes; ++i) {
    for (std::size_t k = 0; k < classes; ++k) by_hand.push_back(std::exp(z[i]) / sum * ((i == k ? 1 : 0) - std::exp(z[k]) / sum));
  }
  const auto f = [](Inputs in) { return softmax(in[0]); };
  expect_near(by_hand, autodiff_jacobian(f, {tensor(z, {C})}, 0).values, 1e-12, "dp_i/dz_k = p_i ([i = k] - p_k)");
}

TEST(CrossEntropy, SoftmaxGivesProbabilityMinusTarget) {
  manual_seed(7);
  const Numbers z = draw(N * C), p = softmax_of(z);
  const std::vector<std::int64_t> labels = {3, 0, 1, 1, 2};
  Numbers t(z.size());
  for (std::size_t i = 0; i < samples; ++i) t[i * classes + static_cast<std::size_t>(labels[i])] = 1;
  const Numbers by_hand = difference(p, t, 1.0 / samples), differences = central([&](const Numbers& at) { return cross_entropy_of(at, t); }, z);

  const Tensor logits = tensor(z, {N, C}), index = Tensor::from(labels, {N}), one_hots = tensor(t, {N, C});
  const auto [value, slope] = value_and_grad([&](Tensor at) { return nn::cross_entropy(at, index); })(logits);
  EXPECT_NEAR(value.item(), cross_entropy_of(z, t), 1e-14);
  expect_gradient(by_hand, slope, differences, "cross_entropy");
  expect_gradient(by_hand, grad([&](Tensor at) { return -sum(one_hots * log(softmax(at))) / static_cast<double>(N); })(logits), differences, "-sum t log softmax");
  expect_gradient(by_hand, grad([&](Tensor at) { return -sum(one_hots * log_softmax(at)) / static_cast<double>(N); })(logits), differences, "-sum t log_softmax");
}

TEST(CrossEntropy, SmoothedTargetsToo) {
  manual_seed(8);
  const double smoothing = 0.2;
  const Numbers z = draw(N * C);
  const std::vector<std::int64_t> labels = {0, 1, 2, 3, 0};
  Numbers t(z.size(), smoothing / classes);
  for (std::size_t i = 0; i < samples; ++i) t[i * classes + static_cast<std::size_t>(labels[i])] += 1 - smoothing;
  const auto loss = [&](Tensor at) { return nn::cross_entropy(at, Tensor::from(labels, {N}), {.label_smoothing = smoothing}); };
  expect_gradient(difference(softmax_of(z), t, 1.0 / samples), grad(loss)(tensor(z, {N, C})),
                  central([&](const Numbers& at) { return cross_entropy_of(at, t); }, z), "smoothed cross_entropy");
}

TEST(CrossEntropy, SigmoidGivesProbabilityMinusTarget) {
  manual_seed(9);
  const Numbers z = draw(N);
  Numbers p, t;
  for (double v : z) p.push_back(logistic(v));
  for (double v : draw(N)) t.push_back(logistic(v));  // targets between 0 and 1 are allowed
  t[0] = 0, t[1] = 1;
  const auto loss = [&](const Numbers& at) {
    double sum = 0;
    for (std::size_t i = 0; i < at.size(); ++i) sum -= t[i] * std::log(logistic(at[i])) + (1 - t[i]) * std::log(1 - logistic(at[i]));
    return sum / samples;
  };
  const Numbers by_hand = difference(p, t, 1.0 / samples), differences = central(loss, z);
  const Tensor logits = tensor(z, {N}), target = tensor(t, {N});
  EXPECT_NEAR(nn::bce_with_logits(logits, target).item(), loss(z), 1e-14);
  expect_gradient(by_hand, grad([&](Tensor at) { return nn::bce_with_logits(at, target); })(logits), differences, "bce_with_logits");
  expect_gradient(by_hand, grad([&](Tensor at) { return nn::bce(sigmoid(at), target); })(logits), differences, "bce of sigmoid");
}

}  // namespace
}  // namespace gradus::plain
