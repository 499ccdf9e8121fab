// Recurrent layers: the products of all steps with the weights of the input at once, and in each step, a few units of the state at a time,
// a product and a fused cell. On the way back the gradients of the weights are one product each, over all steps.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <optional>

#include "backend/cpu/attention_kernels.hpp"
#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/gemm.hpp"
#include "backend/cpu/recurrent_kernels.hpp"
#include "ops/recurrent_layout.hpp"

namespace gradus::cpu {
namespace {

using Layout = ops::RecurrentLayout;
constexpr std::int64_t block_depth = 256, block = 8;  // block: rows of a step whose bias gradients are summed first

// The inputs of a layer: x, h, (c), w_ih, w_hh, and biases or zeros.
template <class T>
struct Operands {
  Dense<T> x, h;
  std::optional<Dense<T>> c;
  Dense<T> w_ih, w_hh;
  Operands(const Layout& l, Inputs in) : x(in[0].array()), h(in[1].array()), c(cell(l, in)), w_ih(in[2 + l.cells].array()), w_hh(in[3 + l.cells].array()) {}
  static std::optional<Dense<T>> cell(const Layout& l, Inputs in) { return l.cells ? std::optional<Dense<T>>(std::in_place, in[2].array()) : std::nullopt; }
};

// The products of single steps with the weights of the state, for the units of a panel. All steps read the weights, so they are put
// together once as the product wants them, if there are steps enough.
template <class T>
class Steps {
 public:
  Steps(const Layout& layout, const T* weights, bool back)
      : l(layout), back_(back), packed_(l.T >= 4), w_(weights), stripe_(kernels_.stripe), depth_(back ? l.gates * l.H : l.H), parts_(back ? 1 : l.gates),
        room_(packed_ ? panels() * parts_ * depth_ * stripe_ : 0), whole_(packed_ ? 0 : l.N * parts_ * l.H) {
    for (std::int64_t i = 0; i < panels() && packed_; ++i) {
      const std::int64_t first = i * stripe_, n = std::min(stripe_, l.H - first);
      for (std::int64_t part = 0; part < parts_; ++part) {
        if (back) kernels_.put(depth_, n, {w_ + first, l.H}, T(1), nullptr, panel(i, part));
        else kernels_.turn(n, depth_, {w_ + (part * l.H + first) * l.H, l.H}, T(1), panel(i, part), stripe_);
      }
    }
  }
  // Calls f(units, what x [N, ...] times the weights gives for them). x may be null: zeros.
  template <class F>
  void run(const T* x, F&& f) const {
    if (!packed_ && x) back_ ? product<T>(l.N, l.H, depth_, {x, depth_, 1}, {w_, l.H, 1}, whole_.data()) : product<T>(l.N, parts_ * l.H, l.H, {x, l.H, 1}, {w_, 1, l.H}, whole_.data());
    parallel_for(panels(), Cost(l.N * parts_ * depth_ * stripe_, 8), [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t step = parts_ * stripe_;
      const Work<T> tile(l.N * step);
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t first = i * stripe_, last = std::min(l.H, first + stripe_);
        if (!x) std::fill_n(tile.data(), l.N * step, T(0));
        else if (!packed_) {
          f(Units{first, last, parts_ * l.H, l.H}, whole_.data() + first);
          continue;
        }
        for (std::int64_t part = 0; part < parts_ && x; ++part) {
          for (std::int64_t p = 0; p < depth_; p += block_depth) {  // what of a panel stays in the first cache for all rows
            kernels_.multiply(l.N, stripe_, std::min(block_depth, depth_ - p), {x + p, depth_}, panel(i, part).from(p), {tile.data() + part * stripe_, step}, p > 0);
          }
        }
        f(Units{first, last, step, stripe_}, tile.data());
      }
    });
  }

 private:
  std::int64_t panels() const { return (l.H + stripe_ - 1) / stripe_; }
  Rows<T> panel(std::int64_t i, std::int64_t part) const { return {room_.data() + (i * parts_ + part) * depth_ * stripe_, stripe_}; }

  const AttentionKernels<T>& kernels_ = attention_kernels<T>();
  const Layout& l;
  const bool back_, packed_;
  const T* w_;
  const std::int64_t stripe_, depth_, parts_;
  const Work<T> room_, whole_;
};

template <class T>
void run_layer(const Kernel& kernel, Inputs in, Array& y) {
  const auto& op = *ops::as<ops::RecurrentLayer>(*kernel.op);
  const Layout l(op.cell, op.reverse, in, in.size() > 5);
  DenseResult<T> out(y);
  const Operands<T> given(l, in);
  const std::int64_t one = l.N * l.H, wide = l.gates * l.H;
  T *states = out.data(), *kept = states + l.states();
  const Work<T> room(l.cells ? 0 : l.T * l.N * wide), bias(2 * wide);
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
  const Steps<T> steps(l, given.w_hh.data(), false);
  for (std::int64_t step = 0; step < l.T; ++step) {
    const T* before = states + l.h_row(step) * one;
    T* h = states + l.h_row(step + 1) * one;
    T *x = from_x + l.time(step) * l.N * wide, *gates = kept + l.time(step) * l.N * l.kept * l.H;
    steps.run(before, [&](const Units& u, const T* from_h) {
      if (l.cells) cells.lstm(l.N, l.H, u, x, from_h, bias_x, states + l.c_row(step) * one, states + l.c_row(step + 1) * one, h);
      else if (gru) cells.gru(l.N, l.H, u, x, from_h, bias_x, bias_h, before, gates, h);
      else cells.plain(l.N, l.H, u, relu, x, from_h, bias_x, h);
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
  const Work<T> sums_x(l.T * l.N * wide), other(gru ? l.T * l.N * wide : 0), biases(blocks * 2 * wide), carry(one);
  T *d_x = sums_x.data(), *d_h = gru ? other.data() : d_x;  // gradients of the two sums, in the order of time
  std::fill_n(biases.data(), blocks * 2 * wide, T(0));
  const auto shown = [&](std::int64_t row) { return slopes.data() + (row - l.first_shown()) * one; };
  if (l.cells) std::copy_n(shown(l.c_row(l.T)), one, carry.data());
  else std::fill_n(carry.data(), one, T(0));
  const RecurrentKernels<T>& cells = recurrent_kernels<T>();
  const Steps<T> steps(l, given.w_hh.data(), true);
  for (std::int64_t step = l.T; step-- > 0;) {
    const std::int64_t t = l.time(step);
    const T *before = states + l.h_row(step) * one, *h = states + l.h_row(step + 1) * one, *g = shown(l.h_row(step + 1)), *gates = kept + t * l.N * l.kept * l.H;
    const T* after = step + 1 < l.T ? d_h + l.time(step + 1) * l.N * wide : nullptr;
    steps.run(after, [&](const Units& u, const T* from_after) {
      for (std::int64_t b = 0; b < blocks; ++b) {
        const std::int64_t r = b * block, n = std::min(block, l.N - r), at = r * l.H, place = t * l.N * wide + r * wide;
        const T* dh_after = from_after + r * u.step;
        T *db_x = biases.data() + b * 2 * wide, *db_h = db_x + wide;
        if (l.cells) cells.lstm_grad(n, l.H, u, gates + 4 * at, states + l.c_row(step) * one + at, states + l.c_row(step + 1) * one + at, dh_after, g + at, carry.data() + at, d_x + place, db_x);
        else if (gru) cells.gru_grad(n, l.H, u, gates + 4 * at, before + at, dh_after, g + at, carry.data() + at, d_x + place, d_h + place, db_x, db_h);
        else cells.plain_grad(n, l.H, u, relu, h + at, dh_after, g + at, d_x + place, db_x);
      }
    });
  }
  steps.run(l.T > 0 ? d_h + l.time(0) * l.N * wide : nullptr, [&](const Units& u, const T* from_after) {
    for (std::int64_t r = 0; r < l.N; ++r) {
      for (std::int64_t k = u.first; k < u.last; ++k) dh[r * l.H + k] = from_after[r * u.step + k - u.first] + (gru ? carry[r * l.H + k] : T(0));
    }
  });
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
