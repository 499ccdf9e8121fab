#include "linalg/parts.hpp"

#include <fmt/format.h>

namespace gradus::ops {

Dtype floating(Dtype dtype) { return is_float(dtype) ? dtype : Dtype::f32; }

Spec matrices(std::string_view op, const Tensor& x) {
  if (x.rank() < 2) fail<ShapeError>(std::string(op), fmt::format("needs at least two axes, the rows and columns of matrices; the tensor is {}", to_string(x.shape())));
  return {x.shape(), floating(x.dtype())};
}
Spec square(std::string_view op, const Tensor& x) {
  const Spec spec = matrices(op, x);
  if (x.size(-1) != x.size(-2)) fail<ShapeError>(std::string(op), fmt::format("needs square matrices; the tensor is {}: {} rows, {} columns", to_string(spec.shape), x.size(-2), x.size(-1)));
  return spec;
}
Shape leading(const Shape& shape, std::size_t gone) { return Shape(shape.begin(), shape.begin() + (shape.size() - gone)); }

namespace {
// [m, n]: row against column.
Tensor kept(const Tensor& x, bool upper, bool strict) {
  const Tensor row = unsqueeze(Tensor::arange(x.size(-2)), 1), column = Tensor::arange(x.size(-1));
  if (upper) return strict ? row < column : row <= column;
  return strict ? row > column : row >= column;
}
Tensor zero(const Tensor& x) { return Tensor::zeros({}, x.dtype()); }
}  // namespace

Tensor triangle(const Tensor& x, bool upper, bool strict) { return where(kept(x, upper, strict), x, zero(x)); }
Tensor half_triangle(const Tensor& x) { return (triangle(x, false) + triangle(x, false, true)) * 0.5; }
Tensor symmetric(const Tensor& x) { return (x + T(x)) * 0.5; }
Tensor eye(const Tensor& x) {
  const Tensor at = Tensor::arange(x.size(-1));
  return cast(unsqueeze(at, 1) == at, x.dtype());
}
Tensor on_diagonal(const Tensor& x) { return unsqueeze(x, -1) * eye(x); }
Tensor diagonal_of(const Tensor& x) { return sum(x * eye(x), -1); }
Tensor rows(const Tensor& x, std::int64_t first, std::int64_t last) { return slice(x, -2, {first, last}); }
Tensor columns(const Tensor& x, std::int64_t first, std::int64_t last) { return slice(x, -1, {first, last}); }
Tensor inverse_of(const Tensor& x) { return where(x == zero(x), zero(x), 1 / where(x == zero(x), Tensor::ones({}, x.dtype()), x)); }
Tensor gaps(const Tensor& w) { return inverse_of(unsqueeze(w, -2) - unsqueeze(w, -1)); }

Tensor with_diagonal(const Tensor& x) {
  const Tensor row = unsqueeze(Tensor::arange(x.size(-2)), 1), column = Tensor::arange(x.size(-1));
  return x + where(row == column, cast(column + 4, x.dtype()), zero(x));
}
Tensor with_symmetry(const Tensor& x) { return with_diagonal(symmetric(x)); }

}  // namespace gradus::ops
