#include "bench_scalar.hpp"

#include <gradus/base/clock.hpp>
#include <gradus/scalar.hpp>

#include <algorithm>
#include <vector>

namespace gradus::cli {

// v = v * c; v = v + c, 500 times over: 1,000 operations, forward and backward, with the gradient of c as well.
Json scalar_value() {
  constexpr int operations = 1000;
  double check = 0;
  std::vector<double> ms;
  const double end = now() + 0.5;
  while (ms.size() < 100 || now() < end) {
    const double start = now();
    const Tape tape;
    const Value first = 1, c = 1.0001;
    Value v = first;
    for (int i = 0; i < operations / 2; ++i) {
      v = v * c;
      v = v + c;
    }
    v.backward();
    check = first.grad();  // 1.0001^500
    ms.push_back((now() - start) * 1000);
  }
  std::sort(ms.begin(), ms.end());
  const double gflop = operations * 5e-9;  // one forward, two multiply-adds backward
  return {{"workload", "scalar_value"},
          {"threads", 1},
          {"ms_min", ms.front()},
          {"ms_median", ms[ms.size() / 2]},
          {"reps", ms.size()},
          {"params", 2},
          {"gflop", gflop},
          {"gflops", gflop / (ms.front() / 1000)},
          {"operations", operations},
          {"ns_per_operation", ms.front() * 1e6 / operations},
          {"check", check}};
}

}  // namespace gradus::cli
