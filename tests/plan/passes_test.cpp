// The passes: what each takes away, that none changes a number, and that values never lie on each other.
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <random>

#include "messages/messages.hpp"
#include "plan/memory.hpp"

namespace gradus {
namespace {

bool equal_bits(const Tensor& a, const Tensor& b) { return a.spec() == b.spec() && a.to_vector() == b.to_vector(); }

template <class F, class... X>
std::size_t tasks(F f, const plan::Options& options, const X&... x) {
  auto compiled = compile(f, options);
  const auto y = compiled(x...);
  EXPECT_TRUE(equal_bits(y, f(x...)));
  return compiled.report().tasks.size();
}

const plan::Options none{.dead_code = false, .common = false, .algebra = false, .epilogues = false, .fusion = false, .hoist = false, .reuse = false};

TEST(Passes, dead_code_goes) {
  const auto f = [](const Tensor& x) {
    const Tensor unused = exp(sin(x));
    return cos(x);
  };
  EXPECT_EQ(tasks(f, none, Tensor{1, 2}), 3u);
  plan::Options on = none;
  on.dead_code = true;
  EXPECT_EQ(tasks(f, on, Tensor{1, 2}), 1u);
}

TEST(Passes, equal_operations_are_done_once) {
  const auto f = [](const Tensor& x) { return exp(x) * 2 + exp(x) * 2 + sum(x, 0) + sum(x, 1); };
  const Tensor x = Tensor::randn({3, 3});
  EXPECT_EQ(tasks(f, none, x), 9u);
  plan::Options on = none;
  on.common = on.dead_code = true;
  EXPECT_EQ(tasks(f, on, x), 7u);
  // Different windows, different numbers and what is drawn at random are not equal.
  EXPECT_EQ(tasks([](const Tensor& t) { return exp(t[0]) + exp(t[1]) + t[0] * 2 + t[0] * 3; }, on, x), 7u);
  auto drawn = compile([](const Tensor& t) { return dropout(t, 0.5) - dropout(t, 0.5); }, on);
  EXPECT_NE(max(abs(drawn(Tensor::ones({100})))).item(), 0);
}

TEST(Passes, operations_that_change_nothing_go) {
  const auto f = [](const Tensor& x) { return -(-((exp(x) * 1) / 1 - 0)); };
  plan::Options on = none;
  on.algebra = on.dead_code = true;
  EXPECT_EQ(tasks(f, none, Tensor{1, -2}), 6u);
  EXPECT_EQ(tasks(f, on, Tensor{1, -2}), 1u);
  EXPECT_EQ(tasks([](const Tensor& x) { return exp(x) + 0.0; }, on, Tensor{1, -2}), 2u);  // -0 + 0 is 0
}

TEST(Passes, gradients_of_slices_are_joined) {
  plan::Options on = none;
  on.algebra = on.dead_code = true;
  const auto slopes_of = [](auto f) { return grad([f](const Tensor& x) { return sum(f(x)); }); };
  const auto all = slopes_of([](const Tensor& x) { return exp(slice(x, 1, {0, 2})) * sin(slice(x, 1, {2, 4})) + slice(x, 1, {4, 6}) * 3; });
  const Tensor x = Tensor::randn({3, 6}, Dtype::f64);
  EXPECT_LE(tasks(all, on, x) + 4, tasks(all, none, x));  // three pads and two sums are one concat
  // A gap, and parts that overlap, are summed.
  tasks(slopes_of([](const Tensor& t) { return exp(slice(t, 1, {0, 2})) * sin(slice(t, 1, {3, 5})); }), on, x);
  tasks(slopes_of([](const Tensor& t) { return exp(slice(t, 1, {0, 4})) * sin(slice(t, 1, {2, 6})); }), on, x);
  tasks(slopes_of([](const Tensor& t) { return exp(slice(t, 1, {0, 6, 2})) * sin(slice(t, 1, {1, 6, 2})); }), on, x);
}

// As attention does with the gradients of queries, keys and values that are slices of one product.
TEST(Passes, parts_of_one_value_in_order_are_that_value) {
  plan::Options on = none;
  on.algebra = on.dead_code = true;
  const Tensor x = Tensor::randn({3, 6}, Dtype::f64);
  const auto parts = [](const Tensor& t, std::int64_t first, std::int64_t second, std::int64_t end) {
    const Tensor y = exp(t);
    return concat({slice(y, 1, {first, second}), slice(y, 1, {second, end})}, 1) * 2;
  };
  EXPECT_EQ(tasks([&](const Tensor& t) { return parts(t, 0, 2, 6); }, on, x), 2u);
  EXPECT_EQ(tasks([&](const Tensor& t) { return parts(t, 0, 2, 5); }, on, x), 3u);  // not all of it
  EXPECT_EQ(tasks([&](const Tensor& t) { const Tensor y = exp(t); return concat({slice(y, 1, {3, 6}), slice(y, 1, {0, 3})}, 1) * 2; }, on, x), 3u);
  EXPECT_EQ(tasks([&](const Tensor& t) { const Tensor y = exp(t); return concat({slice(y, 0, {0, 1}), slice(y, 0, {1, 3})}, 0) * 2; }, on, x), 2u);
  EXPECT_EQ(tasks([&](const Tensor& t) { const Tensor y = exp(T(t)); return concat({slice(T(y), 1, {0, 2}), slice(T(y), 1, {2, 6})}, 1) * 2; }, on, x), 3u);  // in another order
}

// What a parameter was before a step is not read after it.
TEST(Passes, pads_of_what_work_changes_are_not_joined_behind_it) {
  const auto run = [](bool planned) {
    nn::Linear net{4, 1, {.bias = false}};
    net.weight.set(Tensor{{1, 2, 3, 4}});
    optim::SGD opt{net, {.lr = 0.5}};
    const auto f = [&](const Tensor& x) {
      auto [loss, g] = value_and_grad(net, [&](const nn::Linear& n) { return sum(n(x)); });
      const Tensor a = pad(net.weight, 1, 0, 4), b = pad(net.weight, 1, 4, 0);
      opt.update(net, g);
      return a + b;
    };
    const Tensor x{{1, 1, 1, 1}};
    return planned ? compile(f)(x).to_vector() : f(x).to_vector();
  };
  EXPECT_EQ(run(true), run(false));
}

TEST(Passes, vectors_are_added_by_the_product) {
  plan::Options on = none;
  on.epilogues = on.dead_code = true;
  const Tensor x = Tensor::randn({6, 20, 33}), w = Tensor::randn({40, 33}), b = Tensor::randn({40}), row = Tensor::randn({6, 20, 40});
  const auto linear = [&](const Tensor& t) { return matmul(t, T(w)) + b; };
  EXPECT_EQ(tasks(linear, none, x), 2u);
  EXPECT_EQ(tasks(linear, on, x), 1u);
  EXPECT_EQ(tasks([&](const Tensor& t) { return b + matmul(t, T(w)); }, on, Tensor::randn({120, 33})), 1u);
  EXPECT_EQ(tasks([&](const Tensor& t) { const Tensor y = matmul(t, T(w)); return y + b + tanh(y); }, on, x), 4u);  // the product is read by others
  EXPECT_EQ(tasks([&](const Tensor& t) { return matmul(t, T(w)) + row; }, on, x), 2u);
  EXPECT_EQ(tasks([&](const Tensor& t) { return matmul(t, T(w)) + b; }, on, Tensor::randn({2, 33})), 2u);  // small
  EXPECT_EQ(tasks([&](const Tensor& t) { return matmul(t, cast(T(w), Dtype::f64)) + b; }, on, cast(x, Dtype::f64)), 2u);
}

TEST(Passes, elementwise_operations_run_together) {
  plan::Options on = none;
  on.fusion = true;
  const auto f = [](const Tensor& x, const Tensor& b) { return sum(tanh(x * x + b) / 3); };
  EXPECT_EQ(tasks(f, on, Tensor::randn({40, 70}), Tensor::randn({70})), 1u);
  EXPECT_EQ(tasks(f, on, Tensor::randn({40, 70}, Dtype::f64), Tensor::randn({40, 1}, Dtype::f64)), 1u);
  // A sum in between is complete only after all: what rests on it comes after.
  EXPECT_EQ(tasks([](const Tensor& x) { return exp(x) / sum(exp(x)) + sqrt(abs(x)); }, on, Tensor::randn({3000})), 2u);
  // The transpose of what a group makes is not there before all of it is.
  EXPECT_EQ(tasks([](const Tensor& x) { return exp(x) + T(exp(x)); }, on, Tensor::randn({30, 30})), 2u);
  // Around a product, which rests on the first and makes the second.
  EXPECT_EQ(tasks([](const Tensor& x) { const Tensor y = exp(x); return y + matmul(y, y) * y; }, on, Tensor::randn({9, 9})), 3u);
  // Truth values and integers within floats.
  EXPECT_EQ(tasks([](const Tensor& x) { return where(x > 0, x * 2, exp(x)) + cast(x > 1, Dtype::f32); }, on, Tensor::randn({100})), 3u);
}

TEST(Passes, chosen_at_random_they_change_no_number) {
  manual_seed(5);
  const Tensor a = Tensor::randn({7, 13}), b = Tensor::randn({13}), w = Tensor::randn({13, 13}), c = Tensor::randn({7, 1});
  const auto f = [](const Tensor& x, const Tensor& y, const Tensor& m, const Tensor& z) {
    Tensor h = x;
    for (int i = 0; i < 4; ++i) {
      h = tanh(matmul(h, m) * 0.2 + y) + relu(h) * 1;
      h = where(h > z, h, h * sigmoid(h)) - mean(h, 0) + sum(square(h)) * 1e-3;
    }
    return sum(h * h);
  };
  const auto slopes = [&](const Tensor& x, const Tensor& y, const Tensor& m, const Tensor& z) {
    const auto g = grad(f)(x, y, m, z);
    return std::tuple(g[0], g[1], g[2], g[3]);
  };
  const auto expected = slopes(a, b, w, c);
  for (int bits = 0; bits < 128; ++bits) {
    auto compiled = compile(slopes, {.dead_code = (bits & 1) != 0, .common = (bits & 2) != 0, .algebra = (bits & 4) != 0, .epilogues = (bits & 8) != 0, .fusion = (bits & 16) != 0, .hoist = (bits & 32) != 0, .reuse = (bits & 64) != 0});
    for (int run = 0; run < 2; ++run) {
      const auto found = compiled(a, b, w, c);
      EXPECT_TRUE(equal_bits(std::get<0>(found), std::get<0>(expected))) << bits;
      EXPECT_TRUE(equal_bits(std::get<1>(found), std::get<1>(expected))) << bits;
      EXPECT_TRUE(equal_bits(std::get<2>(found), std::get<2>(expected))) << bits;
      EXPECT_TRUE(equal_bits(std::get<3>(found), std::get<3>(expected))) << bits;
    }
  }
}

TEST(Memory, values_that_live_together_lie_apart) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<plan::Lifetime> values(random() % 40);
    std::size_t least = 0;
    for (plan::Lifetime& v : values) {
      v.bytes = (random() % 10 + 1) * 64;
      v.first = random() % 30;
      v.last = v.first + random() % 10;
    }
    const std::size_t total = plan::place(values);
    for (std::size_t t = 0; t < 40; ++t) {
      std::size_t alive = 0;
      for (const plan::Lifetime& v : values) alive += v.first <= t && t <= v.last ? v.bytes : 0;
      least = std::max(least, alive);
    }
    EXPECT_GE(total, least);
    EXPECT_LE(total, 2 * least);
    for (const plan::Lifetime& a : values) {
      EXPECT_LE(a.offset + a.bytes, total);
      for (const plan::Lifetime& b : values) {
        const bool together = a.first <= b.last && b.first <= a.last, apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
        EXPECT_TRUE(&a == &b || !together || apart);
      }
    }
  }
}

struct Chain {
  std::vector<nn::Linear> layers;
  explicit Chain(int depth, std::int64_t width = 16) {
    for (int i = 0; i < depth; ++i) layers.emplace_back(width, width);
  }
  Tensor operator()(Tensor x) const {
    for (const nn::Linear& layer : layers) x = dropout(tanh(layer(x)), 0.1);
    return x;
  }
  static constexpr auto fields() { return fields_of<&Chain::layers>{}; }
};

std::vector<double> trained(const plan::Options& options, plan::Report& report) {
  manual_seed(4);
  Chain net(100);
  optim::SGD opt{net, {.lr = 0.1, .momentum = 0.9}};
  const Tensor x = Tensor::randn({64, 16}), y = Tensor::randn({64, 16});
  auto step = compile([&](const Tensor& in, const Tensor& target) {
    auto [loss, g] = value_and_grad(net, [&](const Chain& n) { return nn::mse(n(in), target); });
    opt.update(net, g);
    return loss;
  }, options);
  for (int i = 0; i < 5; ++i) step(x, y);
  report = step.report();
  std::vector<double> out;
  for (const nn::Linear& layer : net.layers) {
    for (const double w : layer.weight.value().to_vector()) out.push_back(w);
  }
  return out;
}

TEST(Memory, a_budget_computes_again_and_changes_no_bit) {
  plan::Report natural, tight;
  const std::vector<double> expected = trained({}, natural);
  const std::size_t budget = natural.outside_bytes + natural.arena_bytes / 3;
  EXPECT_EQ(trained({.memory_budget = budget}, tight), expected);
  EXPECT_LE(tight.arena_bytes + tight.outside_bytes, budget);
  EXPECT_GT(tight.tasks.size(), natural.tasks.size());
  std::string message;
  try {
    trained({.memory_budget = 1000}, tight);
  } catch (const UsageError& error) {
    message = error.what();
  }
  const std::string says = "[compile] a memory budget of 1000 bytes is too small: a call needs at least ";
  ASSERT_EQ(message.substr(0, says.size()), says);
  const std::size_t least = std::stoul(message.substr(says.size()));
  EXPECT_LT(least, budget);
  EXPECT_EQ(trained({.memory_budget = least}, tight), expected);
  EXPECT_THROW(trained({.memory_budget = least - 1}, tight), UsageError);
}

// What a step of a chain gives, and its parameters afterwards. It reads a hidden layer and new parameters after the update.
template <class Function>
std::vector<double> stepped(std::int64_t width, bool twice, const Function& planned, plan::Report* report = nullptr) {
  manual_seed(2);
  Chain net(12, width);
  optim::Adam opt{net, {.lr = 0.01}};
  const std::int64_t rows = width > 128 ? 8 : 64;  // where gradients rule, and where what the way back needs does
  const Tensor x = Tensor::randn({rows, width}), y = Tensor::randn({rows, width});
  std::vector<double> out;
  auto step = planned([&](const Tensor& in, const Tensor& target) {
    Tensor hidden;
    auto [loss, g] = value_and_grad(net, [&](const Chain& n) {
      hidden = stop_gradient(tanh(n.layers[0](in)) * 2);
      return nn::mse(n(in), target);
    });
    observe(loss, [&](const Tensor&) { out.push_back(static_cast<double>(opt.steps())); });
    opt.update(net, g, isfinite(loss));
    if (twice) opt.update(net, g);
    observe(net.layers[1].weight, [&](const Tensor& w) {
      out.push_back(w[0][0].item());
      out.push_back(static_cast<double>(opt.steps()));
    });
    return loss + sum(matmul(hidden, net.layers[0].weight));
  });
  for (int i = 0; i < 3; ++i) out.push_back(step(x, y).item());
  for (const auto& [path, p] : parameters(net)) out.insert(out.end(), {sum(p->value()).item(), max(p->value()).item()});
  if constexpr (requires { step.report(); }) *report = step.report();
  return out;
}

TEST(Passes, parameters_move_as_soon_as_their_gradients_are_known) {
  const auto eagerly = [](auto f) { return f; };
  const auto with = [](const plan::Options& options) { return [options](auto f) { return compile(f, options); }; };
  for (const std::int64_t width : {16, 144}) {  // small parameters move together, large ones one after the other
    plan::Report hoisted, last, tight;
    EXPECT_EQ(stepped(width, true, with({}), &hoisted), stepped(width, true, eagerly)) << width;
    const std::vector<double> expected = stepped(width, false, eagerly);
    EXPECT_EQ(stepped(width, false, with({}), &hoisted), expected) << width;
    EXPECT_EQ(stepped(width, false, with({.hoist = false}), &last), expected) << width;
    const std::size_t all = 4 * 12 * static_cast<std::size_t>(width * width);
    EXPECT_LE(hoisted.arena_bytes, last.arena_bytes - (width > 128 ? all / 2 : 0) + 1000);
    EXPECT_EQ(stepped(width, false, with({.memory_budget = hoisted.outside_bytes + hoisted.arena_bytes - 1}), &tight), expected) << width;
    EXPECT_LT(tight.arena_bytes, hoisted.arena_bytes);
  }
}

// The gradient of x is nearly all of what norm_grad packs: it is not copied out. Results that are kept stay what they were.
TEST(Passes, most_of_a_packed_result_is_not_copied) {
  const auto f = [](const Tensor& x, const Tensor& w, const Tensor& b) {
    const auto [y, pull] = vjp([](const Tensor& t, const Tensor& u, const Tensor& v) { return layer_norm(t, 1, u, v); }, x, w, b);
    const auto [dx, dw, db] = pull(x * x);
    return Tensors{dx, dw, db, y};
  };
  auto compiled = compile(f);
  const Tensor w = Tensor::randn({8}), b = Tensor::randn({8}), x = Tensor::randn({40, 8}), other = Tensor::randn({40, 8});
  const Tensors want = f(x, w, b), first = compiled(x, w, b), second = compiled(other, w, b), third = compiled(x, w, b);
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_TRUE(equal_bits(first[i], want[i])) << i;
    EXPECT_TRUE(equal_bits(third[i], want[i])) << i;
    EXPECT_TRUE(equal_bits(second[i], f(other, w, b)[i])) << i;
  }
  std::size_t copies = 0;
  for (const auto& task : compiled.report().tasks) copies += task.text.find("contiguous") != std::string::npos;
  EXPECT_EQ(copies, 2u);  // those of weight and bias
  // Two results that lie on each other, in either order, and one that is given twice.
  const auto g = [](const Tensor& t) {
    const Tensor all = exp(t), part = all[{0, 5}];
    return Tensors{part, all, all, part};
  };
  const Tensor t = Tensor::randn({6});
  const Tensors got = compile(g)(t), plain = g(t);
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_TRUE(equal_bits(got[i], plain[i])) << i;
}

}  // namespace
}  // namespace gradus
