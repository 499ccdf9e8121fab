// Optimizers as operators: one step of each tensor, from its gradient and its state.
#include <fmt/format.h>

#include <cmath>

#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

// Inputs are R, T, then n of each kind: tensors, gradients, states. Outputs are tensors and states in the same way.
template <std::size_t states, class Step>
Values each_tensor(const Call& call, Step step) {
  constexpr std::size_t kinds = 2 + states;
  if (call.size() < 2 + kinds || (call.size() - 2) % kinds != 0) call.fault(fmt::format("has {} inputs, which are not 2 and {} for each tensor", call.size(), kinds));
  const std::size_t n = (call.size() - 2) / kinds;
  Values out((1 + states) * n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto of = [&](std::size_t kind) -> const Tensor& { return call[2 + kind * n + i]; };
    const auto made = step(of);
    for (std::size_t k = 0; k < made.size(); ++k) out[k * n + i] = Value(made[k], call.type(2 + (k == 0 ? 0 : k + 1) * n + i));
  }
  return out;
}

// The gradient with weight decay.
Tensor decayed(const Call& call, const Tensor& x, const Tensor& g) { return g + call.number("norm_coefficient", 0) * x; }

Values adagrad(const Call& call) {
  const double rate = call.number_at(0) / (1 + call.number_at(1) * call.number("decay_factor", 0)), epsilon = call.number("epsilon", 1e-6);
  return each_tensor<1>(call, [&](const auto& of) {
    const Tensor g = decayed(call, of(0), of(1)), h = of(2) + square(g);
    return std::array{of(0) - rate * g / (sqrt(h) + epsilon), h};
  });
}

Values adam(const Call& call) {
  const double alpha = call.number("alpha", 0.9), beta = call.number("beta", 0.999), epsilon = call.number("epsilon", 1e-6), after = call.number("norm_coefficient_post", 0);
  const double step = call.number_at(1);
  const double rate = step > 0 ? call.number_at(0) * std::sqrt(1 - std::pow(beta, step)) / (1 - std::pow(alpha, step)) : call.number_at(0);
  return each_tensor<2>(call, [&](const auto& of) {
    const Tensor g = decayed(call, of(0), of(1)), v = alpha * of(2) + (1 - alpha) * g, h = beta * of(3) + (1 - beta) * square(g);
    return std::array{(1 - after) * (of(0) - rate * v / (sqrt(h) + epsilon)), v, h};
  });
}

Values momentum(const Call& call) {
  const double rate = call.number_at(0), alpha = call.number("alpha", 0), step = call.number_at(1);
  const double beta = step > 0 ? call.number("beta", 0) : 1;  // the first gradient counts in full
  const std::string mode = call.text("mode", "");
  if (mode != "standard" && mode != "nesterov") call.fault("mode must be standard or nesterov");
  return each_tensor<1>(call, [&](const auto& of) {
    const Tensor g = decayed(call, of(0), of(1)), v = alpha * of(2) + beta * g;
    return std::array{of(0) - rate * (mode == "nesterov" ? g + alpha * v : v), v};
  });
}

constexpr Operator table[] = {
    {"ai.onnx.preview.training.Adagrad", adagrad}, {"ai.onnx.preview.training.Adam", adam}, {"ai.onnx.preview.training.Momentum", momentum},
};

}  // namespace

std::span<const Operator> training_operators() { return table; }

}  // namespace gradus::onnx
