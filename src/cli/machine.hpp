// What this machine can do at most, measured here and now: speeds are told as a share of it.
#pragma once
#include <cstdint>

#include "output.hpp"

namespace gradus::cli {

struct Limits {
  double flops = 0;      // float32 operations a second, a multiply-add counting as two
  double bandwidth = 0;  // bytes a second, read and written
  // The shortest time in which so much can be done; 0 when nothing is to be done.
  double seconds(double operations, double bytes) const;
};

constexpr double all_memory = 256e6;  // bytes; more than the caches hold

double measure_flops(int threads, double seconds = 0.2);

struct Bandwidth {
  double read = 0, copy = 0, stream = 0;  // bytes a second, of both sides where there are two
  double best() const;
};
// Over `bytes` of memory again and again; small ones stay in a cache.
Bandwidth measure_bandwidth(int threads, double bytes, double seconds = 0.2);

// With the threads that are set, for work that goes through so many bytes.
Limits measure_limits(double bytes);

double peak_memory_mb();  // the most that this process has held so far

}  // namespace gradus::cli
