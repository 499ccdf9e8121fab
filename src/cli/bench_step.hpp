// A step as a plan: how long it takes, and whether it gives what the same step without a plan gives.
//   struct Work {
//     Net net;  Adam opt{net};                                   // made anew, from seed 0, for the plan and for eager
//     std::vector<std::array<Tensor, 2>> batches{...};           // the steps take them in turn
//     Tensor operator()(const Tensor& x, const Tensor& y);       // one step; the first result is the check
//   };
//   Json out = bench_step<Work>({.name = "mine", .gflop = 0.3}, options);
#pragma once
#include <algorithm>
#include <array>
#include <functional>
#include <tuple>
#include <vector>

#include <gradus/nn.hpp>
#include <gradus/optim.hpp>
#include <gradus/plan.hpp>

#include "bench.hpp"
#include "machine.hpp"

namespace gradus::cli {

struct Facts {
  const char* name;
  std::int64_t params = 0;
  double gflop = 0;   // of products and convolutions in a step, forward and backward; the first layer needs no gradient of its input
  double gbytes = 0;  // that a step reads and writes at the very least, however well it is fused
  std::int64_t parts = 1;  // a call is so many units of what is counted: a chain of 1,000 operations
};

struct Timing {
  double min = 0, median = 0;  // seconds of one call
  double repeated = 0;         // of one of many in `repeat`; 0: not measured
  std::size_t reps = 0;
};
// run(n) makes n calls. As the peer is timed: three calls to get warm, then at least 7 measurements and `min_time` seconds, but not more
// than 25. Short calls are timed many at once, so that the clock does not count.
Timing time_calls(double min_time, const std::function<void(std::int64_t)>& run);

// The figures of one workload in the order in which they are told. A share of the limit is measured last: it takes memory.
Json step_result(const Facts& facts, const Timing& timing, double memory_mb, const BenchOptions& options);
// check, check_eager, equal: whether all results are those of eager to 1e-3 of their norm.
void add_check(Json& out, const Tensors& planned, const Tensors& eager);
void add_tasks(Json& out, const plan::Report& report, const BenchOptions& options);

constexpr int check_steps = 5;

template <class Step, class Work>
Tensors results(Step& step, const Work& work, std::size_t at) {
  using R = std::decay_t<decltype(std::apply(step, work.batches[0]))>;
  return plan::Results<R>::list(std::apply(step, work.batches[at % work.batches.size()]));
}

// What comes after so many steps from seed 0.
template <class Step, class Work>
Tensors results_after(Step& step, Work& work) {
  if constexpr (requires { work.prepare_check(); }) work.prepare_check();
  for (std::size_t i = 0; i < check_steps; ++i) static_cast<void>(results(step, work, i));
  return results(step, work, check_steps);
}

template <class Work>
Json bench_step(Facts facts, const BenchOptions& options) {
  const auto planned_of = [](Work& work) { return compile([&work](const auto&... x) { return work(x...); }); };
  Timing timing;
  plan::Report report;
  double memory = 0;
  if (!options.check_only) {
    manual_seed(0);
    Work work;
    auto step = planned_of(work);
    timing = time_calls(options.min_time, [&](std::int64_t n) {
      std::size_t at = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        static_cast<void>(std::apply(step, work.batches[at]));
        if (++at == work.batches.size()) at = 0;
      }
    });
    if (timing.min < 10e-6) {  // a loop of tiny steps need not pay for calls
      const auto repeated = [&](std::int64_t n) { std::apply([&](const auto&... x) { static_cast<void>(step.repeat(n, x...)); }, work.batches[0]); };
      timing.repeated = time_calls(std::min(options.min_time, 1.0), repeated).min;
    }
    memory = peak_memory_mb();  // of the plan alone: what follows needs more
    if (options.tasks > 0) {
      const int runs = static_cast<int>(std::clamp(1 / timing.min, 5.0, 500.0));
      report = std::apply([&](const auto&... x) { return step.measure(runs, x...); }, work.batches[0]);
    }
  }
  manual_seed(0);
  Work work;
  auto step = planned_of(work);
  const Tensors planned = results_after(step, work);
  if (options.tasks == 0) report = step.report();
  if constexpr (requires { work.net; }) facts.params = nn::count_parameters(work.net);
  manual_seed(0);
  Work again;
  const Tensors eager = results_after(again, again);
  Json out = step_result(facts, timing, memory, options);
  add_check(out, planned, eager);
  add_tasks(out, report, options);
  return out;
}

}  // namespace gradus::cli
