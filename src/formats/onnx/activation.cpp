// Activation functions, whose constants are attributes.
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

template <Tensor (*f)(const Tensor&)>
Values plain(const Call& call) {
  return {f(call[0])};
}

// alpha (exp(x) - 1) below zero, x above. The argument is cut first, so that exp of what is not taken cannot overflow.
Tensor elu_of(const Tensor& x, double alpha) { return relu(x) + alpha * expm1(minimum(x, 0)); }

Values elu_call(const Call& call) { return {elu_of(call[0], call.number("alpha", 1))}; }
Values selu_call(const Call& call) {
  return {call.number("gamma", 1.05070102214813232421875) * elu_of(call[0], call.number("alpha", 1.67326319217681884765625))};
}
Values celu_call(const Call& call) {
  const double alpha = call.number("alpha", 1);
  return {relu(call[0]) + alpha * expm1(minimum(call[0], 0) / alpha)};
}
Values leaky_relu_call(const Call& call) { return {where(call[0] < 0, call.number("alpha", 0.01) * call[0], call[0])}; }

// Before operator set 7 a list of slopes is one for each channel.
Values prelu_call(const Call& call) {
  const Tensor& x = call[0];
  Tensor slope = call[1];
  if (call.opset < 7 && slope.rank() == 1 && slope.numel() > 1 && x.rank() > 1) {
    Shape shape(static_cast<std::size_t>(x.rank()) - 1, 1);
    shape[0] = slope.numel();
    slope = reshape(slope, shape);
  }
  return {where(x < 0, slope * x, x)};
}

Values hard_sigmoid_call(const Call& call) {
  return {minimum(maximum(call.number("alpha", 0.2) * call[0] + call.number("beta", 0.5), 0), 1)};
}
Values thresholded_relu(const Call& call) { return {where(call[0] > call.number("alpha", 1), call[0], 0)}; }
Values shrink(const Call& call) {
  const Tensor& x = call[0];
  const double bias = call.number("bias", 0), lambd = call.number("lambd", 0.5);
  return {where(x < -lambd, x + bias, where(x > lambd, x - bias, 0))};
}
Values gelu_call(const Call& call) { return {call.text("approximate", "none") == "tanh" ? gelu_tanh(call[0]) : gelu(call[0])}; }
Values swish(const Call& call) { return {call[0] * sigmoid(call.number("alpha", 1) * call[0])}; }

constexpr Operator table[] = {
    {"Sigmoid", plain<sigmoid>}, {"Softplus", plain<softplus>}, {"Softsign", plain<softsign>}, {"Relu", plain<relu>}, {"Mish", plain<mish>}, {"HardSwish", plain<hard_swish>},
    {"Elu", elu_call}, {"Selu", selu_call}, {"Celu", celu_call}, {"LeakyRelu", leaky_relu_call}, {"PRelu", prelu_call}, {"HardSigmoid", hard_sigmoid_call},
    {"ThresholdedRelu", thresholded_relu}, {"Shrink", shrink}, {"Gelu", gelu_call}, {"Swish", swish},
};

}  // namespace

std::span<const Operator> activation_operators() { return table; }

}  // namespace gradus::onnx
