// Looking at numbers on the way, also inside a compiled function.
//   observe(loss, [](const Tensor& l) { std::cout << l.item() << '\n'; });
#pragma once
#include <functional>

#include "tensor.hpp"

namespace gradus {

// Calls f with x: at once, or, while a function is traced, in every run of the plan, in the order in which the function has it.
// f gets x without history. What it throws passes through.
void observe(const Tensor& x, std::function<void(const Tensor&)> f);

}  // namespace gradus
