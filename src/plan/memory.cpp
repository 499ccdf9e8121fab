#include "plan/memory.hpp"

#include <algorithm>
#include <numeric>

namespace gradus::plan {

std::size_t place(std::vector<Lifetime>& values) {
  std::vector<std::size_t> order(values.size()), placed;
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return values[a].bytes > values[b].bytes; });
  std::size_t total = 0;
  for (const std::size_t i : order) {
    Lifetime& value = values[i];
    std::size_t at = 0;
    for (const std::size_t other : placed) {  // by offset
      const Lifetime& taken = values[other];
      if (taken.last < value.first || value.last < taken.first) continue;
      if (at + value.bytes <= taken.offset) break;
      at = std::max(at, taken.offset + taken.bytes);
    }
    value.offset = at;
    total = std::max(total, at + value.bytes);
    placed.insert(std::ranges::upper_bound(placed, at, {}, [&](std::size_t k) { return values[k].offset; }), i);
  }
  return total;
}

}  // namespace gradus::plan
