#include "axis.hpp"

#include <algorithm>
#include <cmath>

namespace gradus::inspect {

Axis::Axis(const std::vector<Series>& series, std::vector<double> Series::* values, bool logarithmic, bool whole) : low(INFINITY), high(-INFINITY), log(logarithmic) {
  for (const Series& one : series) {
    for (const double value : one.*values) {
      if (std::isfinite(value) && (!log || value > 0)) low = std::min(low, value), high = std::max(high, value);
    }
  }
  if (low > high) low = log ? 0.1 : 0, high = 1;
  if (log) {
    const int first = static_cast<int>(std::floor(std::log10(low) + 1e-9)), last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(high) - 1e-9)));
    const int every = (last - first + 5) / 6;
    for (int power = first; power <= last; power += every) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor == 1.0 || (last - first <= 1 && power < last)) ticks.push_back(factor * std::pow(10, power));
      }
    }
    low = std::pow(10, first), high = std::pow(10, last);
    return;
  }
  if (low == high) {
    const double margin = whole ? 1 : low == 0 ? 1 : std::abs(low) / 2;
    low -= margin, high += margin;
  }
  const double rough = (high - low) / 4, power = std::pow(10, std::floor(std::log10(rough)));
  double step = power;
  for (const double factor : {1, 2, 5, 10}) {
    step = factor * power;
    if (step >= rough) break;
  }
  if (whole) step = std::max(1.0, std::round(step));
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  for (double i = first; i <= last; ++i) ticks.push_back(i == 0 ? 0 : i * step);
  if (whole) std::erase_if(ticks, [this](double tick) { return tick < low || tick > high; });  // epochs begin at the edge
  else low = first * step, high = last * step;
}

double Axis::share(double value) const {
  if (!std::isfinite(value) || (log && value <= 0)) return NAN;
  return log ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
}

}  // namespace gradus::inspect
