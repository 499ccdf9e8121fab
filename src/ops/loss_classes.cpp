// Losses against class numbers.
#include <fmt/format.h>

#include <algorithm>

#include "inputs.hpp"
#include "loss.hpp"

namespace gradus::ops {
namespace {

// Scores with the classes last, targets [...] in 0..classes - 1 with a class in place of an ignored one, and who is ignored.
struct Classes {
  Tensor scores, target, ignored, weight;  // weight: undefined, or one per target
};

Shape without(Shape shape, int axis) {
  shape.erase(static_cast<std::size_t>(axis));
  return shape;
}

Tensor weights_of(std::string_view op, const Tensor& weight, const Tensor& target, std::int64_t classes) {
  if (!(weight.shape() == Shape{classes})) fail<ShapeError>(std::string(op), fmt::format("the weight is {}; with {} classes it must be [{}]", to_string(weight.shape()), classes, classes));
  return reshape(gather(weight, flatten(target), 0), target.shape());
}

Classes classes_of(std::string_view op, Inputs x, std::int64_t axis, std::int64_t ignore_index) {
  check_inputs(op, x, 2, 3, "scores, targets, weights of the classes");
  if (x[0].rank() == 0) fail<ShapeError>(std::string(op), "the scores are 0-d; they need an axis of classes");
  const int at = checked_axis(op, axis, x[0].rank());
  const Shape rows = without(x[0].shape(), at);
  if (!(rows == x[1].shape())) {
    fail<ShapeError>(std::string(op), fmt::format("the scores are {} with the classes in axis {}, so targets must be {}; they are {}", to_string(x[0].shape()), axis, to_string(rows), to_string(x[1].shape())),
                     "targets are class numbers; axis is that of the classes");
  }
  check_integers(op, x[1], "the target");
  if (x[0].size(at) == 0 && numel(rows) > 0) fail<ShapeError>(std::string(op), fmt::format("there are no classes: axis {} of {} is empty", axis, to_string(x[0].shape())));
  Classes c;
  c.scores = as_float(x[0]);
  if (at != x[0].rank() - 1) {
    Shape order;
    for (std::int64_t i = 0; i < x[0].rank(); ++i) {
      if (i != at) order.push_back(i);
    }
    order.push_back(at);
    c.scores = permute(c.scores, order);
  }
  const Tensor target = cast(x[1], Dtype::i64);
  c.ignored = target == ignore_index;
  c.target = where(c.ignored, 0, target);
  if (x.size() > 2) c.weight = weights_of(op, x[2], c.target, x[0].size(at));
  return c;
}

Tensor at_target(const Tensor& scores, const Tensor& target) { return squeeze(gather(scores, unsqueeze(target, -1), -1), -1); }

}  // namespace

Tensor NllLoss::expand(Inputs x) const {
  const Classes c = classes_of(name, x, axis, ignore_index);
  Tensor loss = -at_target(c.scores, c.target);
  if (c.weight.defined()) loss = loss * c.weight;
  return where(c.ignored, 0, loss);
}
std::vector<Case> NllLoss::cases() {
  return {{make_op(NllLoss{}), {{{2, 3}}, {{2}, {}, 3}}},
          {make_op(NllLoss{1}), {{{2, 3, 2}}, {{2, 2}, {}, 3}, {{3}}}},
          {make_op(NllLoss{-1, 1}), {{{4, 2}}, {{4}, {}, 2}}},
          {make_op(NllLoss{}), {{{0, 3}}, {{0}, {}, 3}}}};
}

Tensor CrossEntropyLoss::expand(Inputs x) const {
  if (!(label_smoothing >= 0 && label_smoothing <= 1)) fail<ValueError>(name, fmt::format("label_smoothing {} is outside 0..1", label_smoothing));
  check_inputs(name, x, 2, 3, "logits, targets, weights of the classes");
  if (x[1].rank() == x[0].rank() && is_float(x[1].dtype())) {  // a distribution over the classes
    check_same_shape(name, x[0], "logits", x[1], "target");
    const int at = checked_axis(name, axis, x[0].rank());
    const std::int64_t classes = x[0].size(at);
    Tensor target = x[1];
    if (label_smoothing > 0) target = target * (1 - label_smoothing) + label_smoothing / static_cast<double>(std::max<std::int64_t>(classes, 1));
    Tensor each = target * log_softmax(as_float(x[0]), at);
    if (x.size() > 2) {
      if (!(x[2].shape() == Shape{classes})) fail<ShapeError>(name, fmt::format("the weight is {}; with {} classes it must be [{}]", to_string(x[2].shape()), classes, classes));
      Shape as{classes};
      as.resize(static_cast<std::size_t>(x[0].rank() - at), 1);
      each = each * reshape(x[2], as);
    }
    return -sum(each, at);
  }
  const Classes c = classes_of(name, x, axis, ignore_index);
  Tensor loss;
  if (!c.weight.defined()) {
    loss = cross_entropy(c.scores, c.target, label_smoothing);  // fused
  } else {
    const Tensor logs = log_softmax(c.scores);
    loss = -at_target(logs, c.target) * c.weight;
    if (label_smoothing > 0) loss = loss * (1 - label_smoothing) - mean(logs * x[2], -1) * label_smoothing;
  }
  return where(c.ignored, 0, loss);
}
std::vector<Case> CrossEntropyLoss::cases() {
  return {{make_op(CrossEntropyLoss{}), {{{2, 3}}, {{2}, {}, 3}}},
          {make_op(CrossEntropyLoss{1, -100, 0.1}), {{{2, 3, 2}}, {{2, 2}, {}, 3}, {{3}}}},
          {make_op(CrossEntropyLoss{-1, 1}), {{{4, 2}}, {{4}, {}, 2}, {{2}}}},
          {make_op(CrossEntropyLoss{-1, 0, 0.2}), {{{4, 3}}, {{4}, {}, 3}}},
          {make_op(CrossEntropyLoss{0, -100, 0.1}), {{{3, 2}}, {{3, 2}}, {{3}}}},
          {make_op(CrossEntropyLoss{}), {{{0, 3}}, {{0}, {}, 3}}}};
}

Tensor MultiMarginLoss::expand(Inputs x) const {
  if (p != 1 && p != 2) fail<ValueError>(name, fmt::format("p is {}; it must be 1 or 2", p));
  const Classes c = classes_of(name, x, -1, INT64_MIN);  // no class is ignored
  const std::int64_t classes = c.scores.size(-1);
  const Tensor miss = relu(margin - unsqueeze(at_target(c.scores, c.target), -1) + c.scores);
  const Tensor each = where(one_hot(c.target, classes) == 1, 0, p == 1 ? miss : square(miss));
  const Tensor loss = sum(each, -1) / static_cast<double>(std::max<std::int64_t>(classes, 1));
  return c.weight.defined() ? loss * c.weight : loss;
}
std::vector<Case> MultiMarginLoss::cases() {
  return {{make_op(MultiMarginLoss{}), {{{2, 3}}, {{2}, {}, 3}}}, {make_op(MultiMarginLoss{2, 0.5}), {{{2, 3}}, {{2}, {}, 3}, {{3}}}}, {make_op(MultiMarginLoss{}), {{{0, 3}}, {{0}, {}, 3}}}};
}

}  // namespace gradus::ops

namespace gradus {

Tensor nll_loss(const Tensor& log_probability, const Tensor& target, const ClassLossOptions& how) {
  return ops::with_weights(ops::NllLoss{how.axis, how.ignore_index}, {log_probability, target}, how.weight, {});
}
Tensor cross_entropy_loss(const Tensor& logits, const Tensor& target, const ClassLossOptions& how) {
  return ops::with_weights(ops::CrossEntropyLoss{how.axis, how.ignore_index, how.label_smoothing}, {logits, target}, how.weight, {});
}
Tensor target_weight(const Tensor& target, const ClassLossOptions& how, Dtype dtype) {
  ops::check_integers("target_weight", target, "the target");
  const Tensor ignored = cast(target, Dtype::i64) == how.ignore_index, kept = where(ignored, 0, cast(target, Dtype::i64));
  const Tensor weight = how.weight.defined() ? ops::weights_of("target_weight", how.weight, kept, how.weight.numel()) : Tensor::ones(target.shape(), dtype);
  return where(ignored, 0, weight);
}
Tensor multi_margin_loss(const Tensor& x, const Tensor& target, double p, double margin, const Tensor& weight) {
  return ops::with_weights(ops::MultiMarginLoss{p, margin}, {x, target}, weight, {});
}

}  // namespace gradus
