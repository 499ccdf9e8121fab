// Contract: products that are summed.
#pragma once
#include <string>

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

// Plans make it of a product and a sum.
struct Addmm {
  using family = Contract;
  static constexpr auto name = "addmm", doc = "A vector added to every row of a matrix product: inputs bias [n], a [..., k], b [k, n].";
  static constexpr int inputs = 3;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Dot {
  using family = Contract;
  static constexpr auto name = "dot", doc = "Sum of the products of two vectors.";
  static constexpr int inputs = 2;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Outer {
  using family = Contract;
  static constexpr auto name = "outer", doc = "Every entry of one vector times every entry of another: [n], [m] -> [n, m].";
  static constexpr int inputs = 2;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Tensordot {
  using family = Contract;
  static constexpr auto name = "tensordot", doc = "Product summed over pairs of axes; the other axes of a, then those of b, remain.";
  static constexpr int inputs = 2;
  Shape axes_a, axes_b;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Letters name axes: "ij,jk->ik" is matmul. A letter that is not in the result is summed over; one that stands twice in one operand
// takes its diagonal; "..." are further axes, which broadcast. Without "->" the result has the letters that stand once, in
// alphabetical order, after the axes of the ellipsis.
struct Einsum {
  using family = Contract;
  static constexpr auto name = "einsum", doc = "Sum of products by Einstein's convention: axes named by letters, \"bij,bjk->bik\".";
  static constexpr int inputs = -1;
  std::string equation;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_CONTRACT_OPS(X) X(Matmul) X(Addmm) X(Dot) X(Outer) X(Tensordot) X(Einsum)
GRADUS_CONTRACT_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor matmul(const Tensor& a, const Tensor& b);                        // [..., m, k], [..., k, n] -> [..., m, n]
Tensor addmm(const Tensor& bias, const Tensor& a, const Tensor& b);     // [n], [..., k], [k, n]: matmul(a, b) + bias
Tensor dot(const Tensor& a, const Tensor& b);                           // [n], [n] -> []
Tensor outer(const Tensor& a, const Tensor& b);                         // [n], [m] -> [n, m]
Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& axes_a, const Shape& axes_b);  // axes_a[i] against axes_b[i]
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t count = 2);  // the last `count` of a against the first of b
Tensor einsum(const std::string& equation, Inputs x);
inline Tensor einsum(const std::string& equation, std::initializer_list<Tensor> x) { return einsum(equation, Inputs(x.begin(), x.size())); }

}  // namespace gradus
