// Where the parts of a recurrent layer's packed result lie, for the operations and for their kernels.
#pragma once
#include <gradus/ops.hpp>

namespace gradus::ops {

// First the states, in rows of [N, H]: h before the first step, h after each step, and for lstm c after the last step, after the one
// before it, ..., before the first. So what is shown, all h and the last c, lies together. A layer that runs backwards has the same rows
// in reverse order: its h are in the order of time too. After the states come the gates, [T, N, kept * H], in the order of time.
struct RecurrentLayout {
  std::int64_t T, N, C, H, gates, kept;
  bool cells, reverse, biases;

  RecurrentLayout(const std::string& cell, bool backwards, Inputs x, bool with_biases)  // x: the input, h, (c), w_ih, w_hh
      : T(x[0].size(0)), N(x[0].size(1)), C(x[0].size(2)), H(x[1].size(1)), gates(cell == "lstm" ? 4 : cell == "gru" ? 3 : 1), kept(gates > 1 ? 4 : 0), cells(cell == "lstm"), reverse(backwards), biases(with_biases) {}

  std::int64_t rows() const { return cells ? 2 * T + 2 : T + 1; }
  std::int64_t h_row(std::int64_t steps) const { return reverse ? rows() - 1 - steps : steps; }  // after so many steps
  std::int64_t c_row(std::int64_t steps) const { return h_row(2 * T + 1 - steps); }
  std::int64_t shown() const { return T + cells; }  // rows
  std::int64_t first_shown() const { return !reverse ? 1 : cells ? T : 0; }
  std::int64_t time(std::int64_t step) const { return reverse ? T - 1 - step : step; }
  std::int64_t states() const { return rows() * N * H; }
  std::int64_t packed() const { return states() + T * N * kept * H; }
  std::size_t inputs() const { return 4 + cells + 2 * biases; }
  std::int64_t gradients() const { return T * N * C + N * H * (1 + cells) + gates * H * (C + H + 2 * biases); }
};

}  // namespace gradus::ops
