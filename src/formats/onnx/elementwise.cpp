// Operators that work on each number alone, with broadcasting.
#include <cmath>
#include <limits>

#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

// Before operator set 7 only the second operand is repeated, and `axis` says where its first axis lies in the first one's.
Tensor second(const Call& call) {
  const Tensor& b = call[1];
  if (call.opset >= 7 || call.integer("broadcast", 0) == 0 || !call.given("axis")) return b;
  const std::int64_t rank = call[0].rank(), axis = checked_axis("onnx." + call.op, call.integer("axis"), rank);
  Shape shape = b.shape();
  while (axis + static_cast<std::int64_t>(shape.size()) < rank) shape.push_back(1);
  return reshape(b, shape);
}

template <Tensor (*f)(const Tensor&)>
Values unary(const Call& call) {
  return {f(call[0])};
}
template <Tensor (*f)(const Tensor&, const Tensor&)>
Values binary(const Call& call) {
  return {f(call[0], second(call))};
}
template <Tensor (*f)(const Tensor&, const Tensor&)>
Values comparison(const Call& call) {
  return {Value(f(call[0], second(call)), Type::boolean)};
}
template <Tensor (*f)(const Tensor&)>
Values test(const Call& call) {
  return {Value(f(call[0]), Type::boolean)};
}

template <Tensor (*f)(const Tensor&, const Tensor&)>
Tensor all_of(const Call& call) {
  Tensor y = call[0];
  for (std::size_t i = 1; i < call.size(); ++i) y = f(y, call[i]);
  return y;
}
template <Tensor (*f)(const Tensor&, const Tensor&)>
Values variadic(const Call& call) {
  return {all_of<f>(call)};
}
Values mean_of(const Call& call) { return {all_of<add>(call) / static_cast<double>(call.size())}; }

Values is_inf(const Call& call) {
  const Tensor& x = call[0];
  Tensor y = isinf(x);
  if (call.integer("detect_positive", 1) == 0) y = logical_and(y, x < 0);
  if (call.integer("detect_negative", 1) == 0) y = logical_and(y, x > 0);
  return {Value(y, Type::boolean)};
}

// Of integers the power is computed in f64, which is exact up to 2^53.
Values power(const Call& call) {
  const Tensor &a = call[0], b = second(call);
  if (gradus::is_float(a.dtype())) return {pow(a, gradus::is_float(b.dtype()) ? cast(b, a.dtype()) : b)};
  return {pow(cast(a, Dtype::f64), cast(b, Dtype::f64))};
}

Values clip(const Call& call) {
  Tensor y = call[0];
  const double infinite = std::numeric_limits<double>::infinity();
  if (call.opset < 11) {
    const double low = call.number("min", -infinite), high = call.number("max", infinite);
    if (low > -infinite) y = maximum(y, number_like(y, low));
    if (high < infinite) y = minimum(y, number_like(y, high));
    return {y};
  }
  if (call.has(1)) y = maximum(y, call[1]);
  if (call.has(2)) y = minimum(y, call[2]);
  return {y};
}

Values choose(const Call& call) { return {Value(where(call[0], call[1], call[2]), call.type(1))}; }

Values cast_to(const Call& call, std::int64_t to) {
  if (to < 0 || to > INT32_MAX || !is_held(static_cast<int>(to))) call.unsupported("conversion to " + type_name(static_cast<int>(to)) + ", which Gradus does not hold");
  return {Value(call[0], static_cast<Type>(to))};
}
Values cast_by_attribute(const Call& call) {
  if (const proto::Attribute* to = call.attribute("to"); to && to->has_s()) call.unsupported("an attribute 'to' that is a text, as before operator set 6");
  return cast_to(call, call.integer("to"));
}
Values cast_like(const Call& call) { return cast_to(call, static_cast<std::int64_t>(call.type(1))); }

Values identity(const Call& call) { return {call.value(0)}; }

constexpr Operator table[] = {
    {"Abs", unary<abs>}, {"Neg", unary<neg>}, {"Sign", unary<sign>}, {"Sqrt", unary<sqrt>}, {"Exp", unary<exp>}, {"Log", unary<log>},
    {"Floor", unary<floor>}, {"Ceil", unary<ceil>}, {"Round", unary<round>}, {"Reciprocal", unary<reciprocal>}, {"Erf", unary<erf>},
    {"Sin", unary<sin>}, {"Cos", unary<cos>}, {"Tan", unary<tan>}, {"Sinh", unary<sinh>}, {"Cosh", unary<cosh>}, {"Tanh", unary<tanh>},
    {"Asin", unary<asin>}, {"Acos", unary<acos>}, {"Atan", unary<atan>},
    {"Asinh", unary<asinh>}, {"Acosh", unary<acosh>}, {"Atanh", unary<atanh>},
    {"IsNaN", test<isnan>}, {"IsInf", is_inf}, {"Not", test<logical_not>},
    {"Add", binary<add>}, {"Sub", binary<sub>}, {"Mul", binary<mul>}, {"Pow", power},
    {"Max", variadic<maximum>}, {"Min", variadic<minimum>}, {"Sum", variadic<add>}, {"Mean", mean_of},
    {"Equal", comparison<equal>}, {"Less", comparison<less>}, {"LessOrEqual", comparison<less_equal>}, {"Greater", comparison<greater>},
    {"GreaterOrEqual", comparison<greater_equal>}, {"And", comparison<logical_and>}, {"Or", comparison<logical_or>}, {"Xor", comparison<logical_xor>},
    {"Where", choose}, {"Clip", clip}, {"Cast", cast_by_attribute}, {"CastLike", cast_like}, {"Identity", identity},
};

}  // namespace

std::span<const Operator> elementwise_operators() { return table; }

}  // namespace gradus::onnx
