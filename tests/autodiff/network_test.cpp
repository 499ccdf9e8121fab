// Gradients of networks: structs of every kind, tied and bound parameters, and what Param and State mean.
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/ops.hpp>

#include <thread>

namespace gradus {
namespace {

using Numbers = std::vector<double>;

std::string message_of(auto&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

struct Scale {
  Param factor = Tensor{2, 3};
  Tensor operator()(const Tensor& x) const { return x * factor; }
};
struct Inner {
  Scale first;
  std::optional<Scale> second;
  int width = 7;
  std::string title = "inner";
};
struct Net {
  Inner inner;
  std::vector<Scale> many{2};
  std::array<Scale, 2> pair;
  Param bias = Tensor{1, 1};
  double rate = 0.5;
  Tensor constant{5, 5};
};

TEST(Walk, finds_every_parameter_with_its_name) {
  Net net;
  std::string names;
  walk(net, [&](const std::string& path, Param&) { names += path + " "; });
  EXPECT_EQ(names, "inner.first.factor many.0.factor many.1.factor pair.0.factor pair.1.factor bias ");
  net.inner.second = Scale{};
  EXPECT_EQ(parameters(net).size(), 7u);
  EXPECT_EQ(parameters(net)[1].path, "inner.second.factor");
  EXPECT_EQ(net.inner.second->factor.path(), "inner.second.factor");
}

TEST(NetworkGrad, the_gradient_is_a_struct_of_the_same_type) {
  Net net;
  net.inner.second = Scale{};
  const Tensor x{1, 10};
  const auto [loss, g] = value_and_grad(net, [&](const Net& n) {
    Tensor y = n.inner.first(x) + (*n.inner.second)(x) * 2 + n.many[1](x) * 3 + n.pair[0](x) + n.bias;
    return sum(y);
  });
  EXPECT_EQ(loss.item(), 2 + 30 + 2 * 32 + 3 * 32 + 32 + 2);
  EXPECT_FALSE(loss.node());
  EXPECT_EQ(g.inner.first.factor.value().to_vector(), (Numbers{1, 10}));
  EXPECT_EQ(g.inner.second->factor.value().to_vector(), (Numbers{2, 20}));
  EXPECT_EQ(g.many[0].factor.value().to_vector(), (Numbers{0, 0}));  // not used
  EXPECT_EQ(g.many[1].factor.value().to_vector(), (Numbers{3, 30}));
  EXPECT_EQ(g.pair[0].factor.value().to_vector(), (Numbers{1, 10}));
  EXPECT_EQ(g.bias.value().to_vector(), (Numbers{1, 1}));
  EXPECT_EQ(net.bias.value().to_vector(), (Numbers{1, 1}));  // the network is as it was
  EXPECT_FALSE(net.bias.value().node());
}

TEST(NetworkGrad, a_const_network) {
  const Scale net;
  const auto g = value_and_grad(net, [](const Scale& n) { return sum(square(n.factor)); }).grad;
  EXPECT_EQ(g.factor.value().to_vector(), (Numbers{4, 6}));
}

TEST(NetworkGrad, copies_within_the_function_are_still_the_variables) {
  // A network passed by value, layers looped over by value, a layer copied and assigned: none may lose its gradient.
  const Net net;
  const Tensor x{1, 10};
  const Numbers expected{1, 10};
  const auto by_value = value_and_grad(net, [&](Net n) { return sum(n.many[1](x)); });
  EXPECT_EQ(by_value.grad.many[1].factor.value().to_vector(), expected);
  const auto loop = value_and_grad(net, [&](const Net& n) {
    Tensor y = x;
    for (auto layer : n.many) y = layer(y);
    return sum(y);
  });
  EXPECT_EQ(loop.grad.many[0].factor.value().to_vector(), (Numbers{2, 30}));
  const auto assigned = value_and_grad(net, [&](const Net& n) {
    Scale layer, other;
    layer = n.many[0];
    other = layer;
    return sum(other(x));
  });
  EXPECT_EQ(assigned.grad.many[0].factor.value().to_vector(), expected);
}

TEST(NetworkGrad, a_copy_that_outlives_the_gradient_is_a_snapshot) {
  Scale net, kept;
  const auto result = value_and_grad(net, [&](const Scale& n) {
    kept = n;
    return sum(n.factor);
  });
  net.factor = Tensor{8, 9};
  EXPECT_EQ(kept.factor.value().to_vector(), (Numbers{2, 3}));
  kept.factor = Tensor{4, 4};
  EXPECT_EQ(kept.factor.value().to_vector(), (Numbers{4, 4}));
  EXPECT_EQ(value_and_grad(kept, [](const Scale& n) { return sum(square(n.factor)); }).grad.factor.value().to_vector(), (Numbers{8, 8}));
}

TEST(NetworkGrad, tied_parameters_are_one_variable) {
  struct Tied {
    Param a = Tensor{1, 2}, b = Tensor{0, 0}, c = Tensor{5, 5};
  };
  Tied net;
  net.b.tie(net.a);
  EXPECT_EQ(parameters(net).size(), 2u);
  const auto g = value_and_grad(net, [](const Tied& n) { return sum(n.a * 2 + n.b * 3 + n.c); }).grad;
  EXPECT_EQ(g.a.value().to_vector(), (Numbers{5, 5}));
  EXPECT_EQ(g.b.value().to_vector(), (Numbers{5, 5}));
  EXPECT_EQ(g.c.value().to_vector(), (Numbers{1, 1}));
  net.a = Tensor{7, 7};
  EXPECT_EQ(net.b.value().to_vector(), (Numbers{7, 7}));
}

TEST(NetworkGrad, nests) {
  // The gradient of the norm of a gradient: sum of (2 w)^2 has the gradient 8 w.
  const Scale net;
  const auto outer = value_and_grad(net, [](const Scale& n) {
    const auto inner = value_and_grad(n, [](const Scale& m) { return sum(square(m.factor)); });
    return sum(square(inner.grad.factor)) + inner.loss;
  });
  EXPECT_EQ(outer.grad.factor.value().to_vector(), (Numbers{8 * 2 + 2 * 2, 8 * 3 + 2 * 3}));
  EXPECT_EQ(outer.loss.item(), 16 + 36 + 13);
}

TEST(NetworkGrad, training_mode_is_on_inside_only) {
  const Scale net;
  bool inside = false;
  static_cast<void>(value_and_grad(net, [&](const Scale& n) {
    inside = Mode::training();
    return sum(n.factor);
  }));
  EXPECT_TRUE(inside);
  EXPECT_FALSE(Mode::training());
  EXPECT_THROW(value_and_grad(net, [](const Scale&) -> Tensor { throw 1; }), int);
  EXPECT_FALSE(Mode::training());
  EXPECT_EQ(GradScope::depth(), 0);
}

TEST(NetworkGrad, errors) {
  const Scale net;
  EXPECT_EQ(message_of([&] { value_and_grad(net, [](const Scale& n) { return n.factor.value(); }); }),
            "[grad] the function returns [2]; a gradient needs one number. Hint: return sum(y) or mean(y), or use vjp");
  EXPECT_EQ(message_of([&] { value_and_grad(net, [&](const Scale&) { return sum(net.factor); }); }),
            "[value_and_grad] the loss does not depend on any parameter of the network. Hint: use the network that the function is "
            "given, not the one outside: [&](const auto& n) { return loss(n(x), y); }");
  const Param empty;
  EXPECT_EQ(message_of([&] { static_cast<void>(empty.value()); }), "[parameter] it was never given a value");
}

TEST(Param, copying_moving_and_assigning) {
  Param p = Tensor{1, 2};
  Slot* const slot = &p.slot();
  Param copy = p;  // a snapshot
  EXPECT_NE(&copy.slot(), slot);
  EXPECT_EQ(copy.value().array_ref(), p.value().array_ref());  // that shares the numbers until one is written
  p = Tensor{3, 4};
  EXPECT_EQ(&p.slot(), slot);  // assignment keeps the slot, so an optimizer still knows it
  EXPECT_EQ(copy.value().to_vector(), (Numbers{1, 2}));
  const std::uint64_t version = p.slot().version;
  p = copy;
  EXPECT_EQ(&p.slot(), slot);
  EXPECT_GT(p.slot().version, version);
  EXPECT_EQ(p.value().to_vector(), (Numbers{1, 2}));
  Param moved = std::move(p);
  EXPECT_EQ(&moved.slot(), slot);
  std::vector<Param> grown;
  grown.push_back(std::move(moved));
  for (int i = 0; i < 100; ++i) grown.emplace_back(Tensor{1});  // reallocations move
  EXPECT_EQ(&grown[0].slot(), slot);
  Param fresh;
  fresh = grown[0];
  EXPECT_NE(&fresh.slot(), slot);
  const Param& self = fresh;
  fresh = self;
  EXPECT_EQ(fresh.value().to_vector(), (Numbers{1, 2}));
  EXPECT_EQ(message_of([&] { fresh = Tensor{1, 2, 3}; }), "[parameter] it is f32 [2], the new value is f32 [3]");
  EXPECT_EQ(message_of([&] { fresh = Tensor({1, 2}, Dtype::f64); }), "[parameter] it is f32 [2], the new value is f64 [2]");
  struct One {
    Param weight = Tensor{1};
  } one;
  walk(one, [](const std::string&, Param&) {});
  EXPECT_EQ(message_of([&] { one.weight = Tensor{1, 2}; }), "[parameter] weight is f32 [1], the new value is f32 [2]");
}

TEST(Param, a_number_is_a_parameter_too) {
  struct Line {
    Param slope{0.5}, offset{2.0};
    State steps{0};
  } line;
  EXPECT_EQ(line.slope.value().dtype(), Dtype::f32);
  EXPECT_EQ(line.steps.value().dtype(), Dtype::i64);
  const auto g = value_and_grad(line, [](const Line& l) {
    l.steps.set(l.steps.value() + 1);
    return sum(square(l.slope.value() * Tensor{1, 2} + l.offset));
  }).grad;
  EXPECT_EQ(g.offset.value().item(), 2 * 2.5 + 2 * 3);
  line.slope = line.slope.value() - 0.1 * g.slope.value();  // the update keeps shape and dtype
  EXPECT_EQ(line.steps.value().item(), 1);
}

TEST(State, is_shared_with_the_view_and_saved_without_history) {
  struct Norm {
    Param weight = Tensor{1, 1};
    State mean = Tensor{0, 0};
    Tensor operator()(const Tensor& x) const {
      mean.set(mean.value() * 0.5 + x * weight);
      return x * weight;
    }
  };
  const Norm net;
  const auto g = value_and_grad(net, [](const Norm& n) { return sum(n(Tensor{2, 4})); }).grad;
  EXPECT_EQ(net.mean.value().to_vector(), (Numbers{2, 4}));  // set in a const method, within a gradient
  EXPECT_FALSE(net.mean.value().node());
  EXPECT_EQ(g.weight.value().to_vector(), (Numbers{2, 4}));
  Norm best = net;  // a snapshot of states as well
  static_cast<void>(net(Tensor{0, 0}));
  EXPECT_EQ(net.mean.value().to_vector(), (Numbers{1, 2}));
  EXPECT_EQ(best.mean.value().to_vector(), (Numbers{2, 4}));
}

// Two threads train two networks at once, and several read one: the same bits as one after the other.
struct Mlp {
  Param w1, b1, w2;
  explicit Mlp(double seed, std::int64_t width) {
    w1 = Param(sin(reshape(Tensor::arange(width * width, Dtype::f32) * 1.7 + seed, {width, width})));
    b1 = Param(Tensor::zeros({width}));
    w2 = Param(cos(reshape(Tensor::arange(width, Dtype::f32) + seed, {width, 1})));
  }
  static constexpr auto fields() { return fields_of<&Mlp::w1, &Mlp::b1, &Mlp::w2>{}; }
  Tensor operator()(const Tensor& x) const { return matmul(tanh(matmul(x, w1) + b1), w2); }
};

struct Size {
  std::int64_t width, rows;
  int steps;
};
constexpr Size small{8, 16, 60}, large{128, 600, 4};  // the large one is worth a team of threads

Numbers train(double seed, Size size) {
  Mlp net(seed, size.width);
  const Tensor x = cos(reshape(Tensor::arange(size.rows * size.width, Dtype::f32) * 0.3, {size.rows, size.width})), y = sin(sum(x, 1, true));
  for (int step = 0; step < size.steps; ++step) {
    const auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return mean(square(n(x) - y)); });
    net.w1 = net.w1 - 0.1 * g.w1;
    net.b1 = net.b1 - 0.1 * g.b1;
    net.w2 = net.w2 - 0.1 * g.w2;
  }
  Numbers out = net.w1.value().to_vector();
  const Numbers more = net.w2.value().to_vector();
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

TEST(TwoThreads, train_two_networks_with_the_same_bits_as_one) {
  for (const Size size : {small, large}) {
    const Numbers first = train(1, size), second = train(2, size);
    EXPECT_NE(first, second);
    for (int round = 0; round < 3; ++round) {
      Numbers a, b;
      std::thread one([&] { a = train(1, size); }), two([&] { b = train(2, size); });
      one.join();
      two.join();
      EXPECT_EQ(a, first);
      EXPECT_EQ(b, second);
    }
  }
}

TEST(TwoThreads, read_and_differentiate_one_const_network) {
  const Mlp net(3, 8);
  const Tensor x = cos(reshape(Tensor::arange(128, Dtype::f32) * 0.3, {16, 8}));
  const auto work = [&] {
    Numbers out = net(x).to_vector();
    const auto g = value_and_grad(net, [&](const Mlp& n) { return sum(n(x)); }).grad;
    const Numbers slope = g.w1.value().to_vector();
    out.insert(out.end(), slope.begin(), slope.end());
    return out;
  };
  std::vector<Numbers> results(4);
  std::vector<std::thread> threads;
  for (auto& result : results) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) result = work();
    });
  }
  for (auto& t : threads) t.join();
  const Numbers expected = work();
  for (const auto& result : results) EXPECT_EQ(result, expected);
}

}  // namespace
}  // namespace gradus
