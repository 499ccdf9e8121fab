// Operations as functions on tensors. Numbers mix freely with tensors: 1 - x, maximum(x, 0), where(x > 0, x, 0.1 * x).
// Axes count from 0, or from the last with -1, -2, ...; ShapeError and DtypeError name the operation and the shapes.
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

// ---- the same elements in another place
Tensor contiguous(const Tensor& x);                                     // row-major without gaps
Tensor cast(const Tensor& x, Dtype dtype);                              // x itself when it has the dtype already
Tensor reshape(const Tensor& x, const Shape& shape);                    // one size may be -1
Tensor flatten(const Tensor& x, std::int64_t first_axis = 0);           // [a, b, c] -> [a * b * c], or [a, b * c] from axis 1
Tensor permute(const Tensor& x, const Shape& order);                    // [a, b, c], {2, 0, 1} -> [c, a, b]
Tensor transpose(const Tensor& x, std::int64_t a, std::int64_t b);      // swaps two axes
Tensor T(const Tensor& x);                                              // swaps the last two axes
Tensor squeeze(const Tensor& x, std::int64_t axis);                     // removes an axis of size 1
Tensor unsqueeze(const Tensor& x, std::int64_t axis);                   // [a] -> [1, a] for 0, [a, 1] for -1
Tensor expand(const Tensor& x, const Shape& shape);                     // repeats axes of size 1, without copying
Tensor slice(const Tensor& x, std::int64_t axis, const Slicing& part);  // part of one axis
Tensor pad(const Tensor& x, std::int64_t axis, std::int64_t before, std::int64_t after);  // zeros at the ends of one axis
Tensor flip(const Tensor& x, const Axes& axes);
Tensor concat(Inputs parts, std::int64_t axis = 0);                     // [a, c], [b, c] -> [a + b, c]
Tensor stack(Inputs parts, std::int64_t axis = 0);                      // n times [a] -> [n, a]
inline Tensor concat(std::initializer_list<Tensor> parts, std::int64_t axis = 0) { return concat(Inputs(parts.begin(), parts.size()), axis); }
inline Tensor stack(std::initializer_list<Tensor> parts, std::int64_t axis = 0) { return stack(Inputs(parts.begin(), parts.size()), axis); }

// ---- axes go away (all of them by default); keepdims leaves them with size 1
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor argmax(const Tensor& x, std::int64_t axis = -1, bool keepdims = false);  // i64
Tensor sum_to(const Tensor& x, const Spec& spec);                       // undoes broadcasting: sums what was repeated

// ---- products
Tensor matmul(const Tensor& a, const Tensor& b);                        // [..., m, k], [..., k, n] -> [..., m, n]

// ---- places given by integers
Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis = -1);
Tensor scatter_add(const Tensor& x, const Tensor& index, std::int64_t axis, std::int64_t size);
Tensor one_hot(const Tensor& index, std::int64_t classes, Dtype dtype = Dtype::f32);  // [...] -> [..., classes]

// ---- along one axis
Tensor softmax(const Tensor& x, std::int64_t axis = -1);
Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);
Tensor cross_entropy(const Tensor& logits, const Tensor& target, double label_smoothing = 0);  // [..., c], [...] -> [...]

}  // namespace gradus
