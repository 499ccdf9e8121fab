// Central differences beside every gradient of a trace.
#pragma once
#include <gradus/view/trace.hpp>

namespace gradus::inspect {

inline constexpr std::int64_t small_size = 64;  // up to so many numbers each has a difference of its own

// Fills in numeric and error: leaves first, then steps, until a bounded number of operations has been spent.
void compare_with_differences(Trace& trace);

// The slope of f at 0: central differences at halving distances, extrapolated to distance 0 (Ridders 1982).
double slope_at_zero(const std::function<double(double)>& f, double distance);

}  // namespace gradus::inspect
