// What reductions and scans give where it is not plain: nothing, zeros, NaN, infinities, integers, very many elements.
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/ops.hpp>

#include <cmath>

namespace gradus {
namespace {

using Numbers = std::vector<double>;
const double inf = INFINITY;

Numbers gradient(const std::function<Tensor(const Tensor&)>& f, const Tensor& at) {
  return grad([&](const Tensor& x) { return sum(f(x)); })(at).to_vector();
}
// Gradient of the sum of squares of the first gradient: second derivatives.
Numbers second(const std::function<Tensor(const Tensor&)>& f, const Tensor& at) {
  return grad([&](const Tensor& x) { return sum(square(grad([&](const Tensor& z) { return sum(f(z)); })(x))); })(at).to_vector();
}
bool is_nan(const Tensor& x) { return std::isnan(x.item()); }

TEST(Reductions, a_hundred_million_ones_sum_exactly) {
  const Tensor ones = expand(Tensor::ones({1}), {100'000'000});
  EXPECT_EQ(sum(ones).item(), 1e8);
  EXPECT_EQ(mean(ones).item(), 1);
}

TEST(Reductions, products) {
  const Tensor x({2, 3, 4}, Dtype::f64), one_zero({2, 0, 4}, Dtype::f64), two_zeros({0, 3, 0}, Dtype::f64);
  const auto f = [](const Tensor& z) { return prod(z); };
  EXPECT_EQ(gradient(f, x), (Numbers{12, 8, 6}));
  EXPECT_EQ(gradient(f, one_zero), (Numbers{0, 8, 0}));
  EXPECT_EQ(gradient(f, two_zeros), (Numbers{0, 0, 0}));
  EXPECT_EQ(second(f, two_zeros), (Numbers{0, 0, 0}));
  EXPECT_EQ(second(f, one_zero), (Numbers{2 * 8 * 4, 0, 2 * 8 * 2}));  // of (xy)^2 + (xz)^2 + (yz)^2 at (2, 0, 4)
  EXPECT_EQ(prod(Tensor::zeros({0})).item(), 1);
  EXPECT_EQ(prod(Tensor::zeros({2, 0}), 1, true).shape(), (Shape{2, 1}));
  EXPECT_EQ(prod(Tensor({100, 100, 100}, Dtype::i8)).item(), 1e6);
  EXPECT_EQ(prod(Tensor::arange(20, Dtype::f64) + 1).item(), 2432902008176640000.0);
}

TEST(Reductions, any_and_all) {
  EXPECT_EQ(any(Tensor{{0, 0}, {0, NAN}}, 1).to_vector(), (Numbers{0, 1}));
  EXPECT_EQ(all(Tensor{{1, NAN}, {1, 0}}, 1).to_vector(), (Numbers{1, 0}));
  EXPECT_EQ(any(Tensor::zeros({0})).item(), 0);
  EXPECT_EQ(all(Tensor::zeros({0})).item(), 1);
  EXPECT_EQ(all(Tensor::zeros({0})).dtype(), Dtype::boolean);
}

TEST(Reductions, argmin_finds_the_first_and_nan) {
  EXPECT_EQ(argmin(Tensor{3, 1, 1, 2}).item(), 1);
  EXPECT_EQ(argmin(Tensor{3, NAN, -inf, NAN}).item(), 1);
  EXPECT_EQ(argmin(Tensor({200, 3, 255}, Dtype::u8)).item(), 1);
  EXPECT_EQ(argmin(Tensor{{1, 0}, {0, 1}}, 0, true).shape(), (Shape{1, 2}));
}

TEST(Reductions, deviations) {
  const Tensor x({1, 2, 3, 6}, Dtype::f64);
  EXPECT_EQ(var(x).item(), 14.0 / 3);
  EXPECT_EQ(var(x, {}, 0).item(), 3.5);
  EXPECT_EQ(std(x, {}, 0).item(), std::sqrt(3.5));
  EXPECT_TRUE(is_nan(var(Tensor{1})));
  EXPECT_EQ(var(Tensor{1}, {}, 0).item(), 0);
  EXPECT_EQ(var(Tensor{1, 2}, {}, 3).item(), inf);  // as in PyTorch: divided by nothing
  EXPECT_EQ(var(Tensor({1, 2, 3}, Dtype::i64)).dtype(), Dtype::f32);
  EXPECT_EQ(gradient([](const Tensor& z) { return std(z); }, Tensor{2, 2, 2}), (Numbers{0, 0, 0}));
}

TEST(Reductions, norms) {
  const Tensor x({3, -4, 0}, Dtype::f64), zero = Tensor::zeros({3}, Dtype::f64);
  EXPECT_EQ(norm(x).item(), 5);
  EXPECT_EQ(norm(x, 0).item(), 2);
  EXPECT_EQ(norm(x, 1).item(), 7);
  EXPECT_EQ(norm(x, inf).item(), 4);
  EXPECT_EQ(norm(x, -inf).item(), 0);
  EXPECT_NEAR(norm(x, 3).item(), std::cbrt(27 + 64), 1e-12);
  EXPECT_EQ(norm(x, -1).item(), 0);
  for (const double p : {0.0, 0.5, 1.0, 1.5, 2.0, 3.0, inf}) {
    EXPECT_EQ(gradient([p](const Tensor& z) { return norm(z, p); }, zero), (Numbers{0, 0, 0})) << p;
    for (const double g : gradient([p](const Tensor& z) { return norm(z, p); }, x)) EXPECT_TRUE(std::isfinite(g)) << p;
  }
  EXPECT_EQ(norm(Tensor::zeros({0})).item(), 0);
  EXPECT_TRUE(is_nan(norm(Tensor{1, NAN})));
  EXPECT_TRUE(is_nan(norm(Tensor{1, NAN}, 3)));
}

TEST(Reductions, logsumexp_of_extremes) {
  const auto f = [](const Tensor& z) { return logsumexp(z, -1); };
  EXPECT_NEAR(f(Tensor({1000, 1000}, Dtype::f64)).item(), 1000 + std::log(2), 1e-12);
  EXPECT_EQ(f(Tensor{-inf, -inf}).item(), -inf);
  EXPECT_EQ(f(Tensor{-inf, 3}).item(), 3);
  EXPECT_EQ(f(Tensor{inf, 3}).item(), inf);
  EXPECT_TRUE(is_nan(f(Tensor{NAN, 3})));
  EXPECT_EQ(f(Tensor::zeros({2, 0})).to_vector(), (Numbers{-inf, -inf}));
  EXPECT_EQ(gradient(f, Tensor{{-inf, -inf}, {-inf, 3}}), (Numbers{0, 0, 0, 1}));
}

TEST(Reductions, what_is_not_nan) {
  EXPECT_EQ(nansum(Tensor{1, NAN, 2}).item(), 3);
  EXPECT_EQ(nanmean(Tensor{1, NAN, 2}).item(), 1.5);
  EXPECT_TRUE(is_nan(nanmean(Tensor{NAN})));
  EXPECT_EQ(gradient([](const Tensor& z) { return nanmean(z); }, Tensor{1, NAN, 2, 5}), (Numbers{1.0f / 3, 0, 1.0f / 3, 1.0f / 3}));
  EXPECT_EQ(nansum(Tensor({1, 2}, Dtype::i32)).dtype(), Dtype::i64);
}

TEST(Scans, sums_and_products) {
  EXPECT_EQ(cumsum(Tensor{{1, 2}, {3, 4}}, 0).to_vector(), (Numbers{1, 2, 4, 6}));
  EXPECT_EQ(cumsum(Tensor({1, 1, 1}, Dtype::boolean)).to_vector(), (Numbers{1, 2, 3}));
  EXPECT_EQ(cumsum(Tensor({200, 200}, Dtype::u8)).to_vector(), (Numbers{200, 400}));
  EXPECT_EQ(cumprod(Tensor{2, 0, 3}).to_vector(), (Numbers{2, 0, 0}));
  EXPECT_EQ(cumprod(Tensor{inf, 2}).to_vector(), (Numbers{inf, inf}));
  EXPECT_EQ(gradient([](const Tensor& z) { return cumprod(z); }, Tensor({2, 0, 3, 5}, Dtype::f64)), (Numbers{1, 2 + 6 + 30, 0, 0}));
  EXPECT_EQ(cumsum(Tensor::ones({20'000'001}))[-1].item(), 20'000'001 - 1);  // f32: carried exactly, rounded once
  const Tensor big = Tensor::full({3}, 9223372036854775807.0, Dtype::i64);
  EXPECT_EQ(cumsum(big).to_vector()[1], -2);  // wraps
}

TEST(Scans, linear_recurrence) {
  EXPECT_EQ(linear_scan(2, Tensor{1, 1, 1}).to_vector(), (Numbers{1, 3, 7}));
  EXPECT_EQ(linear_scan(2, Tensor{1, 1, 1}, -1, true).to_vector(), (Numbers{7, 3, 1}));
  EXPECT_EQ(linear_scan(Tensor{NAN, 2}, Tensor{1, 1}).to_vector(), (Numbers{1, 3}));  // nothing comes before the first
  // Wider than a group of lanes, along every axis, against one step after the other.
  const Tensor a = Tensor::randn({5, 7, 150}, Dtype::f64), b = Tensor::randn({5, 7, 150}, Dtype::f64);
  for (std::int64_t axis = 0; axis < 3; ++axis) {
    Tensors steps;
    const Tensors factors = unbind(a, axis), terms = unbind(b, axis);
    for (std::size_t i = 0; i < terms.size(); ++i) steps.push_back(i ? factors[i] * steps[i - 1] + terms[i] : terms[i]);
    EXPECT_EQ(linear_scan(a, b, axis).to_vector(), stack(steps, axis).to_vector()) << axis;
  }
}

TEST(Scans, extremes) {
  const Tensor x{3, 1, 3, NAN, 5, NAN};
  EXPECT_EQ(cumargmax(x).to_vector(), (Numbers{0, 0, 2, 3, 3, 5}));  // the last of equals, as in PyTorch
  EXPECT_EQ(cumargmin(x).to_vector(), (Numbers{0, 1, 1, 3, 3, 5}));
  EXPECT_EQ((cummax(x)[{0, 3}].to_vector()), (Numbers{3, 3, 3}));
  EXPECT_TRUE(std::isnan(cummax(x).to_vector()[4]));
  EXPECT_EQ(cummin(Tensor({2, 1, 3}, Dtype::u8)).to_vector(), (Numbers{2, 1, 1}));
  EXPECT_EQ(gradient([](const Tensor& z) { return cummax(z); }, Tensor{1, 3, 2, 4}), (Numbers{1, 2, 0, 1}));
}

}  // namespace
}  // namespace gradus
