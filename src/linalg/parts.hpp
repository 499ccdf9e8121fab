// What the operations on matrices share: shapes, triangles and test inputs, all made of operations; no Eigen here.
#pragma once
#include <functional>

#include <gradus/linalg.hpp>

namespace gradus::ops {

Dtype floating(Dtype dtype);                                        // integers are computed in f32
Spec matrices(std::string_view op, const Tensor& x);                // ShapeError below two axes
Spec square(std::string_view op, const Tensor& x);                  // ShapeError unless the last two axes are equal
Shape leading(const Shape& shape, std::size_t gone = 2);            // the axes of the batch

Tensor triangle(const Tensor& x, bool upper, bool strict = false);  // the rest is zero
Tensor half_triangle(const Tensor& x);                              // lower, with half of the diagonal
Tensor symmetric(const Tensor& x);                                  // (x + T(x)) / 2
Tensor on_diagonal(const Tensor& x);                                // [..., n] -> [..., n, n]
Tensor diagonal_of(const Tensor& x);                                // [..., n, n] -> [..., n]
Tensor eye(const Tensor& x);                                        // [n, n] for [..., n, n]
Tensor rows(const Tensor& x, std::int64_t first, std::int64_t last);
Tensor columns(const Tensor& x, std::int64_t first, std::int64_t last);
Tensor inverse_of(const Tensor& x);                                 // 1 / x, and 0 for 0
Tensor gaps(const Tensor& w);                                       // 1 / (w_k - w_j), and 0 where they are equal

// Calls body(i) for every matrix of a batch, each of work size^3; false: matrix i is `wrong`, which is a ValueError.
void each_example(std::string_view op, const Shape& batch, std::int64_t size, const char* wrong, const char* hint,
                  const std::function<bool(std::int64_t)>& body);
// y = op(x) by way of f64. Decompositions exist for double alone: each of them takes seconds to compile.
void compute_in_double(const Ref<const Op>& op, Array& y, const Tensor& x);

// For generated tests: away from singular matrices, and from equal singular or eigenvalues.
Tensor with_diagonal(const Tensor& x);  // x + diag(4, 5, 6, ...)
Tensor with_symmetry(const Tensor& x);  // its symmetric part + diag(4, 5, 6, ...)

}  // namespace gradus::ops
