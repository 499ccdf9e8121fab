// Products: matmul, gemm.
#include <fmt/format.h>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"
#if GRADUS_LINALG
#include <gradus/linalg.hpp>
#endif

namespace gradus::onnx {
namespace {

// A vector in front is a row, one behind is a column, and the axis that was added goes again.
Values matmul_call(const Call& call) {
  const bool row = call[0].rank() == 1, column = call[1].rank() == 1;
  Tensor y = matmul(row ? unsqueeze(call[0], 0) : call[0], column ? unsqueeze(call[1], 1) : call[1]);
  if (column) y = squeeze(y, -1);
  if (row) y = squeeze(y, column ? -1 : -2);
  return {y};
}

Values gemm(const Call& call) {
  const auto operand = [&](std::size_t i, const char* flag) {
    if (call[i].rank() != 2) call.fault(fmt::format("input {} must be a matrix, but is {}", i, to_string(call[i].shape())));
    return call.integer(flag, 0) ? T(call[i]) : call[i];
  };
  const Tensor product = matmul(operand(0, "transA"), operand(1, "transB"));
  const double alpha = call.number("alpha", 1), beta = call.number("beta", 1);
  const Tensor y = alpha == 1 ? product : number_like(product, alpha) * product;
  if (!call.has(2) || beta == 0) return {y};
  return {y + (beta == 1 ? call[2] : number_like(call[2], beta) * call[2])};
}

Values einsum_call(const Call& call) {
  Tensors operands;
  for (std::size_t i = 0; i < call.size(); ++i) operands.push_back(call[i]);
  return {einsum(call.text("equation", ""), operands)};
}

#if GRADUS_LINALG
Values determinant(const Call& call) { return {det(call[0])}; }
#endif

constexpr Operator table[] = {{"MatMul", matmul_call}, {"Gemm", gemm}, {"Einsum", einsum_call},
#if GRADUS_LINALG
                              {"Det", determinant},
#endif
};

}  // namespace

std::span<const Operator> contract_operators() { return table; }

}  // namespace gradus::onnx
