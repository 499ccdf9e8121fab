#include <gradus/nn.hpp>

#include "nn/near.hpp"

namespace gradus::nn {
namespace {

std::vector<std::string> names_of(Sequential& net) {
  std::vector<std::string> names;
  walk(net, [&](const std::string& path, Param&) { names.push_back(path); });
  return names;
}

struct Residual {  // a user's module
  Linear inner{3, 3};
  Tensor operator()(const Tensor& x) const { return x + inner(x); }
};

TEST(Sequential, runs_modules_one_after_the_other) {
  Linear first(2, 3), last(3, 1);
  const Sequential net{first, Tanh{}, last};
  const Tensor x{{1, 2}, {3, 4}};
  EXPECT_EQ(net(x).to_vector(), last(tanh(first(x))).to_vector());
  EXPECT_EQ(net.size(), 3u);
  EXPECT_EQ(Sequential{}(x).to_vector(), x.to_vector());
}

TEST(Sequential, names_parameters_by_place) {
  Sequential net{Linear{2, 3}, Relu{}, Residual{}, Sequential{Linear{3, 1}}, [](const Tensor& x) { return 2 * x; }};
  EXPECT_EQ(names_of(net), (std::vector<std::string>{"0.weight", "0.bias", "2.inner.weight", "2.inner.bias", "3.0.weight", "3.0.bias"}));
  struct Holder {
    Sequential body{Linear{2, 2}};
  } holder;
  EXPECT_EQ(parameters(holder)[1].path, "body.0.bias");
  EXPECT_EQ(count_parameters(net), 9 + 12 + 4);
}

TEST(Sequential, copies_are_deep) {
  Sequential net{Linear{2, 2}}, copy = net;
  const std::vector<double> before = net(Tensor{{1, 2}}).to_vector();
  copy[0].as<Linear>()->weight = Tensor::zeros({2, 2});
  copy[0].as<Linear>()->bias = Tensor::zeros({2});
  EXPECT_EQ(net(Tensor{{1, 2}}).to_vector(), before);
  expect_near(copy(Tensor{{1, 2}}), {0, 0}, 0);
  net = copy;  // and assignment too
  copy[0].as<Linear>()->bias = Tensor::ones({2});
  expect_near(net(Tensor{{1, 2}}), {0, 0}, 0);
  EXPECT_EQ(net[0].as<Tanh>(), nullptr);
  AnyModule from{Linear{2, 2}};
  const AnyModule to = std::move(from), empty = from;  // a copy of one that was moved from is as empty
  EXPECT_EQ(to(Tensor{{1, 2}}).shape(), (Shape{1, 2}));
}

TEST(Sequential, moving_keeps_the_slots) {
  Sequential net{Linear{2, 2}};
  Slot* slot = &net[0].as<Linear>()->weight.slot();
  const Sequential moved = std::move(net);
  Sequential copy = moved;
  EXPECT_EQ(&const_cast<Sequential&>(moved)[0].as<Linear>()->weight.slot(), slot);
  EXPECT_NE(&copy[0].as<Linear>()->weight.slot(), slot);
}

TEST(Sequential, has_the_gradients_of_the_same_struct) {
  struct Mlp {
    Linear a{2, 3}, b{3, 1};
    Tensor operator()(const Tensor& x) const { return b(tanh(a(x))); }
  } plain;
  Sequential net{plain.a, Tanh{}, plain.b};
  const Tensor x{{1, 2}, {-1, 0.5}}, y{{1}, {0}};
  const auto [loss, g] = value_and_grad(plain, [&](const Mlp& n) { return mse(n(x), y); });
  auto [same_loss, same] = value_and_grad(net, [&](const Sequential& n) { return mse(n(x), y); });
  EXPECT_EQ(loss.item(), same_loss.item());
  EXPECT_EQ(g.a.weight.value().to_vector(), same[0].as<Linear>()->weight.value().to_vector());
  EXPECT_EQ(g.b.bias.value().to_vector(), same[2].as<Linear>()->bias.value().to_vector());
  EXPECT_NE(g.a.weight.value().to_vector(), std::vector<double>(6, 0));
}

TEST(Sequential, activations_are_the_operations_of_their_names) {
  const Tensor x{{-1, 0.5, 2}};
  EXPECT_EQ(Sigmoid{}(x).to_vector(), sigmoid(x).to_vector());
  EXPECT_EQ(Softplus{}(x).to_vector(), softplus(x).to_vector());
  EXPECT_EQ(Relu{}(x).to_vector(), relu(x).to_vector());
  EXPECT_EQ(Softmax{}(x).to_vector(), softmax(x).to_vector());
  EXPECT_EQ(Softmax{0}(x).to_vector(), (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(LogSoftmax{}(x).to_vector(), log_softmax(x).to_vector());
  EXPECT_EQ(Flatten{}(Tensor::zeros({2, 3, 4})).shape(), (Shape{2, 12}));
  EXPECT_EQ(Flatten{}(Tensor::zeros({0, 3, 4})).shape(), (Shape{0, 12}));
}

TEST(Sequential, errors_name_the_place) {
  Sequential net{Linear{2, 3}, Tanh{}, Linear{4, 1}};
  parameters(net);
  EXPECT_EQ(message<ShapeError>([&] { net(Tensor::ones({5, 2})); }), "[linear] the input is [5, 3], but this layer takes [..., 4]  in net.2");
}

}  // namespace
}  // namespace gradus::nn
