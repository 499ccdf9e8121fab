// Losses, one for each element or example; mean and sum are the caller's. Names and meaning are those of PyTorch's nn.functional with
// reduction "none". Prediction and target have equal shapes where both are values: [n] against [n, 1] is a ShapeError and never
// broadcasts to [n, n].
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct MseLoss {
  using family = Loss;
  static constexpr auto name = "mse_loss", doc = "(prediction - target)^2.";
  static constexpr int inputs = 2;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct L1Loss {
  using family = Loss;
  static constexpr auto name = "l1_loss", doc = "|prediction - target|; the derivative at 0 is 0.";
  static constexpr int inputs = 2;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct HuberLoss {
  using family = Loss;
  static constexpr auto name = "huber_loss", doc = "d^2 / 2 where |d| < delta, else delta (|d| - delta / 2), of d = prediction - target.";
  static constexpr int inputs = 2;
  double delta = 1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct SmoothL1Loss {
  using family = Loss;
  static constexpr auto name = "smooth_l1_loss", doc = "d^2 / (2 beta) where |d| < beta, else |d| - beta / 2, of d = prediction - target.";
  static constexpr int inputs = 2;
  double beta = 1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: probabilities, targets in 0..1, and a weight that broadcasts to them.
struct BinaryCrossEntropy {
  using family = Loss;
  static constexpr auto name = "binary_cross_entropy", doc = "-(t log p + (1 - t) log(1 - p)), times a weight; the logarithms end at -100.";
  static constexpr int inputs = -1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: logits, targets, then a weight if `weighted`, and a weight of the positive part if `pos_weighted`; both broadcast.
struct BinaryCrossEntropyWithLogits {
  using family = Loss;
  static constexpr auto name = "binary_cross_entropy_with_logits", doc = "binary_cross_entropy of sigmoid(x), without overflow; right at infinite logits too.";
  static constexpr int inputs = -1;
  bool weighted = false, pos_weighted = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: log-probabilities with the classes along `axis` (PyTorch: 1), integer targets without that axis, and weights [classes].
struct NllLoss {
  using family = Loss;
  static constexpr auto name = "nll_loss", doc = "-x at the target class, times the weight of the class; 0 where the target is ignore_index.";
  static constexpr int inputs = -1;
  std::int64_t axis = -1, ignore_index = -100;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs as of nll_loss, but logits; or floats of the shape of the logits as targets: a distribution over the classes.
struct CrossEntropyLoss {
  using family = Loss;
  static constexpr auto name = "cross_entropy_loss", doc = "nll_loss of log_softmax(x), with label smoothing; or against class probabilities.";
  static constexpr int inputs = -1;
  std::int64_t axis = -1, ignore_index = -100;
  double label_smoothing = 0;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct KlDiv {
  using family = Loss;
  static constexpr auto name = "kl_div", doc = "t (log t - x) for log-probabilities x; with log_target exp(t) (t - x).";
  static constexpr int inputs = 2;
  bool log_target = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct CosineSimilarity {
  using family = Loss;
  static constexpr auto name = "cosine_similarity", doc = "sum(a b) / (max(|a|, eps) max(|b|, eps)) along one axis; a and b broadcast.";
  static constexpr int inputs = 2;
  std::int64_t axis = 1;
  double eps = 1e-8;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct CosineEmbeddingLoss {
  using family = Loss;
  static constexpr auto name = "cosine_embedding_loss", doc = "1 - cos(a, b) for target 1, max(0, cos(a, b) - margin) for -1, along the last axis.";
  static constexpr int inputs = 3;
  double margin = 0;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct HingeEmbeddingLoss {
  using family = Loss;
  static constexpr auto name = "hinge_embedding_loss", doc = "x for target 1, max(0, margin - x) for -1.";
  static constexpr int inputs = 2;
  double margin = 1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: scores [..., classes], integer targets [...], and weights [classes].
struct MultiMarginLoss {
  using family = Loss;
  static constexpr auto name = "multi_margin_loss", doc = "Mean over the classes j of max(0, margin - x[target] + x[j])^p without j = target, p = 1 or 2.";
  static constexpr int inputs = -1;
  double p = 1, margin = 1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct MarginRankingLoss {
  using family = Loss;
  static constexpr auto name = "margin_ranking_loss", doc = "max(0, margin - target (a - b)): target 1 wants a above b, -1 below.";
  static constexpr int inputs = 3;
  double margin = 0;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct TripletMarginLoss {
  using family = Loss;
  static constexpr auto name = "triplet_margin_loss", doc = "max(0, margin + d(anchor, positive) - d(anchor, negative)), d the p-norm of the difference + eps along the last axis.";
  static constexpr int inputs = 3;
  double margin = 1, p = 2, eps = 1e-6;
  bool swap = false;  // the negative against the nearer of anchor and positive
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct PoissonNllLoss {
  using family = Loss;
  static constexpr auto name = "poisson_nll_loss", doc = "exp(x) - t x; or x - t log(x + eps) without log_input; full adds Stirling's term for t > 1.";
  static constexpr int inputs = 2;
  bool log_input = true, full = false;
  double eps = 1e-8;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: x, target, variance, which broadcasts.
struct GaussianNllLoss {
  using family = Loss;
  static constexpr auto name = "gaussian_nll_loss", doc = "(log v + (x - t)^2 / v) / 2 with v = max(variance, eps); full adds log(2 pi) / 2.";
  static constexpr int inputs = 3;
  bool full = false;
  double eps = 1e-6;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct SoftMarginLoss {
  using family = Loss;
  static constexpr auto name = "soft_margin_loss", doc = "log(1 + exp(-target x)) for targets 1 and -1.";
  static constexpr int inputs = 2;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct PairwiseDistance {
  using family = Loss;
  static constexpr auto name = "pairwise_distance", doc = "p-norm of a - b + eps along the last axis.";
  static constexpr int inputs = 2;
  double p = 2, eps = 1e-6;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_LOSS_OPS(X)                                                                      \
  X(MseLoss) X(L1Loss) X(HuberLoss) X(SmoothL1Loss) X(BinaryCrossEntropy)            \
  X(BinaryCrossEntropyWithLogits) X(NllLoss) X(CrossEntropyLoss) X(KlDiv)            \
  X(CosineSimilarity) X(CosineEmbeddingLoss) X(HingeEmbeddingLoss) X(MultiMarginLoss)            \
  X(MarginRankingLoss) X(TripletMarginLoss) X(PoissonNllLoss) X(GaussianNllLoss)            \
  X(SoftMarginLoss) X(PairwiseDistance)
GRADUS_LOSS_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor mse_loss(const Tensor& x, const Tensor& target);
Tensor l1_loss(const Tensor& x, const Tensor& target);
Tensor huber_loss(const Tensor& x, const Tensor& target, double delta = 1);
Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, double beta = 1);
// An undefined weight is none.
Tensor binary_cross_entropy(const Tensor& probability, const Tensor& target, const Tensor& weight = {});
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target, const Tensor& weight = {}, const Tensor& pos_weight = {});

struct ClassLossOptions {
  Tensor weight = {};                // [classes]
  double label_smoothing = 0;        // of cross_entropy_loss
  std::int64_t ignore_index = -100;  // the loss of such a target is 0
  std::int64_t axis = -1;            // of the classes; 1 for PyTorch's [N, C, ...]
};
Tensor nll_loss(const Tensor& log_probability, const Tensor& target, const ClassLossOptions& how = {});
Tensor cross_entropy_loss(const Tensor& logits, const Tensor& target, const ClassLossOptions& how = {});
// What PyTorch's mean divides by: the weight of each target's class, 0 for ignored ones. sum(losses) / sum(target_weight(...))
Tensor target_weight(const Tensor& target, const ClassLossOptions& how = {}, Dtype dtype = Dtype::f32);

Tensor kl_div(const Tensor& x, const Tensor& target, bool log_target = false);
Tensor cosine_similarity(const Tensor& a, const Tensor& b, std::int64_t axis = 1, double eps = 1e-8);
Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p = 2, double eps = 1e-6, bool keepdims = false);
Tensor cosine_embedding_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin = 0);
Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target, double margin = 1);
Tensor multi_margin_loss(const Tensor& x, const Tensor& target, double p = 1, double margin = 1, const Tensor& weight = {});
Tensor margin_ranking_loss(const Tensor& a, const Tensor& b, const Tensor& target, double margin = 0);
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, double margin = 1, double p = 2, double eps = 1e-6, bool swap = false);
Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, bool log_input = true, bool full = false, double eps = 1e-8);
Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target, const Tensor& variance, bool full = false, double eps = 1e-6);
Tensor soft_margin_loss(const Tensor& x, const Tensor& target);

}  // namespace gradus
