// The scalar engine: derivatives of programs that compute with single numbers. For learning how backpropagation works, and an
// independent check of the tensors.
#pragma once
#include "scalar/tape.hpp"
#include "scalar/value.hpp"
