#include <fmt/format.h>
#include <gradus/ops.hpp>

#include <algorithm>

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
  if (!need.has_input(1)) return grads;
  const Tensor a = folds ? rows(x[0]) : x[0], slope = folds ? rows(g) : g;
  // The gradient of a transposed weight is made transposed, so that the weight's own lies in rows.
  const Dims steps = x[1].array().strides();
  const bool transposed = x[1].rank() == 2 && a.rank() == 2 && steps[0] == 1 && steps[1] > 1;
  const Tensor b = transposed ? T(matmul(T(slope), a)) : matmul(T(a), slope);
  grads[1] = folds ? cast(b, x[1].dtype()) : sum_to(b, x[1].spec());
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

Spec Addmm::shape(Inputs x) const {
  const Shape bias = x[0].shape(), a = x[1].shape(), b = x[2].shape();
  if (bias.size() != 1 || a.size() < 2 || b.size() != 2 || a.back() != b[0] || bias[0] != b[1]) {
    fail<ShapeError>(name, fmt::format("bias is {}, a is {}, b is {}; they must be [n], [..., m, k] and [k, n]", to_string(bias), to_string(a), to_string(b)));
  }
  Spec out = Matmul{}.shape(x.subspan(1));
  out.dtype = promote(out.dtype, x[0].dtype());
  return out;
}
Tensor Addmm::expand(Inputs x) const { return matmul(x[1], x[2]) + x[0]; }
std::vector<Case> Addmm::cases() {
  const auto op = make_op(Addmm{});
  return {{op, {{{4}}, {{2, 3}}, {{3, 4}}}}, {op, {{{2}}, {{2, 1, 3}}, {{3, 2}}}}, {op, {{{3}}, {{2, 0}}, {{0, 3}}}}, {op, {{{2}}, {{0, 3}}, {{3, 2}}}}};
}

Tensor Dot::expand(Inputs x) const {
  if (x[0].rank() != 1 || x[1].rank() != 1 || x[0].numel() != x[1].numel()) {
    fail<ShapeError>(name, fmt::format("needs two vectors of equal length: a is {}, b is {}", to_string(x[0].shape()), to_string(x[1].shape())),
                     x[0].rank() == 2 || x[1].rank() == 2 ? "matmul multiplies matrices" : "");
  }
  return reshape(matmul(unsqueeze(x[0], 0), unsqueeze(x[1], 1)), {});  // not sum(a * b): that rounds halves twice
}
std::vector<Case> Dot::cases() { return {{make_op(Dot{}), {{{5}, {0.5, 2}}, {{5}, {0.5, 2}}}}, {make_op(Dot{}), {{{1}}, {{1}}}}, {make_op(Dot{}), {{{0}}, {{0}}}}}; }

Tensor Outer::expand(Inputs x) const {
  if (x[0].rank() != 1 || x[1].rank() != 1) {
    fail<ShapeError>(name, fmt::format("needs two vectors: a is {}, b is {}", to_string(x[0].shape()), to_string(x[1].shape())), "flatten makes a tensor a vector");
  }
  return unsqueeze(x[0], 1) * x[1];
}
std::vector<Case> Outer::cases() { return {{make_op(Outer{}), {{{3}}, {{4}}}}, {make_op(Outer{}), {{{1}}, {{2}}}}, {make_op(Outer{}), {{{0}}, {{2}}}}}; }

Tensor Tensordot::expand(Inputs x) const {
  const Shape a = x[0].shape(), b = x[1].shape();
  if (axes_a.size() != axes_b.size()) {
    fail<ShapeError>(name, fmt::format("{} axes of a ({}) against {} of b ({}): they are summed in pairs", axes_a.size(), to_string(axes_a), axes_b.size(), to_string(axes_b)));
  }
  checked_axes(name, axes_a, x[0].rank());  // no axis twice
  checked_axes(name, axes_b, x[1].rank());
  Shape gone_a, gone_b, order_a, order_b, out;
  std::int64_t summed = 1;
  for (std::size_t i = 0; i < axes_a.size(); ++i) {
    gone_a.push_back(checked_axis(name, axes_a[i], x[0].rank()));
    gone_b.push_back(checked_axis(name, axes_b[i], x[1].rank()));
    const std::int64_t n = a[static_cast<std::size_t>(gone_a[i])], m = b[static_cast<std::size_t>(gone_b[i])];
    if (n != m) {
      fail<ShapeError>(name, fmt::format("axis {} of a {} has size {}, axis {} of b {} has size {}; they are summed together", axes_a[i], to_string(a), n, axes_b[i], to_string(b), m));
    }
    summed *= n;
  }
  const auto rest = [&out](const Shape& shape, const Shape& gone, Shape& order) {
    std::int64_t count = 1;
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.size()); ++i) {
      if (std::ranges::find(gone, i) != gone.end()) continue;
      order.push_back(i);
      out.push_back(shape[static_cast<std::size_t>(i)]);
      count *= out.back();
    }
    return count;
  };
  const std::int64_t rows = rest(a, gone_a, order_a), columns = rest(b, gone_b, order_b);
  order_a.append(gone_a.begin(), gone_a.end());
  gone_b.append(order_b.begin(), order_b.end());
  return reshape(matmul(reshape(permute(x[0], order_a), {rows, summed}), reshape(permute(x[1], gone_b), {summed, columns})), out);
}
std::vector<Case> Tensordot::cases() {
  return {{make_op(Tensordot{{1}, {0}}), {{{2, 3}}, {{3, 2}}}},
          {make_op(Tensordot{{2, 0}, {0, -1}}), {{{2, 3, 4}}, {{4, 2, 2}}}},
          {make_op(Tensordot{{}, {}}), {{{2}}, {{3}}}},
          {make_op(Tensordot{{0}, {0}}), {{{0, 2}}, {{0, 3}}}}};
}

GRADUS_CONTRACT_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor matmul(const Tensor& a, const Tensor& b) { return apply<ops::Matmul>(a, b); }
Tensor addmm(const Tensor& bias, const Tensor& a, const Tensor& b) { return apply<ops::Addmm>(bias, a, b); }
Tensor dot(const Tensor& a, const Tensor& b) { return apply<ops::Dot>(a, b); }
Tensor outer(const Tensor& a, const Tensor& b) { return apply<ops::Outer>(a, b); }
Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& axes_a, const Shape& axes_b) { return apply(ops::Tensordot{axes_a, axes_b}, a, b); }
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t count) {
  if (count < 0 || count > a.rank() || count > b.rank()) {
    fail<ShapeError>("tensordot", fmt::format("cannot sum over {} axes: a is {}, b is {}", count, to_string(a.shape()), to_string(b.shape())));
  }
  Shape axes_a, axes_b;
  for (std::int64_t i = 0; i < count; ++i) {
    axes_a.push_back(a.rank() - count + i);
    axes_b.push_back(i);
  }
  return tensordot(a, b, axes_a, axes_b);
}
Tensor einsum(const std::string& equation, Inputs x) { return gradus::apply(ops::make_op(ops::Einsum{equation}), x); }

}  // namespace gradus
