// How optimizers get at numbers: in place where nobody would notice.
#pragma once
#include <gradus/tensor.hpp>

namespace gradus::optim {

inline constexpr std::int64_t grain = 32768;  // elements that one thread takes at a time

// Whether writing into the tensor's memory is seen by its holder alone.
inline bool held_alone(const Tensor& x) {
  const Array& array = x.array();
  return array.unique() && array.buffer()->unique() && array.buffer()->padded() && array.contiguous() && !x.node();
}

// The tensor, or a copy of it, such that whole vectors can be read in row-major order.
Tensor readable(const Tensor& x);

}  // namespace gradus::optim
