// Conv2d and the pools as layers.
#include <algorithm>

#include "nn/check.hpp"

namespace gradus::nn {
namespace {

TEST(Conv2d, slides_its_kernel_over_the_picture) {
  Conv2d layer(1, 2, 2);
  layer.weight = Tensor{{{{1, 0}, {0, 1}}}, {{{0, 1}, {-1, 0}}}};
  layer.bias = Tensor{10, 20};
  const Tensor x = reshape(Tensor{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 3, 3});
  const Tensor y = layer(x);
  EXPECT_EQ(y.shape(), (Shape{1, 2, 2, 2}));
  expect_near(y, {16, 18, 22, 24, 18, 18, 18, 18}, 0);
  EXPECT_EQ(layer(x[0]).shape(), (Shape{2, 2, 2}));  // one picture
}

TEST(Conv2d, options_reach_the_operation) {
  manual_seed(2);
  const Conv2d layer(4, 6, {3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2, .bias = false});
  EXPECT_EQ(layer.weight.value().shape(), (Shape{6, 2, 3, 2}));
  EXPECT_FALSE(layer.bias.defined());
  const Tensor x = Tensor::randn({2, 4, 5, 7});
  const Tensor wanted = conv2d(x, layer.weight, {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2});
  EXPECT_EQ(layer(x).to_vector(), wanted.to_vector());
  EXPECT_EQ(layer(x).shape(), (Shape{2, 6, 3, 5}));
  EXPECT_EQ(layer.text(), "conv2d 4 -> 6, 3x2, stride 2x1, padding 1x0, dilation 1x2, 2 groups");
  EXPECT_EQ(Conv2d(1, 32, 3).text(), "conv2d 1 -> 32, 3x3");
}

TEST(Conv2d, starts_as_pytorch_does) {
  manual_seed(3);
  const Conv2d layer(8, 4000, {1, 2}, {.groups = 4});  // each output sees 2 * 1 * 2 = 4 numbers
  for (const Param* p : {&layer.weight, &layer.bias}) {
    const std::vector<double> values = p->value().to_vector();
    const auto [least, most] = std::ranges::minmax(values);
    EXPECT_GE(least, -0.5);
    EXPECT_LT(least, -0.498);
    EXPECT_LE(most, 0.5);
    EXPECT_GT(most, 0.498);
  }
}

TEST(Conv2d, keeps_the_rules_of_layers) {
  manual_seed(4);
  const Conv2d layer(2, 4, {2, 3}, {.stride = 2, .padding = 1, .groups = 2, .dtype = Dtype::f64});
  EXPECT_EQ(parameter_names(layer), (std::vector<std::string>{"weight", "bias"}));
  expect_gradients(layer, Tensor::randn({2, 2, 4, 5}, Dtype::f64));
  expect_gradients(Conv2d(1, 2, 2, {.dilation = 2, .bias = false, .dtype = Dtype::f64}), Tensor::randn({1, 1, 4, 4}, Dtype::f64));
  expect_layer_rules(layer, Tensor::randn({1, 2, 4, 5}, Dtype::f64));
}

TEST(Conv2d, errors_name_the_layer) {
  struct Net {
    Conv2d first{3, 4, 3};
  } net;
  parameters(net);
  EXPECT_EQ(message<ShapeError>([&] { net.first(Tensor::ones({2, 1, 8, 8})); }), "[conv2d] the input is [2, 1, 8, 8], but this layer takes [N, 3, H, W]  in net.first");
  EXPECT_EQ(message<ShapeError>([&] { net.first(Tensor::ones({3, 8})); }), "[conv2d] the input is [3, 8], but this layer takes [N, 3, H, W]  in net.first");
  EXPECT_NE(message<ShapeError>([&] { net.first(Tensor::ones({1, 3, 2, 2})); }).find("  in net.first"), std::string::npos);  // smaller than the kernel
  EXPECT_EQ(message<ShapeError>([] { Conv2d(3, 4, 3, {.groups = 2}); }), "[conv2d] 3 -> 4 channels do not divide into 2 groups");
  EXPECT_EQ(message<ShapeError>([] { Conv2d(3, 4, 0); }), "[conv2d] a kernel of 0x0 is not possible. Hint: 1 or more");
  EXPECT_EQ(message<ShapeError>([] { Conv2d(3, 4, 3, {.stride = {1, 0}}); }), "[conv2d] a stride of 1x0 is not possible. Hint: 1 or more");
  EXPECT_EQ(message<ShapeError>([] { Conv2d(-1, 4, 3); }), "[conv2d] channels cannot be negative: -1 -> 4");
  EXPECT_EQ(message<ShapeError>([] { Conv2d(1, 1, 1, {.init = [](const Shape&, Dtype) { return Tensor{1}; }}); }),
            "[conv2d] the initialiser gave f32 [1] where f32 [1, 1, 1, 1] is needed");
}

TEST(Pools, give_the_largest_or_the_mean_of_each_window) {
  const Tensor x = reshape(Tensor{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, {1, 1, 4, 4});
  expect_near(MaxPool2d{2}(x), {6, 8, 14, 16}, 0);
  expect_near(AvgPool2d{2}(x), {3.5, 5.5, 11.5, 13.5}, 0);
  expect_near(MaxPool2d({1, 3}, {.stride = {2, 1}})(x), {3, 4, 11, 12}, 0);
  expect_near(AvgPool2d(3, {.stride = 2, .padding = 1})(x), {14.0 / 9, 30.0 / 9, 57.0 / 9, 99.0 / 9}, 1e-6);
  expect_near(AvgPool2d(3, {.stride = 2, .padding = 1, .count_include_pad = false})(x), {14.0 / 4, 30.0 / 6, 57.0 / 6, 99.0 / 9}, 1e-6);
  EXPECT_EQ(MaxPool2d(3, {.stride = 2, .ceil_mode = true})(x).shape(), (Shape{1, 1, 2, 2}));
  EXPECT_EQ(MaxPool2d(2, {.stride = 1, .dilation = 2})(x).shape(), (Shape{1, 1, 2, 2}));
  const Tensor means = GlobalAvgPool{}(Tensor{{{{1, 2}, {3, 6}}, {{0, 0}, {0, 4}}}});
  EXPECT_EQ(means.shape(), (Shape{1, 2, 1, 1}));
  expect_near(means, {3, 1}, 0);
  EXPECT_EQ(MaxPool2d(2).text(), "max_pool2d 2x2");
  EXPECT_EQ(AvgPool2d(3, {.stride = 2, .padding = 1}).text(), "avg_pool2d 3x3, stride 2x2, padding 1x1");
}

TEST(Pools, gradients_and_errors) {
  manual_seed(5);
  const Tensor x = Tensor::randn({2, 2, 4, 5}, Dtype::f64);
  expect_gradients(MaxPool2d{2}, x);
  expect_gradients(AvgPool2d(3, {.stride = 2, .padding = 1}), x);
  expect_gradients(GlobalAvgPool{}, x);
  EXPECT_EQ(message<ShapeError>([] { MaxPool2d{2}(Tensor::ones({4, 4})); }), "[max_pool2d] the input is [4, 4], but this layer takes [N, C, H, W]");
  EXPECT_EQ(message<ShapeError>([] { AvgPool2d{2}(Tensor::ones({4, 4})); }), "[avg_pool2d] the input is [4, 4], but this layer takes [N, C, H, W]");
  EXPECT_EQ(message<ShapeError>([] { MaxPool2d{0}; }), "[max_pool2d] a kernel of 0x0 is not possible. Hint: 1 or more");
  EXPECT_EQ(message<ShapeError>([] { AvgPool2d(2, {.padding = 2}); }),
            "[avg_pool2d] a padding of 2x2 is more than half of the kernel 2x2. Hint: some windows would see nothing else");
}

}  // namespace
}  // namespace gradus::nn
