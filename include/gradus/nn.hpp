// Layer 7: layers, losses, initialisers, saving.
#pragma once
#include "autodiff.hpp"
#include "nn/activation.hpp"
#include "nn/attention.hpp"
#include "nn/conv.hpp"
#include "nn/dropout.hpp"
#include "nn/embedding.hpp"
#include "nn/init.hpp"
#include "nn/linear.hpp"
#include "nn/loss.hpp"
#include "nn/norm.hpp"
#include "nn/pool.hpp"
#include "nn/recurrent.hpp"
#include "nn/residual.hpp"
#include "nn/save.hpp"
#include "nn/sequential.hpp"

namespace gradus::nn {
using Mode = gradus::Mode;  // training or not, as a scope
}
