// How the values of a plan lie in memory. Images around convolutions are channels-last ([N, C, H, W] in the order of [N, H, W, C]):
// products run along channels, and what is elementwise, a pool or a norm keeps the layout that it is given.
#pragma once
#include "plan/program.hpp"

namespace gradus::plan {

// The result of `op`, on a buffer without memory.
Ref<Array> planned_result(const Op& op, const Spec& spec, Inputs x);

}  // namespace gradus::plan
