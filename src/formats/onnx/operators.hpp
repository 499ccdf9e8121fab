// The table of operators: name -> function, by family.
#pragma once
#include "formats/onnx/call.hpp"

namespace gradus::onnx {

const Operator* find_operator(std::string_view name);      // or null
std::string why_unsupported(std::string_view name);        // of an operator that is not found

std::span<const Operator> elementwise_operators();
std::span<const Operator> activation_operators();
std::span<const Operator> integer_operators();
std::span<const Operator> shape_operators();
std::span<const Operator> create_operators();
std::span<const Operator> index_operators();
std::span<const Operator> scatter_operators();
std::span<const Operator> order_operators();
std::span<const Operator> sample_operators();
std::span<const Operator> feature_operators();
std::span<const Operator> reduce_operators();
std::span<const Operator> contract_operators();
std::span<const Operator> conv_operators();
std::span<const Operator> pool_operators();
std::span<const Operator> norm_operators();
std::span<const Operator> resize_operators();
std::span<const Operator> recurrent_operators();
std::span<const Operator> loss_operators();
std::span<const Operator> training_operators();

}  // namespace gradus::onnx
