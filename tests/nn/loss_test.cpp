#include <cmath>
#include <gradus/autodiff/gradcheck.hpp>
#include <gradus/nn/loss.hpp>

#include "nn/near.hpp"

namespace gradus::nn {
namespace {

Tensor doubles(std::initializer_list<Literal> values) { return Tensor(values, Dtype::f64); }
Tensor classes(std::vector<std::int64_t> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return Tensor::from(values, {n});
}

TEST(Loss, mse_is_the_mean_over_all) {
  const Tensor p = doubles({{1, 2}, {3, 5}}), t = doubles({{0, 2}, {1, 1}});
  EXPECT_DOUBLE_EQ(mse(p, t).item(), (1 + 0 + 4 + 16) / 4.0);
  EXPECT_DOUBLE_EQ(mse(p, t, Reduction::sum).item(), 21);
  expect_near(grad([&](Tensor x) { return mse(x, t); })(p), {2 * 1 / 4.0, 0, 2 * 2 / 4.0, 2 * 4 / 4.0}, 1e-15);  // 2 (p - t) / N
}

TEST(Loss, half_squared_error_sums_features_and_averages_samples) {
  const Tensor p = doubles({{1, 2}, {3, 5}}), t = doubles({{0, 2}, {1, 1}});
  EXPECT_DOUBLE_EQ(half_squared_error(p, t).item(), 21 / 2.0 / 2);
  expect_near(grad([&](Tensor x) { return half_squared_error(x, t); })(p), {0.5, 0, 1, 2}, 1e-15);  // (p - t) / n
  EXPECT_DOUBLE_EQ(half_squared_error(Tensor(3.0), Tensor(1.0)).item(), 2);
  EXPECT_DOUBLE_EQ(half_squared_error(doubles({3, 1}), doubles({1, 1})).item(), 1);  // two samples with one feature
}

TEST(Loss, bce) {
  const Tensor p = doubles({0.9, 0.2, 0.5}), t = doubles({1, 0, 0.25});
  const double wanted = -(std::log(0.9) + std::log(0.8) + std::log(0.5)) / 3;
  EXPECT_NEAR(bce(p, t).item(), wanted, 1e-15);
  EXPECT_NEAR(bce(p, t, Reduction::sum).item(), 3 * wanted, 1e-15);
  EXPECT_TRUE(gradcheck([&](Inputs x) { return bce(x[0], t); }, {p}).ok);
}

TEST(Loss, bce_is_finite_where_a_probability_is_0_or_1) {
  for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
    const Tensor p({0, 1, 0, 1}, dtype), t({1, 0, 0, 1}, dtype);
    const auto [loss, slope] = value_and_grad([&](Tensor x) { return bce(x, t); })(p);
    EXPECT_EQ(loss.item(), 50);  // two of four are 100
    for (const double x : slope.to_vector()) EXPECT_TRUE(std::isfinite(x)) << x;
  }
  EXPECT_TRUE(std::isnan(bce(doubles({1.5}), doubles({1})).item()));  // logits by mistake
  EXPECT_TRUE(std::isnan(bce(doubles({-0.5}), doubles({1})).item()));
}

TEST(Loss, bce_with_logits) {
  const Tensor x = doubles({-2, 0, 3, 0.5}), t = doubles({0, 1, 1, 0.3});
  EXPECT_NEAR(bce_with_logits(x, t).item(), bce(sigmoid(x), t).item(), 1e-15);
  const std::vector<double> s = sigmoid(x).to_vector();
  expect_near(grad([&](Tensor z) { return bce_with_logits(z, t, Reduction::sum); })(x), {s[0], s[1] - 1, s[2] - 1, s[3] - 0.3}, 1e-15);
}

TEST(Loss, bce_with_logits_neither_overflows_nor_cancels) {
  const Tensor x({-1000, 1000, -100, 100}), t({0, 1, 0, 1});
  for (const double loss : {bce_with_logits(x, t).item(), bce_with_logits(-x, 1 - t).item()}) EXPECT_LT(loss, 1e-40);
  EXPECT_NEAR(bce_with_logits(x, 1 - t, Reduction::sum).item(), 2200, 1e-3);
  EXPECT_NEAR(bce_with_logits(Tensor{20}, Tensor{1}).item(), 2.0611536e-9, 1e-15);  // log(1 + e^-20)
}

TEST(Loss, cross_entropy_is_the_mean_over_rows) {
  const Tensor x = doubles({{1, 2, 3}, {0, 0, 0}}), t = classes({2, 0});
  const double first = std::log(1 + std::exp(-1) + std::exp(-2)), second = std::log(3);
  EXPECT_NEAR(nn::cross_entropy(x, t).item(), (first + second) / 2, 1e-15);
  EXPECT_NEAR(nn::cross_entropy(x, t, {.reduction = Reduction::sum}).item(), first + second, 1e-15);
  const std::vector<double> p = softmax(x).to_vector();
  expect_near(grad([&](Tensor z) { return nn::cross_entropy(z, t); })(x), {p[0] / 2, p[1] / 2, (p[2] - 1) / 2, (p[3] - 1) / 2, p[4] / 2, p[5] / 2}, 1e-15);
}

TEST(Loss, label_smoothing_spreads_part_of_the_target) {
  const Tensor x = doubles({{1, 2, 3}}), t = classes({0});
  const std::vector<double> log_p = log_softmax(x).to_vector();
  const double wanted = -(0.9 * log_p[0] + 0.1 / 3 * (log_p[0] + log_p[1] + log_p[2]));
  EXPECT_NEAR(nn::cross_entropy(x, t, {.label_smoothing = 0.1}).item(), wanted, 1e-14);
}

TEST(Loss, a_target_of_another_shape_never_broadcasts) {
  const Tensor column = Tensor::ones({4, 1}), row = Tensor::ones({4});
  const std::string hint = "Hint: the same numbers in another shape: reshape(target, prediction.shape())";
  EXPECT_EQ(message<ShapeError>([&] { mse(column, row); }), "[mse] the prediction is [4, 1], the target is [4]. " + hint + ", or squeeze the prediction");
  EXPECT_EQ(message<ShapeError>([&] { half_squared_error(row, column); }), "[half_squared_error] the prediction is [4], the target is [4, 1]. " + hint);
  EXPECT_THROW(bce(column, row), ShapeError);
  EXPECT_THROW(bce_with_logits(column, row), ShapeError);
  EXPECT_EQ(message<ShapeError>([&] { mse(Tensor::ones({4, 3}), row); }),
            "[mse] the prediction is [4, 3], the target is [4]. Hint: are these class numbers? Then use cross_entropy, or one_hot(target, classes)");
  EXPECT_THROW(mse(Tensor::ones({4, 3}), Tensor::ones({1, 3})), ShapeError);
  EXPECT_THROW(mse(Tensor::ones({4}), 1), ShapeError);
  EXPECT_THROW(nn::cross_entropy(Tensor::ones({4, 3}), Tensor::from(std::vector<std::int64_t>{0, 0, 0, 0}, {4, 1})), ShapeError);
  EXPECT_THROW(nn::cross_entropy(Tensor::ones({4, 3}), row), DtypeError);
}

TEST(Loss, by_name) {
  const Tensor p = doubles({0.25, 0.5}), t = doubles({0, 1});
  EXPECT_EQ(loss_by_name("mse")(p, t).item(), mse(p, t).item());
  EXPECT_EQ(loss_by_name("half_squared_error")(p, t).item(), half_squared_error(p, t).item());
  EXPECT_EQ(loss_by_name("bce")(p, t).item(), bce(p, t).item());
  EXPECT_EQ(loss_by_name("bce_with_logits")(p, t).item(), bce_with_logits(p, t).item());
  const Tensor x = doubles({{1, 2, 3}});
  EXPECT_EQ(loss_by_name("cross_entropy", {{"label_smoothing", "0.2"}})(x, classes({1})).item(), nn::cross_entropy(x, classes({1}), {.label_smoothing = 0.2}).item());
  for (const std::string& name : loss_names()) EXPECT_NO_THROW(loss_by_name(name));
  EXPECT_EQ(message<UsageError>([] { loss_by_name("cross_entrpy"); }), "[loss] there is no loss 'cross_entrpy'. Hint: did you mean 'cross_entropy'?");
  EXPECT_EQ(message<UsageError>([] { loss_by_name("mse", {{"smoothing", "1"}}); }), "[mse] takes no option 'smoothing'");
  EXPECT_EQ(message<UsageError>([] { loss_by_name("cross_entropy", {{"label_smoothing", "2"}}); }), "[cross_entropy] label_smoothing 2 is outside 0..1");
}

TEST(Loss, WeightsAndIgnoredTargetsCountInTheMeanToo) {
  const Tensor x = reshape(doubles({1, 2, 4, 0, 0, 0, 3, 1, 1}), {3, 3}), t = classes({2, 0, 1});
  const std::vector<double> l = gradus::cross_entropy(x, t).to_vector();
  EXPECT_NEAR(cross_entropy(x, t, {.weight = doubles({1, 2, 5})}).item(), (5 * l[0] + l[1] + 2 * l[2]) / 8, 1e-15);
  EXPECT_NEAR(cross_entropy(x, t, {.ignore_index = 0}).item(), (l[0] + l[2]) / 2, 1e-15);
  EXPECT_NEAR(cross_entropy(x, t, {.reduction = Reduction::sum, .weight = doubles({1, 2, 5}), .ignore_index = 1}).item(), 5 * l[0] + l[1], 1e-15);
}

}  // namespace
}  // namespace gradus::nn
