#include "replay.hpp"

#include <algorithm>
#include <cmath>

#include <gradus/autodiff.hpp>
#include <gradus/ops.hpp>

namespace gradus::inspect {
namespace {

// What a step takes to be computed. Of a product of matrices [m, k] and [k, n] the root is the number of its multiplications.
double cost_of(const Trace& trace, const Step& step) {
  const auto size = [](const Tensor& x) { return static_cast<double>(x.numel()); };
  double cost = 100 + size(step.value);
  const Family family = step.op->info().family;
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    const Tensor& x = trace.steps[step.inputs[i].from].value;
    cost += family == Family::move ? 0 : size(x);
    if (i > 0 && x.rank() >= 2 && (family == Family::contract || family == Family::row)) cost += std::sqrt(size(trace.steps[step.inputs[0].from].value) * size(x) * size(step.value));
  }
  return cost;
}

double largest(const Tensor& x) {
  double out = 0;
  for (const double v : x.to_vector()) out = std::max(out, std::abs(v));
  return out;
}

}  // namespace

Replay::Replay(const Trace& trace, std::size_t from, bool alone) : trace_(trace), from_(from), alone_(alone), moved_(trace.steps.size()) {
  std::vector<char> moves(trace.steps.size(), 0);
  moves[from] = 1;
  for (std::size_t at = from + 1; at <= trace.result; ++at) {
    const Step& step = trace.steps[at];
    // What was stopped is a constant for the derivative, so it is one here.
    if (std::ranges::none_of(step.inputs, [&](const Link& link) { return !link.stopped && moves[link.from]; })) continue;
    if (alone && !step.grad.defined()) continue;
    moves[at] = !alone;
    order_.push_back(at);
    cost += cost_of(trace, step);
  }
  if (alone) {
    double most = 0;
    for (const std::size_t at : order_) most = std::max(most, largest(trace.steps[at].grad));
    if (most > 0 && std::isfinite(most)) unit = most;
  }
  start = outcome(0);
}

double Replay::operator()(const Tensor& value) {
  moved_[from_][0] = value;
  for (const std::size_t at : order_) moved_[at][0] = compute(trace_.steps[at], 0);
  return outcome(0);
}

Replay::Held Replay::held(const Tensor& way, double h) {
  Held out;
  const double at[4] = {h, -h, h / 4, -h / 4};
  for (std::size_t k = 0; k < 4; ++k) moved_[from_][k] = trace_.steps[from_].value + at[k] * way;
  for (const std::size_t i : order_) {
    const Step& step = trace_.steps[i];
    for (std::size_t k = 0; k < 4; ++k) moved_[i][k] = compute(step, k);
    if (is_float(step.value.dtype())) hold(step, moved_[i], h, out);
  }
  const double far = (outcome(0) - outcome(1)) / (2 * h), near = (outcome(2) - outcome(3)) / (h / 2);
  out.slope = h < 1e-3 ? near : (16 * near - far) / 15;  // far, something may lie between
  return out;
}

const Tensor& Replay::input(const Link& link, std::size_t k) const {
  const Tensor& to = moved_[link.from][k];
  return !link.stopped && to.defined() ? to : trace_.steps[link.from].value;
}

Tensor Replay::compute(const Step& step, std::size_t k) const {
  Tensors in;
  for (const Link& link : step.inputs) in.push_back(input(link, k));
  return gradus::apply(step.op, in);
}

double Replay::outcome(std::size_t k) const {
  const auto value = [&](std::size_t at) { return moved_[at][k].defined() ? moved_[at][k] : trace_.steps[at].value; };
  if (!alone_) return value(trace_.result).item();
  double all = 0;
  for (const std::size_t at : order_) all += gradus::sum(trace_.steps[at].grad * value(at)).item();
  return all / unit;
}

// How a step changes when its inputs move as they do at point k: by the derivative of its operation.
Tensor Replay::tangent(const Step& step, std::size_t k) const {
  const Level level;
  Tensors in;
  for (const Link& link : step.inputs) {
    const Tensor &x = trace_.steps[link.from].value, &to = input(link, k);
    const bool moves = is_float(x.dtype()) && &to != &x;
    in.push_back(moves ? detail::with_tangent(x, to - x, level.number()) : x);
  }
  return detail::split_tangent(gradus::apply(step.op, in), level.number()).tangent;
}

// Elements whose slopes from both sides stay apart, however close one looks, follow the derivative of their operation.
void Replay::hold(const Step& step, Points& y, double h, Held& out) const {
  double size = largest(step.value);
  for (const Link& link : step.inputs) {
    const Tensor& x = trace_.steps[link.from].value;
    if (is_float(x.dtype())) size = std::max(size, largest(x));
  }
  const std::vector<double> at = step.value.to_vector(), up = y[0].to_vector(), down = y[1].to_vector(), near_up = y[2].to_vector(), near_down = y[3].to_vector();
  const std::size_t n = at.size();
  std::vector<double> left(n), right(n), kink(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    right[i] = (near_up[i] - at[i]) / (h / 4);
    left[i] = (at[i] - near_down[i]) / (h / 4);
    const double far = std::abs(up[i] - 2 * at[i] + down[i]) / h, near = std::abs(right[i] - left[i]);
    kink[i] = near > 4e-13 * size / h + 1e-6 * (std::abs(right[i]) + std::abs(left[i])) && near > 0.6 * far;
  }
  const auto kinks = std::ranges::count(kink, 1.0);
  if (kinks == 0) return;
  out.kinks += kinks;
  const Tensor mask = Tensor::from(kink, step.value.shape()) != 0;
  for (std::size_t k = 0; k < 4; ++k) {
    const Tensor by = tangent(step, k);
    y[k] = where(mask, step.value + by, y[k]);
    if (k != 2) continue;
    const std::vector<double> taken = by.to_vector();
    for (std::size_t i = 0; i < n; ++i) {
      const double slope = taken[i] / (h / 4), slack = 1e-5 * (std::abs(left[i]) + std::abs(right[i]));
      if (kink[i] != 0 && !(slope >= std::min(left[i], right[i]) - slack && slope <= std::max(left[i], right[i]) + slack)) out.between = false;
    }
  }
}

}  // namespace gradus::inspect
