// Gradients as transforms of functions. Everything nests: grad(grad(f)) is the second derivative.
//   auto f = [](Tensor x) { return sum(square(x)); };
//   Tensor g = grad(f)(x);                       // of the shape of x
//   auto [value, slope] = value_and_grad(f)(x);
//   auto [y, pull] = vjp(f, x);  Tensor gx = pull(gy);
#pragma once
#include <array>
#include <functional>
#include <tuple>

#include "../ops/functions.hpp"
#include "../ops/move.hpp"
#include "../tensor/lift.hpp"

namespace gradus {

// The gradient of sum(y * g) with respect to each of `x`, which must be variables that y was computed from; zeros where
// there is no path. The walk is iterative. Within an outer gradient the result can be differentiated again.
Tensors pullback(const Tensor& y, const Tensor& g, Inputs x);

// x as something to differentiate with respect to. GradError for dtypes other than floats.
Tensor variable(const Tensor& x);

// A function is being differentiated in this thread while one of these lives; ops on variables are recorded.
class GradScope {
 public:
  GradScope();
  ~GradScope();
  GradScope(const GradScope&) = delete;
  GradScope& operator=(const GradScope&) = delete;
  static int depth();

 private:
  bool recording_before_;
};

// Training (dropout and the like are on) or not. On inside value_and_grad of a network, off elsewhere.
class Mode {
 public:
  explicit Mode(bool training);
  ~Mode();
  Mode(const Mode&) = delete;
  Mode& operator=(const Mode&) = delete;
  static bool training();

 private:
  bool before_;
};

namespace detail {
void check_scalar(const Tensor& y);  // GradError unless it has one element
template <std::size_t N>
struct Slopes {
  using type = std::array<Tensor, N>;
  static type of(Tensors g) {
    type out;
    for (std::size_t i = 0; i < N; ++i) out[i] = std::move(g[i]);
    return out;
  }
};
template <>
struct Slopes<1> {
  using type = Tensor;
  static type of(Tensors g) { return g[0]; }
};
}  // namespace detail

// One Tensor for a function of one tensor, an array of them for a function of several.
template <std::size_t N>
struct ValueAndGrad {
  Tensor value;
  typename detail::Slopes<N>::type grad;
};

// f: tensors -> a tensor of one element. The value comes back without history of this call.
template <class F>
auto value_and_grad(F f) {
  return [f = std::move(f)]<class... X>(const X&... x) {
    constexpr std::size_t n = sizeof...(X);
    const GradScope scope;
    const std::array<Tensor, n> variables{variable(x)...};
    const Tensor y = std::apply(f, variables);
    detail::check_scalar(y);
    Tensors g = pullback(y, Tensor::ones(y.shape(), y.dtype()), variables);
    return ValueAndGrad<n>{GradScope::depth() > 1 ? y : detached(y), detail::Slopes<n>::of(std::move(g))};
  };
}

template <class F>
auto grad(F f) {
  return [f = std::move(f)](const auto&... x) { return value_and_grad(f)(x...).grad; };
}

// The result, and the function that carries a gradient of it back to the inputs.
template <std::size_t N>
struct Vjp {
  Tensor value;
  std::function<typename detail::Slopes<N>::type(const Tensor&)> pull;
};

template <class F, class... X>
auto vjp(F&& f, const X&... x) {
  constexpr std::size_t n = sizeof...(X);
  const GradScope scope;
  const std::array<Tensor, n> variables{variable(x)...};
  const Tensor y = std::apply(f, variables);
  return Vjp<n>{GradScope::depth() > 1 ? y : detached(y), [y, variables](const Tensor& g) {
                  const GradScope again;
                  return detail::Slopes<n>::of(pullback(y, g, variables));
                }};
}

}  // namespace gradus
