// Layer 5: gradients of functions and of networks, and the check of gradients.
#pragma once
#include "autodiff/custom.hpp"
#include "autodiff/forward.hpp"
#include "autodiff/grad.hpp"
#include "autodiff/gradcheck.hpp"
#include "autodiff/network.hpp"
#include "autodiff/param.hpp"
#include "autodiff/walk.hpp"
#include "ops.hpp"
