#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <gradus/base/error.hpp>
#include <gradus/base/threads.hpp>
#include <mutex>
#include <set>
#include <string>

#if GRADUS_OPENMP
#include <omp.h>
#else
#include <system_error>
#include <thread>
#include <vector>
#endif

namespace gradus {
namespace {

// The cores this process may use; two hyper-threads of one core count once.
int physical_cores() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const std::string path = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list";
    std::string siblings = std::to_string(cpu);
    if (std::FILE* file = std::fopen(path.c_str(), "r")) {
      char line[256];
      if (std::fgets(line, sizeof line, file)) siblings = line;
      std::fclose(file);
    }
    cores.insert(siblings);
  }
  return std::max<int>(1, static_cast<int>(cores.size()));
}

std::atomic<int>& team_size() {
  static std::atomic<int> size{physical_cores()};
  return size;
}

std::atomic<bool> same_for_all{false};

thread_local bool inside = false;  // nested work stays where it is

struct FirstError {
  std::mutex mutex;
  std::exception_ptr error;
  template <class F>
  void guard(F&& f) noexcept {
    try {
      f();
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  }
};

}  // namespace

int threads() { return team_size(); }

void set_threads(int count) {
  if (count < 1) fail<ValueError>("set_threads", std::to_string(count) + " threads asked for; at least 1 is needed");
  team_size() = count;
}

bool deterministic() { return same_for_all.load(std::memory_order_relaxed); }
void set_deterministic(bool on) { same_for_all = on; }

int use_team(int count) {
  const int team = inside ? 1 : count;
#if GRADUS_OPENMP
  if (omp_get_max_threads() != team) omp_set_num_threads(team);
#endif
  return team;
}

namespace {

// How many of the usual shares a thread must have here: what it takes to start the team, against what it takes on a quiet machine whose
// threads wait awake. Asleep (OMP_WAIT_POLICY=passive) it is more than twenty times as much; hence measured in each process, not kept in
// a file. It takes a tenth of a millisecond.
double team_start(int attempts) {
  using Clock = std::chrono::steady_clock;
  constexpr double usual = 1.3e-6;
  const auto empty = [](void*, std::int64_t, std::int64_t) {};
  double best = 1;
  for (int i = 0; i < attempts; ++i) {
    const Clock::time_point start = Clock::now();
    detail::parallel_for(2, 2, 1, empty, nullptr);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return std::clamp(best / usual, 1.0, 32.0);
}

// The least that was seen. Others may have had the cores at that moment, so what is much is measured again now and then.
double least_start() {
  static std::atomic<double> least{0};
  static std::atomic<unsigned> asked{0};
  const double known = least.load(std::memory_order_relaxed);
  if (known > 0 && (known < 4 || ++asked % 256 != 0)) return known;
  const double now = team_start(known > 0 ? 4 : 40), best = known > 0 ? std::min(known, now) : now;
  least.store(best, std::memory_order_relaxed);
  return best;
}

}  // namespace

int detail::team_for(std::int64_t n, Cost cost) {
  constexpr double share = 32768;
  const double all = static_cast<double>(n) * static_cast<double>(cost.each) / static_cast<double>(cost.per);
  if (inside || all <= share || threads() == 1) return 1;
  const double start = least_start();
  return static_cast<int>(std::clamp(std::ceil(all / (share * start)), 1.0, static_cast<double>(threads())));
}

void detail::parallel_for(std::int64_t n, int wanted, std::int64_t multiple, void (*call)(void*, std::int64_t, std::int64_t), void* body) {
  if (n <= 0) return;
  const std::int64_t grains = (n + multiple - 1) / multiple;
  const int team = static_cast<int>(std::min<std::int64_t>(wanted, grains));
  if (team <= 1 || inside) return call(body, 0, n);
  FirstError first;
  auto part = [&](int i) {
    inside = true;
    const std::int64_t a = grains * i / team * multiple, b = std::min(n, grains * (i + 1) / team * multiple);
    first.guard([&] {
      if (a < b) call(body, a, b);
    });
    inside = false;
  };
#if GRADUS_OPENMP
#pragma omp parallel for num_threads(team) schedule(static, 1)
  for (int i = 0; i < team; ++i) part(i);
#else
  std::vector<std::thread> helpers;
  int started = 1;
  try {
    for (helpers.reserve(static_cast<std::size_t>(team)); started < team; ++started) helpers.emplace_back(part, started);
  } catch (const std::system_error&) {  // no more threads to be had: what is left is done here
  }
  part(0);
  for (int i = started; i < team; ++i) part(i);
  for (auto& helper : helpers) helper.join();
#endif
  if (first.error) std::rethrow_exception(first.error);
}

}  // namespace gradus
