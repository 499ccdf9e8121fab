// The elementwise operations as functions on tensors; those of the other families stand below their structs. Numbers mix
// freely with tensors: 1 - x, maximum(x, 0), where(x > 0, x, 0.1 * x). ShapeError and DtypeError name the operation and the shapes.
#pragma once
#include "../tensor.hpp"
#include "list.hpp"

namespace gradus {

// ---- elementwise, with broadcasting: shapes [...] -> [...]
#define GRADUS_DECLARE(S, function) Tensor function(const Tensor& x);
GRADUS_UNARY_OPS(GRADUS_DECLARE)
#undef GRADUS_DECLARE
#define GRADUS_DECLARE(S, function) Tensor function(const Tensor& a, const Tensor& b);
GRADUS_BINARY_OPS(GRADUS_DECLARE)
#undef GRADUS_DECLARE
#define GRADUS_DECLARE(S, function) Tensor function(const Tensor& a, const Tensor& b, const Tensor& c);
GRADUS_TERNARY_OPS(GRADUS_DECLARE)
#undef GRADUS_DECLARE
Tensor elu(const Tensor& x, const Tensor& alpha = 1);
Tensor celu(const Tensor& x, const Tensor& alpha = 1);
Tensor leaky_relu(const Tensor& x, double slope = 0.01);
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);  // value where mask is true, else x
inline Tensor rint(const Tensor& x) { return round(x); }  // as formulas write it
Tensor bitwise_not(const Tensor& x);                                           // every bit the other way; of bools logical_not

inline Tensor operator-(const Tensor& x) { return neg(x); }
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator==(const Tensor& a, const Tensor& b) { return equal(a, b); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return not_equal(a, b); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }
inline Tensor& operator+=(Tensor& a, const Tensor& b) { return a = a + b; }  // a new value for a; nobody else's changes
inline Tensor& operator-=(Tensor& a, const Tensor& b) { return a = a - b; }
inline Tensor& operator*=(Tensor& a, const Tensor& b) { return a = a * b; }
inline Tensor& operator/=(Tensor& a, const Tensor& b) { return a = a / b; }
Tensor select(const Tensor& condition, const Tensor& a, const Tensor& b);  // where, as formulas write it: of two numbers it is a number

}  // namespace gradus
