// One team of threads for the whole process. All parallel code goes through parallel_for.
#pragma once
#include <cstdint>
#include <memory>

namespace gradus {

int threads();                // how many threads work is spread over; by default the physical cores this process may use
void set_threads(int count);  // 1 or more; ValueError otherwise

// Results are the same for the same number of threads always, and with this on for every number of threads: products and convolutions of
// oneDNN are cut into parts that depend on the shapes alone, and one thread does each. What it costs: docs/performance.md.
bool deterministic();
void set_deterministic(bool on);

int use_team(int count);      // makes other users of the same OpenMP team (oneDNN) take so many threads, in this thread; one inside a parallel part

// What one item of a loop costs: `each` numbers, `per` of which take as long as one that a simple operation makes, such as a sum of two
// (a third of a nanosecond; a multiply-add of a product takes an eighth of that).
struct Cost {
  std::int64_t each, per = 1;
  std::int64_t multiple = 1;  // parts begin at multiples of this many items
  explicit constexpr Cost(std::int64_t numbers, std::int64_t in_one = 1, std::int64_t items = 1) : each(numbers), per(in_one), multiple(items) {}
};

// Calls body(first, last) on parts of 0..n, at most one part per thread, and only as many as are worth it: a thread must have about eight
// times as much to do as starting the team takes, which is measured when the first loop is long enough. What a part computes must not
// depend on where it begins. Work inside a parallel part stays on its thread. An exception of a part is rethrown.
template <class F>
void parallel_for(std::int64_t n, Cost cost, F&& body);

// The same for items each of which is worth a thread: parts of at least `grain` of them, whatever they cost.
template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, F&& body);

namespace detail {
void parallel_for(std::int64_t n, int team, std::int64_t multiple, void (*call)(void*, std::int64_t, std::int64_t), void* body);
int team_for(std::int64_t n, Cost cost);
template <class F>
void run_team(std::int64_t n, int team, std::int64_t multiple, F& body) {
  parallel_for(
      n, team, multiple, [](void* f, std::int64_t first, std::int64_t last) { (*static_cast<F*>(f))(first, last); },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}
}  // namespace detail

template <class F>
void parallel_for(std::int64_t n, Cost cost, F&& body) {
  detail::run_team(n, detail::team_for(n, cost), cost.multiple, body);
}
template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, F&& body) {
  detail::run_team(n, threads(), grain, body);
}

}  // namespace gradus
