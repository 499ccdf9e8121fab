// Attention over a sequence, each place seeing itself and what is before it, and the block that transformers are made of.
//   nn::TransformerBlock block{128, 4};          // 128 wide, 4 heads: [N, T, 128] -> the same
#pragma once
#include "../autodiff.hpp"
#include "dropout.hpp"
#include "linear.hpp"
#include "norm.hpp"

namespace gradus::nn {

struct AttentionLayerOptions {
  double dropout = 0;          // in training: of the weights between places, and of the result
  bool bias = true;
  Initializer init = {};       // of the weights, as in Linear
  Initializer bias_init = {};
  Dtype dtype = Dtype::f32;
};

// x [N, T, width] (or [T, width]) -> the same: softmax(q k^T / sqrt(width / heads)) v for each head, over places 0..t (Vaswani et al. 2017).
class CausalSelfAttention {
 public:
  CausalSelfAttention(std::int64_t width, std::int64_t heads, const AttentionLayerOptions& options = {});
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "causal_self_attention 128, 4 heads"
  static constexpr auto fields() { return fields_of<&CausalSelfAttention::qkv, &CausalSelfAttention::proj>{}; }

  Linear qkv;   // width -> 3 width: queries, keys, values, each of all heads
  Linear proj;  // width -> width

 private:
  std::int64_t heads_;
  double dropout_;
};

struct TransformerOptions {
  double mlp = 4;              // the inner layer is so many times as wide
  double dropout = 0;
  bool bias = true;
  Initializer init = {}, bias_init = {};
  Initializer proj_init = {};  // of the two layers whose results are added to x; by default `init`
  Dtype dtype = Dtype::f32;
};

// x + attention(norm(x)), and then x + mlp(norm(x)): the order of GPT-2, with gelu.
class TransformerBlock {
 public:
  TransformerBlock(std::int64_t width, std::int64_t heads, const TransformerOptions& options = {});
  Tensor operator()(const Tensor& x) const;
  std::string text() const;  // "transformer 128, 4 heads"
  static constexpr auto fields() {
    return fields_of<&TransformerBlock::norm1, &TransformerBlock::attention, &TransformerBlock::norm2, &TransformerBlock::up, &TransformerBlock::down>{};
  }

  LayerNorm norm1;
  CausalSelfAttention attention;
  LayerNorm norm2;
  Linear up, down;  // width -> mlp * width -> width
 private:
  Dropout dropout_;
};

}  // namespace gradus::nn
