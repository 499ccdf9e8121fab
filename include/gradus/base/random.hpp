// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
// A number is a pure function of (key, counter), so it does not depend on threads or on the order of drawing.
#pragma once
#include <array>
#include <cstdint>

namespace gradus {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;
PhiloxCounter philox(PhiloxCounter counter, PhiloxKey key);

// A stream of numbers: (seed, stream) is the key and the high counter, the position counts on.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0, std::uint64_t position = 0) : seed_(seed), stream_(stream), position_(position) {}
  std::uint32_t bits();                          // 32 random bits
  std::uint64_t below(std::uint64_t n);          // uniform in 0..n-1 without bias; n > 0
  double uniform();                              // [0, 1), 53 bits
  double normal();                               // mean 0, deviation 1 (Box-Muller)

 private:
  std::uint64_t seed_, stream_, position_;
  PhiloxCounter block_{};
  int left_ = 0;
  double spare_ = 0;
  bool has_spare_ = false;
};

// Sets the seed of this thread's default generator and starts it anew. A thread begins with seed 0.
void manual_seed(std::uint64_t seed);
Random next_random();  // a fresh stream of this thread's default generator: every call gives another one

// Where the default generator of this thread stands; and going back there for a while, to draw the same numbers again.
struct RandomState {
  std::uint64_t seed = 0, stream = 0;
};
RandomState random_state();
class RandomScope {
 public:
  explicit RandomScope(RandomState state);
  ~RandomScope();
  RandomScope(const RandomScope&) = delete;
  RandomScope& operator=(const RandomScope&) = delete;

 private:
  RandomState before_;
};

}  // namespace gradus
