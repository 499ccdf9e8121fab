// Options::check_every: a call is done as a plan and operation by operation; what differs is told, and nothing is changed.
#include <gradus/gradus.hpp>
#include <gradus/ops/define.hpp>
#include <gtest/gtest.h>

namespace gradus {
namespace {

bool equal_bits(const Tensor& a, const Tensor& b) { return a.spec() == b.spec() && a.to_vector() == b.to_vector(); }

template <class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const TraceError& error) {
    return error.what();
  }
  return "";
}

nn::Sequential net_of_everything() {
  manual_seed(1);
  return {nn::Conv2d{2, 8, 3, {.padding = 1}}, nn::BatchNorm2d{8}, nn::Relu{}, nn::MaxPool2d{2}, nn::Dropout{0.3}, nn::Flatten{},
          nn::Linear{8 * 4 * 4, 16}, nn::Gelu{}, nn::LayerNorm{16}, nn::Linear{16, 5}};
}

std::vector<Tensor> trained(std::int64_t check_every, std::size_t budget = 0) {
  nn::Sequential net = net_of_everything();
  optim::AdamW opt{net, {.lr = 0.01}};
  State count(Tensor(0));
  auto step = compile([&](const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const nn::Sequential& n) { return nn::cross_entropy(n(x), y); });
    optim::clip_by_norm(g, 0.5);
    opt.update(net, g);
    count.set(count.value() + 1);
    return std::tuple(loss, net(x), count.value(), loss);
  }, {.check_every = check_every, .memory_budget = budget});
  const Tensor x = Tensor::randn({6, 2, 8, 8}), y = randint({6}, 0, 5);
  std::vector<Tensor> out;
  manual_seed(7);
  for (int i = 0; i < 6; ++i) {
    const auto [loss, after, n, same] = step(x, y);
    out.insert(out.end(), {loss, after, n, same});
  }
  out.push_back(std::get<0>(step.repeat(3, x, y)));
  for (const auto& [path, p] : parameters(net)) out.push_back(p->value());
  for (const auto& [path, state] : opt.state()) out.push_back(state);
  out.push_back(Tensor::randn({3}));  // as many random numbers were drawn
  EXPECT_EQ(step.traces(), 1);
  return out;
}

TEST(Check, finds_nothing_and_changes_nothing) {
  const std::vector<Tensor> expected = trained(0), checked = trained(2);
  ASSERT_EQ(expected.size(), checked.size());
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(equal_bits(expected[i], checked[i])) << i;
}

TEST(Check, a_captured_number_that_changes_is_told) {
  double factor = 2;
  auto f = compile([&](const Tensor& x) { return sum(exp(x) * factor) + 1; }, {.check_every = 3});
  const Tensor x = Tensor::ones({4});
  f(x);
  factor = 3;
  f(x), f(x);
  const std::string message = message_of([&] { f(x); });
  const std::string says = "[compile] the plan differs from eager in operation 3 of 4, sum";
  EXPECT_EQ(message.substr(0, says.size()), says) << message;  // the product is inside of a group: its sum is what can be seen
  int times = 1;
  auto more = compile([&](const Tensor& t) {
    Tensor y = t;
    for (int i = 0; i < times; ++i) y = cumsum(y, 0);
    return y;
  }, {.check_every = 1});
  more(x);
  times = 2;
  EXPECT_NE(message_of([&] { more(x); }).find("operation 2 of the function is now"), std::string::npos);
  bool first = true;
  const Param a(Tensor{1.0}), b(Tensor{2.0});
  auto other = compile([&](const Tensor& t) { return t * (first ? a : b).value(); }, {.check_every = 1});
  other(x);
  first = false;
  EXPECT_NE(message_of([&] { other(x); }).find("reads another parameter"), std::string::npos);
}

// An operation that is wrong in a plan: the first time that its code runs.
struct WrongOnce {
  using family = ops::Row;
  static constexpr auto name = "wrong_once", doc = "x + 1, but the first time.";
  static inline int runs = 0;
  Spec shape(Inputs x) const { return x[0].spec(); }
  void compute(Array& y, Inputs x) const {
    const auto* from = static_cast<const float*>(x[0].array().data());
    auto* to = static_cast<float*>(y.data());
    const float by = runs++ == 0 ? 1.5f : 1.0f;
    for (std::int64_t i = 0; i < y.numel(); ++i) to[i] = from[i] + by;
  }
};

TEST(Check, a_wrong_kernel_is_named_with_its_layer_and_nothing_is_changed) {
  Param p(Tensor{0.0, 0.0});
  nn::Linear net{1, 1, {.bias = false}};
  optim::Adam opt{net, {.lr = 0.5}};
  std::vector<double> observed;
  const std::string path = "net.first";
  auto f = compile([&](const Tensor& x) {
    Tensor y = exp(x);
    {
      const ModuleScope layer(path);
      y = apply<WrongOnce>(contiguous(y));
    }
    const auto [loss, g] = value_and_grad(net, [](const nn::Linear& n) { return sum(n(dropout(Tensor::ones({1, 1}), 0.5))); });
    opt.update(net, g);
    observe(net.weight.value(), [&](const Tensor& now) { observed.push_back(now.item()); });
    p = y + 0.0;
    return sum(y);
  }, {.check_every = 1});
  const RandomState before = random_state();
  const double weight = net.weight.value().item();
  const std::string message = message_of([&] { f(Tensor{0.0, 0.0}); });
  EXPECT_NE(message.find("operation 2 of"), std::string::npos) << message;
  EXPECT_NE(message.find("wrong_once of [2]: by 0.25 of its norm, most at element 0: 2.5 in the plan, 2 eagerly"), std::string::npos) << message;
  EXPECT_NE(message.find("in net.first"), std::string::npos) << message;
  EXPECT_EQ(p.value().to_vector(), (std::vector<double>{0, 0}));
  EXPECT_EQ(net.weight.value().item(), weight);
  EXPECT_EQ(opt.steps(), 0);
  EXPECT_TRUE(observed.empty());
  EXPECT_EQ(random_state().stream, before.stream);
  EXPECT_EQ(f(Tensor{0.0, 0.0}).item(), 4);
  EXPECT_EQ(p.value().to_vector(), (std::vector<double>{2, 2}));
  EXPECT_EQ(opt.steps(), 1);
  EXPECT_EQ(observed, net.weight.value().to_vector());
  EXPECT_EQ(random_state().stream, before.stream + 1);
}

TEST(Check, one_result_three_times) {
  auto f = compile([](const Tensor& x) {
    const Tensor y = exp(x);
    return std::tuple(y, y, y, T(y), T(y));
  });
  const auto [a, b, c, d, e] = f(Tensor{{1, 2}, {3, 4}});
  EXPECT_TRUE(equal_bits(a, b) && equal_bits(b, c) && equal_bits(d, e));
}

}  // namespace
}  // namespace gradus
