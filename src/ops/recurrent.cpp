#include <fmt/format.h>
#include <gradus/tensor/node.hpp>

#include "inputs.hpp"
#include "recurrent_layout.hpp"

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

const Kind& kind_of(std::string_view op, const std::string& cell) {
  if (cell == "lstm") return lstm_kind;
  if (cell == "gru") return gru_kind;
  if (cell == "tanh") return tanh_kind;
  if (cell == "relu") return relu_kind;
  fail<ValueError>(std::string(op), fmt::format("there is no cell \"{}\"", cell), "lstm, gru, tanh or relu");
}

// The checked inputs of a layer by name.
struct Given {
  const Kind& kind;
  Tensor x, h, c;
  RecurrentWeights w;
};
Given given_of(std::string_view op, const std::string& cell, Inputs in) {
  Given out{kind_of(op, cell), {}, {}, {}, {}};
  const std::size_t cells = cell == "lstm", least = 4 + cells;
  if (in.size() != least && in.size() != least + 2) fail<ValueError>(std::string(op), fmt::format("takes {} tensors, or {} with biases, got {}", least, least + 2, in.size()));
  out.x = in[0], out.h = in[1];
  if (cells) out.c = in[2];
  out.w = {in[2 + cells], in[3 + cells], {}, {}};
  if (in.size() > least) out.w.b_ih = in[least], out.w.b_hh = in[least + 1];
  if (out.x.rank() != 3) fail<ShapeError>(std::string(op), fmt::format("x is {}; it must be [T, N, C]", to_string(out.x.shape())));
  if (out.x.size(0) == 0) fail<ShapeError>(std::string(op), fmt::format("the sequence of x {} has no steps", to_string(out.x.shape())));
  const std::int64_t hidden = check_weights(op, out.w, out.kind.gates, out.x.size(2), "");
  check_state(op, "h", out.h, {out.x.size(1), hidden});
  if (cells) check_state(op, "c", out.c, {out.x.size(1), hidden});
  return out;
}
Dtype dtype_of_all(Inputs x) {
  Dtype dtype = Dtype::f32;
  for (const Tensor& t : x) dtype = &t == x.data() && is_float(t.dtype()) ? t.dtype() : promote(dtype, t.dtype());
  return dtype;
}
Tensors in_dtype(Inputs x, Dtype dtype) {
  Tensors out;
  for (const Tensor& t : x) out.push_back(cast(t, dtype));
  return out;
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

// Whether the kernels do it: plain tensors of one precision. Everything else, and every other derivative, is made of the steps.
bool fusible(Inputs x) {
  const Dtype dtype = x[0].dtype();
  for (const Tensor& t : x) {
    if (t.dtype() != dtype || t.array().literal || (t.node() && !t.node()->lifts().empty())) return false;
  }
  return dtype == Dtype::f32 || dtype == Dtype::f64;
}

const char* cell_of(const Kind& kind) { return &kind == &lstm_kind ? "lstm" : &kind == &gru_kind ? "gru" : &kind == &tanh_kind ? "tanh" : "relu"; }

// run_layer by the kernels; undefined, and nothing done, where they do not fit.
Tensor run_fused(const Kind& kind, const Tensor& x, const RecurrentWeights& w, bool reverse, State& s) {
  Tensors in{x, s.h};
  if (s.c.defined()) in.push_back(s.c);
  in.push_back(w.w_ih);
  in.push_back(w.w_hh);
  if (w.b_ih.defined()) in.push_back(w.b_ih), in.push_back(w.b_hh);
  if (!fusible(in)) return {};
  const std::string cell = cell_of(kind);
  Tensors with{gradus::apply(make_op(RecurrentLayer{cell, reverse}), in)};
  with.append(in.begin(), in.end());
  const Tensor y = gradus::apply(make_op(RecurrentStates{cell, reverse}), with);
  const std::int64_t steps = x.size(0), first = reverse && s.c.defined();
  s.h = y[reverse ? first : steps - 1];
  if (!s.c.defined()) return y;
  s.c = y[reverse ? 0 : steps];
  return slice(y, 0, {first, first + steps});
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
      Tensor side = lengths.defined() ? Tensor() : run_fused(kind, x, w, d == 1, s);
      if (!side.defined()) side = run_layer(kind, x, w, lengths, d == 1, s);
      sides.push_back(side);
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


Spec RecurrentLayer::shape(Inputs x) const {
  given_of(name, cell, x);
  const Spec out{{RecurrentLayout(cell, reverse, x, x.size() > 5).packed()}, dtype_of_all(x)};
  checked_numel(name, out.shape, out.dtype);
  return out;
}
Tensor RecurrentLayer::expand(Inputs x) const {
  const Tensors all = in_dtype(x, dtype_of_all(x));
  const Given in = given_of(name, cell, all);
  const RecurrentLayout l(cell, reverse, x, x.size() > 5);
  const Tensor from_x = projected(in.x, in.w.w_ih, in.w.b_ih);
  Tensors rows(static_cast<std::size_t>(l.rows())), gates(static_cast<std::size_t>(l.T));
  State s{in.h, in.c};
  const auto keep = [&](std::int64_t steps) {
    rows[static_cast<std::size_t>(l.h_row(steps))] = flatten(s.h);
    if (l.cells) rows[static_cast<std::size_t>(l.c_row(steps))] = flatten(s.c);
  };
  keep(0);
  for (std::int64_t step = 0; step < l.T; ++step) {
    const Tensor x_part = from_x[l.time(step)], h_part = projected(s.h, in.w.w_hh, in.w.b_hh);
    const auto sum = [&](std::int64_t i) { return gate(x_part, i, l.H) + gate(h_part, i, l.H); };
    Tensors kept;
    if (cell == "lstm") {
      kept = {sigmoid(sum(0)), sigmoid(sum(1)), tanh(sum(2)), sigmoid(sum(3))};
    } else if (cell == "gru") {
      const Tensor reset = sigmoid(sum(0)), state = gate(h_part, 2, l.H);
      kept = {reset, sigmoid(sum(1)), tanh(gate(x_part, 2, l.H) + reset * state), state};
    }
    if (!kept.empty()) gates[static_cast<std::size_t>(l.time(step))] = flatten(concat(kept, -1));
    s = in.kind.step(x_part, h_part, s);
    keep(step + 1);
  }
  if (l.kept) rows.append(gates.begin(), gates.end());
  return concat(rows, 0);
}

Spec RecurrentStates::shape(Inputs x) const {
  const Inputs rest = x.subspan(1);
  given_of(name, cell, rest);
  const RecurrentLayout l(cell, reverse, rest, rest.size() > 5);
  if (!(x[0].shape() == Shape{l.packed()})) fail<ShapeError>(name, fmt::format("what the layer gave is {}; it must be [{}]", to_string(x[0].shape()), l.packed()));
  return {{l.shown(), l.N, l.H}, x[0].dtype()};
}
Ref<Array> RecurrentStates::view(Inputs x) const {
  const Spec spec = shape(x);
  const Array& all = x[0].array();
  const std::int64_t step = all.strides()[0], one = spec.shape[1] * spec.shape[2];
  const RecurrentLayout l(cell, reverse, x.subspan(1), x.size() > 6);
  return Array::view(all.dtype(), spec.shape, Shape{one * step, spec.shape[2] * step, step}, all.offset() + l.first_shown() * one * step, all.buffer());
}
Tensor RecurrentStates::expand(Inputs x) const {
  const Given in = given_of(name, cell, x.subspan(1));
  State s{in.h, in.c};
  const Tensor h = run_layer(in.kind, in.x, in.w, {}, reverse, s);
  if (!s.c.defined()) return h;
  return reverse ? concat({unsqueeze(s.c, 0), h}, 0) : concat({h, unsqueeze(s.c, 0)}, 0);
}
TensorSet RecurrentStates::reads(TensorSet) const { return {~TensorSet::output}; }
Tensors RecurrentStates::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  Tensors in{x[0], g}, grads(x.size());
  in.append(x.begin() + 1, x.end());
  const Tensor all = gradus::apply(make_op(RecurrentGrad{cell, reverse}), in);
  std::int64_t first = 0;
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (need.has_input(i)) grads[i] = reshape(slice(all, 0, {first, first + x[i].numel()}), x[i].shape());
    first += x[i].numel();
  }
  return grads;
}

Spec RecurrentGrad::shape(Inputs x) const {
  if (x.size() < 2) fail<ValueError>(name, "takes what the layer gave, a gradient, and the layer's inputs");
  const Inputs rest = x.subspan(2);
  given_of(name, cell, rest);
  const RecurrentLayout l(cell, reverse, rest, rest.size() > 5);
  const Shape shown{l.shown(), l.N, l.H};
  if (!(x[0].shape() == Shape{l.packed()}) || !(x[1].shape() == shown)) {
    fail<ShapeError>(name, fmt::format("what the layer gave is {} and the gradient is {}; they must be [{}] and {}", to_string(x[0].shape()), to_string(x[1].shape()), l.packed(), to_string(shown)));
  }
  const Spec out{{l.gradients()}, dtype_of_all(x)};
  checked_numel(name, out.shape, out.dtype);
  return out;
}
Tensor RecurrentGrad::expand(Inputs x) const {
  const Tensors all = in_dtype(x, dtype_of_all(x));
  const Inputs rest = Inputs(all).subspan(2);
  const Given in = given_of(name, cell, rest);
  const RecurrentLayout l(cell, reverse, rest, rest.size() > 5);
  const Tensor states = reshape(slice(all[0], 0, {0, l.states()}), {l.rows(), l.N, l.H});
  const Tensor kept = reshape(slice(all[0], 0, {l.states()}), {l.T, l.N, l.kept * l.H});
  const auto slope_of = [&](std::int64_t row) { return all[1][row - l.first_shown()]; };
  Tensor after = Tensor::zeros({l.N, l.H}, all[0].dtype()), carry = l.cells ? slope_of(l.c_row(l.T)) : after;
  Tensors sums_x(static_cast<std::size_t>(l.T)), sums_h(sums_x.size()), befores(sums_x.size());
  for (std::int64_t step = l.T; step-- > 0;) {
    const auto t = static_cast<std::size_t>(l.time(step));
    const Tensor before = states[l.h_row(step)], h = states[l.h_row(step + 1)];
    const Tensor slope = after + slope_of(l.h_row(step + 1));
    const auto part = [&](std::int64_t i) { return gate(kept[l.time(step)], i, l.H); };
    befores[t] = before;
    if (cell == "lstm") {
      const Tensor y = tanh(states[l.c_row(step + 1)]), dc = carry + slope * part(3) * (1 - square(y));
      sums_x[t] = concat({dc * part(2) * part(0) * (1 - part(0)), dc * states[l.c_row(step)] * part(1) * (1 - part(1)), dc * part(0) * (1 - square(part(2))), slope * y * part(3) * (1 - part(3))}, -1);
      carry = dc * part(1);
    } else if (cell == "gru") {
      const Tensor full = slope + carry, inner = full * (1 - part(1)) * (1 - square(part(2)));
      const Tensor reset = inner * part(3) * part(0) * (1 - part(0)), update = full * (before - part(2)) * part(1) * (1 - part(1));
      sums_x[t] = concat({reset, update, inner}, -1);
      sums_h[t] = concat({reset, update, inner * part(0)}, -1);
      carry = full * part(1);
    } else {
      sums_x[t] = cell == "tanh" ? slope * (1 - square(h)) : where(h > 0, slope, 0);
    }
    if (cell != "gru") sums_h[t] = sums_x[t];
    after = matmul(sums_h[t], in.w.w_hh);
  }
  const std::int64_t wide = l.gates * l.H, steps = l.T * l.N;
  const Tensor from_x = reshape(stack(sums_x), {steps, wide}), from_h = reshape(stack(sums_h), {steps, wide});
  Tensors out{matmul(from_x, in.w.w_ih), cell == "gru" ? after + carry : after};
  if (l.cells) out.push_back(carry);
  out.push_back(matmul(T(from_x), reshape(in.x, {steps, l.C})));
  out.push_back(matmul(T(from_h), reshape(stack(befores), {steps, l.H})));
  if (l.biases) out.push_back(sum(from_x, 0)), out.push_back(sum(from_h, 0));
  for (Tensor& t : out) t = flatten(t);
  return concat(out, 0);
}

namespace {
std::vector<CaseInput> layer_inputs(std::int64_t steps, std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t gates, bool biases) {
  std::vector<CaseInput> in{{{steps, n, c}}, {{n, h}}};
  if (gates == 4) in.push_back({{n, h}});
  in.push_back({{gates * h, c}});
  in.push_back({{gates * h, h}});
  if (biases) in.push_back({{gates * h}}), in.push_back({{gates * h}});
  return in;
}
template <class S>
Case layer_case(const S& op, std::int64_t steps, std::int64_t n, std::int64_t c, std::int64_t h, bool biases) {
  const std::int64_t gates = kind_of("", op.cell).gates, cells = gates == 4;
  Case out{make_op(op), layer_inputs(steps, n, c, h, gates, biases)};
  if constexpr (std::is_same_v<S, RecurrentGrad>) {
    const std::int64_t rows = (steps + 1) * (1 + cells), kept = gates > 1 ? 4 : 0;
    out.inputs.insert(out.inputs.begin(), {{{rows * n * h + steps * n * kept * h}}, {{steps + cells, n, h}}});
  }
  return out;
}
template <class S>
std::vector<Case> layer_cases() {
  Case relu = layer_case(S{"relu"}, 2, 1, 2, 2, false);
  for (CaseInput& in : relu.inputs) in.domain = {0.25, 1};  // away from the kink
  return {layer_case(S{"lstm"}, 2, 1, 2, 1, true), layer_case(S{"lstm", true}, 2, 2, 1, 1, false), layer_case(S{"gru"}, 2, 1, 1, 2, true), layer_case(S{"gru", true}, 2, 2, 1, 1, false),
          layer_case(S{"tanh", true}, 2, 2, 2, 2, true), relu};
}
}  // namespace

std::vector<Case> RecurrentLayer::cases() { return layer_cases<RecurrentLayer>(); }
std::vector<Case> RecurrentGrad::cases() { return layer_cases<RecurrentGrad>(); }

GRADUS_RECURRENT_OPS(GRADUS_MAKE_OP)
GRADUS_MAKE_OP(RecurrentStates)

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
