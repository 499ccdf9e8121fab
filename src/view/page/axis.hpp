// The numbers along the side of a chart: from `low` to `high` in round steps, or in powers of ten.
#pragma once
#include <string>
#include <vector>

#include "chart.hpp"

namespace gradus::inspect {

struct Axis {
  double low = 0, high = 1;
  bool log = false;
  std::vector<double> ticks;

  Axis(const std::vector<Series>& series, std::vector<double> Series::* values, bool log, bool whole = false);
  // From 0 to 1; beyond for what lies outside, NAN for what has no place.
  double share(double value) const;
};

}  // namespace gradus::inspect
