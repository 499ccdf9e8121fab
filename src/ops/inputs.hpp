// For composite operations: what they do with their inputs first.
#pragma once
#include <gradus/ops.hpp>

namespace gradus::ops {

void check_inputs(std::string_view op, Inputs x, std::size_t least, std::size_t most, std::string_view what);  // ValueError: so many tensors
inline Tensor as_float(const Tensor& x) { return is_float(x.dtype()) ? settled(x) : cast(x, Dtype::f32); }     // integers become f32
void check_integers(std::string_view op, const Tensor& x, const char* what);                                   // DtypeError

// An operation whose last inputs, a weight and then a bias, may be missing; a bias comes with a weight of ones.
template <class S>
Tensor with_weights(const S& op, Tensors x, const Tensor& weight, const Tensor& bias) {
  if (weight.defined()) x.push_back(weight);
  else if (bias.defined()) x.push_back(Tensor::ones(bias.shape(), bias.dtype()));
  if (bias.defined()) x.push_back(bias);
  return gradus::apply(make_op(op), x);
}

}  // namespace gradus::ops
