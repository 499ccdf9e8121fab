// Layer 7: layers, losses, initialisers, saving.
#pragma once
#include "autodiff.hpp"
#include "nn/activation.hpp"
#include "nn/init.hpp"
#include "nn/linear.hpp"
#include "nn/loss.hpp"
#include "nn/save.hpp"
#include "nn/sequential.hpp"

namespace gradus::nn {
using Mode = gradus::Mode;  // training or not, as a scope
}
