// Metrics against counts made by hand, and evaluation in parts against evaluation in one.
#include <cmath>

#include <gradus/train.hpp>
#include <gtest/gtest.h>

namespace gradus::train {
namespace {

TEST(Metric, accuracy_counts_rows_whose_largest_output_is_the_class) {
  const Tensor scores{{0.1, 0.9}, {0.8, 0.2}, {0.3, 0.7}};
  const Metric metric{.kind = Metric::Kind::accuracy};
  EXPECT_EQ(metric.sum(scores, Tensor({1, 0, 0}, Dtype::i64)), 2);
  EXPECT_EQ(metric.sum(scores, Tensor{{0, 1}, {1, 0}, {1, 0}}), 2);  // one-hot
}

TEST(Metric, a_row_is_right_when_all_its_outputs_are) {
  const Metric metric{.kind = Metric::Kind::binary_accuracy, .threshold = 0.5};
  EXPECT_EQ(metric.sum(Tensor{{0.9, 0.1}, {0.9, 0.6}, {0.2, 0.7}}, Tensor{{1, 0}, {1, 0}, {0, 1}}), 2);
  const Metric logits{.kind = Metric::Kind::binary_accuracy, .threshold = 0};
  EXPECT_EQ(logits.sum(Tensor{{0.2}, {-0.2}}, Tensor{{1}, {0}}), 2);
}

TEST(Metric, rmse_and_names) {
  const Metric metric{.kind = Metric::Kind::rmse};
  EXPECT_NEAR(metric.finish(metric.sum(Tensor{{3}, {0}}, Tensor{{0}, {4}}) / 2), std::sqrt(12.5), 1e-6);
  const auto test = Figures{1, 2}.named("test_", metric);
  EXPECT_EQ(test[1].first, "rmse");
  const auto accuracy = Figures{1, 0.75}.named("test_", {.kind = Metric::Kind::accuracy});
  EXPECT_EQ(accuracy[1], (std::pair<std::string, double>("test_accuracy", 0.75)));
  EXPECT_EQ(accuracy[2], (std::pair<std::string, double>("test_error", 0.25)));
}

TEST(Evaluate, parts_do_not_matter) {
  data::Dataset set;
  set.x = Tensor{{1}, {2}, {3}, {4}, {5}};
  set.y = Tensor{{1}, {1}, {1}, {1}, {2}};
  const auto net = [](const Tensor& x) { return x * 0.5; };
  const nn::Loss loss = nn::loss_by_name("mse");
  const Metric metric{.kind = Metric::Kind::rmse};
  const Figures one = evaluate(net, loss, metric, set, 100);
  EXPECT_NEAR(one.loss, (0.25 + 0 + 0.25 + 1 + 0.25) / 5, 1e-6);
  for (const std::int64_t rows : {1, 2, 3, 4}) EXPECT_NEAR(evaluate(net, loss, metric, set, rows).loss, one.loss, 1e-6) << rows;
}

// Parts of one size and a smaller last one, before and after the parameters change.
TEST(Evaluate, compiled_as_without) {
  manual_seed(2);
  nn::Sequential net{nn::Conv2d{1, 8, 3}, nn::BatchNorm2d{8}, nn::Relu{}, nn::MaxPool2d{2}, nn::Dropout{0.5}, nn::Flatten{}, nn::Linear{8 * 5 * 5, 4}};
  data::Dataset set;
  set.x = Tensor::randn({250, 1, 12, 12});
  set.y = randint({250}, 0, 4);
  const nn::Loss loss = nn::loss_by_name("cross_entropy");
  const Metric metric{.kind = Metric::Kind::accuracy};
  Recipe recipe;
  recipe.train.compile.value = true;
  const auto compiled = make_forward(recipe, net);
  recipe.train.compile.value = false;
  const auto eager = make_forward(recipe, net);
  optim::SGD opt{net, {.lr = 0.5}};
  for (int round = 0; round < 3; ++round) {
    const Figures a = evaluate(compiled, loss, metric, set, 100), b = evaluate(eager, loss, metric, set, 100);
    EXPECT_NEAR(a.loss, b.loss, 1e-6 * b.loss) << round;
    EXPECT_EQ(a.metric, b.metric) << round;
    const Mode training(true);
    const auto [value, g] = value_and_grad(net, [&](const nn::Sequential& n) { return nn::cross_entropy(n(set.x), set.y); });
    opt.update(net, g);
  }
}

}  // namespace
}  // namespace gradus::train
