// How functions are compiled.
#pragma once
#include <cstddef>
#include <cstdint>

namespace gradus::plan {

// The passes, each of which can be turned off. None of them changes a result but by rounding in oneDNN.
struct Options {
  bool dead_code = true;     // operations that no result rests on are left out
  bool common = true;        // equal operations on equal inputs are done once
  bool algebra = true;       // x * 1, -(-x), gradients of slices
  bool epilogues = true;     // a vector that is added to every row of a product is added as the product is written
  bool fusion = true;        // elementwise operations run together, tile by tile
  bool hoist = true;         // parameters move as soon as their gradients are known, which then need no memory any more
  bool reuse = true;         // values that are never needed at the same time share memory
  std::int64_t check_every = 0;   // above 0: the first call and every so many-th is also done operation by operation, from the same numbers;
                                  // TraceError names the first that differs. GRADUS_CHECK=trace sets it to 100, trace=N to N. f runs once more
  std::size_t memory_budget = 0;  // bytes for a whole call: inputs, parameters, optimizer state, results and what lies between; above
                                  // 0, values are computed again instead of kept until it fits. UsageError, with the least, when it cannot
};

}  // namespace gradus::plan
