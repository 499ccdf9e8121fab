// Derivatives: M. Giles, "Collected matrix derivative results ..." (2008), 2.2.4: that of det(A) is det(A) A^-T, which are the
// cofactors of A. These are polynomials, so they exist where A^-T does not.
#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "linalg/eigen.hpp"

namespace gradus::ops {
namespace {

Tensor like_matrix(const Tensor& x) { return unsqueeze(unsqueeze(x, -1), -1); }  // [...] -> [..., 1, 1]
Tensor dot_of_matrices(const Tensor& a, const Tensor& b) { return sum(a * b, {-2, -1}); }

// det(A) = det(U) det(V) prod(s), and the cofactors are det(U) det(V) U diag(product of all other s) T(V).
Factors cofactors(const Factors& a) {
  Factors u, v;
  Eigen::VectorXd s;
  decompose(a, u, s, v);
  Eigen::VectorXd others = s;
  for (Eigen::Index i = 0; i < s.size(); ++i) {
    others[i] = 1;
    for (Eigen::Index j = 0; j < s.size(); ++j) others[i] *= j == i ? 1 : s[j];
  }
  const auto turns = [](const Factors& m) { return Eigen::PartialPivLU<Matrix<double>>(m).determinant() < 0; };
  const double sign = turns(u) != turns(v) ? -1 : 1;
  return sign * u * others.asDiagonal() * v.transpose();
}

std::vector<Case> determinant_cases(const Ref<const Op>& op) {
  const auto of = [](Shape shape) { return CaseInput{.shape = std::move(shape), .domain = {-1, 1}, .prepare = &with_diagonal}; };
  return {{op, {of({3, 3})}}, {op, {of({2, 2, 2})}}, {op, {of({1, 1})}}, {op, {of({0, 2, 2})}}, {op, {of({2, 0, 0})}}};
}

}  // namespace

Spec Det::shape(Inputs x) const {
  const Spec spec = square(name, x[0]);
  return {leading(spec.shape), spec.dtype};
}
void Det::compute(Array& y, Inputs x) const {
  const Shape batch = leading(x[0].shape());
  const Tensor a = plain(x[0], batch, y.dtype());
  each_matrix(name, y, batch, a.size(-1), "", "", [&](auto zero, std::int64_t i) {
    using E = decltype(zero);
    result<E>(y, i, 1, 1)(0, 0) = a.size(-1) ? Eigen::PartialPivLU<Matrix<E>>(matrix<E>(a, i)).determinant() : E(1);
    return true;
  });
}
TensorSet Det::reads(TensorSet) const { return TensorSet::input(0); }
Tensors Det::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const { return {like_matrix(g) * apply<Cofactor>(x[0])}; }
Tensor Det::jvp(Inputs x, const Tensor&, Inputs t) const { return dot_of_matrices(apply<Cofactor>(x[0]), t[0]); }
Tensor Det::batched(Inputs x, TensorSet, std::int64_t) const { return det(x[0]); }
std::vector<Case> Det::cases() { return determinant_cases(make_op(Det{})); }

Spec Cofactor::shape(Inputs x) const { return square(name, x[0]); }
void Cofactor::compute(Array& y, Inputs x) const {
  if (y.dtype() != Dtype::f64) return compute_in_double(make_op(*this), y, x[0]);
  const Shape batch = leading(x[0].shape());
  const std::int64_t n = x[0].size(-1);
  const Tensor a = plain(x[0], batch, y.dtype());
  if (y.numel() == 0) return;
  each_example(name, batch, n, "", "", [&](std::int64_t i) {
    const auto in = matrix<double>(a, i);
    if (in.allFinite()) result<double>(y, i, n, n) = cofactors(in);
    else result<double>(y, i, n, n).setConstant(std::numeric_limits<double>::quiet_NaN());
    return true;
  });
}
// With B = T(inv(x)): the derivative of det(x) B along dx is det(x) (tr(T(B) dx) B - B T(dx) B), which is its own adjoint.
TensorSet Cofactor::reads(TensorSet) const { return TensorSet::input(0) | TensorSet{TensorSet::output}; }
Tensors Cofactor::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet) const {
  const Tensor b = T(inv(x[0]));
  return {like_matrix(dot_of_matrices(y, g)) * b - matmul(matmul(y, T(g)), b)};
}
Tensor Cofactor::jvp(Inputs x, const Tensor& y, Inputs t) const { return vjp(x, y, t[0], {})[0]; }
Tensor Cofactor::batched(Inputs x, TensorSet, std::int64_t) const { return apply<Cofactor>(x[0]); }
std::vector<Case> Cofactor::cases() { return determinant_cases(make_op(Cofactor{})); }

Spec Slogdet::shape(Inputs x) const {
  const Spec spec = square(name, x[0]);
  Shape out = leading(spec.shape);
  out.push_back(2);
  return {out, spec.dtype};
}
void Slogdet::compute(Array& y, Inputs x) const {
  const Shape batch = leading(x[0].shape());
  const Tensor a = plain(x[0], batch, y.dtype());
  each_matrix(name, y, batch, a.size(-1), "", "", [&](auto zero, std::int64_t i) {
    using E = decltype(zero);
    E sign = 1, log = 0;
    if (a.size(-1)) {
      const Eigen::PartialPivLU<Matrix<E>> lu(matrix<E>(a, i));
      sign = static_cast<E>(lu.permutationP().determinant());
      for (const E pivot : lu.matrixLU().diagonal()) {
        log += std::log(std::abs(pivot));
        sign *= std::isnan(pivot) ? pivot : static_cast<E>((pivot > 0) - (pivot < 0));
      }
    }
    result<E>(y, i, 1, 2) << sign, log;
    return true;
  });
}
TensorSet Slogdet::reads(TensorSet) const { return TensorSet::input(0); }
Tensors Slogdet::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const { return {unsqueeze(columns(g, 1, 2), -1) * T(inv(x[0]))}; }
Tensor Slogdet::jvp(Inputs x, const Tensor&, Inputs t) const {
  const Tensor log = unsqueeze(dot_of_matrices(T(inv(x[0])), t[0]), -1);
  return concat({Tensor::zeros(log.shape(), log.dtype()), log}, -1);
}
Tensor Slogdet::batched(Inputs x, TensorSet, std::int64_t) const { return apply<Slogdet>(x[0]); }
std::vector<Case> Slogdet::cases() { return determinant_cases(make_op(Slogdet{})); }

Tensor Logdet::expand(Inputs x) const {
  square(name, x[0]);
  const auto [sign, log] = slogdet(x[0]);
  return where(sign < 0, Tensor::full({}, NAN, log.dtype()), log);
}
std::vector<Case> Logdet::cases() { return determinant_cases(make_op(Logdet{})); }

GRADUS_MAKE_OP(Det)
GRADUS_MAKE_OP(Cofactor)
GRADUS_MAKE_OP(Slogdet)
GRADUS_MAKE_OP(Logdet)

}  // namespace gradus::ops
