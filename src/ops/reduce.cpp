#include <fmt/format.h>
#include <gradus/ops.hpp>

#include "batched.hpp"

namespace gradus::ops {
namespace {

Shape reduced(std::string_view op, const Shape& shape, const Axes& axes, bool keepdims) {
  const Shape gone = checked_axes(op, axes, static_cast<std::int64_t>(shape.size()));
  Shape out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool goes = next < gone.size() && gone[next] == static_cast<std::int64_t>(i);
    next += goes;
    if (!goes) out.push_back(shape[i]);
    else if (keepdims) out.push_back(1);
  }
  return out;
}

// Of an output of a reduction: the same with the axes back as size 1, ready to broadcast.
Tensor with_axes(const Tensor& y, const Shape& shape, const Axes& axes) { return reshape(y, reduced("reduce", shape, axes, true)); }

Spec extreme_shape(std::string_view op, const Tensor& x, const Axes& axes, bool keepdims) {
  const Shape out = reduced(op, x.shape(), axes, keepdims);
  if (x.numel() == 0 && numel(out) > 0) {
    fail<ShapeError>(std::string(op), fmt::format("there is nothing to choose from: {} is empty over {}", to_string(x.shape()), axes.all ? "all axes" : "axes " + to_string(axes)));
  }
  return {out, x.dtype()};
}

// Ties share: each of n largest elements gets 1/n of the gradient.
Tensors extreme_vjp(const Tensor& x, const Tensor& y, const Tensor& g, const Axes& axes) {
  const Tensor chosen = x == with_axes(y, x.shape(), axes);
  const Tensor share = with_axes(g, x.shape(), axes) / cast(sum(chosen, axes, true), g.dtype());
  return {where(chosen, share, Tensor::zeros({}, g.dtype()))};
}

// The chosen elements' tangents; ties share here too.
Tensor extreme_jvp(const Tensor& x, const Tensor& y, const Tensor& t, const Axes& axes, bool keepdims) {
  const Tensor chosen = x == with_axes(y, x.shape(), axes);
  return sum(where(chosen, t, Tensor::zeros({}, t.dtype())), axes, keepdims) / cast(sum(chosen, axes, keepdims), t.dtype());
}

}  // namespace

Spec Sum::shape(Inputs x) const {
  return {reduced(name, x[0].shape(), axes, keepdims), is_float(x[0].dtype()) ? x[0].dtype() : Dtype::i64};
}
Tensors Sum::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  return {expand(with_axes(g, x[0].shape(), axes), x[0].shape())};
}
Tensor Sum::batched(Inputs x, TensorSet, std::int64_t) const { return apply(Sum{past_examples(axes, x[0]), keepdims}, x[0]); }
std::vector<Case> Sum::cases() {
  return {{make_op(Sum{}), {{{2, 3}}}}, {make_op(Sum{0}), {{{3, 2}}}}, {make_op(Sum{{0, 2}, true}), {{{2, 3, 2}}}}, {make_op(Sum{-1}), {{{2, 0}}}}, {make_op(Sum{}), {{{}}}}};
}

Spec Mean::shape(Inputs x) const {
  return {reduced(name, x[0].shape(), axes, keepdims), is_float(x[0].dtype()) ? x[0].dtype() : Dtype::f32};
}
Tensors Mean::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet) const {
  // The count is that of the elements behind one result; without results there is nothing to divide.
  const double count = static_cast<double>(x[0].numel()) / static_cast<double>(std::max<std::int64_t>(y.numel(), 1));
  return {expand(with_axes(g / count, x[0].shape(), axes), x[0].shape())};
}
Tensor Mean::batched(Inputs x, TensorSet, std::int64_t) const { return apply(Mean{past_examples(axes, x[0]), keepdims}, x[0]); }
std::vector<Case> Mean::cases() {
  return {{make_op(Mean{}), {{{2, 3}}}}, {make_op(Mean{0}), {{{3, 2}}}}, {make_op(Mean{{1, 2}, true}), {{{2, 3, 2}}}}, {make_op(Mean{-1}), {{{0, 3}}}}, {make_op(Mean{}), {{{}}}}};
}

Spec Max::shape(Inputs x) const { return extreme_shape(name, x[0], axes, keepdims); }
TensorSet Max::reads(TensorSet) const { return TensorSet{TensorSet::output} | TensorSet::input(0); }
Tensors Max::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet) const { return extreme_vjp(x[0], y, g, axes); }
Tensor Max::jvp(Inputs x, const Tensor& y, Inputs t) const { return extreme_jvp(x[0], y, t[0], axes, keepdims); }
Tensor Max::batched(Inputs x, TensorSet, std::int64_t) const { return apply(Max{past_examples(axes, x[0]), keepdims}, x[0]); }
std::vector<Case> Max::cases() {
  return {{make_op(Max{}), {{{2, 3}}}}, {make_op(Max{0}), {{{3, 2}}}}, {make_op(Max{{0, 2}, true}), {{{2, 3, 2}}}}, {make_op(Max{-1}), {{{0, 3}}}}, {make_op(Max{}), {{{}}}}};
}

Spec Min::shape(Inputs x) const { return extreme_shape(name, x[0], axes, keepdims); }
TensorSet Min::reads(TensorSet) const { return TensorSet{TensorSet::output} | TensorSet::input(0); }
Tensors Min::vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet) const { return extreme_vjp(x[0], y, g, axes); }
Tensor Min::jvp(Inputs x, const Tensor& y, Inputs t) const { return extreme_jvp(x[0], y, t[0], axes, keepdims); }
Tensor Min::batched(Inputs x, TensorSet, std::int64_t) const { return apply(Min{past_examples(axes, x[0]), keepdims}, x[0]); }
std::vector<Case> Min::cases() {
  return {{make_op(Min{}), {{{2, 3}}}}, {make_op(Min{0}), {{{3, 2}}}}, {make_op(Min{{0, 2}, true}), {{{2, 3, 2}}}}, {make_op(Min{-1}), {{{0, 3}}}}, {make_op(Min{}), {{{}}}}};
}

Spec Argmax::shape(Inputs x) const {
  return {extreme_shape(name, x[0], Axes(checked_axis(name, axis, x[0].rank())), keepdims).shape, Dtype::i64};
}
Tensor Argmax::batched(Inputs x, TensorSet, std::int64_t) const { return argmax(x[0], past_examples(axis), keepdims); }
std::vector<Case> Argmax::cases() { return {{make_op(Argmax{}), {{{2, 3}}}}, {make_op(Argmax{0, true}), {{{3, 2}}}}}; }

GRADUS_REDUCE_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Sum{axes, keepdims}, ops::settled(x)); }
Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Mean{axes, keepdims}, ops::settled(x)); }
Tensor max(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Max{axes, keepdims}, ops::settled(x)); }
Tensor min(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Min{axes, keepdims}, ops::settled(x)); }
Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdims) { return apply(ops::Argmax{axis, keepdims}, x); }

Tensor sum_to(const Tensor& x, const Spec& spec) {
  Tensor y = x;
  const Shape from = x.shape();
  if (!(from == spec.shape)) {
    const std::size_t lead = from.size() - spec.shape.size();
    Axes axes = Shape{};
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (i < lead || (spec.shape[i - lead] == 1 && from[i] != 1)) axes.list.push_back(static_cast<std::int64_t>(i));
    }
    y = reshape(axes.list.empty() ? y : sum(y, axes), spec.shape);
  }
  return cast(y, spec.dtype);
}

}  // namespace gradus
