// The scalar engine, and small operations one by one.
#include <gradus/scalar.hpp>

#include <gradus/base/clock.hpp>

#include "bench_step.hpp"

namespace gradus::cli {
namespace {

constexpr int operations = 1000;

Json chain_result(const char* name, std::int64_t params, const Timing& timing, double check) {
  const double gflop = operations * 5e-9;  // one forward, two multiply-adds backward
  return {{"workload", name},
          {"threads", 1},
          {"ms_min", timing.min * 1000},
          {"ms_median", timing.median * 1000},
          {"reps", timing.reps},
          {"params", params},
          {"gflop", gflop},
          {"gflops", timing.reps > 0 ? gflop / timing.min : 0.0},
          {"peak_rss_mb", peak_memory_mb()},
          {"operations", operations},
          {"ns_per_operation", timing.min * 1e9 / operations},
          {"check", check}};
}

// v = v * c; v = v + c, 500 times over: 1,000 operations, forward and backward, with the gradient of c as well.
Json scalar_value(const BenchOptions& options) {
  double check = 0;
  const auto run = [&](std::int64_t n) {
    for (std::int64_t k = 0; k < n; ++k) {
      const Tape tape;
      const Value first = 1, c = 1.0001;
      Value v = first;
      for (int i = 0; i < operations / 2; ++i) {
        v = v * c;
        v = v + c;
      }
      v.backward();
      check = first.grad();  // 1.0001^500
    }
  };
  run(1);
  const Timing timing = options.check_only ? Timing() : time_calls(std::min(options.min_time, 1.0), run);
  return chain_result("scalar_value", 2, timing, check);
}

// The same chain of tensors that hold one number, without a plan.
Json eager_op(const BenchOptions& options) {
  double check = 0;
  const Tensor first = Tensor::full({}, 1), c = Tensor::full({}, 1.0001);
  const auto run = [&](std::int64_t n) {
    for (std::int64_t k = 0; k < n; ++k) {
      const auto [value, g] = value_and_grad([](Tensor v, const Tensor& by) {
        for (int i = 0; i < operations / 2; ++i) {
          v = v * by;
          v = v + by;
        }
        return v;
      })(first, c);
      check = g[0].item();
    }
  };
  run(1);
  const Timing timing = options.check_only ? Timing() : time_calls(options.min_time, run);
  return chain_result("eager_op", 2, timing, check);
}

}  // namespace

const std::vector<Workload>& scalar_workloads() {
  static const std::vector<Workload> all = {{"scalar_value", "the scalar engine: 1,000 operations on Value and back", &scalar_value},
                                            {"eager_op", "1,000 operations on tensors of one number and back, without a plan", &eager_op}};
  return all;
}

}  // namespace gradus::cli
