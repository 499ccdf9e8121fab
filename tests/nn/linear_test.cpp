#include <algorithm>
#include <cmath>
#include <gradus/autodiff/gradcheck.hpp>
#include <gradus/nn.hpp>

#include "nn/near.hpp"

namespace gradus {
namespace {

nn::Linear example() {
  nn::Linear layer(2, 3);
  layer.weight = Tensor{{1, 2}, {3, 4}, {5, 6}};
  layer.bias = Tensor{10, 20, 30};
  return layer;
}

TEST(Linear, computes_x_times_w_transposed_plus_b) {
  const nn::Linear layer = example();
  const Tensor y = layer(Tensor{{1, 0}, {0, 1}, {2, -1}});
  EXPECT_EQ(y.shape(), (Shape{3, 3}));
  expect_near(y, {11, 23, 35, 12, 24, 36, 10, 22, 34}, 0);
}

TEST(Linear, takes_any_number_of_leading_axes) {
  const nn::Linear layer = example();
  EXPECT_EQ(layer(Tensor::ones({4, 5, 2})).shape(), (Shape{4, 5, 3}));
  expect_near(layer(Tensor{1, 0}), {11, 23, 35}, 0);
  EXPECT_EQ(layer(Tensor{1, 0}).shape(), (Shape{3}));
  EXPECT_EQ(layer(Tensor::ones({0, 2})).shape(), (Shape{0, 3}));
}

TEST(Linear, starts_uniform_within_one_over_root_in) {
  manual_seed(3);
  const nn::Linear layer(16, 4000);
  for (const Param* p : {&layer.weight, &layer.bias}) {
    const std::vector<double> values = p->value().to_vector();
    const auto [least, most] = std::ranges::minmax(values);
    double mean = 0, square = 0;
    for (const double x : values) mean += x, square += x * x;
    mean /= double(values.size()), square /= double(values.size());
    EXPECT_GE(least, -0.25);
    EXPECT_LT(most, 0.25);
    EXPECT_LT(least, -0.249);  // all of the range is used
    EXPECT_GT(most, 0.249);
    EXPECT_NEAR(mean, 0, 0.01);
    EXPECT_NEAR(square, 0.0625 / 3, 0.001);
  }
}

TEST(Linear, follows_manual_seed_and_no_two_layers_are_alike) {
  manual_seed(5);
  const nn::Linear a(8, 8), b(8, 8);
  manual_seed(5);
  const nn::Linear again(8, 8);
  EXPECT_EQ(a.weight.value().to_vector(), again.weight.value().to_vector());
  EXPECT_EQ(a.bias.value().to_vector(), again.bias.value().to_vector());
  EXPECT_NE(a.weight.value().to_vector(), b.weight.value().to_vector());
  EXPECT_NE(a.bias.value()[0].item(), a.weight.value()[0][0].item());
}

TEST(Linear, options) {
  const nn::Linear layer(3, 2, {.init = nn::init::zeros, .bias_init = nn::init::by_name("constant 0.5"), .dtype = Dtype::f64});
  EXPECT_EQ(layer.weight.value().dtype(), Dtype::f64);
  expect_near(layer.weight, {0, 0, 0, 0, 0, 0}, 0);
  expect_near(layer.bias, {0.5, 0.5}, 0);
}

struct Plain {
  nn::Linear hidden{2, 3, {.bias = false}}, out{3, 1};
  Tensor operator()(const Tensor& x) const { return out(tanh(hidden(x))); }
};

TEST(Linear, without_bias_has_only_a_weight) {
  Plain net;
  EXPECT_EQ(nn::count_parameters(net), 6 + 3 + 1);
  std::vector<std::string> names;
  walk(net, [&](const std::string& path, Param&) { names.push_back(path); });
  EXPECT_EQ(names, (std::vector<std::string>{"hidden.weight", "out.weight", "out.bias"}));
  const auto [loss, g] = value_and_grad(net, [](const Plain& n) { return sum(n(Tensor{{1, 2}})); });
  EXPECT_EQ(g.hidden.weight.value().shape(), (Shape{3, 2}));
  EXPECT_NE(g.hidden.weight.value()[0][0].item(), 0);
  expect_near(g.out.bias, {1}, 0);
}

TEST(Linear, gradients) {
  manual_seed(1);
  const auto f = [](Inputs x) {
    nn::Linear layer(3, 2, {.dtype = Dtype::f64});
    layer.weight.bind(x[1]);
    layer.bias.bind(x[2]);
    return sum(square(layer(x[0])));
  };
  const GradcheckReport report = gradcheck(f, {Tensor::randn({4, 3}, Dtype::f64), Tensor::randn({2, 3}, Dtype::f64), Tensor::randn({2}, Dtype::f64)});
  EXPECT_TRUE(report.ok) << report.message;
}

TEST(Linear, errors_name_the_layer) {
  Plain net;
  EXPECT_EQ(message<ShapeError>([&] { net.hidden(Tensor::ones({4, 3})); }), "[linear] the input is [4, 3], but this layer takes [..., 2]");
  parameters(net);  // a walk tells the layers their names
  EXPECT_EQ(message<ShapeError>([&] { net(Tensor::ones({4, 3})); }), "[linear] the input is [4, 3], but this layer takes [..., 2]  in net.hidden");
  EXPECT_EQ(message<ShapeError>([&] { net.out(Tensor(1)); }), "[linear] the input is [], but this layer takes [..., 3]  in net.out");
  nn::Linear alone(2, 2);
  parameters(alone);
  EXPECT_EQ(message<ShapeError>([&] { alone(Tensor::ones({3})); }), "[linear] the input is [3], but this layer takes [..., 2]  in net");
  EXPECT_EQ(message<ShapeError>([] { nn::Linear(-1, 2); }), "[linear] sizes cannot be negative: -1 -> 2");
  EXPECT_EQ(message<ShapeError>([] { nn::Linear(2, 2, {.init = [](const Shape&, Dtype) { return Tensor{1}; }}); }),
            "[linear] the initialiser gave f32 [1] where f32 [2, 2] is needed");
  EXPECT_EQ(ModuleScope::current(), nullptr);
}

}  // namespace
}  // namespace gradus
