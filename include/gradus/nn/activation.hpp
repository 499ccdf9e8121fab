// Functions without parameters as modules, for Sequential: nn::Tanh, nn::Sigmoid, nn::Relu, nn::Softplus, ... one for every
// elementwise operation of one argument in the list of ops, and nn::Elu, nn::Celu, nn::LeakyRelu.
#pragma once
#include "../autodiff.hpp"

namespace gradus::nn {

#define GRADUS_ACTIVATION(S, function)                                               \
  struct S {                                                                         \
    Tensor operator()(const Tensor& x) const { return gradus::function(x); }         \
    static std::string text() { return #function; }                                  \
    static constexpr auto fields() { return fields_of<>{}; }                         \
  };
GRADUS_UNARY_OPS(GRADUS_ACTIVATION)
#undef GRADUS_ACTIVATION

// Those with a number: nn::Elu{0.5}.
#define GRADUS_ACTIVATION(S, function, number, standard)                                    \
  struct S {                                                                                \
    double number = standard;                                                               \
    Tensor operator()(const Tensor& x) const { return gradus::function(x, number); }        \
    static std::string text() { return #function; }                                         \
  };
#define GRADUS_NUMBERED_ACTIVATIONS(X) X(Elu, elu, alpha, 1) X(Celu, celu, alpha, 1) X(LeakyRelu, leaky_relu, slope, 0.01)
GRADUS_NUMBERED_ACTIVATIONS(GRADUS_ACTIVATION)
#undef GRADUS_ACTIVATION

struct Softmax {
  std::int64_t axis = -1;
  Tensor operator()(const Tensor& x) const { return softmax(x, axis); }
  static std::string text() { return "softmax"; }
};

struct LogSoftmax {
  std::int64_t axis = -1;
  Tensor operator()(const Tensor& x) const { return log_softmax(x, axis); }
  static std::string text() { return "log_softmax"; }
};

// [n, ...] -> [n, product of the rest]
struct Flatten {
  Tensor operator()(const Tensor& x) const { return flatten(x, 1); }
  static std::string text() { return "flatten"; }
  static constexpr auto fields() { return fields_of<>{}; }
};

}  // namespace gradus::nn
