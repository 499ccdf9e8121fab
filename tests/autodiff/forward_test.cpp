// Forward mode, vmap, and their nesting with gradients.
#include <gtest/gtest.h>

#include <cmath>

#include <gradus/autodiff.hpp>
#include <gradus/tensor/node.hpp>

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

void expect_near(const Tensor& found, const Tensor& expected, double tolerance = 1e-12) {
  ASSERT_EQ(found.shape(), expected.shape());
  const Numbers a = found.to_vector(), b = expected.to_vector();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance) << i;
}

Tensor curve(const Tensor& x) { return sum(exp(x * 0.5) * square(x) + sin(x)); }
Tensor points() { return Tensor({{0.3, -1.2, 0.7}, {1.1, 0.4, -0.6}}, Dtype::f64); }

TEST(Jvp, is_the_derivative_along_a_direction) {
  const auto [y, dy] = jvp([](Tensor x) { return x * x * x; }, f64(2), f64(1));
  EXPECT_EQ(y.item(), 8);
  EXPECT_EQ(dy.item(), 12);
  const auto two = jvp([](Tensor a, Tensor b) { return a * b + a; }, {f64(3), f64(5)}, {f64(1), f64(10)});
  EXPECT_EQ(two.value.item(), 18);
  EXPECT_EQ(two.tangent.item(), 6 + 30);
  const Tensor x = points(), v({{1, 2, 3}, {4, 5, 6}}, Dtype::f64);
  expect_near(jvp(curve, x, v).tangent, sum(grad(curve)(x) * v));
}

TEST(Jvp, keeps_nothing) {
  const auto [y, dy] = jvp([](Tensor x) { return sin(x) * x; }, f64(2), f64(1));
  EXPECT_FALSE(y.node());
  EXPECT_FALSE(dy.node());
  Tensor captured;
  jvp([&](Tensor x) { return captured = exp(x); }, f64(1), f64(1));
  EXPECT_EQ(innermost_level(Tensors{captured}), 0U);  // a level that has ended is not seen
  // A loop does not grow: each step starts from the value of the one before.
  Tensor x = f64(0.5);
  for (int i = 0; i < 3; ++i) x = jvp([](Tensor v) { return sin(v); }, x, f64(1)).value;
  EXPECT_FALSE(x.node());
}

TEST(Jvp, constants_and_stopped_gradients_have_no_tangent) {
  EXPECT_EQ(jvp([](Tensor x) { return stop_gradient(x) * x; }, f64(3), f64(1)).tangent.item(), 3);
  EXPECT_EQ(jvp([](Tensor) { return f64(3); }, f64(3), f64(1)).tangent.item(), 0);
  EXPECT_EQ(jvp([](Tensor x) { return cast(x > 0, Dtype::f64); }, f64(3), f64(1)).tangent.item(), 0);
}

TEST(Jvp, ties_share_as_they_do_backward) {
  const Tensor x({1, 3, 3}, Dtype::f64), v({1, 2, 4}, Dtype::f64);
  const auto largest = [](Tensor t) { return max(t); };
  EXPECT_EQ(jvp(largest, x, v).tangent.item(), 3);
  EXPECT_EQ(sum(grad(largest)(x) * v).item(), 3);
  EXPECT_EQ(jvp([](Tensor t) { return min(t, 0, true); }, -x, v).tangent.to_vector(), (Numbers{3}));
}

TEST(Jvp, errors) {
  const auto identity = [](Tensor x) { return x; };
  EXPECT_EQ(message_of([&] { jvp(identity, Tensor({1}, Dtype::i64), Tensor{1}); }), "[jvp] a tensor of dtype i64 has no derivative. Hint: cast(x, Dtype::f32)");
  EXPECT_EQ(message_of([&] { jvp(identity, Tensor{1, 2}, Tensor{1}); }), "[jvp] x is [2], its tangent is [1]; they must be equal");
}

TEST(Nesting, second_derivatives_in_all_four_orders) {
  const auto f = [](Tensor x) { return exp(x * 2) + x * x * x; };
  const double expected = 4 * std::exp(1.0) + 3;
  const auto forward = [](auto g) { return [g](Tensor x) { return jvp(g, x, f64(1)).tangent; }; };
  const Tensor x = f64(0.5);
  EXPECT_NEAR(grad(grad(f))(x).item(), expected, 1e-12);
  EXPECT_NEAR(grad(forward(f))(x).item(), expected, 1e-12);
  EXPECT_NEAR(forward(grad(f))(x).item(), expected, 1e-12);
  EXPECT_NEAR(forward(forward(f))(x).item(), expected, 1e-12);
  EXPECT_NEAR(forward(grad(forward(f)))(x).item(), 8 * std::exp(1.0) + 6, 1e-11);
  EXPECT_NEAR(grad(forward(grad(f)))(x).item(), 8 * std::exp(1.0) + 6, 1e-11);
}

TEST(Nesting, inner_and_outer_tangents_are_kept_apart) {
  // d/dx (x * d/dy (x + y)) = 1: an inner derivative that took the outer tangent for its own would give 2.
  const auto outer = [](Tensor x) { return x * jvp([&](Tensor y) { return x + y; }, f64(1), f64(1)).tangent; };
  EXPECT_EQ(jvp(outer, f64(7), f64(1)).tangent.item(), 1);
  EXPECT_EQ(grad(outer)(f64(7)).item(), 1);
  const auto mixed = [](Tensor x) { return x * grad([&](Tensor y) { return x * y; })(f64(1)); };
  EXPECT_EQ(jvp(mixed, f64(7), f64(1)).tangent.item(), 14);
}

TEST(Hvp, is_the_hessian_times_a_vector) {
  const Tensor x = points(), v({{1, -1, 2}, {0.5, 3, -2}}, Dtype::f64);
  const Tensor h = hessian(curve)(x);
  EXPECT_EQ(h.shape(), (Shape{2, 3, 2, 3}));
  expect_near(hvp(curve, x, v), reshape(matmul(reshape(h, {6, 6}), reshape(v, {6, 1})), {2, 3}));
  expect_near(reshape(h, {6, 6}), T(reshape(h, {6, 6})));
  EXPECT_FALSE(hvp(curve, x, v).node());
}

TEST(Vmap, is_a_loop_over_rows) {
  const Tensor x = points(), w({{1, 2}, {3, 4}, {5, 6}}, Dtype::f64);
  const auto f = [&](Tensor row) { return tanh(matmul(unsqueeze(row, 0), w)) + sum(row); };
  const Tensor all = vmap(f)(x);
  EXPECT_EQ(all.shape(), (Shape{2, 1, 2}));
  for (std::int64_t i = 0; i < 2; ++i) expect_near(all[i], f(x[i]));
  expect_near(vmap([](Tensor a, Tensor b) { return a * b; })(x, Tensor({2, 3}, Dtype::f64)), x * Tensor({{2}, {3}}, Dtype::f64));
  EXPECT_EQ(vmap([](Tensor) { return Tensor(3.5); })(x).to_vector(), (Numbers{3.5, 3.5}));
  EXPECT_EQ(vmap([](Tensor row) { return row * 2; })(Tensor::zeros({0, 3})).shape(), (Shape{0, 3}));
}

TEST(Vmap, inside_a_tensor_looks_like_one_example) {
  vmap([](Tensor row) {
    EXPECT_EQ(row.shape(), Shape{3});
    EXPECT_THROW(row[0].item(), TraceError);
    return row;
  })(points());
  EXPECT_EQ(message_of([] { vmap([](Tensor a, Tensor) { return a; })(Tensor{1, 2}, Tensor{1}); }), "[vmap] input 0 has 2 examples, input 1 has 1");
  EXPECT_EQ(message_of([] { vmap([](Tensor a) { return a; })(Tensor::full({}, 1)); }), "[vmap] input 0 is 0-d; its first axis must be that of the examples");
  EXPECT_NE(message_of([] { vmap([](Tensor a) { return matmul(a, a); })(Tensor::zeros({2, 3, 4})); }).find("a is [3, 4], b is [3, 4]"), std::string::npos);
}

TEST(Nesting, gradients_for_every_example) {
  const Tensor x = points(), w({0.5, -1, 2}, Dtype::f64);
  const auto loss = [](Tensor weights, Tensor row) { return square(sum(weights * row)) + sum(max(row * weights, -1)); };
  const Tensor each = vmap([&](Tensor row) { return grad([&](Tensor v) { return loss(v, row); })(w); })(x);
  for (std::int64_t i = 0; i < 2; ++i) expect_near(each[i], grad([&](Tensor v) { return loss(v, x[i]); })(w));
  const Tensor by_row = vmap(grad([&](Tensor row) { return loss(w, row); }))(x);
  for (std::int64_t i = 0; i < 2; ++i) expect_near(by_row[i], grad([&](Tensor row) { return loss(w, row); })(x[i]));
  // And around: the gradient of a sum over vmap is that of the loop, with respect to what is mapped and what is captured.
  const auto total = [&](Tensor weights) { return sum(vmap([&](Tensor row) { return loss(weights, row); })(x)); };
  expect_near(grad(total)(w), sum(each, 0));
  expect_near(grad([&](Tensor all) { return sum(vmap([&](Tensor row) { return loss(w, row); })(all)); })(x), by_row);
}

TEST(Nesting, vmap_forward_and_second_derivatives) {
  const Tensor x = points(), v({{1, 0, 2}, {-1, 1, 0}}, Dtype::f64);
  const Tensor all = vmap([](Tensor row, Tensor along) { return hvp(curve, row, along); })(x, v);
  for (std::int64_t i = 0; i < 2; ++i) expect_near(all[i], hvp(curve, x[i], v[i]));
  expect_near(jvp([](Tensor rows) { return vmap(curve)(rows); }, x, v).tangent, vmap([](Tensor row, Tensor along) { return jvp(curve, row, along).tangent; })(x, v));
  const Tensor twice = vmap(vmap([](Tensor a) { return a * a + 1; }))(x);
  expect_near(twice, x * x + 1);
  // Third derivatives through three kinds of transform.
  const auto cube = [](Tensor a) { return a * a * a * a; };
  const Tensor third = vmap([&](Tensor a) { return grad([&](Tensor b) { return hvp(cube, b, f64(1)); })(a); })(Tensor({1, 2}, Dtype::f64));
  EXPECT_EQ(third.to_vector(), (Numbers{24, 48}));
}

TEST(Jacobian, wide_and_tall) {
  const Tensor a({{1, 2, 3}, {4, 5, 6}}, Dtype::f64), x({1, 2, 3}, Dtype::f64);
  const auto wide = [&](Tensor v) { return reshape(matmul(a, unsqueeze(v * v, -1)), {2}); };
  const Tensor expected = a * (2 * x);
  expect_near(jacobian(wide)(x), expected);
  const auto tall = [](Tensor v) { return concat({v * v, exp(v)}); };
  const Tensor j = jacobian(tall)(x);
  EXPECT_EQ(j.shape(), (Shape{6, 3}));
  EXPECT_EQ(j[1][1].item(), 4);
  EXPECT_NEAR(j[5][2].item(), std::exp(3.0), 1e-12);
  EXPECT_EQ(j[5][1].item(), 0);
}

}  // namespace
}  // namespace gradus
