// Elementwise operations: tiles of the inputs, the kernel, tiles of the output.
#include <gradus/base/threads.hpp>

#include "backend/cpu/families.hpp"
#include "backend/cpu/map_kernels.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {

// Integers are computed one at a time, with wrapping arithmetic; the smaller ones wrap again when they are stored.
template <class S>
void run_integers(const void* const* in, void* out, std::int64_t n) {
  using T = std::int64_t;
  using V = lang::Scalar<T>;
  T* y = static_cast<T*>(out);
  const auto at = [&](std::size_t k, std::int64_t i) { return V(static_cast<const T*>(in[k])[i]); };
  for (std::int64_t i = 0; i < n; ++i) {
    if constexpr (S::family::inputs == 1) y[i] = V(S::f(at(0, i))).value;
    else if constexpr (S::family::inputs == 2) y[i] = V(S::f(at(0, i), at(1, i))).value;
    else y[i] = V(S::f(at(0, i), at(1, i), at(2, i))).value;
  }
}

template <class S>
constexpr MapKernel integer_kernel() {
  if constexpr (requires { S::floating; }) return nullptr;
  else return &run_integers<S>;
}

#define GRADUS_OP(S, ...) integer_kernel<ops::S>(),
constexpr MapKernel i64_kernels[] = {GRADUS_MAP_OPS(GRADUS_OP)};
#undef GRADUS_OP

// Whether the first input is a condition, to be read as true or false and not in the dtype of the others.
#define GRADUS_OP(S, ...) ops::map_traits<ops::S>("").chooses,
constexpr bool first_is_condition[] = {GRADUS_MAP_OPS(GRADUS_OP)};
#undef GRADUS_OP


// A few elements that lie as the kernel takes them: for small tensors the way to the kernel is all that counts.
bool run_directly(MapKernel f, Inputs x, Array& y, std::int64_t n) {
  const void* operands[5];
  if (n > tile_size || !y.contiguous()) return false;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Array& a = x[k].array();
    if (a.dtype() != y.dtype() || !a.contiguous() || !a.buffer()->padded() || a.numel() != n) return false;
    operands[k] = a.data();
  }
  f(operands, y.data(), n);
  return true;
}

void run_map(const Kernel& kernel, Inputs x, Array& y) {
  const std::int64_t n = y.numel();
  if (n == 0) return;
  const Dtype dtype = compute_dtype(x, y);
  const auto f = reinterpret_cast<MapKernel>(reinterpret_cast<std::uintptr_t>(kernel.state));
  if (y.dtype() == dtype && run_directly(f, x, y, n)) return;
  SmallVec<Reader, 4> readers;
  readers.reserve(x.size());
  Tensor condition;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Array* a = &x[k].array();
    if (k == 0 && reads_condition(kernel.op->info()) && a->dtype() != dtype && a->dtype() != Dtype::boolean) {
      condition = cast(Tensor(x[0].array_ref()), Dtype::boolean);  // 0.5 is true, but would be 0 as an integer
      a = &condition.array();
    }
    readers.push_back(Reader(*a, Walk::broadcast(*a, y.shape()), dtype));
  }
  const Walk out(y.shape(), y.strides());
  const bool direct = y.dtype() == dtype;
  const auto width = static_cast<std::int64_t>(size_of(dtype));
  parallel_for(n, Cost(1, 1, tile_size), [&](std::int64_t begin, std::int64_t end) {
    Scratch in[5], converted;
    for (std::size_t k = 0; k < readers.size(); ++k) {
      if (readers[k].repeats()) readers[k].lay_out(in[k].bytes);
    }
    for (std::int64_t first = begin; first < end; first += tile_size) {
      const std::int64_t count = std::min(tile_size, end - first);
      const void* operands[5];
      for (std::size_t k = 0; k < readers.size(); ++k) operands[k] = readers[k].repeats() ? readers[k].window(first, in[k].bytes) : readers[k].tile(first, count, in[k].bytes);
      if (direct) {
        f(operands, static_cast<std::byte*>(y.data()) + first * width, count);
      } else {
        f(operands, converted.bytes, count);
        store(y, out, first, count, dtype, converted.bytes);
      }
    }
  });
}

}  // namespace

MapKernel map_kernel(const OpInfo& info, Dtype dtype) {
  switch (dtype) {
    case Dtype::f32: return map_table().f32[info.index][info.part];
    case Dtype::f64: return map_table().f64[info.index][info.part];
    default: return info.part ? nullptr : i64_kernels[info.index];
  }
}

MapKernel map_kernel_plus(const OpInfo& info, Dtype dtype) {
  if (dtype == Dtype::f32) return map_table().f32_plus[info.index][info.part];
  return dtype == Dtype::f64 ? map_table().f64_plus[info.index][info.part] : nullptr;
}

Dtype compute_dtype(Inputs x, const Array& y) { return wide(y.dtype() == Dtype::boolean ? ops::common_dtype(x) : y.dtype()); }

bool reads_condition(const OpInfo& info) { return first_is_condition[info.index]; }

Kernel prepare_map(const Op& op, Inputs x, const Array& y) {
  if (op.info().index < 0) return {};
  const MapKernel f = map_kernel(op.info(), compute_dtype(x, y));
  if (!f) return {};
  return {&run_map, &op, reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(f))};
}

}  // namespace gradus::cpu
