// Compiled functions give what the functions give: values, what they write, random numbers, shapes that change, wrong use.
#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <thread>

#include "messages/messages.hpp"

namespace gradus {
namespace {

struct Mlp {
  nn::Linear hidden, out;
  explicit Mlp(std::int64_t in = 2, std::int64_t width = 3, std::int64_t classes = 1) : hidden(in, width), out(width, classes) {}
  Tensor operator()(const Tensor& x) const { return out(tanh(hidden(x))); }
  static constexpr auto fields() { return fields_of<&Mlp::hidden, &Mlp::out>{}; }
};

const Tensor xor_x{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, xor_y{{0}, {1}, {1}, {0}};

bool equal_bits(const Tensor& a, const Tensor& b) { return a.spec() == b.spec() && a.to_vector() == b.to_vector(); }

template <class Opt, class Rule>
void expect_same_training(const Rule& rule, double clip = 0) {
  manual_seed(3);
  Mlp eager_net, plan_net = eager_net;
  Opt eager_opt(eager_net, rule), plan_opt(plan_net, rule);
  const auto make = [clip](Mlp& net, Opt& opt) {
    return [&net, &opt, clip](const Tensor& x, const Tensor& y) {
      auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return nn::mse(n(x), y); });
      if (clip > 0) optim::clip_by_norm(g, clip);
      opt.update(net, g);
      return loss;
    };
  };
  const auto eager = make(eager_net, eager_opt);
  auto step = compile(make(plan_net, plan_opt));
  for (int i = 0; i < 50; ++i) {
    if (i == 20) {
      eager_opt.set_lr(0.01);
      plan_opt.set_lr(0.01);
    }
    ASSERT_TRUE(equal_bits(eager(xor_x, xor_y), step(xor_x, xor_y))) << i;
  }
  EXPECT_TRUE(equal_bits(eager_net.hidden.weight, plan_net.hidden.weight));
  EXPECT_EQ(eager_opt.steps(), plan_opt.steps());
  EXPECT_EQ(step.traces(), 1);
}

TEST(Compile, a_training_step_gives_the_bits_of_eager) {
  expect_same_training<optim::SGD>(optim::rules::SGD{.lr = 0.3, .momentum = 0.9});
  expect_same_training<optim::Adam>(optim::rules::Adam{.lr = 0.05});
  expect_same_training<optim::AdamW>(optim::rules::AdamW{.lr = 0.05}, 0.05);
}

TEST(Compile, several_results_and_none) {
  auto both = compile([](const Tensor& x) { return std::pair(x + 1, sum(x)); });
  const auto [a, b] = both(Tensor{1, 2});
  EXPECT_EQ(a.to_vector(), (std::vector<double>{2, 3}));
  EXPECT_EQ(b.item(), 3);
  Param p(Tensor{1.0, 2.0});
  auto change = compile([&](const Tensor& x) { p = p.value() * x; });
  change(Tensor(3));
  change(Tensor(2));
  EXPECT_EQ(p.value().to_vector(), (std::vector<double>{6, 12}));
  auto nothing_read = compile([] { return Tensor{1, 2} * 2; });
  EXPECT_EQ(nothing_read().to_vector(), (std::vector<double>{2, 4}));
}

TEST(Compile, results_are_the_callers) {
  auto twice = compile([](const Tensor& x) { return x * 2; });
  const Tensor first = twice(Tensor{1, 2}), second = twice(Tensor{3, 4});
  EXPECT_EQ(first.to_vector(), (std::vector<double>{2, 4}));
  EXPECT_EQ(second.to_vector(), (std::vector<double>{6, 8}));
  // An input, a view of it, a parameter and one result twice are results too.
  Param p(Tensor{5.0});
  auto through = compile([&](const Tensor& x) {
    const Tensor y = x * 3;
    return std::tuple(x, T(x), p.value(), y, y, T(y), Tensor{7.0});
  });
  const Tensor in{{1, 2}, {3, 4}};
  const auto [x, t, v, y, z, yt, c] = through(in);
  EXPECT_EQ(x.to_vector(), in.to_vector());
  EXPECT_EQ(t.to_vector(), (std::vector<double>{1, 3, 2, 4}));
  EXPECT_EQ(v.to_vector(), (std::vector<double>{5}));
  EXPECT_EQ(y.to_vector(), (std::vector<double>{3, 6, 9, 12}));
  EXPECT_EQ(z.to_vector(), y.to_vector());
  EXPECT_EQ(yt.to_vector(), (std::vector<double>{3, 9, 6, 12}));
  EXPECT_EQ(c.item(), 7);
}

TEST(Compile, new_shapes_and_modes_trace_again_and_many_run_as_they_are) {
  auto f = compile([](const Tensor& x) { return Mode::training() ? sum(x) : sum(x) * 2; });
  EXPECT_EQ(f(Tensor::ones({2})).item(), 4);
  EXPECT_EQ(f(Tensor::ones({3})).item(), 6);
  EXPECT_EQ(f(Tensor::ones({2})).item(), 4);
  EXPECT_EQ(f.traces(), 2);
  {
    const Mode training(true);
    EXPECT_EQ(f(Tensor::ones({2})).item(), 2);
  }
  EXPECT_EQ(f.traces(), 3);
  for (std::int64_t n = 4; n < 20; ++n) EXPECT_EQ(f(Tensor::ones({n})).item(), 2.0 * static_cast<double>(n));
  EXPECT_EQ(f.traces(), 9);  // eight for each mode
}

// Both kinds of plan are kept, and neither takes the room of the other's shapes.
TEST(Compile, switching_determinism_back_and_forth_traces_each_once) {
  const bool before = deterministic();
  auto f = compile([](const Tensor& x) { return sum(matmul(x, x)); });
  for (int round = 0; round < 3; ++round) {
    for (const bool on : {false, true}) {
      set_deterministic(on);
      for (std::int64_t n = 1; n <= 8; ++n) EXPECT_EQ(f(Tensor::ones({n, n})).item(), static_cast<double>(n * n * n));
    }
    EXPECT_EQ(f.traces(), 16) << round;
  }
  set_deterministic(before);
}

TEST(Compile, inputs_of_any_layout) {
  auto f = compile([](const Tensor& x) { return exp(x) + sum(x, 0); });
  const Tensor x = Tensor::randn({5, 7});
  const std::vector<float> foreign(35, 0.5f);
  EXPECT_TRUE(equal_bits(f(x), exp(x) + sum(x, 0)));
  const Tensor other = T(Tensor::randn({7, 5})), borrowed = Tensor::borrow(foreign, {5, 7});
  EXPECT_TRUE(equal_bits(f(other), exp(other) + sum(other, 0)));
  EXPECT_TRUE(equal_bits(f(borrowed), exp(borrowed) + sum(borrowed, 0)));
  EXPECT_TRUE(equal_bits(f(Tensor::zeros({0, 7})), Tensor::zeros({0, 7})));
  EXPECT_EQ(f.traces(), 2);
}

TEST(Compile, a_snapshot_is_not_written_into) {
  Mlp net;
  optim::SGD opt{net, {.lr = 0.1}};
  auto step = compile([&](const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return nn::mse(n(x), y); });
    opt.update(net, g);
    return loss;
  });
  step(xor_x, xor_y);
  const Mlp best = net;
  const std::vector<double> before = best.hidden.weight.value().to_vector();
  const double loss = step(xor_x, xor_y).item();
  EXPECT_EQ(best.hidden.weight.value().to_vector(), before);
  EXPECT_NE(net.hidden.weight.value().to_vector(), before);
  EXPECT_LT(step(xor_x, xor_y).item(), loss);
  net = best;  // and what is put back is what the next step starts from
  EXPECT_EQ(step(xor_x, xor_y).item(), loss);
}

TEST(Compile, parameters_before_and_after_a_step) {
  Mlp net;
  optim::SGD opt{net, {.lr = 0.5}};
  auto step = compile([&](const Tensor& x, const Tensor& y) {
    const Tensor before = net.out.bias.value();
    auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return nn::mse(n(x), y); });
    opt.update(net, g);
    return std::tuple(before, net.out.bias.value(), g.out.bias.value(), before - net.out.bias.value());
  });
  for (int i = 0; i < 3; ++i) {
    const double was = net.out.bias.value().item();
    const Mlp holds_the_memory = net;
    const auto [before, after, slope, moved] = step(xor_x, xor_y);
    EXPECT_EQ(before.item(), was);
    EXPECT_EQ(after.item(), net.out.bias.value().item());
    EXPECT_NE(after.item(), was);
    EXPECT_EQ(moved.item(), before.item() - after.item());
  }
}

TEST(Compile, state_is_read_and_written_at_every_call) {
  State count(Tensor(0));
  auto f = compile([&](const Tensor& x) {
    count.set(count.value() + 1);
    return x * count.value();
  });
  EXPECT_EQ(f(Tensor(2.0)).item(), 2);
  EXPECT_EQ(f(Tensor(2.0)).item(), 4);
  count.set(Tensor(10));
  EXPECT_EQ(f(Tensor(2.0)).item(), 22);
  EXPECT_EQ(count.value().item(), 11);
}

TEST(Compile, numbers_can_be_observed) {
  std::vector<double> seen;
  Param p(Tensor{1.0});
  auto f = compile([&](const Tensor& x) {
    const Tensor y = x * p.value();
    observe(y, [&](const Tensor& now) {
      seen.push_back(now.item());
      if (seen.back() > 100) fail<ValueError>("test", "too large");
    });
    p = p.value() * 2;
    return y + 1;
  });
  EXPECT_EQ(f(Tensor(3.0)).item(), 4);
  EXPECT_EQ(f(Tensor(5.0)).item(), 11);
  EXPECT_EQ(seen, (std::vector<double>{3, 10}));
  EXPECT_THROW(f(Tensor(1000.0)), ValueError);
  EXPECT_EQ(p.value().item(), 4);  // what is thrown on the way leaves what comes after undone
  EXPECT_EQ(f(Tensor(1.0)).item(), 5);
  observe(Tensor(7.0), [&](const Tensor& now) { seen.push_back(now.item()); });
  EXPECT_EQ(seen.back(), 7);
}

TEST(Compile, repeats) {
  State count(Tensor(0));
  auto f = compile([&](const Tensor& x) {
    count.set(count.value() + 1);
    return dropout(x, 0.5) * count.value();
  });
  manual_seed(1);
  const Tensor x = Tensor::ones({50}), last = f.repeat(5, x);
  EXPECT_EQ(count.value().item(), 5);
  manual_seed(1);
  count.set(Tensor(0));
  Tensor again;
  for (int i = 0; i < 5; ++i) again = f(x);
  EXPECT_TRUE(equal_bits(again, last));
  manual_seed(1);
  for (int i = 0; i < 5; ++i) again = dropout(x, 0.5) * (i + 1);  // and as without a plan
  EXPECT_TRUE(equal_bits(again, last));
  EXPECT_THROW(f.repeat(0, x), ValueError);
}

TEST(Compile, checkpoint_computes_again) {
  const Tensor w = Tensor::randn({8, 8}, Dtype::f64), x = Tensor::randn({4, 8}, Dtype::f64);
  const auto block = [](const Tensor& h, const Tensor& v) { return tanh(matmul(tanh(matmul(h, v)), v)); };
  const auto twice = grad([&](const Tensor& v) {
    const auto again = checkpoint([block](const Tensor& h, const Tensor& u) { return block(h, u); });
    return sum(again(again(x, v), v));
  });
  EXPECT_TRUE(equal_bits(compile(twice)(w), twice(w)));
}

TEST(Compile, transforms_inside_and_outside) {
  const Tensor x = Tensor::randn({5}, Dtype::f64), v = Tensor::randn({5}, Dtype::f64);
  const auto f = [](const Tensor& t) { return sum(exp(t) * sin(t)); };
  EXPECT_TRUE(equal_bits(compile(grad(f))(x), grad(f)(x)));
  EXPECT_TRUE(equal_bits(compile([&](const Tensor& t) { return hvp(f, t, v); })(x), hvp(f, x, v)));
  EXPECT_TRUE(equal_bits(compile(hessian(f))(x), hessian(f)(x)));
  auto compiled = compile(f);
  EXPECT_TRUE(equal_bits(grad([&](const Tensor& t) { return compiled(t); })(x), grad(f)(x)));
  EXPECT_TRUE(equal_bits(compile([&](const Tensor& t) { return compiled(t) * 2; })(x), f(x) * 2));
  EXPECT_TRUE(equal_bits(compile(vmap(f))(Tensor::ones({3, 5}, Dtype::f64)), vmap(f)(Tensor::ones({3, 5}, Dtype::f64))));
}

TEST(Compile, numbers_are_not_known_while_it_is_traced) {
  auto branches = compile([](const Tensor& x) { return sum(x).item() > 0 ? x : -x; });
  EXPECT_MESSAGE(TraceError, branches(Tensor{1, 2}),
                 "[item] the value is not known while a function is traced. Hint: branch and print outside the compiled function, or use where(condition, a, b)");
  EXPECT_THROW(compile([](const Tensor& x) { return nonzero(x); })(Tensor{1, 0}), TraceError);
  Tensor leaked;
  auto leaks = compile([&](const Tensor& x) { return leaked = x * 2; });
  EXPECT_EQ(leaks(Tensor(3.0)).item(), 6);
  EXPECT_THROW(leaked.item(), TraceError);
}

TEST(Compile, an_error_while_it_is_traced_changes_nothing) {
  Param p(Tensor{1.0});
  auto f = compile([&](const Tensor& x) {
    p = p.value() + 1;
    return matmul(x, Tensor::ones({3, 3}));
  });
  EXPECT_THROW(f(Tensor::ones({2, 2})), ShapeError);
  EXPECT_EQ(p.value().item(), 1);
  EXPECT_EQ(f(Tensor::ones({2, 3})).shape(), (Shape{2, 3}));
  EXPECT_EQ(p.value().item(), 2);
}

TEST(Compile, one_function_in_two_threads) {
  auto f = compile([](const Tensor& x) { return sum(exp(x)) * 2; });
  const Tensor x = Tensor::randn({3000});
  const double expected = f(x).item();
  std::vector<std::thread> team;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    team.emplace_back([&] {
      for (int i = 0; i < 50; ++i) wrong += f(x).item() != expected;
    });
  }
  for (std::thread& t : team) t.join();
  EXPECT_EQ(wrong, 0);
}

// An input that the plan itself writes: what is read is what it was at the call.
TEST(Compile, what_it_writes_may_be_its_input) {
  State s(Tensor::full({4}, 1.0));
  auto doubled = compile([&](const Tensor& x) {
    s.set(x * 2);
    return x * 1.5;
  });
  EXPECT_EQ(doubled.repeat(3, s)[0].item(), 1.5);
  EXPECT_EQ(s.value()[0].item(), 2);
  nn::Linear net{3, 1};
  optim::SGD opt{net, {.lr = 0.5}};
  auto step = compile([&](const Tensor& w) {
    auto [loss, g] = value_and_grad(net, [](const nn::Linear& n) { return sum(square(n(Tensor::ones({2, 3})))); });
    opt.update(net, g);
    return w * 1.5;
  });
  for (int i = 0; i < 2; ++i) {
    const std::vector<double> before = (net.weight.value() * 1.5).to_vector();
    EXPECT_EQ(step(net.weight).to_vector(), before) << i;
  }
  Tensor h = Tensor::ones({1000});
  auto assigns = compile([&](const Tensor& x) {
    h = x * 2;
    return sum(h);
  });
  EXPECT_EQ(assigns(h).item(), 2000);
}

// Windows with holes leave places that none of them covers.
TEST(Compile, gradients_of_dilated_pools_begin_at_zero) {
  const Tensor x = Tensor::randn({2, 16, 8, 8}), w = Tensor::randn({16, 16, 3, 3});
  const auto f = [&](const Tensor& in) {
    return grad([&](const Tensor& t) { return sum(square(max_pool(conv2d(t, w, {.padding = {1}}), {2, 2}, {.stride = {2}, .dilation = {2}, .ceil_mode = true}))); })(in);
  };
  { const Tensor junk = Tensor::full({1 << 18}, 1e6); }
  const Tensor wanted = f(x);
  auto compiled = compile(f);
  for (int i = 0; i < 2; ++i) EXPECT_LT((max(abs(compiled(x) - wanted)) / max(abs(wanted))).item(), 1e-5) << i;
}

}  // namespace
}  // namespace gradus
