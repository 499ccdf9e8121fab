#pragma once
#include <gradus/ops.hpp>

namespace gradus::ops {

// Broadcasting a target of [n] against a prediction of [n, 1] would compare everything with everything.
void check_same_shape(std::string_view op, const Tensor& a, const char* a_name, const Tensor& b, const char* b_name);

}  // namespace gradus::ops
