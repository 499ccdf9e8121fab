// All of Gradus' core: tensors, gradients, layers, optimizers, files.
#pragma once
#include "autodiff.hpp"
#include "base/file.hpp"
#include "base/print.hpp"
#include "formats/safetensors.hpp"
#include "nn.hpp"
#include "ops.hpp"
#include "optim.hpp"
#include "plan.hpp"
#include "scalar.hpp"
#include "tensor.hpp"
