// Gradients of functions: graphs with several paths, nesting, what is not differentiated, and the errors.
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/registry.hpp>

#include <cmath>
#include <functional>

namespace gradus {
namespace {

std::string message_of(auto&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

using Numbers = std::vector<double>;
Tensor f64(double x) { return Tensor::full({}, x, Dtype::f64); }

TEST(Grad, several_paths_add_up) {
  const Tensor x = f64(3);
  EXPECT_EQ(grad([](Tensor v) { return v * v; })(x).item(), 6);  // twice in one operation
  EXPECT_EQ(grad([](Tensor v) {
    const Tensor a = v * 2, b = v + 1;
    return a * b + a;
  })(x).item(), 4 * 3 + 2 + 2);
  EXPECT_EQ(grad([](Tensor v) {
    for (int i = 0; i < 50; ++i) v = v + v;  // a ladder: 2^50 paths
    return v;
  })(x).item(), 0x1p50);
  const auto [a, b] = grad([](Tensor p, Tensor q) { return p * q - q; })(f64(2), f64(5));
  EXPECT_EQ(a.item(), 5);
  EXPECT_EQ(b.item(), 1);
  const auto same = grad([](Tensor p, Tensor q) { return p * q * q; })(x, x);  // f(x, x): each argument is its own variable
  EXPECT_EQ(same[0].item(), 9);
  EXPECT_EQ(same[1].item(), 18);
}

TEST(Grad, the_identity_and_constants) {
  const Tensor x({1, 2, 3}, Dtype::f64);
  EXPECT_EQ(grad([](Tensor v) { return v; })(f64(4)).item(), 1);
  EXPECT_EQ(grad([](Tensor v) { return v; })(Tensor{{4}}).shape(), (Shape{1, 1}));
  EXPECT_EQ(grad([](Tensor) { return Tensor(2.0); })(x).to_vector(), (Numbers{0, 0, 0}));
  EXPECT_EQ(grad([](Tensor v) { return sum(Tensor::zeros(v.shape())); })(x).to_vector(), (Numbers{0, 0, 0}));
  const auto two = grad([](Tensor a, Tensor) { return sum(a); })(x, Tensor{{1, 2}});
  EXPECT_EQ(two[1].shape(), (Shape{1, 2}));
  EXPECT_EQ(two[1].to_vector(), (Numbers{0, 0}));
  EXPECT_EQ(two[1].dtype(), Dtype::f32);
}

TEST(Grad, stop_gradient_and_operations_without_derivative) {
  const Tensor x({1, -2, 3}, Dtype::f64);
  EXPECT_EQ(grad([](Tensor v) { return sum(stop_gradient(v) * v); })(x).to_vector(), x.to_vector());
  EXPECT_EQ(grad([](Tensor v) { return sum(sign(v) + v); })(x).to_vector(), (Numbers{1, 1, 1}));
  EXPECT_EQ(grad([](Tensor v) { return sum(cast(v > 0, Dtype::f64) * v); })(x).to_vector(), (Numbers{1, 0, 1}));
  EXPECT_EQ(grad([](Tensor v) { return sum(cast(cast(v, Dtype::i64), Dtype::f64)); })(x).to_vector(), (Numbers{0, 0, 0}));
  EXPECT_EQ(grad([](Tensor v) { return sum(cast(v, Dtype::f32) * 2); })(x).dtype(), Dtype::f64);
}

TEST(Grad, where_is_right_for_conditions_of_any_dtype) {
  // The condition is true where it is not zero; it must not be rounded to the dtype of what it chooses from.
  const Tensor ints({1, 2}, Dtype::i64), bytes({1, 2}, Dtype::u8), floats{1, 2};
  EXPECT_EQ(where(Tensor{0.5, 0}, ints, -ints).to_vector(), (Numbers{1, -2}));
  EXPECT_EQ(where(Tensor({256, 0}, Dtype::i64), bytes, cast(bytes * 10, Dtype::u8)).to_vector(), (Numbers{1, 20}));
  EXPECT_EQ(where(Tensor({1e-300, 0}, Dtype::f64), floats, -floats).to_vector(), (Numbers{1, -2}));
  EXPECT_EQ(where(Tensor{NAN, -0.0}, floats, -floats).to_vector(), (Numbers{1, -2}));
  const Tensor tiny({1e-300, 0}, Dtype::f64);
  EXPECT_EQ(grad([&](Tensor v) { return sum(where(tiny, v, 3 * v)); })(floats).to_vector(), (Numbers{1, 3}));
}

TEST(Grad, third_derivatives_are_those_of_the_formula) {
  const double x = 0.7;
  const auto third = [&](auto f) { return grad(grad(grad(f)))(f64(x)).item(); };
  EXPECT_NEAR(third([](Tensor v) { return pow(v, 5); }), 60 * x * x, 1e-11);
  EXPECT_NEAR(third([](Tensor v) { return exp(2 * v); }), 8 * std::exp(2 * x), 1e-11);
  EXPECT_NEAR(third([](Tensor v) { return sin(v); }), -std::cos(x), 1e-13);
  EXPECT_NEAR(third([](Tensor v) { return log(v); }), 2 / (x * x * x), 1e-11);
  EXPECT_NEAR(third([](Tensor v) { return 1 / v; }), -6 / std::pow(x, 4), 1e-10);
  EXPECT_NEAR(third([](Tensor v) { return sqrt(v); }), 0.375 * std::pow(x, -2.5), 1e-12);
  const double t = std::tanh(x), d = 1 - t * t;
  EXPECT_NEAR(third([](Tensor v) { return tanh(v); }), d * (6 * t * t - 2), 1e-13);
  const double s = 1 / (1 + std::exp(-x)), p = s * (1 - s);
  EXPECT_NEAR(third([](Tensor v) { return sigmoid(v); }), p * (1 - 6 * p), 1e-13);
  EXPECT_NEAR(third([](Tensor v) { return softplus(v); }), p * (1 - 2 * s), 1e-13);
  EXPECT_NEAR(third([](Tensor v) { return sum(square(matmul(reshape(v, {1, 1}), reshape(v * v, {1, 1})))); }), 120 * x * x * x, 1e-11);
  EXPECT_NEAR(third([](Tensor v) { return sum(concat(Tensors{reshape(v, {1}), reshape(v * v * v, {1})})); }), 6, 1e-13);
  EXPECT_EQ(third([](Tensor v) { return relu(v) + abs(v); }), 0);
}

TEST(Grad, inner_and_outer_variables_are_kept_apart) {
  // d/dx [x * d/dy (x + y)] = 1: an engine that confuses the two says 2.
  const auto confused = grad([](Tensor x) { return x * grad([&](Tensor y) { return x + y; })(f64(1)); });
  EXPECT_EQ(confused(f64(1)).item(), 1);
  // d/dx [d/dy (x y^2)] = 2 y
  const auto mixed = grad([](Tensor x) { return grad([&](Tensor y) { return x * y * y; })(f64(5)); });
  EXPECT_EQ(mixed(f64(3)).item(), 10);
  // The value of an inner value_and_grad still depends on the outer variable.
  const auto both = grad([](Tensor x) {
    const auto [value, slope] = value_and_grad([&](Tensor y) { return x * x * y; })(x);
    return value + slope;  // x^3 + x^2
  });
  EXPECT_EQ(both(f64(3)).item(), 33);
  // stop_gradient in the inner one only.
  const auto held = grad([](Tensor x) { return grad([](Tensor y) { return y * y * stop_gradient(y); })(x); });  // d/dx 2 x [x]
  EXPECT_EQ(held(f64(3)).item(), 6);
}

TEST(Grad, the_value_has_no_history) {
  const auto [value, slope] = value_and_grad([](Tensor v) { return sum(exp(v)); })(Tensor{1, 2});
  EXPECT_FALSE(value.node());
  EXPECT_FALSE(slope.node());
  EXPECT_NEAR(value.item(), std::exp(1) + std::exp(2), 1e-5);
}

// b - 1 of pow(x, 1 / 3.0) is a difference of two numbers: not one in float32.
TEST(Grad, numbers_in_formulas_have_the_digits_of_the_result) {
  const auto f = [](Tensor x) { return pow(x, 1 / 3.0); };
  EXPECT_NEAR(grad(grad(f))(Tensor::full({}, 8, Dtype::f64)).item(), -2.0 / 9 / 32, 1e-17);
}

// A first derivative must not keep the graph of the second, or a training loop keeps every step there ever was.
TEST(Grad, gradients_have_no_history) {
  for (const OpEntry& entry : registry()) {
    if (!entry.info.differentiable) continue;
    std::vector<ops::CaseInput> inputs;
    if (entry.op) {
      for (const ops::Range& domain : entry.domains) inputs.push_back({{3}, domain});
    } else {
      inputs = entry.cases.front().inputs;
    }
    const Ref<const Op> op = entry.op ? entry.op : entry.cases.front().op;
    Tensors x;
    for (const ops::CaseInput& input : inputs) {
      const double middle = 0.25 + (input.domain.lo + input.domain.hi) / 2;
      x.push_back(input.below ? Tensor::zeros(input.shape, Dtype::i64) : Tensor::full(input.shape, middle, Dtype::f64));
      if (input.prepare) x.back() = input.prepare(x.back());
    }
    const auto f = [&](Tensor first) {
      Tensors all = x;
      all[0] = first;
      return sum(gradus::apply(op, all));
    };
    if (inputs[0].below || !is_float(f(x[0]).dtype())) continue;
    EXPECT_FALSE(grad(f)(x[0]).node()) << entry.info.name;
    EXPECT_FALSE(grad([&](Tensor v) { return sum(grad(f)(v)); })(x[0]).node()) << entry.info.name;
  }
}

TEST(Vjp, the_pull_may_be_used_again_and_later) {
  const Tensor x({1, 2}, Dtype::f64), y({3, 4}, Dtype::f64);
  const auto product = vjp([](Tensor a, Tensor b) { return a * b; }, x, y);
  const auto& pull = product.pull;
  EXPECT_EQ(product.value.to_vector(), (Numbers{3, 8}));
  for (int i = 0; i < 2; ++i) {
    const auto slopes = pull(Tensor({1, 10}, Dtype::f64));
    EXPECT_EQ(slopes[0].to_vector(), (Numbers{3, 40}));
    EXPECT_EQ(slopes[1].to_vector(), (Numbers{1, 20}));
  }
  EXPECT_EQ(message_of([&] { pull(Tensor{1}); }), "[grad] the result is [2], its gradient is [1]");
  EXPECT_EQ(vjp([](Tensor v) { return v * v; }, f64(3)).pull(1.0).item(), 6);  // a number as the gradient
  EXPECT_EQ(vjp([](Tensor v) { return -v; }, f64(3)).pull(1.0 / 3).item(), -1.0 / 3);  // in the dtype of the result
  // Of a pull one can take the gradient again: it is linear in g, and depends on x.
  const auto slope_of_pull = grad([&](Tensor g) { return sum(vjp([](Tensor v) { return v * v * v; }, x).pull(g)); });
  EXPECT_EQ(slope_of_pull(Tensor({1, 1}, Dtype::f64)).to_vector(), (Numbers{3, 12}));
  const auto second = grad([&](Tensor v) { return sum(vjp([](Tensor u) { return u * u * u; }, v).pull(Tensor({1, 10}, Dtype::f64))); });
  EXPECT_EQ(second(x).to_vector(), (Numbers{6, 120}));
}

TEST(Grad, errors) {
  const auto square_of = [](Tensor v) { return v * v; };
  EXPECT_EQ(message_of([&] { grad(square_of)(Tensor{1, 2}); }),
            "[grad] the function returns [2]; a gradient needs one number. Hint: return sum(y) or mean(y), or use vjp");
  EXPECT_EQ(message_of([&] { grad(square_of)(Tensor({3}, Dtype::i64)); }),
            "[grad] a tensor of dtype i64 has no derivative. Hint: cast(x, Dtype::f32)");
  EXPECT_EQ(message_of([&] { grad(square_of)(Tensor{1} > 0); }), "[grad] a tensor of dtype bool has no derivative. Hint: cast(x, Dtype::f32)");
  EXPECT_EQ(grad(square_of)(3).item(), 6);  // but a number is one of floats
  EXPECT_EQ(message_of([&] { pullback(Tensor{1}, Tensor{1}, Tensors{Tensor{1}}); }), "[grad] a constant was given as a variable. Hint: use variable(x)");
}

TEST(Grad, an_exception_leaves_the_engine_as_it_was) {
  const int depth = GradScope::depth();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(grad([](Tensor v) -> Tensor { return grad([&](Tensor w) -> Tensor { return matmul(v, w); })(v); })(f64(1)), ShapeError);
    EXPECT_THROW(grad([](Tensor) -> Tensor { throw 5; })(f64(1)), int);
    EXPECT_EQ(GradScope::depth(), depth);
    EXPECT_FALSE(Mode::training());
    EXPECT_EQ(grad(grad([](Tensor v) { return v * v * v; }))(f64(2)).item(), 12);
  }
  // In the middle of a backward pass: an index that only the rule looks at cannot be had, so a wrong g serves.
  const auto [y, pull] = vjp([](Tensor v) { return exp(v); }, Tensor{1, 2});
  EXPECT_THROW(pull(Tensor{1, 2, 3}), GradError);
  EXPECT_EQ(GradScope::depth(), depth);
  EXPECT_EQ(pull(Tensor{0, 0}).to_vector(), (Numbers{0, 0}));
}

TEST(Grad, gradients_inside_gradients_inside_a_backward_function) {
  // Re-entrant to a depth of 20: g_k(x) = x + d/dx g_{k-1}(x)
  std::function<Tensor(Tensor, int)> nest = [&](Tensor x, int depth) -> Tensor {
    return depth == 0 ? x * x : x + grad([&](Tensor v) { return nest(v, depth - 1); })(x);
  };
  EXPECT_EQ(nest(f64(3), 1).item(), 9);
  EXPECT_EQ(nest(f64(3), 20).item(), 4);
}

// Every pair of shapes in which one operand is broadcast along some subset of the axes, for every subset, also with fewer axes.
TEST(Grad, at_infinity_and_zero) {
  const Tensor x({1, 3, 3}, Dtype::f64);
  const auto [y, pull] = vjp([](Tensor v) { return max(v); }, x);
  EXPECT_EQ(pull(f64(INFINITY)).to_vector(), (Numbers{0, INFINITY, INFINITY}));  // nothing for what was not chosen, not 0 * inf
  const auto slope = grad([](Tensor b) { return pow(f64(0), b); });
  EXPECT_EQ(slope(f64(-1)).item(), -INFINITY);
  EXPECT_EQ(slope(f64(2)).item(), 0);
  EXPECT_EQ(slope(f64(0)).item(), 0);
}

TEST(Grad, cross_entropy_of_large_logits) {
  const auto loss = [](Tensor logits) { return cross_entropy(logits, Tensor({0}, Dtype::i64)).item(); };
  EXPECT_NEAR(loss(Tensor{{1000, 990}}), 4.5398899e-5, 1e-7);
  EXPECT_NEAR(loss(Tensor{{20000, 19995}}), 6.7153485e-3, 1e-7);
  const Tensor smoothed = cross_entropy(Tensor{{1000, 990}}, Tensor({0}, Dtype::i64), 0.2);
  EXPECT_NEAR(smoothed.item(), 4.5398899e-5 + 0.2 * 5, 1e-5);
}

// What fails while a node is being made leaves nothing half made.
struct Failing final : Op {
  const OpInfo& info() const override {
    static const OpInfo info{.name = "failing", .doc = "", .math = "", .family = Family::row, .inputs = 2};
    return info;
  }
  Spec shape(Inputs x) const override { return x[0].spec(); }
  TensorSet reads(TensorSet, std::size_t) const override { throw std::bad_alloc(); }
  Tensors vjp(Inputs, const Tensor&, const Tensor&, TensorSet) const override { return {}; }
  Tensor expand(Inputs x) const override { return x[0] + x[1]; }
  std::string text() const override { return "failing"; }
};
TEST(Grad, a_node_that_cannot_be_made) {
  const Ref<const Op> op(new Failing);
  EXPECT_THROW(grad([&](Tensor v) { return sum(gradus::apply(op, Tensors{v, v})); })(Tensor{1, 2}), std::bad_alloc);
}

TEST(Grad, broadcasting_over_every_subset_of_axes) {
  const Shape full{2, 3, 4};
  const Tensor a = reshape(Tensor::arange(24, Dtype::f64), full) / 10 + 1;
  for (int mask = 0; mask < 8; ++mask) {
    for (int drop = 0; drop <= 3; ++drop) {
      Shape shape;
      for (int i = drop; i < 3; ++i) shape.push_back(mask >> i & 1 ? 1 : full[static_cast<std::size_t>(i)]);
      const Tensor b = Tensor::full(shape, 2, Dtype::f64) + reshape(Tensor::arange(numel(shape), Dtype::f64), shape) / 7;
      const auto [ga, gb] = grad([](Tensor x, Tensor y) { return sum(x * x * y); })(a, b);
      ASSERT_TRUE(ga.shape() == full && gb.shape() == shape) << to_string(shape);
      const Numbers x = a.to_vector(), y = expand(b, full).to_vector(), gx = ga.to_vector();
      Numbers expected(static_cast<std::size_t>(numel(shape)), 0);
      const Numbers places = expand(reshape(Tensor::arange(numel(shape)), shape), full).to_vector();
      for (std::size_t i = 0; i < x.size(); ++i) {
        EXPECT_NEAR(gx[i], 2 * x[i] * y[i], 1e-12);
        expected[static_cast<std::size_t>(places[i])] += x[i] * x[i];
      }
      const Numbers gy = gb.to_vector();
      for (std::size_t i = 0; i < gy.size(); ++i) EXPECT_NEAR(gy[i], expected[i], 1e-11) << to_string(shape);
      // And the other way round, and for one that passes t on as it is.
      EXPECT_EQ(grad([](Tensor y2, Tensor x2) { return sum(y2 + x2); })(b, a)[0].to_vector(), Numbers(gy.size(), 24.0 / static_cast<double>(gy.size())));
      EXPECT_EQ(grad([](Tensor x2, Tensor y2) { return sum(x2 - y2); })(a, b)[1].to_vector(), Numbers(gy.size(), -24.0 / static_cast<double>(gy.size())));
    }
  }
}

TEST(Grad, empty_tensors) {
  const Tensor x = Tensor::zeros({0, 3}, Dtype::f64);
  EXPECT_EQ(grad([](Tensor v) { return sum(exp(v) * v); })(x).shape(), (Shape{0, 3}));
  const Tensor bias({1, 2, 3}, Dtype::f64);
  EXPECT_EQ(grad([&](Tensor b) { return sum(x + b); })(bias).to_vector(), (Numbers{0, 0, 0}));
  EXPECT_EQ(grad([](Tensor v) { return sum(matmul(T(v), v)); })(x).shape(), (Shape{0, 3}));
}

}  // namespace
}  // namespace gradus
