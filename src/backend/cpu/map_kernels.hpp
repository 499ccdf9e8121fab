// The elementwise kernels, compiled once for each instruction set.
#pragma once
#include <gradus/ops/family.hpp>

namespace gradus::cpu {

// Computes n elements, rounded up to whole vectors, from contiguous inputs.
using MapKernel = void (*)(const void* const* in, void* out, std::int64_t n);

// By op and part (0: the value, 1 + i: the derivative with respect to input i); null where there is none.
struct MapTable {
  MapKernel f32[ops::map_op_count][4];
  MapKernel f64[ops::map_op_count][4];
};
const MapTable& map_table();  // of the best instruction set of this machine

}  // namespace gradus::cpu
