// Moves that write: every input is copied to its part of the output, and what no input covers is zero.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cstring>

#include "backend/cpu/families.hpp"
#include "backend/cpu/image.hpp"
#include "backend/cpu/tile.hpp"

namespace gradus::cpu {
namespace {


// Copies in tiles what lies in another order, such as a transpose; false, and nothing done, for all else.
bool turned(const Array& from, Array& to) {
  if (from.dtype() != to.dtype() || from.literal || (from.contiguous() && to.contiguous()) || !std::ranges::equal(from.shape(), to.shape())) return false;
  if (to.dtype() == Dtype::f32) copy_strided(to.shape(), static_cast<const float*>(from.data()), from.strides(), static_cast<float*>(to.data()), to.strides());
  else if (to.dtype() == Dtype::f64) copy_strided(to.shape(), static_cast<const double*>(from.data()), from.strides(), static_cast<double*>(to.data()), to.strides());
  else return false;
  return true;
}

void run_move(const Kernel& kernel, Inputs x, Array& y) {
  const auto windows = kernel.op->windows(y, x);
  std::int64_t covered = 0;
  for (const auto& window : windows) covered += window->numel();
  if (covered < y.numel()) std::memset(y.data(), 0, static_cast<std::size_t>(y.numel()) * size_of(y.dtype()));
  for (std::size_t k = 0; k < windows.size(); ++k) {
    Array& to = *windows[k];
    if (turned(x[k].array(), to)) continue;
    const Walk out(to.shape(), to.strides());
    const Dtype dtype = x[k].dtype() == y.dtype() ? y.dtype() : wide(x[k].dtype());
    const Reader in(x[k].array(), Walk::broadcast(x[k].array(), x[k].array().shape()), dtype);
    parallel_for(to.numel(), Cost(1, 1, tile_size), [&](std::int64_t begin, std::int64_t end) {
      Scratch scratch;
      for (std::int64_t first = begin; first < end; first += tile_size) {
        const std::int64_t count = std::min(tile_size, end - first);
        store(to, out, first, count, dtype, in.tile(first, count, scratch.bytes));
      }
    });
  }
}

}  // namespace

Kernel prepare_move(const Op& op, Inputs, const Array&) { return {op.info().writes ? &run_move : nullptr, &op}; }

}  // namespace gradus::cpu
