// read_idx for content that is already open.
#pragma once
#include <gradus/tensor.hpp>

#include "bytes.hpp"

namespace gradus::data {

Tensor read_idx(Bytes in);

}  // namespace gradus::data
