// Derivatives: I. Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527 (2016), section 4.
#include <Eigen/Cholesky>

#include "linalg/eigen.hpp"

namespace gradus::ops {

Spec Cholesky::shape(Inputs x) const { return square(name, x[0]); }

void Cholesky::compute(Array& y, Inputs x) const {
  const Shape batch = leading(x[0].shape());
  const std::int64_t n = x[0].size(-1);
  const Tensor a = plain(x[0], batch, y.dtype());
  if (y.numel() == 0) return;
  each_matrix(name, y, batch, n, "is not positive definite", "x + eps * identity, with a small eps, often is", [&](auto zero, std::int64_t i) {
    using E = decltype(zero);
    const auto in = matrix<E>(a, i);
    const Matrix<E> half = (in + in.transpose()) * E(0.5);
    const Eigen::LLT<Matrix<E>> llt(half);
    if (llt.info() != Eigen::Success || !half.allFinite()) return false;
    auto out = result<E>(y, i, n, n);
    if (upper) out = llt.matrixU();
    else out = llt.matrixL();
    return true;
  });
}

TensorSet Cholesky::reads(TensorSet) const { return {TensorSet::output}; }
Tensors Cholesky::vjp(Inputs, const Tensor& y, const Tensor& g, TensorSet) const {
  const Tensor l = upper ? T(y) : y, gl = upper ? T(g) : g;
  // T(L)^-1 P L^-1 with P the lower half of T(L) g; its symmetric part.
  const Tensor left = solve_triangular(l, half_triangle(matmul(T(l), gl)), false, false, true);
  return {symmetric(T(solve_triangular(l, T(left), false, false, true)))};
}
Tensor Cholesky::jvp(Inputs, const Tensor& y, Inputs t) const {
  const Tensor l = upper ? T(y) : y;
  const Tensor left = solve_triangular(l, symmetric(t[0]), false);
  const Tensor dl = matmul(l, half_triangle(solve_triangular(l, T(left), false)));
  return upper ? T(dl) : dl;
}
Tensor Cholesky::batched(Inputs x, TensorSet, std::int64_t) const { return apply(*this, x[0]); }

std::vector<Case> Cholesky::cases() {
  const auto of = [](Shape shape) { return CaseInput{.shape = std::move(shape), .domain = {-1, 1}, .prepare = &with_symmetry}; };
  return {{make_op(Cholesky{}), {of({3, 3})}}, {make_op(Cholesky{true}), {of({2, 3, 3})}}, {make_op(Cholesky{}), {of({1, 1})}}, {make_op(Cholesky{}), {of({2, 0, 0})}}};
}

GRADUS_MAKE_OP(Cholesky)

}  // namespace gradus::ops
