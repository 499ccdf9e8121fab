// What apply, forward mode and vmap need of every operation.
#include "batched.hpp"

#include <gradus/tensor/node.hpp>

#include <algorithm>
#include <cstring>

namespace gradus::ops {

Tensor linear_jvp(const Ref<const Op>& op, Inputs x, const Tensor& y, Inputs t, bool jointly) {
  Tensors in(x.begin(), x.end());
  Tensor sum;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (jointly) {
      in[i] = t[i].defined() ? t[i] : Tensor::zeros(x[i].shape(), x[i].dtype());
    } else if (t[i].defined()) {
      in[i] = t[i];
      const Tensor part = gradus::apply(op, in);
      sum = sum.defined() ? sum + part : part;
      in[i] = x[i];
    }
  }
  if (jointly) sum = gradus::apply(op, in);
  return sum.defined() ? cast(sum, y.dtype()) : sum;
}

bool has_half(Dtype y, Inputs x) {
  return is_half(y) || std::ranges::any_of(x, [](const Tensor& t) { return is_half(t.dtype()); });
}
void compute_in_single(const Op& op, Array& y, Inputs x) {
  const Recording off(false);
  Tensors single;
  for (const Tensor& t : x) single.push_back(is_half(t.dtype()) ? cast(Tensor(t.array_ref()), Dtype::f32) : t);
  const Tensor exact = gradus::apply(Ref<const Op>(&op), single), rounded = contiguous(cast(Tensor(exact.array_ref()), y.dtype()));
  if (y.numel() > 0) std::memcpy(y.data(), rounded.array().data(), static_cast<std::size_t>(y.numel()) * size_of(y.dtype()));
}

Spec composite_shape(const Op& op, Inputs x) {
  Tensors abstract;
  for (const Tensor& t : x) abstract.push_back(Tensor(Array::abstract(t.spec())));
  return op.expand(abstract).spec();
}

Tensors aligned(Inputs x, TensorSet which) {
  std::int64_t rank = 0;
  for (std::size_t i = 0; i < x.size(); ++i) rank = std::max(rank, x[i].rank() - which.has_input(i));
  Tensors out(x.begin(), x.end());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!which.has_input(i) || x[i].rank() == rank + 1) continue;
    const Shape from = x[i].shape();
    Shape to{from[0]};
    to.resize(static_cast<std::size_t>(rank + 2) - from.size(), 1);
    to.append(from.begin() + 1, from.end());
    out[i] = reshape(x[i], to);
  }
  return out;
}

Tensor map_batched(const Op& op, Inputs x, TensorSet which) { return gradus::apply(Ref<const Op>(&op), aligned(x, which)); }

Tensor with_examples(const Tensor& x, std::int64_t n) {
  Shape shape{n};
  shape.append(x.array().shape().begin(), x.array().shape().end());
  return expand(x, shape);
}
Tensors all_with_examples(Inputs x, TensorSet which, std::int64_t n) {
  Tensors out;
  for (std::size_t i = 0; i < x.size(); ++i) out.push_back(which.has_input(i) ? x[i] : with_examples(x[i], n));
  return out;
}

Tensor example_by_example(const Op& op, Inputs x, TensorSet which, std::int64_t n) {
  Tensors in(x.begin(), x.end()), rows;
  // Without examples one of zeros tells the shape.
  for (std::int64_t example = 0; example < std::max<std::int64_t>(n, 1); ++example) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!which.has_input(i)) continue;
      const Shape shape = x[i].shape();
      in[i] = n ? x[i][example] : Tensor::zeros(Shape(shape.begin() + 1, shape.end()), x[i].dtype());
    }
    rows.push_back(gradus::apply(Ref<const Op>(&op), in));
  }
  const Tensor all = stack(rows);
  return n ? all : all[{0, 0}];
}

}  // namespace gradus::ops
