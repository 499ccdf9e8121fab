#include "differences.hpp"

#include <algorithm>
#include <cmath>

#include <gradus/ops.hpp>

namespace gradus::inspect {
namespace {

constexpr int halvings = 14;
constexpr double budget = 4e6;  // elements of results computed again

// The result as a function of the value of one step. Only what rests on it is computed again, by the same operations.
class Replay {
 public:
  Replay(const Trace& trace, std::size_t from) : trace_(trace), from_(from), values_(trace.steps.size()) {
    std::vector<char> moves(trace.steps.size(), 0);
    moves[from] = 1;
    for (std::size_t at = from + 1; at <= trace.result; ++at) {
      const Step& step = trace.steps[at];
      // A link without gradient is a constant for the derivative, so it is one here.
      if (std::ranges::none_of(step.inputs, [&](const Link& link) { return link.carries && moves[link.from]; })) continue;
      moves[at] = 1;
      order_.push_back(at);
      cost_ += 40 + static_cast<double>(step.value.numel());
    }
  }
  double cost() const { return cost_; }

  double operator()(const Tensor& value) {
    values_[from_] = value;
    for (const std::size_t at : order_) {
      const Step& step = trace_.steps[at];
      Tensors in;
      for (const Link& link : step.inputs) in.push_back(link.carries && values_[link.from].defined() ? values_[link.from] : trace_.steps[link.from].value);
      values_[at] = gradus::apply(step.op, in);
    }
    const Tensor& result = values_[trace_.result];
    return (result.defined() ? result : trace_.steps[trace_.result].value).item();
  }

 private:
  const Trace& trace_;
  std::size_t from_;
  std::vector<std::size_t> order_;
  std::vector<Tensor> values_;
  double cost_ = 0;
};

// |found - expected| against the larger of the two, or against 1e-3 where both are next to nothing.
double relative(double found, double expected, double scale) {
  const double error = std::abs(found - expected) / std::max(1e-3, scale);
  return std::isnan(error) ? INFINITY : error;
}

void compare(Trace& trace, std::size_t at, Replay& replay) {
  Step& step = trace.steps[at];
  const std::vector<double> value = step.value.to_vector(), grad = step.grad.to_vector();
  const auto around = [](double v) { return 0.02 * std::max(1.0, std::abs(v) / 4); };
  const auto moved = [&](const std::vector<double>& to) { return replay(Tensor::from(to, step.value.shape())); };
  if (!step.large) {
    std::vector<double> numeric(value.size());
    double scale = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::vector<double> to = value;
      numeric[i] = slope_at_zero([&](double h) { to[i] = value[i] + h; return moved(to); }, around(value[i]));
      scale = std::max(scale, std::max(std::abs(numeric[i]), std::abs(grad[i])));
    }
    step.error = 0;
    for (std::size_t i = 0; i < value.size(); ++i) step.error = std::max(step.error, relative(grad[i], numeric[i], scale));
    step.numeric = Tensor::from(numeric, step.value.shape());
    return;
  }
  double norm = 0;
  for (const double g : grad) norm += g * g;
  norm = std::sqrt(norm);
  if (norm == 0 || !std::isfinite(norm)) return;
  std::vector<double> to = value;
  const double slope = slope_at_zero(
      [&](double h) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = value[i] + h * grad[i] / norm;
        return moved(to);
      },
      0.02);
  step.numeric = Tensor::full({}, slope, Dtype::f64);
  step.error = relative(norm, slope, std::max(norm, std::abs(slope)));
}

}  // namespace

double slope_at_zero(const std::function<double(double)>& f, double distance) {
  double best = NAN, error = INFINITY, before[halvings] = {};
  for (int i = 0; i < halvings; ++i, distance /= 2) {
    double now[halvings] = {(f(distance) - f(-distance)) / (2 * distance)};
    if (i == 0) best = now[0];
    double factor = 4;
    for (int k = 1; k <= i; ++k, factor *= 4) {
      now[k] = (factor * now[k - 1] - before[k - 1]) / (factor - 1);
      const double here = std::max(std::abs(now[k] - now[k - 1]), std::abs(now[k] - before[k - 1]));
      if (here <= error) error = here, best = now[k];
    }
    std::ranges::copy(now, before);
  }
  return best;
}

void compare_with_differences(Trace& trace) {
  double spent = 0;
  for (const bool leaves : {true, false}) {
    for (std::size_t at = trace.steps.size(); at-- > 0;) {
      Step& step = trace.steps[at];
      if (step.is_leaf() != leaves || !step.grad.defined() || step.grad.dtype() != Dtype::f64 || step.value.numel() == 0) continue;
      step.large = step.value.numel() > small_size;
      Replay replay(trace, at);
      const double cost = 2 * halvings * replay.cost() * (step.large ? 1 : static_cast<double>(step.value.numel()));
      if (spent + cost > budget * (leaves ? 50 : 1)) continue;
      spent += cost;
      compare(trace, at, replay);
    }
  }
}

}  // namespace gradus::inspect
