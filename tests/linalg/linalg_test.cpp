// The operations on matrices: what a decomposition must fulfil, edges, and messages. Derivatives are checked from the list of operations.
#ifdef GRADUS_LINALG
#include <gradus/autodiff.hpp>
#include <gradus/linalg.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus {
namespace {

Tensor random(const Shape& shape) { return Tensor::randn(shape, Dtype::f64); }
Tensor identity(std::int64_t n) {
  const Tensor at = Tensor::arange(n);
  return cast(unsqueeze(at, 1) == at, Dtype::f64);
}
double worst(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(to_string(a.shape()), to_string(b.shape()));
  return a.numel() ? max(abs(a - b)).item() : 0;
}
#define EXPECT_NEAR_TENSOR(a, b) EXPECT_LT(worst(a, b), 1e-11)

template <class E, class F>
void expect_message(F&& f, const std::string& text) {
  try {
    f();
    ADD_FAILURE() << "nothing was thrown; expected " << text;
  } catch (const E& error) {
    EXPECT_EQ(error.what(), text);
  }
}

TEST(Linalg, factors_multiply_to_the_matrix) {
  for (const Shape& shape : {Shape{5, 5}, {7, 3}, {3, 7}, {2, 3, 4, 2}, {1, 1}, {40, 40}}) {
    SCOPED_TRACE(to_string(shape));
    const Tensor x = random(shape);
    const auto [u, s, vh] = svd(x);
    EXPECT_NEAR_TENSOR(matmul(u * unsqueeze(s, -2), vh), x);
    for (const std::string mode : {"reduced", "complete"}) {
      const auto [q, r] = qr(x, mode);
      EXPECT_NEAR_TENSOR(matmul(q, r), x);
      EXPECT_NEAR_TENSOR(matmul(T(q), q), expand(identity(q.size(-1)), matmul(T(q), q).shape()));
    }
    const Tensor square = matmul(x, T(x)) + identity(shape[shape.size() - 2]);
    const Tensor l = cholesky(square), u2 = cholesky(square, true);
    EXPECT_NEAR_TENSOR(matmul(l, T(l)), square);
    EXPECT_NEAR_TENSOR(u2, T(l));
    const auto [w, v] = eigh(square);
    EXPECT_NEAR_TENSOR(matmul(v * unsqueeze(w, -2), T(v)), square);
    EXPECT_NEAR_TENSOR(matmul(inv(square), square), expand(identity(square.size(-1)), square.shape()));
    EXPECT_NEAR_TENSOR(exp(logdet(square)) / det(square), Tensor::ones(det(square).shape(), Dtype::f64));
    EXPECT_NEAR_TENSOR(logdet(square), sum(log(w), -1));
  }
}

TEST(Linalg, singular_values_and_eigenvalues_are_in_order) {
  const Tensor x = random({6, 6}), s = svdvals(x), w = eigvalsh(x + T(x));
  for (std::int64_t i = 1; i < 6; ++i) {
    EXPECT_GE(s[i - 1].item(), s[i].item());
    EXPECT_LE(w[i - 1].item(), w[i].item());
  }
}

// There is no f32 code of decompositions: f32 goes through f64, rounded once.
TEST(Linalg, decompositions_of_f32_are_those_of_f64_rounded) {
  const Tensor x = cast(random({2, 5, 5}), Dtype::f32), wide = cast(x, Dtype::f64);
  const auto expect_rounded = [](const Tensor& single, const Tensor& exact) {
    EXPECT_EQ(single.dtype(), Dtype::f32);
    EXPECT_EQ(single.to_vector(), cast(exact, Dtype::f32).to_vector());
  };
  expect_rounded(svd(x).u, svd(wide).u);
  expect_rounded(svd(T(x)).vh, svd(T(wide)).vh);
  expect_rounded(qr(x).r, qr(wide).r);
  expect_rounded(eigh(x).vectors, eigh(wide).vectors);
  expect_rounded(apply<ops::Cofactor>(x), apply<ops::Cofactor>(wide));
  const Tensor broken = concat({x, Tensor::full({1, 5, 5}, NAN)}, 0);
  expect_message<ValueError>([&] { svd(broken); }, "[svd] matrix [2] of the batch [3] holds a NaN or an infinity");
}

TEST(Linalg, solve_takes_vectors_and_batches) {
  const Tensor a = random({4, 3, 3}) + 5 * identity(3);
  const Tensor matrices = random({3, 2}), vector = random({3}), vectors = random({4, 3});
  EXPECT_NEAR_TENSOR(matmul(a, solve(a, matrices)), expand(matrices, {4, 3, 2}));
  EXPECT_NEAR_TENSOR(squeeze(matmul(a, unsqueeze(solve(a, vector), -1)), -1), expand(vector, {4, 3}));
  EXPECT_NEAR_TENSOR(squeeze(matmul(a, unsqueeze(solve(a, vectors), -1)), -1), vectors);
}

// One matrix for all examples, and one right side for all: sizes that look like a batch of vectors must not be taken for one.
TEST(Linalg, solve_under_vmap_knows_its_axes) {
  const Tensor a = random({2, 2, 2}) + 5 * identity(2), b = random({2, 2});
  const Tensor all = vmap([&](const Tensor& each) { return solve(each, b); })(a);
  EXPECT_NEAR_TENSOR(all, stack({solve(a[0], b), solve(a[1], b)}));
}

TEST(Linalg, solve_triangular_reads_one_triangle) {
  const Tensor a = random({3, 3}) + 4 * identity(3), b = random({3, 2});
  const Tensor at = Tensor::arange(3), low = cast(unsqueeze(at, 1) >= at, Dtype::f64) * a, high = cast(unsqueeze(at, 1) <= at, Dtype::f64) * a;
  EXPECT_NEAR_TENSOR(matmul(low, solve_triangular(a, b, false)), b);
  EXPECT_NEAR_TENSOR(matmul(high, solve_triangular(a, b, true)), b);
  EXPECT_NEAR_TENSOR(matmul(T(low), solve_triangular(a, b, false, false, true)), b);
  const Tensor strict = low - low * identity(3) + identity(3);
  EXPECT_NEAR_TENSOR(matmul(strict, solve_triangular(a, b, false, true)), b);
}

TEST(Linalg, determinants_of_singular_matrices) {
  const Tensor one{{{1, 2}, {2, 4}}, Dtype::f64};
  EXPECT_NEAR(det(one).item(), 0, 1e-15);
  EXPECT_NEAR_TENSOR(grad([](const Tensor& x) { return det(x); })(one), (Tensor{{{4, -2}, {-2, 1}}, Dtype::f64}));
  EXPECT_EQ(slogdet(one).sign.item(), 0);
  EXPECT_EQ(logdet(one).item(), -INFINITY);
  EXPECT_TRUE(std::isnan(logdet(Tensor{{{0, 1}, {1, 0}}, Dtype::f64}).item()));
  EXPECT_EQ(det(Tensor::zeros({3, 3}, Dtype::f64)).item(), 0);
  EXPECT_NEAR_TENSOR(grad([](const Tensor& x) { return det(x); })(Tensor::zeros({3, 3}, Dtype::f64)), Tensor::zeros({3, 3}, Dtype::f64));
  EXPECT_EQ(det(Tensor::zeros({0, 0})).item(), 1);
}

TEST(Linalg, equal_singular_values_have_finite_gradients) {
  const auto slope = grad([](const Tensor& x) { return sum(svdvals(x)); });
  EXPECT_NEAR_TENSOR(slope(identity(3)), identity(3));
  const auto energy = grad([](const Tensor& x) { return sum(square(eigvalsh(x))); });
  EXPECT_NEAR_TENSOR(energy(identity(3)), 2 * identity(3));
}

TEST(Linalg, integers_and_halves_are_computed_in_f32) {
  EXPECT_EQ(det(Tensor{{{1, 2}, {3, 4}}, Dtype::i64}).dtype(), Dtype::f32);
  EXPECT_NEAR(det(Tensor{{{1, 2}, {3, 4}}, Dtype::i64}).item(), -2, 1e-6);
  EXPECT_EQ(inv(cast(identity(2), Dtype::bf16)).dtype(), Dtype::bf16);
  EXPECT_EQ(solve(Tensor{{{2, 0}, {0, 2}}, Dtype::i64}, Tensor{{1, 2}, Dtype::f64}).dtype(), Dtype::f64);
}

TEST(Linalg, wrong_calls_say_which_matrix) {
  const Tensor good = identity(2), bad = Tensor::zeros({2, 2}, Dtype::f64);
  const Tensor batch = stack({good, bad, bad});
  expect_message<ValueError>([&] { inv(bad); }, "[inv] the matrix is singular. Hint: it has no inverse; svd works for every matrix");
  expect_message<ValueError>([&] { inv(batch); }, "[inv] matrix [1] of the batch [3] is singular. Hint: it has no inverse; svd works for every matrix");
  expect_message<ValueError>([&] { solve(unsqueeze(batch, 0), good); }, "[solve] matrix [0, 1] of the batch [1, 3] is singular. Hint: it has no inverse; svd works for every matrix");
  expect_message<ValueError>([&] { solve_triangular(batch, good, true); }, "[solve_triangular] matrix [1] of the batch [3] has a zero on its diagonal. Hint: a triangular matrix with one is singular");
  expect_message<ValueError>([&] { cholesky(-batch); }, "[cholesky] matrix [0] of the batch [3] is not positive definite. Hint: x + eps * identity, with a small eps, often is");
  const Tensor nan = Tensor::full({2, 2}, NAN, Dtype::f64);
  expect_message<ValueError>([&] { cholesky(nan); }, "[cholesky] the matrix is not positive definite. Hint: x + eps * identity, with a small eps, often is");
  expect_message<ValueError>([&] { svd(stack({good, nan})); }, "[svd] matrix [1] of the batch [2] holds a NaN or an infinity");
  expect_message<ValueError>([&] { eigh(nan); }, "[eigh] the matrix holds a NaN or an infinity");
  EXPECT_TRUE(std::isnan(det(nan).item()));
  EXPECT_TRUE(std::isnan(inv(nan)[0][0].item()));
}

TEST(Linalg, wrong_shapes_are_named) {
  expect_message<ShapeError>([] { inv(Tensor::zeros({3})); }, "[inv] needs at least two axes, the rows and columns of matrices; the tensor is [3]");
  expect_message<ShapeError>([] { det(Tensor::zeros({2, 3})); }, "[det] needs square matrices; the tensor is [2, 3]: 2 rows, 3 columns");
  expect_message<ShapeError>([] { logdet(Tensor::zeros({2, 3})); }, "[logdet] needs square matrices; the tensor is [2, 3]: 2 rows, 3 columns");
  expect_message<ShapeError>([] { solve(Tensor::zeros({2, 2}), Tensor::zeros({3, 1})); }, "[solve] a [2, 2] has 2 columns, b [3, 1] has 3 rows; they must be equal");
  expect_message<ShapeError>([] { solve(Tensor::zeros({2, 2}), Tensor(1.0)); }, "[solve] b is 0-d; it must be a vector or matrices");
  expect_message<ShapeError>([] { solve_triangular(Tensor::zeros({2, 2}), Tensor::zeros({2}), true); }, "[solve_triangular] needs at least two axes, the rows and columns of matrices; the tensor is [2]");
  expect_message<ValueError>([] { qr(Tensor::zeros({2, 2}), "full"); }, "[qr] mode is 'full'; it must be reduced or complete");
}

TEST(Linalg, a_complete_qr_of_a_tall_matrix_has_no_derivative) {
  const Tensor x = random({3, 2});
  expect_message<GradError>([&] { grad([](const Tensor& t) { return sum(qr(t, "complete").q); })(x); },
                            "[qr] the complete q of [3, 2] has no derivative: its last 1 columns are not unique. Hint: take mode = reduced");
}

}  // namespace
}  // namespace gradus
#endif
