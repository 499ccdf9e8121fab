// What a plan consists of, for people: its tasks in order, what each moves and computes, and how long it took.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gradus::plan {

struct TaskReport {
  std::string text;          // "matmul [128, 784] x [784, 512] -> f32 [128, 512]", "5 operations: add relu ... -> f32 [128, 512]"
  double bytes = 0;          // read and written, each value once
  double flops = 0;          // of products and convolutions; 1 for each element of an elementwise operation
  double seconds = 0;        // the fastest of the measured runs; 0 when it was not measured
};

// A value that the plan keeps in its memory, and why.
struct KeptValue {
  std::string made;          // "tanh -> f32 [128, 512], in net.1": the operation that makes it, in its layer
  std::string read;          // the same of the last that reads it
  std::size_t bytes = 0, first = 0, last = 0;  // the tasks in which it lives
};

struct Report {
  std::vector<TaskReport> tasks;
  std::vector<KeptValue> kept;     // all values that live where the plan needs most memory, the largest first
  std::size_t arena_bytes = 0;     // the memory that the plan gives out
  std::size_t outside_bytes = 0;   // inputs, parameters, state of optimizers, results
  double seconds = 0;              // of a whole run, the fastest
};

}  // namespace gradus::plan
