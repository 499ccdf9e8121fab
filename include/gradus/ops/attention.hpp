// Attention without the score matrix, after FlashAttention (Dao et al. 2022): the scores of a block of queries are made, used and
// forgotten, and the gradient makes them again. Forward mode, second derivatives and the gradient of a mask go through plain operations,
// which do store the scores.
#pragma once
#include "define.hpp"

namespace gradus::ops {

// Inputs: q [..., L, E], k [..., S, E], v [..., S, V] with equal leading axes; then, if `masked`, a mask that broadcasts to [..., L, S]:
// floats are added to the scores, bools and integers tell which keys a query sees; then, if dropout is above 0, the weights that are
// kept (bool or integer, [..., L, S]; the others become 0 and these are divided by 1 - dropout). Result: [..., L, V]. A query that sees
// no key gives zeros, as PyTorch does since 2.5. With `heads` above 0 the last axes hold so many heads side by side, each an attention
// of its own, and the scores are [..., heads, L, S].
struct Attention {
  using family = Row;
  static constexpr auto name = "attention", doc = "softmax(q k^T scale + mask) v; by blocks, the scores are never stored.";
  static constexpr int inputs = -1;
  bool masked = false, causal = false;
  double scale = 0;  // 0: 1 / sqrt(E), E being the width of one head
  double dropout = 0;
  std::int64_t heads = 0;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// Inputs: those of attention, and the gradient of its result. Result: the gradients of q, k and v, if these have one shape joined along
// the last axis: [..., L, 3 E], which is what a layer that makes q, k and v in one product wants; else each flattened over its last two
// axes and then joined: [..., L * E + S * E + S * V].
struct AttentionGrad {
  using family = Row;
  static constexpr auto name = "attention_grad", doc = "Gradients of attention with respect to q, k and v in one tensor; by blocks of scores that are made again.";
  static constexpr int inputs = -1;
  bool masked = false, causal = false;
  double scale = 0;
  double dropout = 0;
  std::int64_t heads = 0;
  static bool joined(Inputs x) { return x[0].shape() == x[1].shape() && x[0].shape() == x[2].shape(); }
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
  Tensor mask = {};   // float: added to the scores; bool or integer: true where a query sees a key. Broadcasts to the scores
  bool causal = false;  // query i sees keys 0..i
  double scale = 0;   // 0: 1 / sqrt(E)
  double dropout = 0; // in 0..1
  Tensor keep = {};   // which weights dropout keeps; needed with it: bernoulli(1 - dropout, [..., L, S], Dtype::boolean)
  std::int64_t heads = 0;  // above 0: the last axes hold so many heads side by side, as a layer makes them, and E is the width of one
};
// q [..., L, E], k [..., S, E], v [..., S, V] -> [..., L, V]; the axes before the last two broadcast. Scores are [..., L, S], with heads
// [..., heads, L, S].
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& how = {});

}  // namespace gradus
