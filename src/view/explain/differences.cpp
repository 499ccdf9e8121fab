#include "differences.hpp"

#include <algorithm>
#include <cmath>

#include <gradus/ops.hpp>

namespace gradus::inspect {
namespace {

constexpr int halvings = 14;
constexpr double evaluations = 14, near_ones = 3;  // of the loss for a slope, mostly
constexpr double for_leaves = 1.5e9, for_steps = 7e8;  // multiplications, about

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

// The result as a function of the value of one step. Only what rests on it is computed again, by the same operations.
class Replay {
 public:
  Replay(const Trace& trace, std::size_t from) : trace_(trace), from_(from), values_(trace.steps.size()) {
    std::vector<char> moves(trace.steps.size(), 0);
    moves[from] = 1;
    for (std::size_t at = from + 1; at <= trace.result; ++at) {
      const Step& step = trace.steps[at];
      // What was stopped is a constant for the derivative, so it is one here.
      if (std::ranges::none_of(step.inputs, [&](const Link& link) { return !link.stopped && moves[link.from]; })) continue;
      moves[at] = 1;
      order_.push_back(at);
      cost_ += cost_of(trace, step);
    }
  }
  double cost() const { return cost_; }

  double operator()(const Tensor& value) {
    values_[from_] = value;
    for (const std::size_t at : order_) {
      const Step& step = trace_.steps[at];
      Tensors in;
      for (const Link& link : step.inputs) in.push_back(!link.stopped && values_[link.from].defined() ? values_[link.from] : trace_.steps[link.from].value);
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

// What the gradient is worth beside a slope.
Check judge(double grad, const Slope& slope, double scale) {
  if (slope.kind == Slope::Kind::edge) return Check::edge;
  if (slope.kind == Slope::Kind::kink) return Check::kink;
  return relative(grad, slope.central, scale) <= agreement ? Check::agrees : Check::differs;
}

// Each number of a small tensor by itself.
void compare_each(Step& step, Replay& replay, double result) {
  const std::vector<double> value = step.value.to_vector(), grad = step.grad.to_vector();
  std::vector<Slope> slopes(value.size());
  double scale = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::vector<double> to = value;
    const auto moved = [&](double h) {
      to[i] = value[i] + h;
      return replay(Tensor::from(to, step.value.shape()));
    };
    slopes[i] = slope_at_zero(moved, result, 0.02 * std::max(1.0, std::abs(value[i]) / 4));
    if (slopes[i].kind != Slope::Kind::edge) scale = std::max(scale, std::max(std::abs(slopes[i].central), std::abs(grad[i])));
  }
  std::vector<double> numeric, left, right;
  bool one_sided = false;
  step.check = Check::agrees;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Slope& slope = slopes[i];
    const bool kink = slope.kind == Slope::Kind::kink;
    numeric.push_back(slope.central);
    left.push_back(kink ? slope.left : slope.central);
    right.push_back(kink ? slope.right : slope.central);
    one_sided = one_sided || kink;
    if (slope.kind == Slope::Kind::smooth) step.error = std::max(step.error, relative(grad[i], slope.central, scale));
    const Check here = judge(grad[i], slope, scale);
    if (step.check != Check::differs && here != Check::agrees) step.check = here;
  }
  step.numeric = Tensor::from(numeric, step.value.shape());
  if (!one_sided) return;
  step.left = Tensor::from(left, step.value.shape());
  step.right = Tensor::from(right, step.value.shape());
}

// The slope along the gradient, which is its norm.
void compare_along(Step& step, Replay& replay, double result) {
  const std::vector<double> value = step.value.to_vector(), grad = step.grad.to_vector();
  double norm = 0;
  for (const double g : grad) norm += g * g;
  norm = std::sqrt(norm);
  if (!std::isfinite(norm)) return;
  const double all = 1 / std::sqrt(static_cast<double>(grad.size()));  // the way of no gradient
  std::vector<double> to = value;
  const Slope slope = slope_at_zero(
      [&](double h) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = value[i] + h * (norm > 0 ? grad[i] / norm : all);
        return replay(Tensor::from(to, step.value.shape()));
      },
      result, 0.02, norm);
  step.numeric = Tensor::full({}, slope.central, Dtype::f64);
  const double scale = std::max(norm, std::abs(slope.central));
  if (slope.kind == Slope::Kind::smooth) step.error = relative(norm, slope.central, scale);
  step.check = judge(norm, slope, scale);
  if (slope.kind != Slope::Kind::kink) return;
  step.left = Tensor::full({}, slope.left, Dtype::f64);
  step.right = Tensor::full({}, slope.right, Dtype::f64);
}

}  // namespace

Slope slope_at_zero(const std::function<double(double)>& f, double f0, double distance, std::optional<double> expected) {
  // Close to 0, from both sides. Of a smooth function the slopes differ by a quarter at a quarter of the distance, at a kink by the same.
  Slope out;
  double apart[2], lefts[2], rights[2];
  const double near = distance * 0x1p-12;
  for (int k = 0; k < 2; ++k) {
    const double h = k ? near / 4 : near, up = f(h), down = f(-h);
    if (!std::isfinite(up) || !std::isfinite(down)) {
      out.central = NAN;
      out.kind = Slope::Kind::edge;
      return out;
    }
    rights[k] = (up - f0) / h;
    lefts[k] = (f0 - down) / h;
    apart[k] = std::abs(rights[k] - lefts[k]);
    const double noise = 1e-13 * std::abs(f0) / h + 1e-6 * std::max(1e-3, std::abs(rights[k] + lefts[k]));
    if (apart[k] <= noise) break;
    if (k == 1 && apart[1] > 0.6 * apart[0]) {
      out.left = (4 * lefts[1] - lefts[0]) / 3;
      out.right = (4 * rights[1] - rights[0]) / 3;
      out.central = (out.left + out.right) / 2;
      out.kind = Slope::Kind::kink;
      return out;
    }
  }
  out.central = (lefts[0] + rights[0]) / 2;
  if (expected && relative(*expected, out.central, std::abs(*expected)) <= agreement / 4) return out;
  double error = INFINITY, before[halvings] = {};
  for (int i = 0; i < halvings; ++i, distance /= 2) {
    double now[halvings] = {(f(distance) - f(-distance)) / (2 * distance)};
    if (i == 0) out.central = now[0];
    double factor = 4;
    for (int k = 1; k <= i; ++k, factor *= 4) {
      now[k] = (factor * now[k - 1] - before[k - 1]) / (factor - 1);
      const double here = std::max(std::abs(now[k] - now[k - 1]), std::abs(now[k] - before[k - 1]));
      if (here <= error) error = here, out.central = now[k];
    }
    if (i > 1 && error <= 1e-10 * std::max(1e-3, std::abs(out.central))) break;
    std::ranges::copy(now, before);
  }
  return out;
}

void compare_with_differences(Trace& trace) {
  const double result = trace.steps[trace.result].value.item();
  if (!std::isfinite(result)) return;
  for (const bool leaves : {true, false}) {
    double spent = 0;
    for (std::size_t at = trace.steps.size(); at-- > 0;) {
      Step& step = trace.steps[at];
      if (step.is_leaf() != leaves || !step.grad.defined() || step.grad.dtype() != Dtype::f64 || step.value.numel() == 0) continue;
      Replay replay(trace, at);
      const double each = evaluations * replay.cost() * static_cast<double>(step.value.numel()), left = (leaves ? for_leaves : for_steps) - spent;
      step.large = step.value.numel() > small_size || each > left / 8;
      const double cost = step.large ? near_ones * replay.cost() : each;
      if (cost > left) {
        step.check = Check::costly;
        continue;
      }
      spent += cost;
      if (step.large) compare_along(step, replay, result);
      else compare_each(step, replay, result);
    }
  }
}

}  // namespace gradus::inspect
