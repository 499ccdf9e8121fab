// Losses: values by hand, edges, targets of 1 and -1, and what wrong calls say. Derivatives are the generated check's.
#include <gradus/autodiff.hpp>
#include <gtest/gtest.h>

#include <cmath>

#include "messages/messages.hpp"

namespace gradus {
namespace {

Tensor doubles(std::initializer_list<Literal> values) { return Tensor(values, Dtype::f64); }
Tensor classes(std::initializer_list<Literal> values) { return Tensor(values, Dtype::i64); }
void near(const Tensor& x, const std::vector<double>& expected) {
  const std::vector<double> found = x.to_vector();
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 2e-12) << i;
}

TEST(Loss, AgainstValues) {
  const Tensor x = doubles({-2, 0, 0.5, 3}), t = doubles({0, 0, 0, 1});
  near(mse_loss(x, t), {4, 0, 0.25, 4});
  near(l1_loss(x, t), {2, 0, 0.5, 2});
  near(huber_loss(x, t), {1.5, 0, 0.125, 1.5});
  near(huber_loss(x, t, 2), {2, 0, 0.125, 2});
  near(smooth_l1_loss(x, t, 0.5), {1.75, 0, 0.25, 1.75});
  near(smooth_l1_loss(x, t, 0), {2, 0, 0.5, 2});
  near(kl_div(doubles({-1, -2}), doubles({0, 0.5})), {0, 0.5 * (std::log(0.5) + 2)});
  near(kl_div(doubles({-1}), doubles({-2}), true), {std::exp(-2) * -1});
  near(poisson_nll_loss(doubles({1, 2}), doubles({3, 1}), true, true), {std::exp(1) - 3 + 3 * std::log(3) - 3 + 0.5 * std::log(2 * M_PI * 3), std::exp(2) - 2});
  near(gaussian_nll_loss(doubles({1}), doubles({3}), doubles({4}), true), {0.5 * (std::log(4) + 1) + 0.5 * std::log(2 * M_PI)});
  near(grad([&](Tensor a) { return sum(l1_loss(a, t)); })(x), {-1, 0, 1, 1});
}

TEST(Loss, BinaryCrossEntropyAtTheEdges) {
  near(binary_cross_entropy(doubles({0, 1, 0, 1}), doubles({0, 1, 1, 0})), {0, 0, 100, 100});
  const double inf = INFINITY;
  const Tensor x = doubles({inf, -inf, inf, -inf, 1000}), t = doubles({1, 0, 0, 1, 0});
  const std::vector<double> found = binary_cross_entropy_with_logits(x, t).to_vector();
  EXPECT_EQ(found, (std::vector<double>{0, 0, inf, inf, 1000}));
  EXPECT_EQ(grad([&](Tensor a) { return sum(binary_cross_entropy_with_logits(a, t)); })(x).to_vector(), (std::vector<double>{0, 0, 1, -1, 1}));
  near(binary_cross_entropy_with_logits(doubles({0, 0}), doubles({1, 0}), doubles({3}), doubles({2, 5})), {6 * std::log(2), 3 * std::log(2)});
}

TEST(Loss, AgainstClasses) {
  const Tensor logs = doubles({{-1, -2, -3}, {-4, -5, -6}}), weight = doubles({1, 10, 100});
  near(nll_loss(logs, classes({2, 0})), {3, 4});
  near(nll_loss(logs, classes({2, -100}), {.weight = weight}), {300, 0});
  near(nll_loss(T(logs), classes({1, 1}), {.axis = 0}), {2, 5});
  near(nll_loss(logs, classes({0, 1}), {.ignore_index = 0}), {0, 5});
  near(target_weight(classes({2, -100, 1}), {.weight = weight}), {100, 0, 10});
  near(target_weight(classes({2, -100})), {1, 0});
  const Tensor x = doubles({{1, 2, 4}, {0, 0, 0}}), p = log_softmax(x);
  const std::vector<double> l = p.to_vector();
  near(cross_entropy_loss(x, classes({2, 1})), {-l[2], -l[4]});
  near(cross_entropy_loss(x, classes({2, 1}), {.weight = weight, .label_smoothing = 0.3}),
       {-0.7 * 100 * l[2] - 0.1 * (l[0] + 10 * l[1] + 100 * l[2]), -0.7 * 10 * l[4] - 0.1 * (l[3] + 10 * l[4] + 100 * l[5])});
  near(cross_entropy_loss(x, classes({2, -100}), {.label_smoothing = 0.3}), {-0.7 * l[2] - 0.1 * (l[0] + l[1] + l[2]), 0});
  near(cross_entropy_loss(x, doubles({{0, 0.5, 0.5}, {1, 0, 0}}), {.weight = weight}), {-(5 * l[1] + 50 * l[2]), -l[3]});
  near(multi_margin_loss(doubles({0.1, 0.2, 0.4, 0.8}), classes({3})[0]), {0.325});  // the example of PyTorch's documentation
  near(multi_margin_loss(doubles({{0, 2}}), classes({0}), 2), {4.5});
}

TEST(Loss, AgainstOneAndMinusOne) {
  near(hinge_embedding_loss(doubles({0.25, 0.25, 2}), doubles({1, -1, -1})), {0.25, 0.75, 0});
  near(margin_ranking_loss(doubles({1, 1}), doubles({3, 3}), doubles({1, -1}), 0.5), {2.5, 0});
  near(soft_margin_loss(doubles({0, 2}), doubles({1, -1})), {std::log(2), std::log1p(std::exp(2))});
  near(cosine_embedding_loss(doubles({{1, 0}, {1, 0}, {1, 1}}), doubles({{0, 1}, {2, 0}, {1, 1}}), doubles({1, -1, -1}), 0.25), {1, 0.75, 0.75});
  near(cosine_similarity(doubles({{3, 4}, {0, 0}}), doubles({{4, 3}, {1, 1}})), {24.0 / 25, 0});
  near(triplet_margin_loss(doubles({{0, 0}}), doubles({{3, 4}}), doubles({{6, 8}}), 7, 2, 0), {2});
  near(triplet_margin_loss(doubles({{0, 0}}), doubles({{3, 4}}), doubles({{3, 5}}), 7, 2, 0, true), {11});
  near(pairwise_distance(doubles({1, 5}), doubles({4, 1}), INFINITY, 0), {4});
}

TEST(Loss, WrongCallsSayWhatToDo) {
  const Tensor row = Tensor::ones({4}), column = Tensor::ones({4, 1});
  EXPECT_MESSAGE(ShapeError, mse_loss(column, row), "[mse_loss] the prediction is [4, 1], the target is [4]. Hint: the same numbers in another shape: reshape one to that of the other");
  EXPECT_MESSAGE(ValueError, huber_loss(row, row, 0), "[huber_loss] delta is 0; it must be above 0");
  EXPECT_MESSAGE(DtypeError, nll_loss(column, row), "[nll_loss] the target is f32; it must hold integers. Hint: cast(x, Dtype::i64)");
  EXPECT_MESSAGE(ShapeError, cross_entropy_loss(Tensor::ones({2, 3}), classes({0, 1}), {.weight = row}), "[cross_entropy_loss] the weight is [4]; with 3 classes it must be [3]");
  EXPECT_MESSAGE(ValueError, cross_entropy_loss(Tensor::ones({2, 3}), classes({0, 1}), {.label_smoothing = 2}), "[cross_entropy_loss] label_smoothing 2 is outside 0..1");
  EXPECT_MESSAGE(ValueError, multi_margin_loss(column, classes({0, 0, 0, 0}), 3), "[multi_margin_loss] p is 3; it must be 1 or 2");
  EXPECT_ANY_THROW(nll_loss(column, classes({0, 0, 0, 1})));
}

}  // namespace
}  // namespace gradus
