// Row: fused along one axis. `expand` is the same from plain ops: the oracle in tests, and what higher derivatives use.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Softmax {
  using family = Row;
  static constexpr auto name = "softmax", doc = "exp(x) / sum(exp(x)) along one axis; does not overflow.";
  std::int64_t axis = -1;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct LogSoftmax {
  using family = Row;
  static constexpr auto name = "log_softmax", doc = "log(softmax(x)) along one axis, exact also where softmax is 0.";
  std::int64_t axis = -1;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// Inputs: the result of softmax, or of log_softmax if `log_form`, and its gradient. Result: the gradient of x.
struct SoftmaxGrad {
  using family = Row;
  static constexpr auto name = "softmax_grad", doc = "Gradient of softmax or log_softmax along one axis.";
  static constexpr int inputs = 2;
  std::int64_t axis = -1;
  bool log_form = false;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// Inputs: logits [..., classes] and integer targets [...]. With label smoothing s the target distribution is
// (1 - s) at the target plus s / classes everywhere (Szegedy et al. 2016, section 7).
struct CrossEntropy {
  using family = Row;
  static constexpr auto name = "cross_entropy", doc = "-log softmax(logits) at the target, one loss per row.";
  static constexpr int inputs = 2;
  double label_smoothing = 0;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// Inputs: logits, targets, and the gradient [...] of the losses. (softmax(logits) - target distribution) * g.
struct CrossEntropyGrad {
  using family = Row;
  static constexpr auto name = "cross_entropy_grad", doc = "Gradient of cross_entropy with respect to the logits.";
  static constexpr int inputs = 3;
  double label_smoothing = 0;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

#define GRADUS_ROW_OPS(X) X(Softmax) X(LogSoftmax) X(SoftmaxGrad) X(CrossEntropy) X(CrossEntropyGrad)
GRADUS_ROW_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor softmax(const Tensor& x, std::int64_t axis = -1);
Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);
Tensor cross_entropy(const Tensor& logits, const Tensor& target, double label_smoothing = 0);  // [..., c], [...] -> [...]

}  // namespace gradus
