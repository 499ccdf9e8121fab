// Workloads of `gradus bench`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "output.hpp"

namespace gradus::cli {

struct BenchOptions {
  double min_time = 3;             // seconds of measuring, at least
  bool check_only = false;         // the check alone, nothing is measured
  std::string memory_budget;       // bytes for a step, or "half"; empty: as much as it likes
  bool digest = false;             // what the parameters are after 20 steps
  std::int64_t tasks = 0;          // so many of the plan's tasks are listed, the longest first
  std::vector<std::string> sizes;  // for workloads that take them
};

struct Workload {
  std::string_view name, about;
  Json (*run)(const BenchOptions&);  // workload, threads, ms_min, ms_median, reps, params, gflop, gflops, peak_rss_mb, check, ...
  std::string_view sizes = {};       // what it takes, for messages; empty: nothing
};

const std::vector<Workload>& training_workloads();     // bench_training.cpp
const std::vector<Workload>& sequence_workloads();     // bench_sequence.cpp
const std::vector<Workload>& elementwise_workloads();  // bench_elementwise.cpp
const std::vector<Workload>& inference_workloads();    // bench_inference.cpp
const std::vector<Workload>& kernel_workloads();       // bench_kernels.cpp
const std::vector<Workload>& scalar_workloads();       // bench_scalar.cpp
const std::vector<Workload>& machine_workloads();      // bench_machine.cpp

}  // namespace gradus::cli
