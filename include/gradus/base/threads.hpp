// One team of threads for the whole process. All parallel code goes through parallel_for.
#pragma once
#include <cstdint>
#include <type_traits>
#include <memory>

namespace gradus {

int threads();                // how many threads work is spread over; by default the physical cores this process may use
void set_threads(int count);  // 1 or more; ValueError otherwise

// Results are the same for the same number of threads always, and with this on for every number of threads: products and convolutions of
// oneDNN are cut into parts that depend on the shapes alone, and one thread does each. What it costs: docs/performance.md.
bool deterministic();
void set_deterministic(bool on);

int use_team(int count);      // makes other users of the same OpenMP team (oneDNN) take so many threads, in this thread; one inside a parallel part

// Calls body(first, last) on parts of 0..n, at most one part per thread, with every part but the last a multiple of `grain`.
// Work of up to one grain, and work inside a parallel part, stays on the calling thread. An exception of a part is rethrown.
template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, F&& body);

namespace detail {
void parallel_for(std::int64_t n, std::int64_t grain, void (*call)(void*, std::int64_t, std::int64_t), void* body);
}

template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, F&& body) {
  using Body = std::remove_reference_t<F>;
  detail::parallel_for(
      n, grain, [](void* f, std::int64_t first, std::int64_t last) { (*static_cast<Body*>(f))(first, last); },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

}  // namespace gradus
