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

constexpr int check_steps = 5, digest_steps = 20;

// What --memory-budget asks for, when a step takes `natural` bytes by itself, `fixed` of them for parameters, gradients and the optimizer.
std::size_t budget_of(const std::string& words, std::size_t natural, std::size_t fixed);
std::string digest_of(const Tensors& values);  // of all their bits

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

// The parameters after 20 steps from seed 0, and what the last step gives.
template <class Work, class Step>
std::string digest_after(Step& step, Work& work) {
  for (std::size_t i = 1; i < digest_steps; ++i) static_cast<void>(results(step, work, i - 1));
  Tensors all = results(step, work, digest_steps - 1);
  if constexpr (requires { work.net; }) {
    for (const auto& [path, parameter] : parameters(work.net)) all.push_back(parameter->value());
  }
  return digest_of(all);
}

inline std::size_t bytes_of(const Tensor& x) { return static_cast<std::size_t>(x.numel()) * size_of(x.dtype()); }

// The budget in bytes; compares 20 steps within it with 20 steps as they are.
template <class Work>
std::size_t check_budget(Json& out, const BenchOptions& options) {
  if constexpr (!requires(Work work) { work.net; work.opt.state(); }) {
    fail<UsageError>("--memory-budget", "this workload trains nothing", "take mlp, lenet, resnet18, lstm_char, gpt_small or chain1000");
  } else {
    const auto bytes = [](const plan::Report& report) { return report.arena_bytes + report.outside_bytes; };
    std::size_t budget = 0;
    {
      manual_seed(0);
      Work work;
      auto step = compile([&work](const auto&... x) { return work(x...); });
      out["digest_unlimited"] = digest_after(step, work);
      std::size_t fixed = 0;
      for (const auto& [path, parameter] : parameters(work.net)) fixed += 2 * bytes_of(parameter->value());
      for (const auto& [path, state] : work.opt.state()) fixed += bytes_of(state);
      budget = budget_of(options.memory_budget, bytes(step.report()), fixed);
      out["unlimited_bytes"] = bytes(step.report());
      out["fixed_bytes"] = fixed;
    }
    manual_seed(0);
    Work work;
    auto step = compile([&work](const auto&... x) { return work(x...); }, {.memory_budget = budget});
    out["digest"] = digest_after(step, work);
    out["memory_budget"] = budget;
    out["memory_bytes"] = bytes(step.report());
    out["equal"] = out["digest"] == out["digest_unlimited"];
    return budget;
  }
}

template <class Work>
Json bench_step(Facts facts, const BenchOptions& options) {
  Json limited;
  const std::size_t budget = options.memory_budget.empty() ? 0 : check_budget<Work>(limited, options);
  const auto planned_of = [budget](Work& work) { return compile([&work](const auto&... x) { return work(x...); }, {.memory_budget = budget}); };
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
  if (options.digest && budget == 0) {
    manual_seed(0);
    Work anew;
    auto run = planned_of(anew);
    out["digest"] = digest_after(run, anew);
  }
  if (budget > 0) {
    const bool same = limited["equal"] == out["equal"] && out["equal"] == true;
    out.update(limited);
    out["equal"] = same;
  }
  return out;
}

}  // namespace gradus::cli
