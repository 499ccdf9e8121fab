// Derivatives: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008), 2.2.
#include <Eigen/LU>
#include <fmt/format.h>

#include "linalg/eigen.hpp"

namespace gradus::ops {
namespace {

constexpr auto singular = "is singular";
constexpr auto invert = "it has no inverse; svd works for every matrix";

Shape solution(std::string_view op, const Tensor& a, const Shape& b) {
  const Shape sizes = a.shape();
  if (b[b.size() - 2] != a.size(-1)) fail<ShapeError>(std::string(op), fmt::format("a {} has {} columns, b {} has {} rows; they must be equal", to_string(sizes), a.size(-1), to_string(b), b[b.size() - 2]));
  Shape out = broadcast(op, Dims(sizes).first(sizes.size() - 2), Dims(b).first(b.size() - 2));
  out.push_back(b[b.size() - 2]);
  out.push_back(b[b.size() - 1]);
  return out;
}

// Whether b of `solve` is one vector, or one for each matrix of a (`first`: the axis where an example begins).
bool of_vectors(const Tensor& a, const Tensor& b, bool a_examples = false, bool b_examples = false) {
  const Shape sa = a.shape(), sb = b.shape();
  const Dims ours = Dims(sa).subspan(a_examples), theirs = Dims(sb).subspan(b_examples);
  if (theirs.size() == 1) return true;
  return ours.size() == theirs.size() + 1 && std::equal(theirs.begin(), theirs.end(), ours.begin());
}
Tensor column(const Tensor& x, bool vectors) { return vectors ? unsqueeze(x, -1) : x; }
// `solve` of matrices, whatever their sizes look like.
Tensor solve_matrices(const Tensor& a, Tensor b) {
  while (b.rank() < a.rank()) b = unsqueeze(b, 0);
  return solve(a, b);
}
Tensor uncolumn(const Tensor& x, bool vectors) { return vectors ? squeeze(x, -1) : x; }

}  // namespace

Spec SolveTriangular::shape(Inputs x) const {
  const Dtype dtype = floating(promote(square(name, x[0]).dtype, matrices(name, x[1]).dtype));
  return {solution(name, x[0], x[1].shape()), dtype};
}
void SolveTriangular::compute(Array& y, Inputs x) const {
  const Shape batch = leading(Tensor(Ref<Array>(&y)).shape());
  const std::int64_t n = x[1].size(-2), k = x[1].size(-1);
  const Tensor a = plain(x[0], batch, y.dtype()), b = plain(x[1], batch, y.dtype());
  if (y.numel() == 0) return;
  each_matrix(name, y, batch, n, "has a zero on its diagonal", "a triangular matrix with one is singular", [&](auto zero, std::int64_t i) {
    using E = decltype(zero);
    const auto m = matrix<E>(a, i);
    if (!unit && (m.diagonal().array() == 0).any()) return false;
    auto out = result<E>(y, i, n, k);
    out = matrix<E>(b, i);
    const auto go = [&](const auto& op) {
      if (upper != transposed) unit ? op.template triangularView<Eigen::UnitUpper>().solveInPlace(out) : op.template triangularView<Eigen::Upper>().solveInPlace(out);
      else unit ? op.template triangularView<Eigen::UnitLower>().solveInPlace(out) : op.template triangularView<Eigen::Lower>().solveInPlace(out);
    };
    if (transposed) go(m.transpose());
    else go(m);
    return true;
  });
}
TensorSet SolveTriangular::reads(TensorSet need) const { return TensorSet::input(0) | (need.has_input(0) ? TensorSet{TensorSet::output} : TensorSet{}); }
Tensors SolveTriangular::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const {
  const Tensor gb = apply(SolveTriangular{upper, unit, !transposed}, x[0], g);
  Tensors grads(2);
  if (need.has_input(0)) {
    const Tensor ga = transposed ? matmul(y, T(gb)) : matmul(gb, T(y));
    grads[0] = sum_to(-triangle(ga, upper, unit), x[0].spec());
  }
  if (need.has_input(1)) grads[1] = sum_to(gb, x[1].spec());
  return grads;
}
Tensor SolveTriangular::jvp(Inputs x, const Tensor& y, Inputs t) const {
  Tensor right = t[1];
  if (t[0].defined()) {
    const Tensor da = triangle(t[0], upper, unit), part = matmul(transposed ? T(da) : da, y);
    right = right.defined() ? right - part : -part;
  }
  return right.defined() ? apply(*this, x[0], right) : right;
}
Tensor SolveTriangular::batched(Inputs x, TensorSet which, std::int64_t) const {
  const Tensors all = aligned(x, which);
  return apply(*this, all[0], all[1]);
}
std::vector<Case> SolveTriangular::cases() {
  const auto a = [](Shape shape) { return CaseInput{.shape = std::move(shape), .domain = {-1, 1}, .prepare = &with_diagonal}; };
  return {{make_op(SolveTriangular{}), {a({3, 3}), {{3, 2}}}},
          {make_op(SolveTriangular{.upper = true, .transposed = true}), {a({2, 3, 3}), {{3, 1}}}},
          {make_op(SolveTriangular{.upper = true, .unit = true}), {a({2, 2}), {{3, 2, 2}}}},
          {make_op(SolveTriangular{.unit = true, .transposed = true}), {a({3, 3}), {{3, 2}}}},
          {make_op(SolveTriangular{}), {a({0, 0}), {{0, 2}}}}};
}

Spec Solve::shape(Inputs x) const {
  const Dtype dtype = floating(promote(square(name, x[0]).dtype, floating(x[1].dtype())));
  const bool vectors = x[1].rank() > 0 && of_vectors(x[0], x[1]);
  if (x[1].rank() == 0) fail<ShapeError>(name, "b is 0-d; it must be a vector or matrices");
  Shape b = x[1].shape();
  if (vectors) b.push_back(1);
  Shape out = solution(name, x[0], b);
  if (vectors) out.pop_back();
  return {out, dtype};
}
void Solve::compute(Array& y, Inputs x) const {
  const Recording off(false);
  const Tensor right = column(x[1], of_vectors(x[0], x[1]));
  const Shape batch = leading(solution(name, x[0], right.shape()));
  const std::int64_t n = right.size(-2), k = right.size(-1);
  const Tensor a = plain(x[0], batch, y.dtype()), b = plain(right, batch, y.dtype());
  if (y.numel() == 0) return;
  each_matrix(name, y, batch, n, singular, invert, [&](auto zero, std::int64_t i) {
    using E = decltype(zero);
    const Eigen::PartialPivLU<Matrix<E>> lu(matrix<E>(a, i));
    if ((lu.matrixLU().diagonal().array() == 0).any()) return false;
    result<E>(y, i, n, k) = lu.solve(matrix<E>(b, i));
    return true;
  });
}
TensorSet Solve::reads(TensorSet need) const { return TensorSet::input(0) | (need.has_input(0) ? TensorSet{TensorSet::output} : TensorSet{}); }
Tensors Solve::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const {
  const bool vectors = of_vectors(x[0], x[1]);
  const Tensor gb = solve_matrices(T(x[0]), column(g, vectors));
  Tensors grads(2);
  if (need.has_input(0)) grads[0] = sum_to(-matmul(gb, T(column(y, vectors))), x[0].spec());
  if (need.has_input(1)) grads[1] = sum_to(uncolumn(gb, vectors), x[1].spec());
  return grads;
}
Tensor Solve::jvp(Inputs x, const Tensor& y, Inputs t) const {
  const bool vectors = of_vectors(x[0], x[1]);
  Tensor right = t[1].defined() ? column(t[1], vectors) : t[1];
  if (t[0].defined()) {
    const Tensor part = matmul(t[0], column(y, vectors));
    right = right.defined() ? right - part : -part;
  }
  return right.defined() ? uncolumn(solve_matrices(x[0], right), vectors) : right;
}
Tensor Solve::batched(Inputs x, TensorSet which, std::int64_t) const {
  const bool vectors = of_vectors(x[0], x[1], which.has_input(0), which.has_input(1));
  const Tensor operands[] = {x[0], column(x[1], vectors)};
  const Tensors all = aligned(operands, which);
  return uncolumn(solve_matrices(all[0], all[1]), vectors);
}
std::vector<Case> Solve::cases() {
  const auto op = make_op(Solve{});
  const auto a = [](Shape shape) { return CaseInput{.shape = std::move(shape), .domain = {-1, 1}, .prepare = &with_diagonal}; };
  return {{op, {a({3, 3}), {{3, 2}}}}, {op, {a({2, 2, 2}), {{2, 3}}}}, {op, {a({3, 3}), {{3}}}}, {op, {a({2, 3, 3}), {{2, 3}}}}, {op, {a({2, 2}), {{3, 2, 1}}}}, {op, {a({0, 0}), {{0, 2}}}}};
}

Spec Inv::shape(Inputs x) const { return square(name, x[0]); }
void Inv::compute(Array& y, Inputs x) const {
  const Shape batch = leading(x[0].shape());
  const std::int64_t n = x[0].size(-1);
  const Tensor a = plain(x[0], batch, y.dtype());
  if (y.numel() == 0) return;
  each_matrix(name, y, batch, n, singular, invert, [&](auto zero, std::int64_t i) {
    using E = decltype(zero);
    const Eigen::PartialPivLU<Matrix<E>> lu(matrix<E>(a, i));
    if ((lu.matrixLU().diagonal().array() == 0).any()) return false;
    result<E>(y, i, n, n) = lu.inverse();
    return true;
  });
}
TensorSet Inv::reads(TensorSet) const { return {TensorSet::output}; }
Tensors Inv::vjp(Inputs, const Tensor& y, const Tensor& g, TensorSet) const { return {-matmul(matmul(T(y), g), T(y))}; }
Tensor Inv::jvp(Inputs, const Tensor& y, Inputs t) const { return -matmul(matmul(y, t[0]), y); }
Tensor Inv::batched(Inputs x, TensorSet, std::int64_t) const { return inv(x[0]); }
std::vector<Case> Inv::cases() {
  const auto op = make_op(Inv{});
  const auto a = [](Shape shape) { return CaseInput{.shape = std::move(shape), .domain = {-1, 1}, .prepare = &with_diagonal}; };
  return {{op, {a({3, 3})}}, {op, {a({2, 2, 2})}}, {op, {a({1, 1})}}, {op, {a({2, 0, 0})}}};
}

GRADUS_MAKE_OP(SolveTriangular)
GRADUS_MAKE_OP(Solve)
GRADUS_MAKE_OP(Inv)

}  // namespace gradus::ops
