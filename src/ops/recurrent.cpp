#include <fmt/format.h>

#include "inputs.hpp"

namespace gradus::ops {
namespace {

// Which of the gates of x [..., gates * hidden].
Tensor gate(const Tensor& x, std::int64_t i, std::int64_t hidden) { return slice(x, -1, {i * hidden, (i + 1) * hidden}); }

Tensor projected(const Tensor& x, const Tensor& w, const Tensor& bias) {
  const Tensor y = matmul(x, T(w));
  return bias.defined() ? y + bias : y;
}

struct State {
  Tensor h, c;  // c of lstm only
};

// One step, given what the input and the state before contribute to the gates: [N, gates * H] each.
State lstm_step(const Tensor& from_x, const Tensor& from_h, const State& s) {
  const std::int64_t hidden = s.h.size(-1);
  const Tensor sum = from_x + from_h;
  const Tensor c = sigmoid(gate(sum, 1, hidden)) * s.c + sigmoid(gate(sum, 0, hidden)) * tanh(gate(sum, 2, hidden));
  return {sigmoid(gate(sum, 3, hidden)) * tanh(c), c};
}
State gru_step(const Tensor& from_x, const Tensor& from_h, const State& s) {
  const std::int64_t hidden = s.h.size(-1);
  const Tensor reset = sigmoid(gate(from_x, 0, hidden) + gate(from_h, 0, hidden)), update = sigmoid(gate(from_x, 1, hidden) + gate(from_h, 1, hidden));
  const Tensor fresh = tanh(gate(from_x, 2, hidden) + reset * gate(from_h, 2, hidden));
  return {fresh + update * (s.h - fresh), {}};
}
State tanh_step(const Tensor& from_x, const Tensor& from_h, const State&) { return {tanh(from_x + from_h), {}}; }
State relu_step(const Tensor& from_x, const Tensor& from_h, const State&) { return {relu(from_x + from_h), {}}; }

struct Kind {
  const char* name;
  std::int64_t gates;
  State (*step)(const Tensor& from_x, const Tensor& from_h, const State& s);
};
constexpr Kind lstm_kind{"lstm", 4, lstm_step}, gru_kind{"gru", 3, gru_step}, tanh_kind{"rnn", 1, tanh_step}, relu_kind{"rnn", 1, relu_step};

// Weights for inputs of `features`; returns the size of the state.
std::int64_t check_weights(std::string_view op, const RecurrentWeights& w, std::int64_t gates, std::int64_t features, const std::string& which) {
  if (!w.w_ih.defined() || !w.w_hh.defined()) fail<ValueError>(std::string(op), "the weights" + which + " are undefined tensors");
  const Shape ih = w.w_ih.shape(), hh = w.w_hh.shape();
  const std::int64_t hidden = hh.empty() ? 0 : hh.back();
  if (hh.size() != 2 || hh[0] != gates * hidden || !(ih == Shape{gates * hidden, features})) {
    fail<ShapeError>(std::string(op), fmt::format("the weights{} are w_ih {} and w_hh {}; for inputs of {} features they must be [{}, {}] and [{}, H]", which, to_string(ih), to_string(hh), features,
                                                  gates == 1 ? "H" : fmt::format("{} H", gates), features, gates == 1 ? "H" : fmt::format("{} H", gates)));
  }
  if (w.b_ih.defined() != w.b_hh.defined()) fail<ValueError>(std::string(op), "one bias" + which + " is given and the other is not", "both or neither; zeros where one is not wanted");
  if (w.b_ih.defined() && (!(w.b_ih.shape() == Shape{gates * hidden}) || !(w.b_hh.shape() == w.b_ih.shape()))) {
    fail<ShapeError>(std::string(op), fmt::format("the biases{} are {} and {}; they must be [{}]", which, to_string(w.b_ih.shape()), to_string(w.b_hh.shape()), gates * hidden));
  }
  return hidden;
}

void check_state(std::string_view op, const char* what, const Tensor& state, const Shape& shape) {
  if (!(state.shape() == shape)) fail<ShapeError>(std::string(op), fmt::format("{} is {}, it must be {}", what, to_string(state.shape()), to_string(shape)));
}

Tensor cell(const Kind& kind, std::string_view op, Inputs x, std::size_t states) {
  const std::size_t least = 3 + states;  // x, the states, two weights
  if (x.size() != least && x.size() != least + 2) fail<ValueError>(std::string(op), fmt::format("takes {} tensors, or {} with biases, got {}", least, least + 2, x.size()));
  RecurrentWeights w{x[1 + states], x[2 + states], {}, {}};
  if (x.size() > least) w.b_ih = x[least], w.b_hh = x[least + 1];
  if (x[0].rank() != 2) fail<ShapeError>(std::string(op), fmt::format("x is {}; it must be [N, C]", to_string(x[0].shape())));
  const std::int64_t hidden = check_weights(op, w, kind.gates, x[0].size(1), "");
  for (std::size_t i = 1; i <= states; ++i) check_state(op, i == 1 ? "h" : "c", x[i], {x[0].size(0), hidden});
  const State s = kind.step(projected(as_float(x[0]), w.w_ih, w.b_ih), projected(x[1], w.w_hh, w.b_hh), {x[1], states > 1 ? x[2] : Tensor()});
  return states > 1 ? concat({s.h, s.c}, -1) : s.h;
}

// One layer in one direction over x [T, N, C]. Where a sequence has ended the state stays as it is and the output is 0.
Tensor run_layer(const Kind& kind, const Tensor& x, const RecurrentWeights& w, const Tensor& lengths, bool reverse, State& s) {
  const std::int64_t steps = x.size(0);
  const Tensor from_x = projected(x, w.w_ih, w.b_ih);  // for all steps at once
  Tensors out(static_cast<std::size_t>(steps));
  for (std::int64_t i = 0; i < steps; ++i) {
    const std::int64_t t = reverse ? steps - 1 - i : i;
    State next = kind.step(from_x[t], projected(s.h, w.w_hh, w.b_hh), s);
    Tensor shown = next.h;
    if (lengths.defined()) {
      const Tensor alive = unsqueeze(lengths > t, -1);
      shown = where(alive, next.h, 0);
      next.h = where(alive, next.h, s.h);
      if (next.c.defined()) next.c = where(alive, next.c, s.c);
    }
    out[static_cast<std::size_t>(t)] = shown;
    s = next;
  }
  return stack(out);
}

RecurrentResult run(const Kind& kind, const Tensor& in, const std::vector<RecurrentWeights>& weights, const RecurrentOptions& how) {
  const std::size_t directions = how.bidirectional ? 2 : 1;
  if (in.rank() != 2 && in.rank() != 3) {
    fail<ShapeError>(kind.name, fmt::format("x is {}; it must be {}, or [T, C] for one sequence", to_string(in.shape()), how.batch_first ? "[N, T, C]" : "[T, N, C]"));
  }
  if (weights.empty() || weights.size() % directions != 0) {
    fail<ValueError>(kind.name, fmt::format("{} sets of weights for {} {}: each layer has {}", weights.size(), directions, directions == 1 ? "direction" : "directions", directions));
  }
  const bool one = in.rank() == 2;
  Tensor x = as_float(in);
  if (one) x = unsqueeze(x, 1);
  else if (how.batch_first) x = transpose(x, 0, 1);
  const std::int64_t batch = x.size(1);
  if (x.size(0) == 0) fail<ShapeError>(kind.name, fmt::format("the sequence of x {} has no steps", to_string(in.shape())));
  Tensor lengths;
  if (how.lengths.defined()) {
    check_integers(kind.name, how.lengths, "lengths");
    lengths = one && how.lengths.rank() == 0 ? unsqueeze(how.lengths, 0) : how.lengths;
    check_state(kind.name, "lengths", lengths, {batch});
  }
  const bool cells = kind.gates == 4;
  if (how.c.defined() && !cells) fail<ValueError>(kind.name, "has no c; only lstm has");
  Tensors h, c;
  for (std::size_t first = 0; first < weights.size(); first += directions) {
    Tensors sides;
    for (std::size_t d = 0; d < directions; ++d) {
      const std::size_t at = first + d;
      const RecurrentWeights& w = weights[at];
      const std::int64_t hidden = check_weights(kind.name, w, kind.gates, x.size(2), fmt::format(" of layer {}{}", first / directions, d ? ", backward," : ""));
      const auto begin = [&](const char* what, const Tensor& given) {
        if (!given.defined()) return Tensor::zeros({batch, hidden}, promote(x.dtype(), w.w_ih.dtype()));
        const auto count = static_cast<std::int64_t>(weights.size());
        check_state(kind.name, what, given, one ? Shape{count, hidden} : Shape{count, batch, hidden});
        const Tensor state = given[static_cast<std::int64_t>(at)];
        return one ? unsqueeze(state, 0) : state;
      };
      State s{begin("h", how.h), cells ? begin("c", how.c) : Tensor()};
      sides.push_back(run_layer(kind, x, w, lengths, d == 1, s));
      h.push_back(s.h);
      if (cells) c.push_back(s.c);
    }
    x = directions == 2 ? concat(sides, -1) : sides[0];
  }
  RecurrentResult out{x, stack(h), cells ? stack(c) : Tensor()};
  if (one) {
    out.output = squeeze(out.output, 1);
    out.h = squeeze(out.h, 1);
    if (cells) out.c = squeeze(out.c, 1);
  } else if (how.batch_first) {
    out.output = transpose(out.output, 0, 1);
  }
  return out;
}

}  // namespace

Tensor LstmCell::expand(Inputs x) const { return cell(lstm_kind, name, x, 2); }
std::vector<Case> LstmCell::cases() {
  const auto op = make_op(LstmCell{});
  return {{op, {{{2, 3}}, {{2, 2}}, {{2, 2}}, {{8, 3}}, {{8, 2}}, {{8}}, {{8}}}}, {op, {{{1, 2}}, {{1, 1}}, {{1, 1}}, {{4, 2}}, {{4, 1}}}}, {op, {{{0, 2}}, {{0, 1}}, {{0, 1}}, {{4, 2}}, {{4, 1}}}}};
}
Tensor GruCell::expand(Inputs x) const { return cell(gru_kind, name, x, 1); }
std::vector<Case> GruCell::cases() {
  const auto op = make_op(GruCell{});
  return {{op, {{{2, 3}}, {{2, 2}}, {{6, 3}}, {{6, 2}}, {{6}}, {{6}}}}, {op, {{{1, 2}}, {{1, 1}}, {{3, 2}}, {{3, 1}}}}, {op, {{{0, 2}}, {{0, 1}}, {{3, 2}}, {{3, 1}}}}};
}

GRADUS_RECURRENT_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {
namespace {
Tensors with_biases(Tensors x, const RecurrentWeights& w) {
  x.push_back(w.w_ih);
  x.push_back(w.w_hh);
  if (w.b_ih.defined() || w.b_hh.defined()) {
    x.push_back(w.b_ih);
    x.push_back(w.b_hh);
  }
  return x;
}
}  // namespace

RecurrentResult rnn(const Tensor& x, const std::vector<RecurrentWeights>& weights, const RecurrentOptions& how, bool use_relu) {
  return ops::run(use_relu ? ops::relu_kind : ops::tanh_kind, x, weights, how);
}
RecurrentResult lstm(const Tensor& x, const std::vector<RecurrentWeights>& weights, const RecurrentOptions& how) { return ops::run(ops::lstm_kind, x, weights, how); }
RecurrentResult gru(const Tensor& x, const std::vector<RecurrentWeights>& weights, const RecurrentOptions& how) { return ops::run(ops::gru_kind, x, weights, how); }

Tensor lstm_cell(const Tensor& x, const Tensor& h, const Tensor& c, const RecurrentWeights& weights) {
  return gradus::apply(ops::make_op(ops::LstmCell{}), with_biases({x, h, c}, weights));
}
Tensor gru_cell(const Tensor& x, const Tensor& h, const RecurrentWeights& weights) { return gradus::apply(ops::make_op(ops::GruCell{}), with_biases({x, h}, weights)); }

}  // namespace gradus
