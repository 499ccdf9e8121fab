#include "differences.hpp"

#include <algorithm>
#include <cmath>

#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>

#include "describe.hpp"
#include "replay.hpp"

namespace gradus::inspect {
namespace {

constexpr int halvings = 14;
constexpr double least_slope = 1e-3;
constexpr double evaluations = 14, near_ones = 3;   // of the loss for a slope, mostly
constexpr double for_numbers = 2e9, for_all = 2e10;  // multiplications, about: for numbers one at a time, and in all

// |found - expected| against the larger of the two, or against least_slope where both are next to nothing.
double relative(double found, double expected, double scale) {
  const double error = std::abs(found - expected) / std::max(least_slope, scale);
  return std::isnan(error) ? INFINITY : error;
}

// What is left of a comparison when kinks are followed: whether the gradient holds.
struct AtKinks {
  double slope, error = INFINITY;
  std::int64_t kinks = 0;
  bool holds = false;
  bool almost() const { return holds && kinks == 0; }  // a kink is so near that a difference must be smaller than others
};
AtKinks follow_kinks(Replay& replay, const Tensor& way, double expected) {
  AtKinks best{NAN};
  for (const double h : {0x1p-18, 0x1p-22, 0x1p-12, 0x1p-6}) {  // near, nearer where a kink is almost there, and far where there is noise
    const Replay::Held found = replay.held(way, h);
    const double error = relative(expected, found.slope, std::max(std::abs(expected), std::abs(found.slope)));
    if (error < best.error) best = {found.slope, error, found.kinks, found.between && error <= agreement};
    if (best.holds || !found.between) break;
  }
  return best;
}

Tensor unit_vector(const Shape& shape, std::size_t i) {
  std::vector<double> one(static_cast<std::size_t>(numel(shape)), 0);
  one[i] = 1;
  return Tensor::from(one, shape);
}

// Each number of a small tensor by itself.
void compare_each(Step& step, Replay& replay) {
  const std::vector<double> value = step.value.to_vector(), grad = step.grad.to_vector();
  std::vector<Slope> slopes(value.size());
  double scale = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::vector<double> to = value;
    const auto moved = [&](double h) {
      to[i] = value[i] + h;
      return replay(Tensor::from(to, step.value.shape()));
    };
    slopes[i] = slope_at_zero(moved, replay.start, 0.02 * std::max(1.0, std::abs(value[i]) / 4));
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
    Check here = slope.kind == Slope::Kind::edge ? Check::edge : Check::kink;
    if (slope.kind == Slope::Kind::smooth) {
      const double error = relative(grad[i], slope.central, scale);
      step.error = std::max(step.error, error);
      here = error <= agreement || follow_kinks(replay, unit_vector(step.value.shape(), i), grad[i]).almost() ? Check::agrees : Check::differs;
    } else if (kink) {
      const AtKinks found = follow_kinks(replay, unit_vector(step.value.shape(), i), grad[i]);
      step.kinks += found.kinks;
      if (!found.holds) here = Check::differs, step.error = std::max(step.error, found.error);
      one_sided = true;
    }
    if (step.check != Check::differs && here != Check::agrees) step.check = here;
  }
  step.numeric = Tensor::from(numeric, step.value.shape());
  if (!one_sided) return;
  step.left = Tensor::from(left, step.value.shape());
  step.right = Tensor::from(right, step.value.shape());
}

// A large tensor along one way, that of its gradient and half as much at random (never the other way): so a part of the gradient that is missing shows as well as one
// that is too large.
void compare_along(Step& step, Replay& replay) {
  const std::vector<double> value = step.value.to_vector(), grad = step.grad.to_vector();
  double norm = 0, length = 0, expected = 0;
  for (const double g : grad) norm += g * g;
  norm = std::sqrt(norm);
  if (!std::isfinite(norm)) return;
  Random random(0, value.size());
  std::vector<double> way(value.size());
  for (std::size_t i = 0; i < way.size(); ++i) {
    way[i] = (norm > 0 ? grad[i] / norm : 0) + (random.below(2) ? 0.5 : -0.5) / std::sqrt(static_cast<double>(way.size()));
    length += way[i] * way[i];
  }
  for (std::size_t i = 0; i < way.size(); ++i) expected += grad[i] * (way[i] /= std::sqrt(length));
  expected /= replay.unit;
  std::vector<double> to = value;
  const Slope slope = slope_at_zero(
      [&](double h) {
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = value[i] + h * way[i];
        return replay(Tensor::from(to, step.value.shape()));
      },
      replay.start, 0.02, expected);
  double found = slope.central;
  step.error = slope.kind == Slope::Kind::smooth ? relative(expected, found, std::max(std::abs(expected), std::abs(found))) : INFINITY;
  step.check = slope.kind == Slope::Kind::edge ? Check::edge : step.error <= agreement ? Check::agrees : Check::differs;
  if (step.check == Check::differs) {
    const AtKinks at_kinks = follow_kinks(replay, Tensor::from(way, step.value.shape()), expected);
    step.kinks = at_kinks.kinks;
    if (step.kinks > 0 || at_kinks.holds) found = at_kinks.slope, step.error = at_kinks.error, step.check = at_kinks.holds ? Check::agrees : Check::differs;
  }
  step.numeric = Tensor::full({}, found * replay.unit, Dtype::f64);
  step.along = expected * replay.unit;
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
  if (!std::isfinite(trace.steps[trace.result].value.item())) return;
  double numbers = for_numbers, all = for_all;  // what may still be spent
  for (const bool leaves : {true, false}) {
    for (std::size_t at = trace.steps.size(); at-- > 0;) {
      Step& step = trace.steps[at];
      if (step.is_leaf() != leaves || !step.grad.defined() || step.grad.dtype() != Dtype::f64 || step.value.numel() == 0) continue;
      Replay whole(trace, at, false);
      const double each = evaluations * whole.cost * static_cast<double>(step.value.numel()), once = near_ones * whole.cost;
      const bool small = step.value.numel() <= small_size && each <= numbers / 8;
      const bool faint = norm_of(step.grad) < least_slope;  // a difference of the whole result cannot tell it from none
      Step alone = step;
      if (faint || (!small && once > all)) {
        Replay users(trace, at, true);
        compare_along(alone, users);
        alone.compared = Compared::alone;
      }
      if (small) {
        numbers -= each;
        compare_each(step, whole);
        if (alone.check == Check::differs) step.check = Check::differs, step.error = alone.error;
      } else if (alone.compared == Compared::alone) {
        step = std::move(alone);
      } else {
        all -= once;
        step.compared = Compared::along;
        compare_along(step, whole);
      }
    }
  }
}

}  // namespace gradus::inspect
