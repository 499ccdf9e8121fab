// Division, remainder and bits: where integers differ from floats. Integers have no derivative, so they are computed here.
#include <cmath>

#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

template <class F>
Tensor integers(const Call& call, F f) {
  const Shape shape = broadcast("onnx." + call.op, call[0].shape(), call[1].shape());
  const Tensor a = contiguous(expand(cast(call[0], Dtype::i64), shape)), b = contiguous(expand(cast(call[1], Dtype::i64), shape));
  const auto x = a.values<Int>(), y = b.values<Int>();
  std::vector<Int> out(x.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = f(x[i], y[i]);
  return Tensor::from(out, shape);
}
bool are_floats(const Call& call) { return gradus::is_float(call[0].dtype()) || gradus::is_float(call[1].dtype()); }

// Towards zero. INT64_MIN / -1 wraps, as the other operations do.
Values divide(const Call& call) {
  if (are_floats(call)) return {call[0] / call[1]};
  return {integers(call, [&](Int a, Int b) {
    if (b == 0) call.fault("an integer is divided by zero");
    return b == -1 ? static_cast<Int>(0 - static_cast<std::uint64_t>(a)) : a / b;
  })};
}

// With the sign of the divisor, or with fmod=1 of the dividend.
Values modulo(const Call& call) {
  const bool like_c = call.integer("fmod", 0) != 0;
  if (are_floats(call)) {
    if (!like_c) call.fault("floats need the attribute fmod=1");
    return {call[0] - trunc(call[0] / call[1]) * call[1]};
  }
  return {integers(call, [&](Int a, Int b) {
    if (b == 0) call.fault("an integer is divided by zero");
    const Int rest = b == -1 ? 0 : a % b;
    return !like_c && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  })};
}

Values bit_shift(const Call& call) {
  const std::string direction = call.text("direction", "");
  if (direction != "LEFT" && direction != "RIGHT") call.fault("direction must be LEFT or RIGHT");
  const bool left = direction == "LEFT";
  return {integers(call, [&](Int a, Int b) -> Int {
    if (b < 0 || b > 63) return 0;
    const auto bits = static_cast<std::uint64_t>(a);
    return static_cast<Int>(left ? bits << b : bits >> b);
  })};
}
Values bitwise_and_call(const Call& call) { return {integers(call, [](Int a, Int b) { return a & b; })}; }
Values bitwise_or_call(const Call& call) { return {integers(call, [](Int a, Int b) { return a | b; })}; }
Values bitwise_xor_call(const Call& call) { return {integers(call, [](Int a, Int b) { return a ^ b; })}; }
Values bitwise_not_call(const Call& call) { return {-1 - cast(call[0], Dtype::i64)}; }

constexpr Operator table[] = {
    {"Div", divide}, {"Mod", modulo}, {"BitShift", bit_shift},
    {"BitwiseAnd", bitwise_and_call}, {"BitwiseOr", bitwise_or_call}, {"BitwiseXor", bitwise_xor_call}, {"BitwiseNot", bitwise_not_call},
};

}  // namespace

std::span<const Operator> integer_operators() { return table; }

}  // namespace gradus::onnx
