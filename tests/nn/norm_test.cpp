// BatchNorm, LayerNorm and Dropout as layers.
#include <cmath>

#include "nn/check.hpp"

namespace gradus::nn {
namespace {

TEST(BatchNorm, trains_with_the_batch_and_moves_the_running_figures) {
  BatchNorm2d layer(2, {.momentum = 0.25});
  const Tensor x{{{{1, 3}}, {{0, 8}}}, {{{5, 7}}, {{8, 0}}}};  // [2, 2, 1, 2]: channels 1 3 5 7 and 0 8 8 0
  {
    const Mode training(true);
    const double a = 1 / std::sqrt(5 + 1e-5), b = 4 / std::sqrt(16 + 1e-5);
    expect_near(layer(x), {-3 * a, -a, -b, b, a, 3 * a, b, -b}, 1e-6);
  }
  expect_near(layer.running_mean, {0.25 * 4, 0.25 * 4}, 1e-6);
  expect_near(layer.running_var, {0.75 + 0.25 * 20 / 3, 0.75 + 0.25 * 64 / 3}, 1e-5);  // divided by n - 1
  expect_near(layer.num_batches_tracked, {1}, 0);
}

TEST(BatchNorm, evaluates_with_the_running_figures_and_leaves_them) {
  BatchNorm2d layer(2);
  layer.running_mean.set(Tensor{1, 2});
  layer.running_var.set(Tensor{4, 9});
  layer.weight = Tensor{1, 10};
  layer.bias = Tensor{0, 100};
  const Tensor y = layer(Tensor{{3, 5}, {1, -1}});  // [N, C] too
  expect_near(y, {1, 110, 0, 90}, 1e-3);
  expect_near(BatchNorm(1, {.eps = 3})(Tensor{{4}}), {2}, 1e-6);
  expect_near(layer.running_mean, {1, 2}, 0);
  expect_near(layer.num_batches_tracked, {0}, 0);
}

TEST(BatchNorm, value_and_grad_moves_the_figures_of_the_network_itself) {
  struct Net {
    BatchNorm2d norm{3};
    Tensor operator()(const Tensor& x) const { return norm(x); }
  } net;
  manual_seed(1);
  const Tensor x = Tensor::randn({4, 3, 2, 2});
  const auto [loss, g] = value_and_grad(net, [&](const Net& n) { return sum(square(n(x))); });
  expect_near(net.norm.running_mean, (mean(x, Axes{0, 2, 3}) * 0.1).to_vector(), 1e-6);
  expect_near(net.norm.num_batches_tracked, {1}, 0);
  EXPECT_EQ(g.norm.weight.value().shape(), (Shape{3}));
}

TEST(BatchNorm, keeps_the_rules_of_layers) {
  manual_seed(2);
  BatchNorm layer(2, {.dtype = Dtype::f64});
  layer.weight = Tensor::from(std::vector<double>{0.5, 2}, {2});
  layer.bias = Tensor::from(std::vector<double>{-1, 1}, {2});
  EXPECT_EQ(parameter_names(layer), (std::vector<std::string>{"weight", "bias"}));
  const Tensor x = Tensor::randn({3, 2, 2, 2}, Dtype::f64);
  expect_gradients(layer, x, true);
  expect_gradients(layer, x, false);
  layer.running_mean.set(Tensor::from(std::vector<double>{0.5, -0.5}, {2}));  // saved too
  expect_layer_rules(layer, x);
  std::vector<std::string> saved;
  for (const auto& [name, tensor] : tensors_of(layer)) saved.push_back(name);
  EXPECT_EQ(saved, (std::vector<std::string>{"bias", "num_batches_tracked", "running_mean", "running_var", "weight"}));  // PyTorch's names
  BatchNorm copy = layer;
  copy.running_mean.set(Tensor::zeros({2}, Dtype::f64));
  expect_near(layer.running_mean, {0.5, -0.5}, 0);
}

TEST(BatchNorm, errors_name_the_layer) {
  struct Net {
    BatchNorm2d norm{3};
  } net;
  parameters(net);
  EXPECT_EQ(message<ShapeError>([&] { net.norm(Tensor::ones({2, 4, 2, 2})); }), "[batch_norm] the input is [2, 4, 2, 2], but this layer takes [N, 3, ...]  in net.norm");
  EXPECT_EQ(message<ShapeError>([&] { net.norm(Tensor::ones({3})); }), "[batch_norm] the input is [3], but this layer takes [N, 3, ...]  in net.norm");
  const Mode training(true);
  EXPECT_EQ(message<ShapeError>([&] { net.norm(Tensor::ones({1, 3})); }),
            "[batch_norm] the input is [1, 3], which is one value for each channel: it has no variance to train with. Hint: a batch of two or more  in net.norm");
  EXPECT_EQ(message<ValueError>([] { BatchNorm(2, {.momentum = 1.5}); }), "[batch_norm] the momentum 1.5 is outside 0..1");
  EXPECT_EQ(message<ShapeError>([] { BatchNorm(-2); }), "[batch_norm] -2 channels: the number cannot be negative");
}

TEST(LayerNorm, gives_the_last_axes_mean_0_and_deviation_1) {
  LayerNorm layer(2);
  layer.weight = Tensor{1, 2};
  layer.bias = Tensor{0, 10};
  expect_near(layer(Tensor{{1, 3}, {8, 0}}), {-1, 12, 1, 8}, 1e-5);
  const LayerNorm whole(Shape{2, 2}, {.affine = false});
  expect_near(whole(Tensor{{{1, 1}, {3, 3}}}), {-1, -1, 1, 1}, 1e-5);
  expect_near(LayerNorm(2, {.eps = 3})(Tensor{{1, 3}}), {-0.5, 0.5}, 1e-6);
  EXPECT_EQ(parameter_names(LayerNorm(3, {.bias = false})), (std::vector<std::string>{"weight"}));
  EXPECT_EQ(layer.text(), "layer_norm 2");
  EXPECT_EQ(whole.text(), "layer_norm [2, 2]");
}

TEST(LayerNorm, keeps_the_rules_of_layers) {
  manual_seed(3);
  LayerNorm layer(4, {.eps = 0.01, .dtype = Dtype::f64});
  layer.weight = Tensor::randn({4}, Dtype::f64);
  const Tensor x = Tensor::randn({2, 3, 4}, Dtype::f64);
  EXPECT_EQ(parameter_names(layer), (std::vector<std::string>{"weight", "bias"}));
  expect_gradients(layer, x);
  expect_gradients(LayerNorm(Shape{3, 4}, {.affine = false, .dtype = Dtype::f64}), x);
  expect_layer_rules(layer, x);
  struct Net {
    LayerNorm norm{4};
  } net;
  parameters(net);
  EXPECT_EQ(message<ShapeError>([&] { net.norm(Tensor::ones({2, 3})); }), "[layer_norm] the input is [2, 3], but this layer takes [..., 4]  in net.norm");
  EXPECT_EQ(message<ShapeError>([] { LayerNorm(Shape{2, 4})(Tensor::ones({4})); }), "[layer_norm] the input is [4], but this layer takes [..., 2, 4]");
  EXPECT_EQ(message<ShapeError>([] { LayerNorm(Shape{}); }), "[layer_norm] axes of [] cannot be normalised");
}

TEST(Dropout, drops_in_training_alone) {
  const Dropout layer(0.25);
  const Tensor x = Tensor::ones({100, 100});
  EXPECT_EQ(layer(x).to_vector(), x.to_vector());
  const Mode training(true);
  manual_seed(1);
  const std::vector<double> y = layer(x).to_vector();
  double kept = 0;
  for (const double v : y) {
    EXPECT_TRUE(v == 0 || std::abs(v - 4.0 / 3) < 1e-6) << v;
    kept += v != 0;
  }
  EXPECT_NEAR(kept / 10000, 0.75, 0.02);
  EXPECT_NE(layer(x).to_vector(), y);  // others each time
  manual_seed(1);
  EXPECT_EQ(layer(x).to_vector(), y);
  EXPECT_EQ(Dropout(0)(x).to_vector(), x.to_vector());
  expect_near(sum(Dropout(1)(x)), {0}, 0);
  expect_gradients(layer, Tensor::randn({3, 4}, Dtype::f64));
  EXPECT_EQ(layer.text(), "dropout 0.25");
  EXPECT_EQ(message<ValueError>([] { Dropout(1.5); }), "[dropout] the probability 1.5 is outside 0..1");
}

}  // namespace
}  // namespace gradus::nn
