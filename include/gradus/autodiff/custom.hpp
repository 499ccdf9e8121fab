// Functions with a gradient of their own, and functions that are computed twice to save memory.
//   auto clipped = custom([](Tensor x) { return x; }, [](Tensor x, Tensor y, Tensor g) { return maximum(minimum(g, 1), -1); });
//   auto block = checkpoint([&](Tensor x) { return n.block(x); });     // keeps its input only
#pragma once
#include "grad.hpp"

namespace gradus {

namespace detail {

using Forward = std::function<Tensor(Inputs)>;
using Backward = std::function<Tensors(Inputs x, const Tensor& y, const Tensor& g)>;
Tensor apply_custom(Forward forward, Backward backward, Inputs x);
Tensor apply_checkpoint(Forward f, Inputs x);

template <std::size_t N, class F, class... More>
auto spread(F& f, Inputs x, const More&... more) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) { return f(x[I]..., more...); }(std::make_index_sequence<N>{});
}

}  // namespace detail

// `forward` computes; its history is not looked at, so it may do anything, also outside of Gradus. `backward`(inputs..., y, g)
// gives the gradient of each input, given that of y: a Tensor for one input, an array of them for several. It is made of
// operations if it is to be differentiated again, and linear in g if it is to serve forward mode.
template <class F, class B>
auto custom(F forward, B backward) {
  return [forward = std::move(forward), backward = std::move(backward)]<class... X>(const X&... x) {
    constexpr std::size_t n = sizeof...(X);
    return detail::apply_custom([forward](Inputs in) mutable { return Tensor(detail::spread<n>(forward, in)); },
                                [backward](Inputs in, const Tensor& y, const Tensor& g) mutable {
                                  if constexpr (n == 1) {
                                    return Tensors{detail::spread<n>(backward, in, y, g)};
                                  } else {
                                    const auto slopes = detail::spread<n>(backward, in, y, g);
                                    return Tensors(slopes.begin(), slopes.end());
                                  }
                                },
                                Tensors{x...});
  };
}

// f, whose intermediate tensors are not kept for the backward pass but computed again there (Chen et al. 2016, "Training deep
// nets with sublinear memory cost"). Gradients reach its inputs and what it captures. f is called again in the backward pass:
// it must give the same result then, and capture by value what does not live as long.
template <class F>
auto checkpoint(F f) {
  return [f = std::move(f)]<class... X>(const X&... x) {
    return detail::apply_checkpoint([f](Inputs in) mutable { return Tensor(detail::spread<sizeof...(X)>(f, in)); }, Tensors{x...});
  };
}

}  // namespace gradus
