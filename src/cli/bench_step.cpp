#include "bench_step.hpp"

#include <fmt/format.h>
#include <gradus/base/clock.hpp>
#include <gradus/base/sha256.hpp>
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cmath>

#include "machine.hpp"
#include "tasks.hpp"

namespace gradus::cli {

Timing time_calls(double min_time, const std::function<void(std::int64_t)>& run) {
  constexpr double batch = 100e-6, longest = 25;  // seconds
  constexpr std::size_t least = 7;
  run(3);
  double start = now();
  run(1);
  std::int64_t calls = 1;
  for (double time = now() - start; time < batch; time = now() - start) {
    calls = time > batch / 50 ? static_cast<std::int64_t>(std::ceil(static_cast<double>(calls) * batch / time)) + 1 : calls * 10;
    start = now();
    run(calls);
  }
  std::vector<double> times;
  const double begin = now();
  for (double time = begin; (times.size() < least || time - begin < min_time) && time - begin < longest;) {
    run(calls);
    const double end = now();
    times.push_back((end - time) / static_cast<double>(calls));
    time = end;
  }
  std::sort(times.begin(), times.end());
  return {.min = times.front(), .median = times[times.size() / 2], .reps = times.size()};
}

Json step_result(const Facts& facts, const Timing& timing, double memory_mb, const BenchOptions& options) {
  Json out{{"workload", facts.name}, {"threads", threads()}};
  if (options.check_only) {
    out["params"] = facts.params;
    out["gflop"] = facts.gflop;
    return out;
  }
  const double parts = static_cast<double>(facts.parts);
  out["ms_min"] = timing.min * 1000 / parts;
  out["ms_median"] = timing.median * 1000 / parts;
  if (timing.repeated > 0) out["ms_repeat"] = timing.repeated * 1000 / parts;
  out["reps"] = timing.reps;
  out["params"] = facts.params;
  out["gflop"] = facts.gflop;
  out["gflops"] = facts.gflop / timing.min;
  out["gbytes"] = facts.gbytes;
  out["gbytes_per_s"] = facts.gbytes / timing.min;
  const Limits limits = measure_limits(facts.gbytes * 1e9);
  const double limit = limits.seconds(facts.gflop * 1e9, facts.gbytes * 1e9);
  out["peak_gflops"] = limits.flops / 1e9;
  out["peak_gbytes_per_s"] = limits.bandwidth / 1e9;
  out["limit_ms"] = limit * 1000 / parts;
  out["share"] = limit / timing.min;
  out["peak_rss_mb"] = memory_mb;
  return out;
}

void add_check(Json& out, const Tensors& planned, const Tensors& eager) {
  const auto figure = [](const Tensors& y) {
    const std::vector<double> values = y[0].to_vector();
    double total = 0;
    for (const double value : values) total += values.size() == 1 ? value : std::abs(value);
    return total / static_cast<double>(values.size());
  };
  double worst = 0;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const std::vector<double> a = planned[i].to_vector(), b = eager[i].to_vector();
    double apart = 0, norm = 0;
    for (std::size_t k = 0; k < a.size(); ++k) {
      apart += (a[k] - b[k]) * (a[k] - b[k]);
      norm += b[k] * b[k];
    }
    const double relative = std::sqrt(apart) / std::max(std::sqrt(norm), 1e-30);
    worst = std::isfinite(relative) ? std::max(worst, relative) : INFINITY;
  }
  out["check"] = figure(planned);
  out["check_eager"] = figure(eager);
  out["check_apart"] = worst;
  out["equal"] = worst <= 1e-3;
}

std::size_t budget_of(const std::string& words, std::size_t natural, std::size_t fixed) {
  if (words == "half") return natural > fixed ? fixed + (natural - fixed) / 2 : natural;
  return static_cast<std::size_t>(std::stoull(words));
}

std::string digest_of(const Tensors& values) {
  Sha256 sum;
  for (const Tensor& value : values) {
    const Tensor rows = contiguous(value);
    sum.add({static_cast<const char*>(rows.array().data()), bytes_of(rows)});
  }
  return sum.hex();
}

void add_tasks(Json& out, const plan::Report& report, const BenchOptions& options) {
  out["tasks"] = report.tasks.size();
  out["arena_mb"] = static_cast<double>(report.arena_bytes) / 1e6;
  if (options.tasks == 0 || options.check_only) return;
  const TaskTable table(report, measure_limits(static_cast<double>(report.arena_bytes + report.outside_bytes)));
  out["kinds"] = table.kinds();
  out["longest_tasks"] = table.longest(static_cast<std::size_t>(options.tasks));
}

}  // namespace gradus::cli
