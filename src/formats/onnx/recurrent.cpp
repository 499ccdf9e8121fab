// RNN, LSTM and GRU with all that ONNX allows: either direction or both, any activations, clipping, peepholes, sequences of
// different lengths, batch first.
#include <fmt/format.h>

#include <functional>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;
using Function = std::function<Tensor(const Tensor&)>;

// The activations of all directions; those with constants take them from the lists in their order.
class Activations {
 public:
  Activations(const Call& call, std::size_t directions, std::initializer_list<const char*> usual) : call_(call) {
    std::vector<std::string> names = call.texts("activations");
    if (names.empty()) {
      for (std::size_t i = 0; i < directions; ++i) names.insert(names.end(), usual.begin(), usual.end());
    }
    if (names.size() != directions * usual.size()) call.fault(fmt::format("{} activations; it needs {}", names.size(), directions * usual.size()));
    const std::vector<double> alphas = call.numbers("activation_alpha"), betas = call.numbers("activation_beta");
    for (const std::string& name : names) functions_.push_back(make(name, alphas, betas));
  }
  const Function& operator[](std::size_t i) const { return functions_[i]; }

 private:
  Function make(const std::string& name, const std::vector<double>& alphas, const std::vector<double>& betas) {
    const auto next = [](const std::vector<double>& list, std::size_t& at, double otherwise) { return at < list.size() ? list[at++] : otherwise; };
    const auto alpha = [&](double otherwise) { return next(alphas, alpha_, otherwise); };
    const auto beta = [&](double otherwise) { return next(betas, beta_, otherwise); };
    if (name == "Sigmoid") return [](const Tensor& x) { return sigmoid(x); };
    if (name == "Tanh") return [](const Tensor& x) { return tanh(x); };
    if (name == "Relu") return [](const Tensor& x) { return relu(x); };
    if (name == "Softsign") return [](const Tensor& x) { return softsign(x); };
    if (name == "Softplus") return [](const Tensor& x) { return softplus(x); };
    if (name == "LeakyRelu") return [a = alpha(0.01)](const Tensor& x) { return where(x < 0, a * x, x); };
    if (name == "ThresholdedRelu") return [a = alpha(1)](const Tensor& x) { return where(x >= a, x, 0); };
    if (name == "Elu") return [a = alpha(1)](const Tensor& x) { return relu(x) + a * expm1(minimum(x, 0)); };
    if (name == "Affine") return [a = alpha(1), b = beta(0)](const Tensor& x) { return a * x + b; };
    if (name == "ScaledTanh") return [a = alpha(1), b = beta(1)](const Tensor& x) { return a * tanh(b * x); };
    if (name == "HardSigmoid") return [a = alpha(0.2), b = beta(0.5)](const Tensor& x) { return minimum(maximum(a * x + b, 0), 1); };
    call_.unsupported("the activation '" + name + "'");
  }

  const Call& call_;
  std::vector<Function> functions_;
  std::size_t alpha_ = 0, beta_ = 0;
};

struct State {
  Tensor h, c;  // [batch, hidden]; c of LSTM alone
};
// One step of one direction; x is [batch, inputs].
using Cell = std::function<State(const Tensor& x, const State& before)>;

// What a direction computes with: weights [gates * hidden, ...], biases [gates * hidden] for x and for h.
struct Weights {
  Tensor w, r, wb, rb, peepholes;
  Int hidden;
  std::function<Tensor(const Tensor&)> clip;

  Tensor part(const Tensor& x, Int gate) const { return slice(x, 0, {gate * hidden, (gate + 1) * hidden}); }
  Tensor from_x(const Tensor& x, Int gate) const { return matmul(x, T(part(w, gate))) + part(wb, gate); }
  Tensor from_h(const Tensor& h, Int gate) const { return matmul(h, T(part(r, gate))) + part(rb, gate); }
};

Cell rnn_cell(const Call&, Weights w, const Activations& f, std::size_t direction) {
  return [w, act = f[direction]](const Tensor& x, const State& s) { return State{act(w.clip(w.from_x(x, 0) + w.from_h(s.h, 0))), {}}; };
}

Cell gru_cell(const Call& call, Weights w, const Activations& f, std::size_t direction) {
  const bool linear_first = call.integer("linear_before_reset", 0) != 0;
  return [w, linear_first, gate = f[2 * direction], act = f[2 * direction + 1]](const Tensor& x, const State& s) {
    const Tensor z = gate(w.clip(w.from_x(x, 0) + w.from_h(s.h, 0))), r = gate(w.clip(w.from_x(x, 1) + w.from_h(s.h, 1)));
    const Tensor h = act(w.clip(w.from_x(x, 2) + (linear_first ? r * w.from_h(s.h, 2) : w.from_h(r * s.h, 2))));
    return State{(1 - z) * h + z * s.h, {}};
  };
}

Cell lstm_cell(const Call& call, Weights w, const Activations& f, std::size_t direction) {
  const bool coupled = call.integer("input_forget", 0) != 0;
  return [w, coupled, gate = f[3 * direction], inside = f[3 * direction + 1], outside = f[3 * direction + 2]](const Tensor& x, const State& s) {
    const auto sum_of = [&](Int g) { return w.from_x(x, g) + w.from_h(s.h, g); };
    const auto peep = [&](const Tensor& y, Int p, const Tensor& c) { return w.peepholes.defined() ? y + w.part(w.peepholes, p) * c : y; };
    const Tensor i = gate(w.clip(peep(sum_of(0), 0, s.c)));
    const Tensor forget = coupled ? 1 - i : gate(w.clip(peep(sum_of(2), 2, s.c)));
    const Tensor c = forget * s.c + i * inside(w.clip(sum_of(3)));
    return State{gate(w.clip(peep(sum_of(1), 1, c))) * outside(c), c};
  };
}

struct Kind {
  Int gates;
  bool has_cell;  // a state c, and with it inputs initial_c and P
  std::initializer_list<const char*> activations;
  Cell (*cell)(const Call&, Weights, const Activations&, std::size_t);
};

class Run {
 public:
  Run(const Call& call, const Kind& kind) : call_(call), kind_(kind), batch_first_(call.integer("layout", 0) != 0) {
    x_ = batch_first_ ? transpose(call[0], 0, 1) : call[0];
    if (x_.rank() != 3 || call[1].rank() != 3 || call[2].rank() != 3) call.fault("X, W and R must have 3 axes each");
    hidden_ = call[2].size(2);
    directions_ = call[1].size(0);
    const std::string direction = call.text("direction", "forward");
    if (direction != "forward" && direction != "reverse" && direction != "bidirectional") call.fault("direction must be forward, reverse or bidirectional");
    if ((direction == "bidirectional") != (directions_ == 2) || directions_ < 1 || directions_ > 2) call.fault(fmt::format("W has {} directions", directions_));
    if (call[1].size(1) != kind.gates * hidden_ || call[2].size(1) != kind.gates * hidden_) call.fault(fmt::format("W and R must have {} times {} rows", kind.gates, hidden_));
    reverse_ = direction == "reverse";
    if (call.has(4)) lengths_ = reshape(cast(call[4], Dtype::i64), {-1, 1});
  }

  Values run() {
    const Activations functions(call_, static_cast<std::size_t>(directions_), kind_.activations);
    Tensors all, last_h, last_c;
    for (Int d = 0; d < directions_; ++d) {
      const Cell cell = kind_.cell(call_, weights(d), functions, static_cast<std::size_t>(d));
      State state{start(5, d), kind_.has_cell ? start(6, d) : Tensor()};
      all.push_back(steps(cell, state, reverse_ || d == 1));
      last_h.push_back(state.h);
      last_c.push_back(state.c);
    }
    // [time, directions, batch, hidden] and [directions, batch, hidden], or batch first.
    const Int at = batch_first_ ? 1 : 0;
    Tensor y = stack(all, 1);
    if (batch_first_) y = permute(y, {2, 0, 1, 3});
    Values out{y, stack(last_h, at)};
    if (kind_.has_cell) out.emplace_back(stack(last_c, at));
    return out;
  }

 private:
  Tensor of(std::size_t input, Int direction) const { return call_[input][direction]; }

  Weights weights(Int d) const {
    const Int rows = kind_.gates * hidden_;
    const Tensor both = call_.has(3) ? of(3, d) : Tensor::zeros({2 * rows}, x_.dtype());
    Weights w{of(1, d), of(2, d), slice(both, 0, {0, rows}), slice(both, 0, {rows, 2 * rows}), kind_.has_cell && call_.has(7) ? of(7, d) : Tensor(), hidden_, {}};
    const double limit = call_.number("clip", 0);
    w.clip = [limit](const Tensor& x) { return limit > 0 ? minimum(maximum(x, -limit), limit) : x; };
    return w;
  }

  Tensor start(std::size_t input, Int d) const {
    if (!call_.has(input)) return Tensor::zeros({x_.size(1), hidden_}, x_.dtype());
    return batch_first_ ? squeeze(slice(call_[input], 1, {d, d + 1}), 1) : of(input, d);
  }

  // Every output, [time, batch, hidden]; behind the end of its sequence an example keeps its state and gives zeros.
  Tensor steps(const Cell& cell, State& state, bool backwards) const {
    const Int times = x_.size(0);
    Tensors out;
    out.resize(static_cast<std::size_t>(times));
    for (Int i = 0; i < times; ++i) {
      const Int t = backwards ? times - 1 - i : i;
      State next = cell(x_[t], state);
      Tensor y = next.h;
      if (lengths_.defined()) {
        const Tensor inside = greater(lengths_, Tensor::full({}, static_cast<double>(t), Dtype::i64));
        y = where(inside, y, 0);
        next.h = where(inside, next.h, state.h);
        if (kind_.has_cell) next.c = where(inside, next.c, state.c);
      }
      state = next;
      out[static_cast<std::size_t>(t)] = y;
    }
    if (times == 0) return Tensor::zeros({0, x_.size(1), hidden_}, x_.dtype());
    return stack(out, 0);
  }

  const Call& call_;
  const Kind& kind_;
  const bool batch_first_;
  bool reverse_ = false;
  Tensor x_, lengths_;
  Int hidden_ = 0, directions_ = 0;
};

Values rnn_call(const Call& call) { return Run(call, {1, false, {"Tanh"}, rnn_cell}).run(); }
Values gru_call(const Call& call) { return Run(call, {3, false, {"Sigmoid", "Tanh"}, gru_cell}).run(); }
Values lstm_call(const Call& call) { return Run(call, {4, true, {"Sigmoid", "Tanh", "Tanh"}, lstm_cell}).run(); }

constexpr Operator table[] = {{"RNN", rnn_call}, {"GRU", gru_call}, {"LSTM", lstm_call}};

}  // namespace

std::span<const Operator> recurrent_operators() { return table; }

}  // namespace gradus::onnx
