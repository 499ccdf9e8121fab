// Derivatives: M. Seeger et al., "Auto-differentiating linear algebra", arXiv:1710.08717 (2017), 4.3; of wide matrices: D. Roberts and
// L. Roberts, "QR and LQ decomposition matrix backpropagation algorithms for square, wide, and deep matrices", arXiv:2009.10071 (2020).
#include <Eigen/QR>
#include <fmt/format.h>

#include "linalg/eigen.hpp"

namespace gradus::ops {
namespace {

// y, or what flows back into it, in parts. The packed matrix has m + n rows.
struct Parts {
  Tensor q, r;
  Parts(const Tensor& packed, std::int64_t m) : q(rows(packed, 0, m)), r(T(rows(packed, m, INT64_MAX))) {}
};

// The columns of q beyond those of x could be any; nothing says how they turn.
void check_unique(const std::string& mode, const Tensor& x) {
  if (mode != "complete" || x.size(-2) <= x.size(-1)) return;
  fail<GradError>("qr", fmt::format("the complete q of {} has no derivative: its last {} columns are not unique", to_string(x.shape()), x.size(-2) - x.size(-1)),
                  "take mode = reduced");
}

}  // namespace

Spec Qr::shape(Inputs x) const {
  const Spec spec = matrices(name, x[0]);
  if (mode != "reduced" && mode != "complete") fail<ValueError>(name, "mode is '" + mode + "'; it must be reduced or complete");
  const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
  Shape out = leading(spec.shape);
  out.push_back(m + n);
  out.push_back(mode == "complete" ? m : std::min(m, n));
  return {out, spec.dtype};
}
void Qr::compute(Array& y, Inputs x) const {
  if (y.dtype() != Dtype::f64) return compute_in_double(make_op(*this), y, x[0]);
  const Shape batch = leading(x[0].shape());
  const std::int64_t m = x[0].size(-2), n = x[0].size(-1), k = y.shape().back();
  const Tensor a = plain(x[0], batch, y.dtype());
  if (y.numel() == 0) return;
  each_example(name, batch, std::max(m, n), "", "", [&](std::int64_t i) {
    auto out = result<double>(y, i, m + n, k);
    out.setZero();
    if (n == 0) {
      out.topRows(m).setIdentity();
      return true;
    }
    const Eigen::HouseholderQR<Matrix<double>> qr(matrix<double>(a, i));
    Matrix<double> q = Matrix<double>::Identity(m, k);
    q.applyOnTheLeft(qr.householderQ());
    out.topRows(m) = q;
    const std::int64_t full = std::min(m, n);
    const Matrix<double> r = qr.matrixQR().topRows(full).template triangularView<Eigen::Upper>();
    out.bottomRows(n).leftCols(full) = r.transpose();
    return true;
  });
}

TensorSet Qr::reads(TensorSet) const { return {TensorSet::output}; }
Tensors Qr::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet) const {
  check_unique(mode, x[0]);
  const std::int64_t m = x[0].size(-2), n = x[0].size(-1), k = std::min(m, n);
  const auto [q, r] = Parts(y, m);
  const auto [gq, gr] = Parts(g, m);
  // x = [a, b] with b beyond the square: b = q v only turns with q.
  const Tensor u = columns(r, 0, k), gu = columns(gr, 0, k);
  const Tensor v = columns(r, k, n), gv = columns(gr, k, n);
  const Tensor turn = n > k ? gq + matmul(matmul(q, v), T(gv)) : gq;
  const Tensor inner = matmul(u, T(gu)) - matmul(T(turn), q);
  const Tensor below = triangle(inner, false, true);
  const Tensor ga = T(solve_triangular(u, T(turn + matmul(q, triangle(inner, false) + T(below))), true));
  return {n > k ? concat({ga, matmul(q, gv)}, -1) : ga};
}
Tensor Qr::jvp(Inputs x, const Tensor& y, Inputs t) const {
  check_unique(mode, x[0]);
  const std::int64_t m = x[0].size(-2), n = x[0].size(-1);
  const auto [q, r] = Parts(y, m);
  const std::int64_t k = std::min(m, n);
  const Tensor w = T(solve_triangular(columns(r, 0, k), T(columns(t[0], 0, k)), true, false, true));
  const Tensor c = matmul(T(q), w), below = triangle(c, false, true), turn = below - T(below);
  const Tensor dq = matmul(q, turn) + w - matmul(q, c), dr = matmul(T(q), t[0]) - matmul(turn, r);
  return concat({dq, T(triangle(dr, true))}, -2);
}
Tensor Qr::batched(Inputs x, TensorSet, std::int64_t) const { return apply(*this, x[0]); }

std::vector<Case> Qr::cases() {
  const auto reduced = make_op(Qr{}), complete = make_op(Qr{"complete"});
  const auto of = [](Shape shape) { return CaseInput{.shape = std::move(shape), .domain = {-1, 1}, .prepare = &with_diagonal}; };
  return {{reduced, {of({3, 3})}}, {reduced, {of({2, 4, 2})}}, {reduced, {of({2, 4})}}, {complete, {of({2, 3})}}, {reduced, {of({3, 0})}}, {complete, {of({0, 2, 2})}}};
}

GRADUS_MAKE_OP(Qr)

}  // namespace gradus::ops
