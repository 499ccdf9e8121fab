// Functions with a gradient of their own, and checkpoints: the same numbers from less memory.
#include <gtest/gtest.h>

#include <gradus/base/random.hpp>

#include <cmath>

#include <gradus/autodiff.hpp>
#include <gradus/base/memory.hpp>
#include <gradus/nn.hpp>

namespace gradus {
namespace {

using Numbers = std::vector<double>;
Tensor f64(double x) { return Tensor::full({}, x, Dtype::f64); }

void expect_near(const Tensor& found, const Tensor& expected, double tolerance = 1e-12) {
  ASSERT_EQ(found.shape(), expected.shape());
  const Numbers a = found.to_vector(), b = expected.to_vector();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance) << i;
}

// exp computed outside of Gradus, from numbers.
const auto outside_exp = custom(
    [](Tensor x) {
      Numbers values = x.to_vector();
      for (double& v : values) v = std::exp(v);
      return Tensor::from(values, x.shape());
    },
    [](Tensor, Tensor y, Tensor g) { return y * g; });

TEST(Custom, has_the_gradient_that_it_was_given) {
  const Tensor x({0.5, -1, 2}, Dtype::f64), v({1, 2, 3}, Dtype::f64);
  const auto f = [](Tensor t) { return sum(outside_exp(t) * t); };
  const auto plain = [](Tensor t) { return sum(exp(t) * t); };
  expect_near(f(x), plain(x));
  expect_near(grad(f)(x), grad(plain)(x));
  const auto clipped = custom([](Tensor t) { return t; }, [](Tensor, Tensor, Tensor g) { return minimum(g, 1); });
  EXPECT_EQ(grad([&](Tensor t) { return sum(clipped(t) * Tensor({5, 0.5}, Dtype::f64)); })(Tensor({1, 1}, Dtype::f64)).to_vector(), (Numbers{1, 0.5}));
}

TEST(Custom, second_derivatives_forward_mode_and_vmap) {
  const Tensor x({0.5, -1, 2}, Dtype::f64), v({1, 2, 3}, Dtype::f64);
  const auto f = [](Tensor t) { return sum(outside_exp(t) * t); };
  const auto plain = [](Tensor t) { return sum(exp(t) * t); };
  expect_near(jvp(f, x, v).tangent, jvp(plain, x, v).tangent);
  // The y that the backward function is given has a history, so its derivative is found too.
  expect_near(grad([&](Tensor t) { return sum(grad(f)(t)); })(x), grad([&](Tensor t) { return sum(grad(plain)(t)); })(x));
  const Tensor rows({{1, 2}, {3, -1}}, Dtype::f64);
  expect_near(vmap(f)(rows), vmap(plain)(rows));
}

TEST(Custom, several_inputs) {
  const auto product = custom([](Tensor a, Tensor b) { return a * b; }, [](Tensor a, Tensor b, Tensor, Tensor g) { return std::array{g * b, g * a}; });
  const auto [a, b] = grad([&](Tensor p, Tensor q) { return product(p, q) * p; })(f64(2), f64(3));
  EXPECT_EQ(a.item(), 12);
  EXPECT_EQ(b.item(), 4);
  EXPECT_EQ(jvp([&](Tensor p, Tensor q) { return product(p, q); }, {f64(2), f64(3)}, {f64(1), f64(10)}).tangent.item(), 23);
}

TEST(Custom, a_gradient_of_another_shape_is_an_error) {
  const auto wrong = custom([](Tensor x) { return x * 2; }, [](Tensor, Tensor, Tensor g) { return sum(g); });
  try {
    grad([&](Tensor x) { return sum(wrong(x)); })(Tensor{1, 2});
    FAIL();
  } catch (const GradError& error) {
    EXPECT_STREQ(error.what(), "[custom] the gradient of input 0 is [], the input is [2]");
  }
}

struct Deep {
  std::vector<nn::Linear> layers;
};

TEST(Checkpoint, gives_the_same_numbers) {
  manual_seed(1);
  Deep net;
  for (int i = 0; i < 4; ++i) net.layers.emplace_back(5, 5, nn::LinearOptions{.dtype = Dtype::f64});
  const Tensor x = Tensor::randn({3, 5}, Dtype::f64);
  const auto run = [&](bool saving) {
    return value_and_grad(net, [&](const Deep& n) {
      Tensor y = x;
      for (std::size_t i = 0; i < 4; i += 2) {
        const auto block = [&n, i](Tensor t) { return tanh(n.layers[i + 1](tanh(n.layers[i](t)) + t)); };
        y = saving ? checkpoint(block)(y) : block(y);
      }
      return sum(square(y));
    });
  };
  const auto plain = run(false), saved = run(true);
  EXPECT_EQ(plain.loss.item(), saved.loss.item());
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(plain.grad.layers[i].weight.value().to_vector(), saved.grad.layers[i].weight.value().to_vector()) << i;
    EXPECT_EQ(plain.grad.layers[i].bias.value().to_vector(), saved.grad.layers[i].bias.value().to_vector()) << i;
  }
}

TEST(Checkpoint, captured_tensors_that_depend_on_each_other) {
  // a and b = a * 3 are both captured, and b is an input too: each path counts once.
  const auto f = [](bool saving) {
    return [saving](Tensor a) {
      const Tensor b = a * 3;
      const auto part = [a, b](Tensor t) { return t * a * b + sin(b) * t; };
      return saving ? checkpoint(part)(b) : part(b);
    };
  };
  for (const double at : {0.7, -2.0}) {
    EXPECT_NEAR(grad(f(true))(f64(at)).item(), grad(f(false))(f64(at)).item(), 1e-12);
    EXPECT_NEAR(grad(grad(f(true)))(f64(at)).item(), grad(grad(f(false)))(f64(at)).item(), 1e-11);
    EXPECT_NEAR(grad(grad(grad(f(true))))(f64(at)).item(), grad(grad(grad(f(false))))(f64(at)).item(), 1e-10);
  }
}

TEST(Checkpoint, with_every_other_transform) {
  const Tensor x({{0.3, -0.8}, {1.2, 0.4}}, Dtype::f64), v({{1, 2}, {-1, 0.5}}, Dtype::f64);
  const auto plain = [](Tensor t) { return sum(exp(sin(t)) * t); };
  const auto saved = [](Tensor t) { return sum(checkpoint([](Tensor u) { return exp(checkpoint([](Tensor w) { return sin(w); })(u)) * u; })(t)); };
  expect_near(hvp(saved, x, v), hvp(plain, x, v));
  expect_near(vmap([&](Tensor row, Tensor along) { return hvp(saved, row, along); })(x, v), vmap([&](Tensor row, Tensor along) { return hvp(plain, row, along); })(x, v));
  expect_near(hessian(saved)(x), hessian(plain)(x));
  expect_near(grad([&](Tensor t) { return sum(square(vmap(grad(saved))(t))); })(x), grad([&](Tensor t) { return sum(square(vmap(grad(plain))(t))); })(x));
  EXPECT_EQ(checkpoint([](Tensor t) { return t; })(f64(3)).item(), 3);
  EXPECT_EQ(grad([](Tensor t) { return checkpoint([](Tensor u) { return u; })(t) * t; })(f64(3)).item(), 6);
  EXPECT_EQ(grad([](Tensor t) { return checkpoint([t](Tensor) { return t * t; })(f64(1)); })(f64(3)).item(), 6);
}

TEST(Checkpoint, keeps_less) {
  // 16 blocks of 8 operations on 1 MB each: the plain chain keeps 128 MB, the checkpoints 16, and 8 of the block at work.
  const auto most = [](bool saving) {
    const Tensor x = Tensor::full({1 << 18}, 0.5);
    const std::size_t before = memory_use().live;
    std::size_t peak = 0;
    grad([&](Tensor t) {
      const auto block = [&](Tensor u) {
        for (int i = 0; i < 8; ++i) u = sin(u);
        peak = std::max(peak, memory_use().live - before);
        return u;
      };
      for (int i = 0; i < 16; ++i) t = saving ? checkpoint(block)(t) : block(t);
      return sum(t);
    })(x);
    return peak;
  };
  EXPECT_GT(most(false), std::size_t{120} << 20);
  EXPECT_LT(most(true), std::size_t{40} << 20);
}

TEST(Checkpoint, states_move_once) {
  const State count(Tensor(0));
  const auto block = [&](const Tensor& t) {
    count.set(count.value() + 1);
    return exp(t);
  };
  grad([&](const Tensor& t) { return sum(checkpoint(block)(t)); })(f64(1));
  EXPECT_EQ(count.value().item(), 1);
}

// A dropout inside a checkpoint drops the same elements when it is computed again, and what is drawn later is not drawn twice.
TEST(Checkpoint, draws_the_same_random_numbers_again) {
  const auto noisy = [](const Tensor& x) { return sum(square(x) * Tensor::rand({64})); };
  const Tensor x = Tensor::arange(64, Dtype::f32);
  const auto run = [&](auto f) {
    manual_seed(5);
    const Tensor g = grad(f)(x);
    return std::pair(g.to_vector(), Tensor::rand({4}).to_vector());
  };
  EXPECT_EQ(run(checkpoint(noisy)), run(noisy));
}

}  // namespace
}  // namespace gradus
