#include "linalg/parts.hpp"

#include <atomic>
#include <cstring>

#include <fmt/format.h>
#include <gradus/base/threads.hpp>
#include <gradus/tensor/node.hpp>

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

void each_example(std::string_view op, const Shape& batch, std::int64_t size, const char* wrong, const char* hint,
                  const std::function<bool(std::int64_t)>& body) {
  const std::int64_t count = numel(batch), work = std::max<std::int64_t>(size * size * size, 1);
  std::atomic<std::int64_t> bad = count;
  parallel_for(count, std::max<std::int64_t>(1, 100'000 / work), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      if (body(i)) continue;
      std::int64_t least = bad;
      while (i < least && !bad.compare_exchange_weak(least, i)) {}
      return;
    }
  });
  if (bad == count) return;
  if (batch.empty()) fail<ValueError>(std::string(op), fmt::format("the matrix {}", wrong), hint);
  Shape at = batch;
  std::int64_t rest = bad;
  for (std::size_t axis = batch.size(); axis-- > 0; rest /= batch[axis]) at[axis] = rest % batch[axis];
  fail<ValueError>(std::string(op), fmt::format("matrix {} of the batch {} {}", to_string(at), to_string(batch), wrong), hint);
}

void compute_in_double(const Ref<const Op>& op, Array& y, const Tensor& x) {
  const Recording off(false);
  const Tensor exact = gradus::apply(op, Tensors{cast(x, Dtype::f64)}), rounded = contiguous(cast(exact, y.dtype()));
  if (y.numel() > 0) std::memcpy(y.data(), rounded.array().data(), static_cast<std::size_t>(y.numel()) * size_of(y.dtype()));
}

Tensor with_diagonal(const Tensor& x) {
  const Tensor row = unsqueeze(Tensor::arange(x.size(-2)), 1), column = Tensor::arange(x.size(-1));
  return x + where(row == column, cast(column + 4, x.dtype()), zero(x));
}
Tensor with_symmetry(const Tensor& x) { return with_diagonal(symmetric(x)); }

}  // namespace gradus::ops
