// Runs a function once on arrays without numbers and writes down what it does.
#pragma once
#include "plan/program.hpp"

namespace gradus::plan {

// `f` is called with tensors of these specs. What it throws passes through; nothing has changed then.
Program trace(std::span<const Spec> specs, const std::function<Tensors(Inputs)>& f);

}  // namespace gradus::plan
