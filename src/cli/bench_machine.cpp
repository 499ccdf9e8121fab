// What the machine can do at most, as workloads of their own.
#include <gradus/base/threads.hpp>

#include <algorithm>

#include "bench.hpp"
#include "machine.hpp"

namespace gradus::cli {
namespace {

Json result(const char* name, double seconds, double gflop) {
  return {{"workload", name}, {"threads", threads()},          {"ms_min", seconds * 1000},         {"ms_median", seconds * 1000}, {"reps", 5}, {"params", 0},
          {"gflop", gflop},   {"gflops", gflop / seconds}, {"peak_rss_mb", peak_memory_mb()}, {"check", nullptr}};
}

double seconds_for(const BenchOptions& options) { return options.check_only ? 0.01 : std::clamp(options.min_time / 2, 0.05, 5.0); }

Json peak(const BenchOptions& options) {
  const double seconds = seconds_for(options), one = measure_flops(1, seconds), all = measure_flops(threads(), seconds);
  Json out = result("peak", 1e9 / all, 1);
  out["gflops_1_thread"] = one / 1e9;
  return out;
}

Json bandwidth(const BenchOptions& options) {
  const double seconds = seconds_for(options);
  const Bandwidth one = measure_bandwidth(1, all_memory, seconds), all = measure_bandwidth(threads(), all_memory, seconds);
  Json out = result("bandwidth", all_memory / all.best(), 0);
  out["gbytes"] = all_memory / 1e9;
  out["gbytes_per_s"] = all.best() / 1e9;
  out["read"] = all.read / 1e9;
  out["copy"] = all.copy / 1e9;
  out["stream"] = all.stream / 1e9;
  out["gbytes_per_s_1_thread"] = one.best() / 1e9;
  return out;
}

}  // namespace

const std::vector<Workload>& machine_workloads() {
  static const std::vector<Workload> all = {{"peak", "multiply-adds in registers, float32", &peak},
                                            {"bandwidth", "reading, copying and streaming 256 MB", &bandwidth}};
  return all;
}

}  // namespace gradus::cli
