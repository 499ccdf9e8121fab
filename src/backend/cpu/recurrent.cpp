// Recurrent layers: the products of all steps with the weights of the input at once, and in each step one product and a fused cell. On
// the way back the gradients of the weights are one product each, over all steps.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <optional>

#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/gemm.hpp"
#include "backend/cpu/recurrent_kernels.hpp"
#include "ops/recurrent_layout.hpp"

namespace gradus::cpu {
namespace {

using Layout = ops::RecurrentLayout;
constexpr std::int64_t block = 8;  // rows of a step that go to one thread, and whose bias gradients are summed first

// The inputs of a layer: x, h, (c), w_ih, w_hh, and biases or zeros.
template <class T>
struct Operands {
  Dense<T> x, h;
  std::optional<Dense<T>> c;
  Dense<T> w_ih, w_hh;
  Operands(const Layout& l, Inputs in) : x(in[0].array()), h(in[1].array()), c(cell(l, in)), w_ih(in[2 + l.cells].array()), w_hh(in[3 + l.cells].array()) {}
  static std::optional<Dense<T>> cell(const Layout& l, Inputs in) { return l.cells ? std::optional<Dense<T>>(std::in_place, in[2].array()) : std::nullopt; }
};

// Blocks of rows of one step, each a thread's if they are worth it.
template <class F>
void each_block(const Layout& l, F&& f) {
  const std::int64_t blocks = (l.N + block - 1) / block, grain = std::max<std::int64_t>(1, (std::int64_t{1} << 14) / (block * 4 * l.H));
  parallel_for(blocks, grain, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) f(b, b * block, std::min(block, l.N - b * block));
  });
}

template <class T>
void run_layer(const Kernel& kernel, Inputs in, Array& y) {
  const auto& op = *ops::as<ops::RecurrentLayer>(*kernel.op);
  const Layout l(op.cell, op.reverse, in, in.size() > 5);
  DenseResult<T> out(y);
  const Operands<T> given(l, in);
  const std::int64_t one = l.N * l.H, wide = l.gates * l.H;
  T *states = out.data(), *kept = states + l.states();
  const Work<T> room(l.cells ? 0 : l.T * l.N * wide), from_h(l.N * wide), bias(2 * wide);
  T *from_x = l.cells ? kept : room.data(), *bias_x = bias.data(), *bias_h = bias_x + wide;
  std::fill_n(bias_x, 2 * wide, T(0));
  if (l.biases) {
    const Dense<T> b_ih(in[4 + l.cells].array()), b_hh(in[5 + l.cells].array());
    std::copy_n(b_ih.data(), wide, bias_x);
    std::copy_n(b_hh.data(), wide, bias_h);
    if (op.cell != "gru") for (std::int64_t i = 0; i < wide; ++i) bias_x[i] += bias_h[i];
  }
  std::copy_n(given.h.data(), one, states + l.h_row(0) * one);
  if (l.cells) std::copy_n(given.c->data(), one, states + l.c_row(0) * one);
  product<T>(l.T * l.N, wide, l.C, {given.x.data(), l.C, 1}, {given.w_ih.data(), 1, l.C}, from_x);
  const RecurrentKernels<T>& cells = recurrent_kernels<T>();
  const bool relu = op.cell == "relu", gru = op.cell == "gru";
  for (std::int64_t step = 0; step < l.T; ++step) {
    const T* before = states + l.h_row(step) * one;
    T* h = states + l.h_row(step + 1) * one;
    product<T>(l.N, wide, l.H, {before, l.H, 1}, {given.w_hh.data(), 1, l.H}, from_h.data());
    T *x = from_x + l.time(step) * l.N * wide, *gates = kept + l.time(step) * l.N * l.kept * l.H;
    each_block(l, [&](std::int64_t, std::int64_t r, std::int64_t n) {
      const std::int64_t at = r * l.H;
      if (l.cells) cells.lstm(n, l.H, x + r * wide, from_h.data() + r * wide, bias_x, states + l.c_row(step) * one + at, states + l.c_row(step + 1) * one + at, h + at);
      else if (gru) cells.gru(n, l.H, x + r * wide, from_h.data() + r * wide, bias_x, bias_h, before + at, gates + 4 * at, h + at);
      else cells.plain(n, l.H, relu, x + r * wide, from_h.data() + r * wide, bias_x, h + at);
    });
  }
  out.finish();
}

template <class T>
void run_grad(const Kernel& kernel, Inputs in, Array& y) {
  const auto& op = *ops::as<ops::RecurrentGrad>(*kernel.op);
  const Inputs rest = in.subspan(2);
  const Layout l(op.cell, op.reverse, rest, rest.size() > 5);
  DenseResult<T> out(y);
  const Dense<T> packed(in[0].array()), slopes(in[1].array());
  const Operands<T> given(l, rest);
  const std::int64_t one = l.N * l.H, wide = l.gates * l.H, blocks = (l.N + block - 1) / block;
  const bool gru = op.cell == "gru", relu = op.cell == "relu";
  const T *states = packed.data(), *kept = states + l.states();
  // The parts of the result.
  T *dx = out.data(), *dh = dx + l.T * l.N * l.C, *carry_out = dh + one, *dw_ih = carry_out + (l.cells ? one : 0), *dw_hh = dw_ih + wide * l.C, *db = dw_hh + wide * l.H;
  const Work<T> sums_x(l.T * l.N * wide), other(gru ? l.T * l.N * wide : 0), biases(blocks * 2 * wide), carry(one), from_after(one);
  T *d_x = sums_x.data(), *d_h = gru ? other.data() : d_x;  // gradients of the two sums, in the order of time
  std::fill_n(biases.data(), blocks * 2 * wide, T(0));
  std::fill_n(from_after.data(), one, T(0));
  const auto shown = [&](std::int64_t row) { return slopes.data() + (row - l.first_shown()) * one; };
  if (l.cells) std::copy_n(shown(l.c_row(l.T)), one, carry.data());
  else std::fill_n(carry.data(), one, T(0));
  const RecurrentKernels<T>& cells = recurrent_kernels<T>();
  for (std::int64_t step = l.T; step-- > 0;) {
    const std::int64_t t = l.time(step);
    const T *before = states + l.h_row(step) * one, *h = states + l.h_row(step + 1) * one, *g = shown(l.h_row(step + 1)), *gates = kept + t * l.N * l.kept * l.H;
    each_block(l, [&](std::int64_t b, std::int64_t r, std::int64_t n) {
      const std::int64_t at = r * l.H, place = t * l.N * wide + r * wide;
      T *db_x = biases.data() + b * 2 * wide, *db_h = db_x + wide;
      if (l.cells) cells.lstm_grad(n, l.H, gates + 4 * at, states + l.c_row(step) * one + at, states + l.c_row(step + 1) * one + at, from_after.data() + at, g + at, carry.data() + at, d_x + place, db_x);
      else if (gru) cells.gru_grad(n, l.H, gates + 4 * at, before + at, from_after.data() + at, g + at, carry.data() + at, d_x + place, d_h + place, db_x, db_h);
      else cells.plain_grad(n, l.H, relu, h + at, from_after.data() + at, g + at, d_x + place, db_x);
    });
    product<T>(l.N, l.H, wide, {d_h + t * l.N * wide, wide, 1}, {given.w_hh.data(), l.H, 1}, from_after.data());
  }
  for (std::int64_t i = 0; i < one; ++i) dh[i] = from_after[i] + (gru ? carry[i] : T(0));
  if (l.cells) std::copy_n(carry.data(), one, carry_out);
  const std::int64_t all = l.T * l.N;
  product<T>(all, l.C, wide, {d_x, wide, 1}, {given.w_ih.data(), l.C, 1}, dx);
  product<T>(wide, l.C, all, {d_x, 1, wide}, {given.x.data(), l.C, 1}, dw_ih);
  const T* before = states + std::min(l.h_row(0), l.h_row(l.T - 1)) * one;  // the states before all steps, in the order of time
  product<T>(wide, l.H, all, {d_h, 1, wide}, {before, l.H, 1}, dw_hh);
  if (l.biases) {
    std::fill_n(db, 2 * wide, T(0));
    for (std::int64_t b = 0; b < blocks; ++b) {
      for (std::int64_t i = 0; i < 2 * wide; ++i) db[i] += biases[b * 2 * wide + (gru ? i : i % wide)];
    }
  }
  out.finish();
}

}  // namespace

Kernel prepare_recurrent(const Op& op, Inputs, const Array& y) {
  const bool f32 = y.dtype() == Dtype::f32;
  if (ops::as<ops::RecurrentLayer>(op)) return {f32 ? &run_layer<float> : &run_layer<double>, &op};
  if (ops::as<ops::RecurrentGrad>(op)) return {f32 ? &run_grad<float> : &run_grad<double>, &op};
  return {};
}

}  // namespace gradus::cpu
