// How named tensors differ from those that are needed: for loading networks and optimizers.
#pragma once
#include <gradus/tensor.hpp>
#include <map>
#include <string>

namespace gradus {

// "missing: a, b; not known: c; different: d is f32 [2], given is f32 [3]", or empty when all fit.
std::string mismatch(const std::map<std::string, Spec>& needed, const std::map<std::string, Tensor>& given);

}  // namespace gradus
