// The update rules, compiled for the instruction set of this machine.
#pragma once
#include <gradus/optim/optimizer.hpp>

namespace gradus::optim {

// One pass over each part. Runs whole vectors, into the padding behind n.
using Kernel = void (*)(const double* numbers, std::span<const rules::Part> parts);

enum class RuleId {
#define GRADUS_RULE(R) of_##R,
  GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE
  count
};

struct KernelTable {
  Kernel kernels[static_cast<int>(RuleId::count)][2][2];  // rule, f64 or f32, with states or without
};
const KernelTable& kernel_table();

}  // namespace gradus::optim
