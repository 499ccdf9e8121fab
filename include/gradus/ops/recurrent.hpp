// Recurrent networks over sequences: functions made of operations. The gates stand in PyTorch's order (lstm: input, forget, cell, output;
// gru: reset, update, new), weights are [gates * H, C] and [gates * H, H], and one step is one of the two cells of the list.
#pragma once
#include "define.hpp"

namespace gradus::ops {

// Inputs: x [N, C], h [N, H], c [N, H], w_ih [4 H, C], w_hh [4 H, H], and the biases [4 H] of both, or neither.
// Result: [N, 2 H], the new h and then the new c.
struct LstmCell {
  using family = Row;
  static constexpr auto name = "lstm_cell", doc = "One step of a long short-term memory: h and c after it, side by side.";
  static constexpr int inputs = -1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: x [N, C], h [N, H], w_ih [3 H, C], w_hh [3 H, H], and the biases [3 H] of both, or neither. Result: h after the step.
struct GruCell {
  using family = Row;
  static constexpr auto name = "gru_cell", doc = "One step of a gated recurrent unit.";
  static constexpr int inputs = -1;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_RECURRENT_OPS(X) X(LstmCell) X(GruCell)
GRADUS_RECURRENT_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

// The weights of one layer in one direction. Biases are optional: both or neither.
struct RecurrentWeights {
  Tensor w_ih, w_hh, b_ih = {}, b_hh = {};
};
struct RecurrentOptions {
  bool bidirectional = false;   // weights: layer 0 forward, layer 0 backward, layer 1 forward, ...
  bool batch_first = false;     // x and output are [N, T, C] instead of [T, N, C]
  Tensor lengths = {};          // integers [N]: where each sequence ends; outputs after it are 0, and backward begins there
  Tensor h = {}, c = {};        // states at the beginning, [layers * directions, N, H]; zeros unless given (c: lstm only)
};
struct RecurrentResult {
  Tensor output;                // [T, N, directions * H], of the last layer
  Tensor h, c;                  // states at the end of each sequence, [layers * directions, N, H]; c is undefined but for lstm
};
RecurrentResult rnn(const Tensor& x, const std::vector<RecurrentWeights>& weights, const RecurrentOptions& how = {}, bool use_relu = false);  // else tanh
RecurrentResult lstm(const Tensor& x, const std::vector<RecurrentWeights>& weights, const RecurrentOptions& how = {});
RecurrentResult gru(const Tensor& x, const std::vector<RecurrentWeights>& weights, const RecurrentOptions& how = {});

Tensor lstm_cell(const Tensor& x, const Tensor& h, const Tensor& c, const RecurrentWeights& weights);  // [N, 2 H]: h, then c
Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights);                    // [N, H]

}  // namespace gradus
