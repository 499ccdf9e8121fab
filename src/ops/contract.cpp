#include <fmt/format.h>
#include <gradus/ops.hpp>

#include "batched.hpp"

namespace gradus::ops {

Spec Matmul::shape(Inputs x) const {
  const Shape a = x[0].shape(), b = x[1].shape();
  if (a.size() < 2 || b.size() < 2) {
    fail<ShapeError>(name, fmt::format("needs at least two axes each: a is {}, b is {}", to_string(a), to_string(b)), "use unsqueeze to make a vector a row or a column");
  }
  const std::size_t ra = a.size(), rb = b.size();
  if (a[ra - 1] != b[rb - 2]) {
    std::string hint;
    if (a[ra - 1] == b[rb - 1]) hint = "did you mean matmul(a, T(b))?";
    else if (a[ra - 2] == b[rb - 2]) hint = "did you mean matmul(T(a), b)?";
    fail<ShapeError>(name, fmt::format("inner sizes differ: a is {}, b is {}; {} must equal {}", to_string(a), to_string(b), a[ra - 1], b[rb - 2]), hint);
  }
  const auto leading = [](const Shape& s) { return Dims(s.data(), s.size() - 2); };
  Spec out{broadcast(name, leading(a), leading(b)), promote(x[0].dtype(), x[1].dtype())};
  if (out.dtype < Dtype::i64) out.dtype = Dtype::i64;
  out.shape.push_back(a[ra - 2]);
  out.shape.push_back(b[rb - 1]);
  checked_numel(name, out.shape, out.dtype);
  return out;
}

TensorSet Matmul::reads(TensorSet need) const {
  return (need.has_input(0) ? TensorSet::input(1) : TensorSet{}) | (need.has_input(1) ? TensorSet::input(0) : TensorSet{});
}

Tensors Matmul::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  Tensors grads(2);
  // A 2-d operand against a stack of matrices: one product over all rows at once, instead of a stack that is then summed.
  const auto rows = [](const Tensor& t) { return reshape(t, {-1, t.size(-1)}); };
  const bool folds = x[1].rank() == 2 && x[0].rank() > 2 && g.numel() > 0 && x[0].numel() > 0;
  if (need.has_input(0)) grads[0] = sum_to(matmul(g, T(x[1])), x[0].spec());
  if (need.has_input(1)) grads[1] = folds ? cast(matmul(T(rows(x[0])), rows(g)), x[1].dtype()) : sum_to(matmul(T(x[0]), g), x[1].spec());
  return grads;
}

Tensor Matmul::batched(Inputs x, TensorSet which, std::int64_t) const {
  const Tensors all = aligned(x, which);
  return matmul(all[0], all[1]);
}
std::vector<Case> Matmul::cases() {
  const auto op = make_op(Matmul{});
  return {{op, {{{2, 3}}, {{3, 4}}}},       {op, {{{1, 3}}, {{3, 1}}}},       {op, {{{2, 2, 3}}, {{3, 2}}}}, {op, {{{2, 3}}, {{2, 3, 2}}}},
          {op, {{{2, 1, 2, 3}}, {{3, 3, 2}}}}, {op, {{{2, 0}}, {{0, 3}}}}, {op, {{{0, 3}}, {{3, 2}}}},   {op, {{{5, 7}}, {{7, 5}}}}};
}

GRADUS_CONTRACT_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor matmul(const Tensor& a, const Tensor& b) { return apply<ops::Matmul>(a, b); }

}  // namespace gradus
