// Recurrent networks over sequences: functions made of operations. The gates stand in PyTorch's order (lstm: input, forget, cell, output;
// gru: reset, update, new), weights are [gates * H, C] and [gates * H, H], and one step is one of the two cells of the list.
#pragma once
#include <string>

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

// One layer over a whole sequence in one direction, by a fused kernel. Inputs: x [T, N, C], h [N, H], for lstm c [N, H], then w_ih, w_hh,
// and the biases of both, or neither. `cell` is lstm, gru, tanh or relu. Result, flat: all states, and what the gradient needs.
struct RecurrentLayer {
  using family = Row;
  static constexpr auto name = "recurrent_layer", doc = "A layer of lstm, gru, tanh or relu cells over a sequence: all states, and then the gates of all steps.";
  static constexpr int inputs = -1;
  std::string cell = "lstm";
  bool reverse = false;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: what the layer gave, the gradient of what is shown of it, and the layer's inputs. Result: the gradients of the layer's inputs,
// each flat, one after the other.
struct RecurrentGrad {
  using family = Row;
  static constexpr auto name = "recurrent_grad", doc = "Gradients of recurrent_layer with respect to all its inputs in one flat tensor.";
  static constexpr int inputs = -1;
  std::string cell = "lstm";
  bool reverse = false;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Inputs: what the layer gave, and the layer's inputs. Result: h after each step in the order of time, [T, N, H]; for lstm one row more,
// c after the last step, behind them or, if `reverse`, before them. A window on the layer's result, but differentiable with respect to
// the layer's inputs: its gradient need not be filled up to the size of all that was kept. Not in the list of operations, since
// its first input cannot be just any numbers.
struct RecurrentStates {
  using family = Row;
  static constexpr auto name = "recurrent_states", doc = "The states that a recurrent layer shows.";
  static constexpr int inputs = -1;
  std::string cell = "lstm";
  bool reverse = false;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  Tensor expand(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
};

#define GRADUS_RECURRENT_OPS(X) X(LstmCell) X(GruCell) X(RecurrentLayer) X(RecurrentGrad)
GRADUS_RECURRENT_OPS(GRADUS_EXTERN_OP)
GRADUS_EXTERN_OP(RecurrentStates)

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
