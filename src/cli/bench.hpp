// Workloads of `gradus bench`.
#pragma once
#include <string_view>

#include "output.hpp"

namespace gradus::cli {

struct Workload {
  std::string_view name;
  Json (*run)();  // workload, threads, ms_min, ms_median, reps, params, gflop, gflops, peak_rss_mb, check
};

}  // namespace gradus::cli
