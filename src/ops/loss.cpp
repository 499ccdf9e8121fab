// Losses against values and against targets 1 and -1. Those against classes are in loss_classes.cpp.
#include "loss.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "inputs.hpp"

namespace gradus::ops {

void check_same_shape(std::string_view op, const Tensor& a, const char* a_name, const Tensor& b, const char* b_name) {
  const Shape p = a.shape(), t = b.shape();
  if (p == t) return;
  std::string hint = "the two must have one shape";
  if (a.numel() == b.numel()) hint = fmt::format("the same numbers in another shape: reshape one to that of the other");
  fail<ShapeError>(std::string(op), fmt::format("the {} is {}, the {} is {}", a_name, to_string(p), b_name, to_string(t)), hint);
}

namespace {

void check_positive(std::string_view op, const char* what, double value, bool zero = false) {
  if (!(zero ? value >= 0 : value > 0) || std::isinf(value)) fail<ValueError>(std::string(op), fmt::format("{} is {}; it must be {}", what, value, zero ? "0 or more" : "above 0"));
}

// log(p), but -100 where p is 0. The argument is guarded and not the result, so the slope there is 0 and not NaN.
Tensor log_from_minus_100(const Tensor& p) {
  const Tensor none = p == 0;
  return where(none, -100, maximum(log(where(none, 1, p)), -100));
}

// t * a, where nothing of something infinite is nothing.
Tensor share(const Tensor& t, const Tensor& a) { return t * where(logical_and(t == 0, isinf(a)), 0, a); }

void check_prediction(std::string_view op, Inputs x) { check_same_shape(op, x[0], "prediction", x[1], "target"); }

Tensor difference(std::string_view op, Inputs x) {
  check_prediction(op, x);
  return as_float(x[0]) - x[1];
}

Tensor p_norm(const Tensor& x, double p, bool keepdims) {
  const Tensor a = abs(x);
  if (p == 1) return sum(a, -1, keepdims);
  if (std::isinf(p)) return max(a, -1, keepdims);
  const Tensor total = sum(p == 2 ? square(x) : pow(a, p), -1, keepdims), none = total == 0;  // no slope at 0: guard the argument
  const Tensor safe = where(none, 1, total);
  return where(none, 0, p == 2 ? sqrt(safe) : pow(safe, 1 / p));
}

Tensor distance(std::string_view op, const Tensor& a, const Tensor& b, double p, double eps, bool keepdims) {
  if (!(p > 0)) fail<ValueError>(std::string(op), fmt::format("p is {}; it must be above 0", p));
  if (a.rank() == 0 || b.rank() == 0) fail<ShapeError>(std::string(op), fmt::format("a is {}, b is {}; they need a last axis", to_string(a.shape()), to_string(b.shape())));
  return p_norm(as_float(a) - b + eps, p, keepdims);
}

constexpr Range probability{0.25, 0.75}, above{2.5, 4}, far{5, 7};

}  // namespace

// ---- against values
Tensor MseLoss::expand(Inputs x) const { return square(difference(name, x)); }
std::vector<Case> MseLoss::cases() { return {{make_op(MseLoss{}), {{{2, 3}}, {{2, 3}}}}, {make_op(MseLoss{}), {{{}}, {{}}}}, {make_op(MseLoss{}), {{{0, 2}}, {{0, 2}}}}}; }

Tensor L1Loss::expand(Inputs x) const { return abs(difference(name, x)); }
std::vector<Case> L1Loss::cases() { return {{make_op(L1Loss{}), {{{2, 3}}, {{2, 3}, above}}}, {make_op(L1Loss{}), {{{}}, {{}, above}}}, {make_op(L1Loss{}), {{{0, 2}}, {{0, 2}}}}}; }

Tensor HuberLoss::expand(Inputs x) const {
  check_positive(name, "delta", delta);
  const Tensor d = difference(name, x), a = abs(d);
  return where(a < delta, 0.5 * square(d), delta * (a - 0.5 * delta));
}
std::vector<Case> HuberLoss::cases() {
  return {{make_op(HuberLoss{}), {{{2, 3}}, {{2, 3}, above}}}, {make_op(HuberLoss{8}), {{{3}}, {{3}}}}, {make_op(HuberLoss{0.5}), {{{}}, {{}, above}}}, {make_op(HuberLoss{}), {{{0, 2}}, {{0, 2}}}}};
}

Tensor SmoothL1Loss::expand(Inputs x) const {
  check_positive(name, "beta", beta, true);
  const Tensor d = difference(name, x), a = abs(d);
  return beta == 0 ? a : where(a < beta, square(d) * (0.5 / beta), a - 0.5 * beta);
}
std::vector<Case> SmoothL1Loss::cases() {
  return {{make_op(SmoothL1Loss{}), {{{2, 3}}, {{2, 3}, above}}}, {make_op(SmoothL1Loss{8}), {{{3}}, {{3}}}}, {make_op(SmoothL1Loss{0}), {{{}}, {{}, above}}}, {make_op(SmoothL1Loss{}), {{{0, 2}}, {{0, 2}}}}};
}

Tensor BinaryCrossEntropy::expand(Inputs x) const {
  check_inputs(name, x, 2, 3, "probabilities, targets, a weight");
  check_same_shape(name, x[0], "probability", x[1], "target");
  const Tensor p = as_float(x[0]), loss = -(x[1] * log_from_minus_100(p) + (1 - x[1]) * log_from_minus_100(1 - p));
  return x.size() > 2 ? loss * x[2] : loss;
}
std::vector<Case> BinaryCrossEntropy::cases() {
  const auto op = make_op(BinaryCrossEntropy{});
  return {{op, {{{2, 3}, probability}, {{2, 3}, probability}}}, {op, {{{2, 3}, probability}, {{2, 3}, probability}, {{3}}}}, {op, {{{0, 2}, probability}, {{0, 2}, probability}}}};
}

Tensor BinaryCrossEntropyWithLogits::expand(Inputs x) const {
  const std::size_t count = 2u + weighted + pos_weighted;
  check_inputs(name, x, count, count, "logits, targets, a weight if weighted, a weight of the positive part if pos_weighted");
  check_same_shape(name, x[0], "logits", x[1], "target");
  const Tensor z = as_float(x[0]), t = as_float(x[1]);
  // Both terms are positive, so nothing cancels; and unlike max(x, 0) - x t + log1p(exp(-|x|)) each has its true slope at 0.
  Tensor positive = share(t, softplus(-z));
  if (pos_weighted) positive = positive * x.back();
  const Tensor loss = positive + share(1 - t, softplus(z));
  return weighted ? loss * x[2] : loss;
}
std::vector<Case> BinaryCrossEntropyWithLogits::cases() {
  const auto op = [](bool one, bool two) { return make_op(BinaryCrossEntropyWithLogits{one, two}); };
  return {{op(false, false), {{{2, 3}}, {{2, 3}, probability}}},
          {op(true, false), {{{2, 3}}, {{2, 3}, probability}, {{3}}}},
          {op(true, true), {{{2, 3}}, {{2, 3}, probability}, {{2, 1}}, {{3}}}},
          {op(false, true), {{{0, 3}}, {{0, 3}}, {{3}}}}};
}

Tensor KlDiv::expand(Inputs x) const {
  check_prediction(name, x);
  const Tensor a = as_float(x[0]), t = as_float(x[1]);
  return log_target ? exp(t) * (t - a) : t * (log(where(t == 0, 1, t)) - a);
}
std::vector<Case> KlDiv::cases() {
  return {{make_op(KlDiv{}), {{{2, 3}}, {{2, 3}, probability}}}, {make_op(KlDiv{true}), {{{2, 3}}, {{2, 3}}}}, {make_op(KlDiv{}), {{{0, 3}}, {{0, 3}}}}};
}

Tensor PoissonNllLoss::expand(Inputs x) const {
  check_prediction(name, x);
  check_positive(name, "eps", eps, true);
  const Tensor a = as_float(x[0]), t = as_float(x[1]);
  Tensor loss = log_input ? exp(a) - t * a : a - t * log(a + eps);
  if (full) {
    const Tensor large = t > 1, safe = where(large, t, 2);
    loss = loss + where(large, safe * log(safe) - safe + 0.5 * log(2 * std::numbers::pi * safe), 0);
  }
  return loss;
}
std::vector<Case> PoissonNllLoss::cases() {
  return {{make_op(PoissonNllLoss{}), {{{2, 3}}, {{2, 3}, above}}},
          {make_op(PoissonNllLoss{false, true}), {{{2, 3}, probability}, {{2, 3}, above}}},
          {make_op(PoissonNllLoss{true, true}), {{{3}}, {{3}, probability}}},
          {make_op(PoissonNllLoss{}), {{{0, 3}}, {{0, 3}}}}};
}

Tensor GaussianNllLoss::expand(Inputs x) const {
  check_positive(name, "eps", eps);
  const Tensor d = difference(name, x), v = maximum(as_float(x[2]), eps);
  if (!is_broadcastable(x[2].shape(), x[0].shape())) fail<ShapeError>(name, fmt::format("the variance is {}, the prediction {}", to_string(x[2].shape()), to_string(x[0].shape())), "the variance must broadcast to the prediction");
  const Tensor loss = 0.5 * (log(v) + square(d) / v);
  return full ? loss + 0.5 * std::log(2 * std::numbers::pi) : loss;
}
std::vector<Case> GaussianNllLoss::cases() {
  return {{make_op(GaussianNllLoss{}), {{{2, 3}}, {{2, 3}}, {{2, 3}, probability}}}, {make_op(GaussianNllLoss{true}), {{{2, 3}}, {{2, 3}}, {{2, 1}, probability}}}, {make_op(GaussianNllLoss{}), {{{0, 2}}, {{0, 2}}, {{0, 2}, probability}}}};
}

// ---- distances and angles
Tensor PairwiseDistance::expand(Inputs x) const { return distance(name, x[0], x[1], p, eps, keepdims); }
std::vector<Case> PairwiseDistance::cases() {
  return {{make_op(PairwiseDistance{}), {{{2, 3}}, {{2, 3}}}}, {make_op(PairwiseDistance{3, 0, true}), {{{2, 3}}, {{3}, far}}}, {make_op(PairwiseDistance{1}), {{{3}}, {{3}, above}}}, {make_op(PairwiseDistance{}), {{{0, 3}}, {{0, 3}}}}};
}

Tensor CosineSimilarity::expand(Inputs x) const {
  check_positive(name, "eps", eps, true);
  const Tensor a = as_float(x[0]), b = as_float(x[1]);
  const Shape shape = broadcast(name, a.shape(), b.shape());
  const std::int64_t at = checked_axis(name, axis, static_cast<std::int64_t>(shape.size())) - static_cast<std::int64_t>(shape.size());  // from the last: shapes broadcast
  const auto length = [&](const Tensor& v) { return sqrt(maximum(sum(square(gradus::expand(v, shape)), at), eps * eps)); };
  return sum(a * b, at) / (length(a) * length(b));
}
std::vector<Case> CosineSimilarity::cases() {
  return {{make_op(CosineSimilarity{}), {{{2, 3}}, {{2, 3}}}}, {make_op(CosineSimilarity{0}), {{{3}}, {{3}}}}, {make_op(CosineSimilarity{-1}), {{{2, 3}}, {{3}}}}, {make_op(CosineSimilarity{}), {{{0, 3}}, {{0, 3}}}}};
}

Tensor CosineEmbeddingLoss::expand(Inputs x) const {
  check_same_shape(name, x[0], "first", x[1], "second");
  if (x[0].rank() == 0) fail<ShapeError>(name, "the inputs are 0-d; they need a last axis");
  Shape rows = x[0].shape();
  rows.pop_back();
  if (!(rows == x[2].shape())) fail<ShapeError>(name, fmt::format("the inputs are {}, so the target must be {}; it is {}", to_string(x[0].shape()), to_string(rows), to_string(x[2].shape())));
  const Tensor a = as_float(x[0]), b = as_float(x[1]);
  constexpr double tiny = 1e-12;
  const Tensor cosine = sum(a * b, -1) / sqrt((sum(square(a), -1) + tiny) * (sum(square(b), -1) + tiny));
  return where(x[2] == 1, 1 - cosine, 0) + where(x[2] == -1, relu(cosine - margin), 0);
}
std::vector<Case> CosineEmbeddingLoss::cases() {
  return {{make_op(CosineEmbeddingLoss{}), {{{2, 3}}, {{2, 3}}, {{2}, {}, 2}}}, {make_op(CosineEmbeddingLoss{0.5}), {{{3}}, {{3}}, {{}, {}, 2}}}, {make_op(CosineEmbeddingLoss{}), {{{0, 3}}, {{0, 3}}, {{0}, {}, 2}}}};
}

Tensor TripletMarginLoss::expand(Inputs x) const {
  broadcast(name, broadcast(name, x[0].shape(), x[1].shape()), x[2].shape());
  const auto d = [&](const Tensor& a, const Tensor& b) { return distance(name, a, b, p, eps, false); };
  const Tensor positive = d(x[0], x[1]);
  Tensor negative = d(x[0], x[2]);
  if (swap) negative = minimum(negative, d(x[1], x[2]));
  return relu(margin + positive - negative);
}
std::vector<Case> TripletMarginLoss::cases() {
  return {{make_op(TripletMarginLoss{3}), {{{2, 3}}, {{2, 3}}, {{2, 3}}}}, {make_op(TripletMarginLoss{4, 1, 1e-6, true}), {{{2, 3}}, {{2, 3}, above}, {{2, 3}, {-4, -3}}}}, {make_op(TripletMarginLoss{}), {{{0, 3}}, {{0, 3}}, {{0, 3}}}}};
}

// ---- against 1 and -1
Tensor HingeEmbeddingLoss::expand(Inputs x) const {
  check_prediction(name, x);
  const Tensor a = as_float(x[0]);
  return where(x[1] != 1, relu(margin - a), 0) + where(x[1] != -1, a, 0);
}
std::vector<Case> HingeEmbeddingLoss::cases() {
  return {{make_op(HingeEmbeddingLoss{}), {{{2, 3}}, {{2, 3}, {}, 2}}}, {make_op(HingeEmbeddingLoss{0.5}), {{{3}}, {{3}, {}, 2}}}, {make_op(HingeEmbeddingLoss{}), {{{0, 2}}, {{0, 2}, {}, 2}}}};
}

Tensor MarginRankingLoss::expand(Inputs x) const {
  check_same_shape(name, x[0], "first", x[1], "second");
  check_same_shape(name, x[0], "first", x[2], "target");
  return relu(margin - x[2] * (as_float(x[0]) - x[1]));
}
std::vector<Case> MarginRankingLoss::cases() {
  return {{make_op(MarginRankingLoss{1}), {{{2, 3}}, {{2, 3}}, {{2, 3}}}}, {make_op(MarginRankingLoss{}), {{{3}}, {{3}}, {{3}}}}, {make_op(MarginRankingLoss{}), {{{0}}, {{0}}, {{0}}}}};
}

Tensor SoftMarginLoss::expand(Inputs x) const {
  check_prediction(name, x);
  return softplus(-(x[1] * as_float(x[0])));
}
std::vector<Case> SoftMarginLoss::cases() { return {{make_op(SoftMarginLoss{}), {{{2, 3}}, {{2, 3}}}}, {make_op(SoftMarginLoss{}), {{{}}, {{}}}}, {make_op(SoftMarginLoss{}), {{{0, 2}}, {{0, 2}}}}}; }

GRADUS_LOSS_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor mse_loss(const Tensor& x, const Tensor& target) { return apply<ops::MseLoss>(x, target); }
Tensor l1_loss(const Tensor& x, const Tensor& target) { return apply<ops::L1Loss>(x, target); }
Tensor huber_loss(const Tensor& x, const Tensor& target, double delta) { return apply(ops::HuberLoss{delta}, x, target); }
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta) { return apply(ops::SmoothL1Loss{beta}, x, target); }
Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target, const Tensor& weight) { return ops::with_weights(ops::BinaryCrossEntropy{}, {probability, target}, weight, {}); }
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target, const Tensor& weight, const Tensor& pos_weight) {
  Tensors x{logits, target};
  if (weight.defined()) x.push_back(weight);
  if (pos_weight.defined()) x.push_back(pos_weight);
  return apply(ops::make_op(ops::BinaryCrossEntropyWithLogits{weight.defined(), pos_weight.defined()}), x);
}
Tensor kl_div(const Tensor& x, const Tensor& target, bool log_target) { return apply(ops::KlDiv{log_target}, x, target); }
Tensor cosine_similarity(const Tensor& a, const Tensor& b, std::int64_t axis, double eps) { return apply(ops::CosineSimilarity{axis, eps}, a, b); }
Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p, double eps, bool keepdims) { return apply(ops::PairwiseDistance{p, eps, keepdims}, a, b); }
Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin) { return apply(ops::CosineEmbeddingLoss{margin}, a, b, target); }
Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, double margin) { return apply(ops::HingeEmbeddingLoss{margin}, x, target); }
Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin) { return apply(ops::MarginRankingLoss{margin}, a, b, target); }
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, double margin, double p, double eps, bool swap) {
  return apply(ops::TripletMarginLoss{margin, p, eps, swap}, anchor, positive, negative);
}
Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, bool log_input, bool full, double eps) { return apply(ops::PoissonNllLoss{log_input, full, eps}, x, target); }
Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Tensor& variance, bool full, double eps) { return apply(ops::GaussianNllLoss{full, eps}, x, target, variance); }
Tensor soft_margin_loss(const Tensor& x, const Tensor& target) { return apply<ops::SoftMarginLoss>(x, target); }

}  // namespace gradus
