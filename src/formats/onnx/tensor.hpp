// Tensors in files, to values.
#pragma once
#include "formats/onnx/value.hpp"
#include "onnx.pb.h"

namespace gradus::onnx {

// DataError, with `place` as the place, when the data do not fit the dims (before memory is taken); UnsupportedError for
// element types that Gradus cannot hold and for data in other files.
Value read_tensor(const proto::Tensor& tensor, const std::string& place);

}  // namespace gradus::onnx
