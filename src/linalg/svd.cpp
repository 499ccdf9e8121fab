// Derivatives: M. Giles, "Collected matrix derivative results ..." (2008), 3.2; J. Townsend, "Differentiating the singular value
// decomposition" (2016). Where two singular values are equal their vectors may turn; nothing is said of that turn then.
#include <Eigen/SVD>

#include "linalg/eigen.hpp"

namespace gradus::ops {
namespace {

struct Parts {
  Tensor u, s, v;
  Parts(const Tensor& packed, std::int64_t m) : u(rows(packed, 0, m)), s(squeeze(rows(packed, m, m + 1), -2)), v(rows(packed, m + 1, INT64_MAX)) {}
};
Tensor turn(const Tensor& x) { return x - T(x); }
Tensor beyond(const Tensor& q, const Tensor& x) { return x - matmul(q, matmul(T(q), x)); }  // what q does not span

}  // namespace

void decompose(const Factors& a, Factors& u, Eigen::VectorXd& s, Factors& v) {
  const Eigen::BDCSVD<Factors> svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  u = svd.matrixU(), s = svd.singularValues(), v = svd.matrixV();
}

Spec Svd::shape(Inputs x) const {
  const Spec spec = matrices(name, x[0]);
  const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
  Shape out = leading(spec.shape);
  out.push_back(m + 1 + n);
  out.push_back(std::min(m, n));
  return {out, spec.dtype};
}
void Svd::compute(Array& y, Inputs x) const {
  if (y.dtype() != Dtype::f64) return compute_in_double(make_op(*this), y, x[0]);
  const Shape batch = leading(x[0].shape());
  const std::int64_t m = x[0].size(-2), n = x[0].size(-1), k = std::min(m, n);
  const Tensor a = plain(x[0], batch, y.dtype());
  if (y.numel() == 0) return;
  each_example(name, batch, std::max(m, n), "holds a NaN or an infinity", "", [&](std::int64_t i) {
    const Factors in = matrix<double>(a, i);
    if (!in.allFinite()) return false;
    Factors u, v;
    Eigen::VectorXd values;
    decompose(in, u, values, v);
    auto out = result<double>(y, i, m + 1 + n, k);
    const auto sign = signs(u);
    out.topRows(m) = u.array().rowwise() * sign;
    out.row(m) = values.transpose();
    out.bottomRows(n) = v.array().rowwise() * sign;
    return true;
  });
}

TensorSet Svd::reads(TensorSet) const { return {TensorSet::output}; }
Tensors Svd::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet) const {
  const std::int64_t m = x[0].size(-2), n = x[0].size(-1), k = std::min(m, n);
  const auto [u, s, v] = Parts(y, m);
  const auto [gu, gs, gv] = Parts(g, m);
  const Tensor row = unsqueeze(s, -2), column = unsqueeze(s, -1), f = gaps(s * s);
  const Tensor inner = turn(matmul(T(u), gu)) * f * row + column * (turn(matmul(T(v), gv)) * f) + on_diagonal(gs);
  Tensor left = matmul(u, inner);
  if (m > k) left = left + beyond(u, gu) * inverse_of(row);
  Tensor out = matmul(left, T(v));
  if (n > k) out = out + matmul(u * inverse_of(row), T(beyond(v, gv)));
  return {out};
}
Tensor Svd::jvp(Inputs x, const Tensor& y, Inputs t) const {
  const std::int64_t m = x[0].size(-2), n = x[0].size(-1), k = std::min(m, n);
  const auto [u, s, v] = Parts(y, m);
  const Tensor row = unsqueeze(s, -2), column = unsqueeze(s, -1), f = gaps(s * s), av = matmul(t[0], v), au = matmul(T(t[0]), u);
  const Tensor p = matmul(T(u), av), scaled = p * row, other = column * p;
  Tensor du = matmul(u, f * (scaled + T(scaled))), dv = matmul(v, f * (other + T(other)));
  if (m > k) du = du + beyond(u, av) * inverse_of(row);
  if (n > k) dv = dv + beyond(v, au) * inverse_of(row);
  return concat({du, unsqueeze(diagonal_of(p), -2), dv}, -2);
}
Tensor Svd::batched(Inputs x, TensorSet, std::int64_t) const { return apply<Svd>(x[0]); }

std::vector<Case> Svd::cases() {
  const auto op = make_op(Svd{});
  const auto of = [](Shape shape) { return CaseInput{.shape = std::move(shape), .domain = {-0.5, 0.5}, .prepare = &with_diagonal}; };
  return {{op, {of({3, 3})}}, {op, {of({2, 3, 2})}}, {op, {of({2, 4})}}, {op, {of({1, 1})}}, {op, {of({3, 0})}}, {op, {of({0, 2, 2})}}};
}

GRADUS_MAKE_OP(Svd)

}  // namespace gradus::ops
