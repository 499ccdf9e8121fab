// Forward mode and vmap. They nest with each other and with grad and vjp in any order.
//   auto [y, dy] = jvp(f, x, v);                 // dy: how f changes when x moves along v; nothing is recorded
//   Tensor h = hvp(f, x, v);                     // the Hessian of f times v
//   Tensor each = vmap(grad(loss))(xs);          // a gradient for every row of xs
//   Tensor j = jacobian(f)(x), h2 = hessian(f)(x);
#pragma once
#include "grad.hpp"

namespace gradus {

struct ValueAndTangent {
  Tensor value, tangent;
};

namespace detail {

// Inputs of forward mode; tangents have the shape of their inputs. GradError otherwise, or when x is no float.
Tensor with_tangent(const Tensor& x, const Tensor& tangent, std::uint64_t level);
ValueAndTangent split_tangent(const Tensor& y, std::uint64_t level);  // without a tangent it is zero

// Inputs of vmap: x is [n, ...] and looks like [...]. ShapeError unless all have the same n.
std::int64_t count_examples(Inputs x);
Tensor with_examples(const Tensor& x, std::uint64_t level);
Tensor join_examples(const Tensor& y, std::uint64_t level, std::int64_t n);

Tensor unit_vectors(const Spec& spec);  // [numel, ...]: one for each element of a tensor of this spec

}  // namespace detail

// f at x, and the derivative of f along the tangents v (Jacobian times v), without a tape.
template <class F, std::size_t N>
ValueAndTangent jvp(F&& f, const Tensor (&x)[N], const Tensor (&v)[N]) {
  const Level level;
  return detail::split_tangent([&]<std::size_t... I>(std::index_sequence<I...>) { return f(detail::with_tangent(x[I], v[I], level.number())...); }(std::make_index_sequence<N>{}),
                               level.number());
}
template <class F>
ValueAndTangent jvp(F&& f, const Tensor& x, const Tensor& v) {
  const Tensor xs[] = {x}, vs[] = {v};
  return jvp(std::forward<F>(f), xs, vs);
}

// The Hessian of f, which returns one number, times v: of the shape of x. Forward mode over one backward walk.
template <class F>
Tensor hvp(F&& f, const Tensor& x, const Tensor& v) {
  return jvp(grad(std::forward<F>(f)), x, v).tangent;
}

// f for every row of the inputs at once: tensors [n, ...] -> what f makes of [...], as [n, ...]. Inside, each tensor looks like
// one example; reading its numbers is a TraceError. Tensors that f captures are the same for all examples.
template <class F>
auto vmap(F f) {
  return [f = std::move(f)]<class... X>(const X&... x) {
    const Level level;
    const std::int64_t n = detail::count_examples(Tensors{x...});
    return detail::join_examples(f(detail::with_examples(x, level.number())...), level.number(), n);
  };
}

// The derivatives of every output by every input: [shape of f(x)..., shape of x...]. By backward walks, or forward where there
// are more outputs than inputs.
template <class F>
auto jacobian(F f) {
  return [f = std::move(f)](const Tensor& x) {
    const Tensor y = f(stop_gradient(x));  // only its shape is used
    Shape shape = y.shape();
    const Shape of_x = x.shape();
    shape.append(of_x.begin(), of_x.end());
    if (y.numel() > x.numel()) {
      const Tensor columns = vmap([&](const Tensor& v) { return jvp(f, x, v).tangent; })(detail::unit_vectors(x.spec()));
      return reshape(T(reshape(columns, {x.numel(), y.numel()})), shape);
    }
    const auto pulled = vjp(f, x);
    return reshape(vmap([&](const Tensor& g) { return pulled.pull(g); })(detail::unit_vectors(y.spec())), shape);
  };
}

// The second derivatives of f, which returns one number: [shape of x..., shape of x...].
template <class F>
auto hessian(F f) {
  return jacobian(grad(std::move(f)));
}

}  // namespace gradus
