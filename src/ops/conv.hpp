// The numbers of the three convolutions: patches as columns, and matrix products. Also for batches whose columns would not fit
// memory: so many examples at a time as fit the blocks.
#pragma once
#include "window.hpp"

namespace gradus::ops {

void compute_conv(const Conv& op, Array& y, Inputs x);
void compute_conv_transpose(const ConvTranspose& op, Array& y, Inputs x);
void compute_conv_weight(const ConvWeight& op, Array& y, Inputs x);

}  // namespace gradus::ops
