// Operators whose numbers come from shapes, attributes or places.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"
#include "formats/onnx/tensor.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

Values shape_call(const Call& call) {
  const Shape shape = call[0].shape();
  const Int rank = call[0].rank();
  const auto place = [&](Int at) { return std::clamp<Int>(at < 0 ? at + rank : at, 0, rank); };
  const Int first = place(call.integer("start", 0)), last = place(call.integer("end", rank));
  return {Value(integers_of(last > first ? Shape(shape.begin() + first, shape.begin() + last) : Shape{}), Type::i64)};
}
Values size_call(const Call& call) { return {Value(Tensor::full({}, static_cast<double>(call[0].numel()), Dtype::i64), Type::i64)}; }

Values constant(const Call& call) {
  if (const auto* t = call.attribute("value")) return {read_tensor(t->t(), "onnx.Constant")};
  if (call.given("value_float")) return {Value(Tensor::full({}, call.number("value_float", 0), Dtype::f32), Type::f32)};
  if (call.given("value_int")) return {Value(reshape(integers_of({call.integer("value_int")}), {}), Type::i64)};
  if (const auto ints = call.ints("value_ints")) return {Value(integers_of(*ints), Type::i64)};
  if (call.given("value_floats")) {
    const std::vector<double> numbers = call.numbers("value_floats");
    return {Value(Tensor::from(std::vector<float>(numbers.begin(), numbers.end()), {static_cast<Int>(numbers.size())}), Type::f32)};
  }
  call.unsupported("a value that is no dense tensor of numbers");
}

Values constant_of_shape(const Call& call) {
  const Shape shape = call.ints_at(0);
  check_size(call, shape);
  Value value(Tensor::full({}, 0), Type::f32);
  if (const auto* t = call.attribute("value")) value = read_tensor(t->t(), "onnx.ConstantOfShape");
  if (value.x.numel() != 1) call.fault("its value is not one number");
  return {Value(expand(reshape(value.x, {}), shape), value.type)};
}

Values range(const Call& call) {
  const bool whole = !gradus::is_float(call[0].dtype());
  const double first = call.number_at(0), limit = call.number_at(1), step = call.number_at(2);
  const double count = std::max(0.0, std::ceil((limit - first) / step));
  if (!(count < 9e15)) call.fault(fmt::format("from {} to {} by {} is no range", first, limit, step));
  check_size(call, {static_cast<Int>(count)});
  const Tensor places = Tensor::arange(static_cast<Int>(count), whole ? Dtype::i64 : Dtype::f64);
  return {places * reshape(cast(call[2], places.dtype()), {}) + reshape(cast(call[0], places.dtype()), {})};
}

Values eye_like(const Call& call) {
  const Shape s = call[0].shape();
  if (s.size() != 2) call.fault(fmt::format("needs a matrix, got {}", to_string(s)));
  const Int k = call.integer("k", 0), type = call.integer("dtype", static_cast<Int>(call.type(0)));
  if (!is_held(static_cast<int>(type))) call.unsupported(type_name(static_cast<int>(type)));
  const Tensor rows = reshape(Tensor::arange(s[0]), {s[0], 1}), columns = reshape(Tensor::arange(s[1]), {1, s[1]});
  return {Value(equal(rows + Tensor::full({}, static_cast<double>(k), Dtype::i64), columns), static_cast<Type>(type))};
}

Values trilu(const Call& call) {
  const Tensor& x = call[0];
  if (x.rank() < 2) call.fault(fmt::format("needs at least two axes, got {}", to_string(x.shape())));
  const Int k = call.has(1) ? call.int_at(1) : 0;
  const Tensor rows = reshape(Tensor::arange(x.size(-2)), {x.size(-2), 1}), columns = reshape(Tensor::arange(x.size(-1)), {1, x.size(-1)});
  const Tensor above = columns - rows;
  const Tensor limit = reshape(integers_of({k}), {});
  return {where(call.integer("upper", 1) ? above >= limit : above <= limit, x, 0)};
}

Values one_hot_call(const Call& call) {
  const Int rank = call[0].rank();
  const double wanted = call.number_at(1);  // of any type
  const Int depth = wanted >= 0 && wanted < 9e15 ? static_cast<Int>(wanted) : -1;
  if (depth < 0) call.fault(fmt::format("a depth of {}", wanted));
  Int axis = call.integer("axis", -1);
  if (axis < -rank - 1 || axis > rank) call.fault(fmt::format("axis {} for an index of {} axes", axis, rank));
  if (axis < 0) axis += rank + 1;
  Shape row(static_cast<std::size_t>(rank) + 1, 1), wide = call[0].shape();
  row[static_cast<std::size_t>(axis)] = depth;
  wide.insert(static_cast<std::size_t>(axis), depth);
  check_size(call, wide);
  // An index outside its axis is no error: that row is off everywhere.
  const Tensor index = unsqueeze(cast(call[0], Dtype::i64), axis);
  const Tensor hit = equal(where(index < 0, index + depth, index), reshape(Tensor::arange(depth), row));
  const Tensor values = call[2];
  if (values.numel() != 2) call.fault("values must be two numbers, off and on");
  return {Value(where(hit, values[1], values[0]), call.type(2))};
}

// a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n)
Values window(const Call& call, double a0, double a1, double a2) {
  const Int size = call.int_at(0), type = call.integer("output_datatype", 1);
  if (!is_held(static_cast<int>(type))) call.unsupported(type_name(static_cast<int>(type)));
  check_size(call, {size});
  const Int n = call.integer("periodic", 1) ? size : std::max<Int>(1, size - 1);
  const Tensor angle = Tensor::arange(size, Dtype::f64) * (2 * std::numbers::pi / static_cast<double>(std::max<Int>(1, n)));
  return {Value(a0 - a1 * cos(angle) + a2 * cos(2 * angle), static_cast<Type>(type))};
}
Values hann(const Call& call) { return window(call, 0.5, 0.5, 0); }
Values hamming(const Call& call) { return window(call, 25.0 / 46.0, 21.0 / 46.0, 0); }
Values blackman(const Call& call) { return window(call, 0.42, 0.5, 0.08); }

constexpr Operator table[] = {
    {"Shape", shape_call}, {"Size", size_call}, {"Constant", constant}, {"ConstantOfShape", constant_of_shape}, {"Range", range}, {"EyeLike", eye_like}, {"Trilu", trilu},
    {"OneHot", one_hot_call}, {"HannWindow", hann}, {"HammingWindow", hamming}, {"BlackmanWindow", blackman},
};

}  // namespace

std::span<const Operator> create_operators() { return table; }

}  // namespace gradus::onnx
