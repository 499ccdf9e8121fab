// Where values lie: each has a place in one block of memory from the first task that writes it to the last one that reads it.
#pragma once
#include <cstddef>
#include <vector>

namespace gradus::plan {

struct Lifetime {
  std::size_t bytes = 0, first = 0, last = 0;  // tasks, both included
  std::size_t offset = 0;                      // the result
};

// Gives every value its offset, a multiple of 64; returns the size of the block. Largest first, each at the lowest place that is
// free for as long as it lives (Pisarchyk & Lee 2020, "Efficient memory management for deep neural net inference").
std::size_t place(std::vector<Lifetime>& values);

}  // namespace gradus::plan
