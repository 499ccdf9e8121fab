// Losses, and dropout, which belongs to training too.
#include <fmt/format.h>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

// scores: log-probabilities [n, c, ...]; target: [n, ...]; weight: [c] or nothing.
Tensor weighted_nll(const Call& call, const Tensor& scores, const Tensor& given_target, const Tensor& class_weight) {
  if (scores.rank() < 2) call.fault(fmt::format("scores must be [batch, classes, ...], but are {}", to_string(scores.shape())));
  const Tensor target = cast(given_target, Dtype::i64);
  Shape with_class = target.shape();
  with_class.insert(std::min<std::size_t>(1, with_class.size()), 1);
  Shape expected = scores.shape();
  expected[1] = 1;
  if (!(with_class == expected)) call.fault(fmt::format("the target is {} for scores {}", to_string(target.shape()), to_string(scores.shape())));
  // Those that are ignored read class 0 and weigh nothing.
  const bool ignores = call.given("ignore_index");
  const Tensor ignored = ignores ? equal(target, reshape(integers_of({call.integer("ignore_index")}), {})) : Tensor();
  const Tensor place = ignores ? where(ignored, 0, target) : target;
  Tensor weight = class_weight.defined() ? take_axis(class_weight, place, 0) : Tensor();
  if (ignores) weight = where(ignored, 0, weight.defined() ? weight : Tensor::ones(target.shape(), scores.dtype()));
  const Tensor picked = -reshape(gather(scores, reshape(place, with_class), 1), target.shape());
  const Tensor loss = weight.defined() ? picked * weight : picked;
  const std::string reduction = call.text("reduction", "mean");
  if (reduction == "none") return loss;
  if (reduction == "sum") return sum(loss);
  if (reduction != "mean") call.fault("reduction must be none, sum or mean");
  return weight.defined() ? sum(loss) / sum(weight) : mean(loss);
}

Values nll_call(const Call& call) { return {weighted_nll(call, call[0], call[1], call.has(2) ? call[2] : Tensor())}; }

Values softmax_cross_entropy(const Call& call) {
  const Tensor log_probability = log_softmax(call[0], 1);
  return {weighted_nll(call, log_probability, call[1], call.has(2) ? call[2] : Tensor()), log_probability};
}

// Off unless it trains; and then no file can know which numbers were dropped, unless the ratio is 0.
Values dropout_call(const Call& call) {
  const Tensor& x = call[0];
  const double ratio = call.opset < 12 ? call.number("ratio", 0.5) : call.has(1) ? call.number_at(1) : 0.5;
  const bool training = call.opset >= 12 ? call.has(2) && call.number_at(2) != 0 : call.opset < 7 && call.integer("is_test", 0) == 0;
  if (training && ratio != 0) call.unsupported("dropout while training draws random numbers, which no file can expect");
  return {Value(x, call.type(0)), Value(Tensor::ones(x.shape(), Dtype::boolean), call.opset >= 10 ? Type::boolean : call.type(0))};
}

constexpr Operator table[] = {{"NegativeLogLikelihoodLoss", nll_call}, {"SoftmaxCrossEntropyLoss", softmax_cross_entropy}, {"Dropout", dropout_call}};

}  // namespace

std::span<const Operator> loss_operators() { return table; }

}  // namespace gradus::onnx
