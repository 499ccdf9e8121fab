#include <gradus/ops/registry.hpp>

#include "linalg/parts.hpp"

namespace gradus {

Tensor cholesky(const Tensor& x, bool upper) { return apply(ops::Cholesky{upper}, x); }
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool unit, bool transposed) { return apply(ops::SolveTriangular{upper, unit, transposed}, a, b); }
Tensor solve(const Tensor& a, const Tensor& b) { return apply<ops::Solve>(a, b); }
Tensor inv(const Tensor& x) { return apply<ops::Inv>(x); }
Tensor det(const Tensor& x) { return apply<ops::Det>(x); }
Tensor logdet(const Tensor& x) { return apply<ops::Logdet>(x); }

SlogdetParts slogdet(const Tensor& x) {
  const Tensor y = apply<ops::Slogdet>(x);
  return {squeeze(slice(y, -1, {0, 1}), -1), squeeze(slice(y, -1, {1, 2}), -1)};
}
QrParts qr(const Tensor& x, const std::string& mode) {
  const Tensor y = apply(ops::Qr{mode}, x);
  const std::int64_t m = x.size(-2);
  return {ops::rows(y, 0, m), T(ops::rows(y, m, INT64_MAX))};
}
SvdParts svd(const Tensor& x) {
  const Tensor y = apply<ops::Svd>(x);
  const std::int64_t m = x.size(-2);
  return {ops::rows(y, 0, m), squeeze(ops::rows(y, m, m + 1), -2), T(ops::rows(y, m + 1, INT64_MAX))};
}
EighParts eigh(const Tensor& x) {
  const Tensor y = apply<ops::Eigh>(x);
  return {squeeze(ops::columns(y, 0, 1), -1), ops::columns(y, 1, INT64_MAX)};
}
Tensor svdvals(const Tensor& x) { return svd(x).s; }
Tensor eigvalsh(const Tensor& x) { return eigh(x).values; }

void linalg::add_to_registry() {
#define GRADUS_OP(S, ...) make_entry<ops::S>(),
  gradus::add_to_registry({GRADUS_LINALG_OPS(GRADUS_OP)});
#undef GRADUS_OP
}

}  // namespace gradus
