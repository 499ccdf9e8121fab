// Loops that do nothing but reach a limit of the machine, compiled once for each instruction set.
#pragma once
#include <cstdint>

namespace gradus::cli {

struct MachineKernels {
  // `rounds` rounds of independent multiply-adds in registers; returns how many operations (two each) that was. `sink` keeps them alive.
  double (*multiply_add)(std::int64_t rounds, float* sink);
  // n is a multiple of 256 and the memory aligned to 64 bytes, in all three.
  void (*read)(const float* x, std::int64_t n, float* sink);
  void (*copy)(const float* x, float* y, std::int64_t n);    // y = x
  void (*stream)(const float* x, float* y, std::int64_t n);  // the same past the caches
};

const MachineKernels& machine_kernels();

}  // namespace gradus::cli
