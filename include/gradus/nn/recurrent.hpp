// Recurrent layers: long short-term memory (Hochreiter & Schmidhuber 1997), gated recurrent units (Cho et al. 2014).
//   nn::LSTM lstm{64, 256, {.batch_first = true}};
//   Tensor y = lstm(x);                                    // [N, T, 64] -> [N, T, 256]
//   auto [output, h, c] = lstm.run(x, {.h = h0, .c = c0});   // with states: to go on where a sequence stopped
// Parameters have PyTorch's names, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, ..., shapes and order of gates.
#pragma once
#include "../autodiff.hpp"
#include "../ops/recurrent.hpp"
#include "init.hpp"

namespace gradus::nn {

struct RecurrentLayerOptions {
  std::int64_t layers = 1;    // one on top of the other
  bool bias = true;
  bool batch_first = false;   // x and y are [N, T, ...] instead of [T, N, ...]
  bool bidirectional = false; // a second one reads from the end; outputs are side by side
  double dropout = 0;         // in training, of the outputs of every layer but the last
  Initializer init = {};      // of everything; by default uniform +-1 / sqrt(hidden)
  Dtype dtype = Dtype::f32;
};

// The states at the beginning, [layers * directions, N, hidden]; zeros unless given.
struct RecurrentBegin {
  Tensor h = {}, c = {};  // c: of LSTM alone
};

// What LSTM and GRU share.
class RecurrentLayer {
 public:
  struct Cell {
    Param w_ih, w_hh;  // [gates * hidden, in], [gates * hidden, hidden]
    Param b_ih, b_hh;  // [gates * hidden]; undefined without bias
  };
  Tensor operator()(const Tensor& x) const { return run(x).output; }  // [T, N, in] -> [T, N, hidden]
  RecurrentResult run(const Tensor& x, const RecurrentBegin& begin = {}) const;
  std::string text() const;  // "lstm 64 -> 256, 2 layers"
  void walk(const Visitor& visitor, const std::string& path = {});

  std::vector<Cell> cells;  // layer 0, its backward one if there is one, layer 1, ...

 protected:
  RecurrentLayer(const char* name, std::int64_t gates, std::int64_t in, std::int64_t hidden, const RecurrentLayerOptions& options);

 private:
  const char* name_;
  std::int64_t gates_;
  bool batch_first_, bidirectional_;
  double dropout_;
};

class LSTM final : public RecurrentLayer {
 public:
  LSTM(std::int64_t in, std::int64_t hidden, const RecurrentLayerOptions& options = {}) : RecurrentLayer("lstm", 4, in, hidden, options) {}
};

class GRU final : public RecurrentLayer {
 public:
  GRU(std::int64_t in, std::int64_t hidden, const RecurrentLayerOptions& options = {}) : RecurrentLayer("gru", 3, in, hidden, options) {}
};

}  // namespace gradus::nn
