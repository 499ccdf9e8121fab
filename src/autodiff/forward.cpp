#include <gradus/ops.hpp>
#include <gradus/autodiff/forward.hpp>
#include <gradus/tensor/node.hpp>

namespace gradus::detail {
namespace {

// x on a node of its own, on which nothing but this transform puts lifts.
Tensor alone(const Tensor& x) { return x.node() ? expand(x, x.shape()) : Tensor(x.array_ref()); }

// y as those outside the transform see it.
Tensor outside(const Tensor& y, std::uint64_t level) {
  if (!find_lift(y, level)) return y;
  const Below below(level);
  if (y.node()->recorded()) return alone(y);
  Tensor out(y.array_ref());
  for (const Lift& lift : y.node()->lifts()) {
    if (lift.level != level) out = lifted(out, lift);
  }
  return out;
}

}  // namespace

Tensor with_tangent(const Tensor& x, const Tensor& tangent, std::uint64_t level) {
  const Tensor value = x.array().literal ? cast(x, Dtype::f32) : x;
  if (!is_float(value.dtype())) {
    fail<GradError>("jvp", "a tensor of dtype " + std::string(name(value.dtype())) + " has no derivative", "cast(x, Dtype::f32)");
  }
  if (!(tangent.shape() == value.shape())) {
    fail<GradError>("jvp", "x is " + to_string(value.shape()) + ", its tangent is " + to_string(tangent.shape()) + "; they must be equal");
  }
  return lifted(alone(value), {level, Lift::Kind::tangent, GradScope::depth() > 0, cast(tangent, value.dtype())});
}

ValueAndTangent split_tangent(const Tensor& y, std::uint64_t level) {
  const Lift* lift = find_lift(y, level);
  const Tensor tangent = lift ? lift->value : Tensor::zeros(y.shape(), y.dtype());
  return {outside(y, level), tangent};
}

std::int64_t count_examples(Inputs x) {
  for (const Tensor& t : x) {
    if (t.rank() == 0) fail<ShapeError>("vmap", "input " + std::to_string(&t - x.data()) + " is 0-d; its first axis must be that of the examples");
    if (t.size(0) != x[0].size(0)) {
      fail<ShapeError>("vmap", "input 0 has " + std::to_string(x[0].size(0)) + " examples, input " + std::to_string(&t - x.data()) + " has " + std::to_string(t.size(0)));
    }
  }
  return x.empty() ? 0 : x[0].size(0);
}

Tensor with_examples(const Tensor& x, std::uint64_t level) {
  const Shape shape = x.shape();
  return lifted(Tensor(Array::abstract({Shape(shape.begin() + 1, shape.end()), x.dtype()})), {level, Lift::Kind::batch, false, x});
}

Tensor join_examples(const Tensor& y, std::uint64_t level, std::int64_t n) {
  if (const Lift* lift = find_lift(y, level)) return lift->value;
  Shape shape{n};  // the same for every example
  const Shape one = y.shape();
  shape.append(one.begin(), one.end());
  return expand(y, shape);
}

Tensor unit_vectors(const Spec& spec) {
  const std::int64_t n = numel(spec.shape);
  Shape shape{n};
  shape.append(spec.shape.begin(), spec.shape.end());
  return reshape(one_hot(Tensor::arange(n), n, spec.dtype), shape);
}

}  // namespace gradus::detail
