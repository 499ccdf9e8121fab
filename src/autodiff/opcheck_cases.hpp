// Inputs for the generated check of operations: shapes, broadcasts and layouts, away from kinks and ties.
#pragma once
#include <gradus/ops/registry.hpp>

namespace gradus::opcheck {

struct Variant {
  std::string name;
  Ref<const Op> op;
  Tensors inputs;      // f64, or i64 for indices
  bool same = false;   // all inputs have one shape and domain: f(x, x) makes sense
};

std::vector<Variant> variants(const OpEntry& entry);
Tensor fixed_numbers(const Shape& shape, std::uint64_t stream);  // f64 in -1..1, the same in every call

}  // namespace gradus::opcheck
