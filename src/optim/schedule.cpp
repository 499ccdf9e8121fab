#include <cmath>
#include <gradus/base/options.hpp>
#include <gradus/optim/schedule.hpp>
#include <numbers>

namespace gradus::optim {

double Schedule::rate(std::int64_t step) const {
  if (step < warm_up) return lr * static_cast<double>(step + 1) / static_cast<double>(warm_up);
  if (decay == Decay::constant) return lr;
  if (step >= total) return last;
  const double part = static_cast<double>(step - warm_up) / static_cast<double>(total - warm_up);
  const double left = decay == Decay::linear ? 1 - part : 0.5 * (1 + std::cos(std::numbers::pi * part));
  return last + (lr - last) * left;
}

std::vector<std::string> decay_names() { return {"constant", "linear", "cosine"}; }

Decay decay_by_name(const std::string& name) {
  const std::vector<std::string> known = decay_names();  // in the order of Decay
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i] == name) return static_cast<Decay>(i);
  }
  fail_unknown("schedule", "schedule", name, known);
}

}  // namespace gradus::optim
