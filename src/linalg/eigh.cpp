// Derivatives: M. Giles, "Collected matrix derivative results ..." (2008), 3.1. Where two eigenvalues are equal their vectors may turn;
// nothing is said of that turn then.
#include <Eigen/Eigenvalues>

#include "linalg/eigen.hpp"

namespace gradus::ops {

Spec Eigh::shape(Inputs x) const {
  Spec spec = square(name, x[0]);
  ++spec.shape.back();
  return spec;
}
void Eigh::compute(Array& y, Inputs x) const {
  if (y.dtype() != Dtype::f64) return compute_in_double(make_op(*this), y, x[0]);
  const Shape batch = leading(x[0].shape());
  const std::int64_t n = x[0].size(-1);
  const Tensor a = plain(x[0], batch, y.dtype());
  if (y.numel() == 0) return;
  each_example(name, batch, n, "holds a NaN or an infinity", "", [&](std::int64_t i) {
    const auto in = matrix<double>(a, i);
    if (!in.allFinite()) return false;
    const Eigen::SelfAdjointEigenSolver<Factors> solver((in + in.transpose()) * 0.5);
    auto out = result<double>(y, i, n, n + 1);
    out.col(0) = solver.eigenvalues();
    const auto& v = solver.eigenvectors();
    out.rightCols(n) = v.array().rowwise() * signs(v);
    return true;
  });
}

TensorSet Eigh::reads(TensorSet) const { return {TensorSet::output}; }
Tensors Eigh::vjp(Inputs, const Tensor& y, const Tensor& g, TensorSet) const {
  const auto all = INT64_MAX;
  const Tensor w = squeeze(columns(y, 0, 1), -1), v = columns(y, 1, all), gw = squeeze(columns(g, 0, 1), -1), gv = columns(g, 1, all);
  return {symmetric(matmul(matmul(v, matmul(T(v), gv) * gaps(w) + on_diagonal(gw)), T(v)))};
}
Tensor Eigh::jvp(Inputs, const Tensor& y, Inputs t) const {
  const Tensor w = squeeze(columns(y, 0, 1), -1), v = columns(y, 1, INT64_MAX);
  const Tensor p = matmul(matmul(T(v), symmetric(t[0])), v);
  return concat({unsqueeze(diagonal_of(p), -1), matmul(v, p * gaps(w))}, -1);
}
Tensor Eigh::batched(Inputs x, TensorSet, std::int64_t) const { return apply<Eigh>(x[0]); }

std::vector<Case> Eigh::cases() {
  const auto op = make_op(Eigh{});
  const auto of = [](Shape shape) { return CaseInput{.shape = std::move(shape), .domain = {-0.5, 0.5}, .prepare = &with_symmetry}; };
  return {{op, {of({3, 3})}}, {op, {of({2, 2, 2})}}, {op, {of({1, 1})}}, {op, {of({2, 0, 0})}}, {op, {of({0, 2, 2})}}};
}

GRADUS_MAKE_OP(Eigh)

}  // namespace gradus::ops
