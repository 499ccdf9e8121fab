#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/tensor/lift.hpp>

#include "batched.hpp"

namespace gradus::ops {
namespace {

Spec float_spec(std::string_view op, const Tensor& x, std::int64_t axis) {
  checked_axis(op, axis, x.rank());
  return {x.shape(), is_float(x.dtype()) ? x.dtype() : Dtype::f32};
}

// x - max(x), so that exp cannot overflow; the shift is a constant, since it does not change the result.
Tensor shifted(const Tensor& x, std::int64_t axis) {
  return x.numel() == 0 ? x : x - max(stop_gradient(x), axis, true);
}

// (1 - s) at the target, s / classes everywhere.
Tensor target_distribution(const Tensor& logits, const Tensor& target, double smoothing) {
  const std::int64_t classes = logits.size(-1);
  const Tensor hot = one_hot(target, classes, is_float(logits.dtype()) ? logits.dtype() : Dtype::f32);
  return smoothing == 0 ? hot : hot * (1 - smoothing) + smoothing / static_cast<double>(classes);
}

Spec loss_spec(std::string_view op, Inputs x, double smoothing) {
  Shape rows = x[0].shape();
  if (rows.empty()) fail<ShapeError>(std::string(op), "the logits are 0-d; they need a last axis of classes");
  const std::int64_t classes = rows.back();
  rows.pop_back();
  if (!(rows == x[1].shape())) {
    fail<ShapeError>(std::string(op), fmt::format("logits are {}, so targets must be {}; they are {}", to_string(x[0].shape()), to_string(rows), to_string(x[1].shape())),
                     "targets are class numbers, one per row");
  }
  if (is_float(x[1].dtype()) || x[1].dtype() == Dtype::boolean) {
    fail<DtypeError>(std::string(op), fmt::format("targets are {}; class numbers must be integers", name(x[1].dtype())), "cast(target, Dtype::i64)");
  }
  if (!(smoothing >= 0 && smoothing <= 1)) fail<ValueError>(std::string(op), fmt::format("label_smoothing {} is outside 0..1", smoothing));
  if (classes == 0 && numel(rows) > 0) fail<ShapeError>(std::string(op), "there are no classes: the last axis of the logits is empty");
  return {rows, is_float(x[0].dtype()) ? x[0].dtype() : Dtype::f32};
}

}  // namespace

Spec Softmax::shape(Inputs x) const { return float_spec(name, x[0], axis); }
Tensor Softmax::expand(Inputs x) const {
  const Tensor e = exp(shifted(x[0], axis));
  return e / sum(e, axis, true);
}
TensorSet Softmax::reads(TensorSet) const { return {TensorSet::output}; }
Tensors Softmax::vjp(Inputs, const Tensor& y, const Tensor& g, TensorSet) const { return {apply(SoftmaxGrad{axis, false}, y, g)}; }
Tensor Softmax::batched(Inputs x, TensorSet, std::int64_t) const { return softmax(x[0], past_examples(axis)); }
std::vector<Case> Softmax::cases() {
  return {{make_op(Softmax{}), {{{2, 3}}}}, {make_op(Softmax{0}), {{{3, 2}}}}, {make_op(Softmax{1}), {{{2, 3, 2}}}}, {make_op(Softmax{}), {{{0, 3}}}}, {make_op(Softmax{}), {{{2, 0}}}}};
}

Spec LogSoftmax::shape(Inputs x) const { return float_spec(name, x[0], axis); }
Tensor LogSoftmax::expand(Inputs x) const {
  const Tensor s = shifted(x[0], axis);
  return s - log(sum(exp(s), axis, true));
}
TensorSet LogSoftmax::reads(TensorSet) const { return {TensorSet::output}; }
Tensors LogSoftmax::vjp(Inputs, const Tensor& y, const Tensor& g, TensorSet) const { return {apply(SoftmaxGrad{axis, true}, y, g)}; }
Tensor LogSoftmax::batched(Inputs x, TensorSet, std::int64_t) const { return log_softmax(x[0], past_examples(axis)); }
std::vector<Case> LogSoftmax::cases() {
  return {{make_op(LogSoftmax{}), {{{2, 3}}}}, {make_op(LogSoftmax{0}), {{{3, 2}}}}, {make_op(LogSoftmax{1}), {{{2, 3, 2}}}}, {make_op(LogSoftmax{}), {{{0, 3}}}}};
}

Spec SoftmaxGrad::shape(Inputs x) const {
  const Spec spec = float_spec(name, x[0], axis);
  if (!(x[1].shape() == spec.shape)) fail<ShapeError>(name, fmt::format("the gradient is {}, the result is {}", to_string(x[1].shape()), to_string(spec.shape)));
  return {spec.shape, promote(spec.dtype, x[1].dtype())};
}
Tensor SoftmaxGrad::expand(Inputs x) const {
  const Dtype dtype = shape(x).dtype;
  const Tensor y = cast(x[0], dtype), g = cast(x[1], dtype);
  return log_form ? g - exp(y) * sum(g, axis, true) : y * (g - sum(g * y, axis, true));
}
Tensor SoftmaxGrad::batched(Inputs x, TensorSet which, std::int64_t n) const {
  const Tensors all = all_with_examples(x, which, n);
  return apply(SoftmaxGrad{past_examples(axis), log_form}, all[0], all[1]);
}
std::vector<Case> SoftmaxGrad::cases() {
  return {{make_op(SoftmaxGrad{}), {{{2, 3}}, {{2, 3}}}}, {make_op(SoftmaxGrad{-1, true}), {{{2, 3}}, {{2, 3}}}}, {make_op(SoftmaxGrad{0}), {{{3, 2}}, {{3, 2}}}}, {make_op(SoftmaxGrad{0, true}), {{{3, 2}}, {{3, 2}}}}, {make_op(SoftmaxGrad{}), {{{2, 0}}, {{2, 0}}}}};
}

Spec CrossEntropy::shape(Inputs x) const { return loss_spec(name, x, label_smoothing); }
Tensor CrossEntropy::expand(Inputs x) const {
  return -sum(target_distribution(x[0], x[1], label_smoothing) * log_softmax(x[0]), -1);
}
TensorSet CrossEntropy::reads(TensorSet) const { return TensorSet::input(0) | TensorSet::input(1); }
Tensors CrossEntropy::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  return {apply(CrossEntropyGrad{label_smoothing}, x[0], x[1], g), {}};
}
Tensor CrossEntropy::batched(Inputs x, TensorSet which, std::int64_t n) const {
  const Tensors all = all_with_examples(x, which, n);
  return cross_entropy(all[0], all[1], label_smoothing);
}
std::vector<Case> CrossEntropy::cases() {
  return {{make_op(CrossEntropy{}), {{{2, 3}}, {{2}, {}, 3}}},
          {make_op(CrossEntropy{0.1}), {{{3, 4}}, {{3}, {}, 4}}},
          {make_op(CrossEntropy{}), {{{2, 2, 3}}, {{2, 2}, {}, 3}}},
          {make_op(CrossEntropy{}), {{{0, 3}}, {{0}, {}, 3}}},
          {make_op(CrossEntropy{}), {{{3}}, {{}, {}, 3}}}};
}

Spec CrossEntropyGrad::shape(Inputs x) const {
  const Spec rows = loss_spec(name, x, label_smoothing);
  if (!(rows.shape == x[2].shape())) fail<ShapeError>(name, fmt::format("the gradient is {}, the losses are {}", to_string(x[2].shape()), to_string(rows.shape)));
  return {x[0].shape(), rows.dtype};
}
Tensor CrossEntropyGrad::expand(Inputs x) const {
  return (softmax(x[0]) - target_distribution(x[0], x[1], label_smoothing)) * unsqueeze(x[2], -1);
}
Tensor CrossEntropyGrad::batched(Inputs x, TensorSet which, std::int64_t n) const {
  const Tensors all = all_with_examples(x, which, n);
  return apply(CrossEntropyGrad{label_smoothing}, all[0], all[1], all[2]);
}
std::vector<Case> CrossEntropyGrad::cases() {
  return {{make_op(CrossEntropyGrad{}), {{{2, 3}}, {{2}, {}, 3}, {{2}}}}, {make_op(CrossEntropyGrad{0.1}), {{{3, 4}}, {{3}, {}, 4}, {{3}}}}, {make_op(CrossEntropyGrad{}), {{{0, 3}}, {{0}, {}, 3}, {{0}}}}};
}

GRADUS_ROW_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor softmax(const Tensor& x, std::int64_t axis) { return apply(ops::Softmax{axis}, x); }
Tensor log_softmax(const Tensor& x, std::int64_t axis) { return apply(ops::LogSoftmax{axis}, x); }
Tensor cross_entropy(const Tensor& logits, const Tensor& target, double label_smoothing) {
  return apply(ops::CrossEntropy{label_smoothing}, logits, target);
}

}  // namespace gradus
