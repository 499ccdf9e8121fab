#include <cmath>
#include <gradus/nn.hpp>
#include <gradus/optim.hpp>

#include "nn/near.hpp"

namespace gradus::optim {
namespace {

struct Pair {
  Param a, b;
};

TEST(Clip, scales_the_common_norm) {
  Pair g{Param(Tensor({3, 0}, Dtype::f64)), Param(Tensor({{4}}, Dtype::f64))};
  EXPECT_EQ(clip_by_norm(g, 1).item(), 5);
  const double factor = 1 / (5 + 1e-6);
  expect_near(g.a, {3 * factor, 0}, 1e-15);
  expect_near(g.b, {4 * factor}, 1e-15);
  EXPECT_NEAR(clip_by_norm(g, 10).item(), 1, 1e-6);  // short enough: left alone
  expect_near(g.b, {4 * factor}, 0);
}

TEST(Clip, f32_squares_do_not_overflow) {
  Pair g{Param(Tensor{3e30, 0}), Param(Tensor{4e30})};
  EXPECT_NEAR(clip_by_norm(g, 1).item() / 5e30, 1, 1e-6);
  expect_near(g.a, {0.6, 0}, 1e-6);
}

TEST(Clip, a_norm_that_is_not_finite_is_reported_and_nothing_scaled) {
  Pair g{Param(Tensor{1, INFINITY}), Param(Tensor{2})};
  EXPECT_EQ(clip_by_norm(g, 1).item(), INFINITY);
  EXPECT_EQ(g.b.value().item(), 2);
  g.a = Param(Tensor{NAN, 1});
  EXPECT_TRUE(std::isnan(clip_by_norm(g, 1).item()));
  EXPECT_EQ(g.b.value().item(), 2);
}

TEST(Clip, tied_gradients_count_once) {
  struct Tied {
    nn::Linear a{1, 1, {.bias = false}}, b{1, 1, {.bias = false}};
    Tied() { b.weight.tie(a.weight); }
    static constexpr auto fields() { return fields_of<&Tied::a, &Tied::b>{}; }
  } net;
  auto [loss, g] = value_and_grad(net, [](const Tied& n) { return sum(n.a.weight.value() * 3 + n.b.weight.value()); });
  EXPECT_EQ(clip_by_norm(g, 2).item(), 4);
  EXPECT_NEAR(g.a.weight.value().item(), 2, 1e-5);
  EXPECT_NEAR(g.b.weight.value().item(), 2, 1e-5);
  EXPECT_NEAR(clip_by_norm(g, 1).item(), 2, 1e-5);  // still one
}

TEST(Clip, views_and_snapshots) {
  const Tensor whole{{1, 2}, {3, 4}};
  Pair g{Param(T(whole)), Param(Tensor{0})};
  EXPECT_NEAR(clip_by_norm(g, 1).item(), std::sqrt(30), 1e-6);
  expect_near(g.a, {1 / std::sqrt(30), 3 / std::sqrt(30), 2 / std::sqrt(30), 4 / std::sqrt(30)}, 1e-6);
  expect_near(whole, {1, 2, 3, 4}, 0);
}

TEST(Clip, threads_do_not_change_a_bit) {
  const int before = threads();
  manual_seed(3);
  const Tensor values = Tensor::randn({333'333});
  double norms[2];
  for (int i = 0; i < 2; ++i) {
    set_threads(i == 0 ? 1 : 3);
    Pair g{Param(values), Param(Tensor{1})};
    norms[i] = clip_by_norm(g, 1e9).item();
  }
  set_threads(before);
  EXPECT_EQ(norms[0], norms[1]);
  double sum = 1;
  for (const double x : values.to_vector()) sum += x * x;
  EXPECT_NEAR(norms[0] / std::sqrt(sum), 1, 1e-13);
}

TEST(Clip, errors) {
  Pair g{Param(Tensor{1}), Param(Tensor{1})};
  EXPECT_EQ(message<ValueError>([&] { clip_by_norm(g, 0); }), "[clip_by_norm] a largest norm of 0.000000 is not possible. Hint: it must be above 0");
  EXPECT_THROW(clip_by_norm(g, NAN), ValueError);
}

TEST(Schedule, constant_with_warm_up) {
  const Schedule s{.lr = 0.8, .warm_up = 4};
  const double wanted[] = {0.2, 0.4, 0.6, 0.8, 0.8, 0.8};
  for (int i = 0; i < 6; ++i) EXPECT_DOUBLE_EQ(s.rate(i), wanted[i]) << i;
  EXPECT_EQ((Schedule{.lr = 0.3}.rate(0)), 0.3);
  EXPECT_EQ((Schedule{.lr = 0.3}.rate(1'000'000)), 0.3);
}

TEST(Schedule, cosine) {
  const Schedule s{.lr = 1, .decay = Decay::cosine, .total = 8, .last = 0.2};
  for (int i = 0; i < 8; ++i) EXPECT_DOUBLE_EQ(s.rate(i), 0.2 + 0.8 * (1 + std::cos(i * 3.14159265358979323846 / 8)) / 2) << i;
  EXPECT_EQ(s.rate(0), 1);
  EXPECT_EQ(s.rate(8), 0.2);
  EXPECT_EQ(s.rate(9), 0.2);
}

TEST(Schedule, cosine_begins_after_the_warm_up) {
  const Schedule s{.lr = 1, .decay = Decay::cosine, .warm_up = 2, .total = 6};
  EXPECT_EQ(s.rate(0), 0.5);
  EXPECT_EQ(s.rate(1), 1);
  EXPECT_EQ(s.rate(2), 1);
  EXPECT_DOUBLE_EQ(s.rate(4), 0.5);
  EXPECT_EQ(s.rate(6), 0);
}

TEST(Schedule, linear) {
  const Schedule s{.lr = 1, .decay = Decay::linear, .total = 4, .last = 0.5};
  const double wanted[] = {1, 0.875, 0.75, 0.625, 0.5, 0.5};
  for (int i = 0; i < 6; ++i) EXPECT_DOUBLE_EQ(s.rate(i), wanted[i]) << i;
}

TEST(Schedule, corners) {
  const Schedule all_warm_up{.lr = 1, .decay = Decay::cosine, .warm_up = 5, .total = 5};
  EXPECT_EQ(all_warm_up.rate(4), 1);
  EXPECT_EQ(all_warm_up.rate(5), 0);
  EXPECT_EQ((Schedule{.lr = 1, .decay = Decay::linear}.rate(0)), 0);  // no steps in all
}

TEST(Schedule, by_name) {
  EXPECT_EQ(decay_by_name("constant"), Decay::constant);
  EXPECT_EQ(decay_by_name("linear"), Decay::linear);
  EXPECT_EQ(decay_by_name("cosine"), Decay::cosine);
  EXPECT_EQ(message<UsageError>([] { decay_by_name("cosin"); }), "[schedule] there is no schedule 'cosin'. Hint: did you mean 'cosine'?");
}

}  // namespace
}  // namespace gradus::optim
