// Contract: products that are summed.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Matmul {
  using family = Contract;
  static constexpr auto name = "matmul", doc = "Matrix product over the last two axes; the axes before them broadcast.";
  static constexpr Linear linear_in = each;
  static constexpr int inputs = 2;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

#define GRADUS_CONTRACT_OPS(X) X(Matmul)
GRADUS_CONTRACT_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor matmul(const Tensor& a, const Tensor& b);                        // [..., m, k], [..., k, n] -> [..., m, n]

}  // namespace gradus
