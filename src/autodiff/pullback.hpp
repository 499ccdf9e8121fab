// The backward walk itself.
#pragma once
#include <gradus/tensor.hpp>

namespace gradus::detail {

// As pullback, but undefined where there is no path, and recorded or not as the caller says. The walk ends at the variables:
// when one was computed from another, each gets what reaches it first.
Tensors walk_back(const Tensor& y, const Tensor& g, Inputs x, bool record);

}  // namespace gradus::detail
