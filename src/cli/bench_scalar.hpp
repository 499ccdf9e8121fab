// The workload scalar_value: the scalar engine on a chain of single numbers.
#pragma once
#include "output.hpp"

namespace gradus::cli {

Json scalar_value();

}  // namespace gradus::cli
