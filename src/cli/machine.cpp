#include "machine.hpp"

#include <sys/resource.h>

#include <gradus/base/clock.hpp>
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <vector>

#include "machine_kernels.hpp"

namespace gradus::cli {
namespace {

// Runs `body(part)` on every thread at once, and returns the shortest time of one go.
template <class F>
double shortest(int team, double seconds, const F& body) {
  const int before = threads();
  set_threads(team);
  double best = INFINITY;
  const double end = now() + seconds;
  for (int rounds = 0; rounds < 5 || now() < end; ++rounds) {
    const double start = now();
    parallel_for(team, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t part = first; part < last; ++part) body(part);
    });
    best = std::min(best, now() - start);
  }
  set_threads(before);
  return best;
}

struct alignas(64) Sink {
  float value = 0;
};

// Memory that begins at a cache line.
class Block {
 public:
  explicit Block(std::int64_t n) : held_(static_cast<std::size_t>(n) + 16, 1.0F) {
    data_ = held_.data() + (64 - reinterpret_cast<std::uintptr_t>(held_.data()) % 64) % 64 / sizeof(float);
  }
  float* data() const { return data_; }

 private:
  std::vector<float> held_;
  float* data_;
};

}  // namespace

double Limits::seconds(double operations, double bytes) const { return std::max(operations / flops, bytes / bandwidth); }

double measure_flops(int team, double seconds) {
  constexpr std::int64_t rounds = 100'000;
  std::vector<Sink> sinks(static_cast<std::size_t>(team));
  std::vector<double> done(sinks.size());
  const double time = shortest(team, seconds, [&](std::int64_t part) {
    const auto at = static_cast<std::size_t>(part);
    done[at] = machine_kernels().multiply_add(rounds, &sinks[at].value);
  });
  return done[0] * team / time;
}

double Bandwidth::best() const { return std::max({read, copy, stream}); }

Bandwidth measure_bandwidth(int team, double bytes, double seconds) {
  constexpr std::int64_t step = 256;
  const std::int64_t n = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::min(bytes, all_memory) / sizeof(float)) / team / step, 16, 1 << 24) * step;
  std::vector<Block> blocks;
  for (int i = 0; i < team; ++i) blocks.emplace_back(n);
  std::vector<Sink> sinks(static_cast<std::size_t>(team));
  // Several times over when that is soon done: a clock is read and a team started only now and then.
  const std::int64_t times = std::max<std::int64_t>(1, 4'000'000 / n);
  const double all = static_cast<double>(n * team * times) * sizeof(float);
  const auto measured = [&](const auto& run) {
    return all / shortest(team, seconds / 3, [&](std::int64_t part) {
      const auto at = static_cast<std::size_t>(part);
      for (std::int64_t i = 0; i < times; ++i) run(blocks[at].data(), &sinks[at].value);
    });
  };
  const std::int64_t half = n / 2 / step * step;
  const double share = 2.0 * static_cast<double>(half) / static_cast<double>(n);
  const MachineKernels& kernels = machine_kernels();
  return {measured([&](const float* x, float* sink) { kernels.read(x, n, sink); }),
          share * measured([&](float* x, float*) { kernels.copy(x, x + n - half, half); }),
          share * measured([&](float* x, float*) { kernels.stream(x, x + n - half, half); })};
}

Limits measure_limits(double bytes) { return {measure_flops(threads()), measure_bandwidth(threads(), bytes).best()}; }

double peak_memory_mb() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024;
}

}  // namespace gradus::cli
