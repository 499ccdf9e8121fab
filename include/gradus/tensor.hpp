// Layer 3: tensors and how an operation is applied to them.
#pragma once
#include "base.hpp"
#include "tensor/anomaly.hpp"
#include "tensor/observe.hpp"
#include "tensor/op.hpp"
#include "tensor/tensor.hpp"
