// The elementwise kernels, compiled once for each instruction set.
#pragma once
#include <gradus/ops/family.hpp>

namespace gradus::cpu {

// Computes n elements, rounded up to whole vectors, from contiguous inputs.
using MapKernel = void (*)(const void* const* in, void* out, std::int64_t n);

// By op and part (0: the value, 1 + i: the derivative with respect to input i); null where there is none. `plus`: one input more, which
// is added to the result; of cheap ones only, where it saves as much as they take.
struct MapTable {
  MapKernel f32[ops::map_op_count][4];
  MapKernel f64[ops::map_op_count][4];
  MapKernel f32_plus[ops::map_op_count][4];
  MapKernel f64_plus[ops::map_op_count][4];
  void (*truths)(const std::uint8_t* from, float* to, std::int64_t n);  // 0 or 1, as numbers; n of them and no more
};
const MapTable& map_table();  // of the best instruction set of this machine

// The kernel of an elementwise operation of the list, or of its derivative, for operands of this dtype (f32, f64, i64); null: none.
MapKernel map_kernel(const OpInfo& info, Dtype dtype);
MapKernel map_kernel_plus(const OpInfo& info, Dtype dtype);
Dtype compute_dtype(Inputs x, const Array& y);   // for truth values it is what is compared that decides
bool reads_condition(const OpInfo& info);        // whether the first input is true or false, whatever the others are

}  // namespace gradus::cpu
