// Attention without the score matrix: FlashAttention (Dao et al. 2022). Blocks of scores are made, used and forgotten; what remains of
// them is the log of the sum of their exponentials, one number per query, from which the gradient makes them again. Forward mode, second
// derivatives and the gradient of a mask go through plain operations, which do store the scores.
#pragma once
#include "define.hpp"

namespace gradus::ops {

// Inputs: q [..., L, E], k [..., S, E], v [..., S, V] with equal leading axes; then, if `masked`, a mask that broadcasts to [..., L, S]:
// floats are added to the scores, bools and integers tell which keys a query sees; then, if dropout is above 0, the weights that are
// kept (bool or integer, [..., L, S]; the others become 0 and these are divided by 1 - dropout). Result: [..., L, V + 1], the last
// column being log(sum(exp(scores))). A query that sees no key gives zeros (and -inf in the last column), as PyTorch does since 2.5.
struct Attention {
  using family = Row;
  static constexpr auto name = "attention", doc = "softmax(q k^T scale + mask) v, and the log-sum-exp of the scores as a last column; by blocks, the scores are never stored.";
  static constexpr int inputs = -1;
  bool masked = false, causal = false;
  double scale = 0;  // 0: 1 / sqrt(E)
  double dropout = 0;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// Inputs: those of attention, its result, and the gradient of it. Result: the gradients of q, k and v, each flattened over its last
// two axes and joined along the last: [..., L * E + S * E + S * V].
struct AttentionGrad {
  using family = Row;
  static constexpr auto name = "attention_grad", doc = "Gradients of attention with respect to q, k and v in one tensor; by blocks made again from the log-sum-exp.";
  static constexpr int inputs = -1;
  bool masked = false, causal = false;
  double scale = 0;
  double dropout = 0;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

#define GRADUS_ATTENTION_OPS(X) X(Attention) X(AttentionGrad)
GRADUS_ATTENTION_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

struct AttentionOptions {
  Tensor mask = {};   // float: added to the scores; bool or integer: true where a query sees a key. Broadcasts to [..., L, S]
  bool causal = false;  // query i sees keys 0..i
  double scale = 0;   // 0: 1 / sqrt(E)
  double dropout = 0; // in 0..1
  Tensor keep = {};   // which weights dropout keeps; needed with it: bernoulli(1 - dropout, [..., L, S], Dtype::boolean)
};
// q [..., L, E], k [..., S, E], v [..., S, V] -> [..., L, V]; the axes before the last two broadcast.
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& how = {});

}  // namespace gradus
