// Central differences beside every gradient of a trace.
#pragma once
#include <gradus/view/trace.hpp>

namespace gradus::inspect {

inline constexpr double agreement = 1e-6;       // a relative error up to here is agreement
inline constexpr std::int64_t small_size = 64;  // up to so many numbers each has a difference of its own

// Fills in what a step says of its comparison: leaves first, then steps. A bounded number of operations is spent on numbers one at a time
// and on the whole computation; what is left after that is compared by the operations that take it.
void compare_with_differences(Trace& trace);

// The slope of f at 0, where it is f0.
struct Slope {
  double central = 0;
  double left = 0, right = 0;  // from one side each, at a kink
  enum class Kind { smooth, kink, edge } kind = Kind::smooth;  // edge: nothing is computed on one side
};
// Close to 0 both sides alone; then central differences at halving distances, extrapolated to distance 0 (Ridders 1982), unless what
// was found close by is the `expected` slope already.
Slope slope_at_zero(const std::function<double(double)>& f, double f0, double distance, std::optional<double> expected = {});

}  // namespace gradus::inspect
