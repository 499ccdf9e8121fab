// Operators along axes.
#include <fmt/format.h>


#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

// The axes of a reduction; none means all, or with noop_with_empty_axes that nothing is reduced (then this is empty).
std::optional<Axes> axes_of(const Call& call) {
  const auto given = call.ints(1, "axes");
  if (given && !given->empty()) return Axes(*given);
  if (call.integer("noop_with_empty_axes", 0) != 0) return std::nullopt;
  return Axes();
}

Shape reduced_shape(const Call& call, const Axes& axes, bool keepdims) {
  Shape shape = call[0].shape();
  const Shape list = checked_axes("onnx." + call.op, axes, call[0].rank());
  for (std::size_t i = list.size(); i-- > 0;) {
    if (keepdims) shape[static_cast<std::size_t>(list[i])] = 1;
    else shape.erase(static_cast<std::size_t>(list[i]));
  }
  return shape;
}

using Reduction = Tensor (*)(const Tensor& x, const Axes& axes, bool keepdims);

Tensor itself(const Tensor& x) { return x; }

// before: what is done to each number, which is done even when no axis goes away; after: what is done to the result.
template <Reduction reduction, Tensor (*before)(const Tensor&) = itself, Tensor (*after)(const Tensor&) = itself>
Values reduce(const Call& call) {
  Tensor x = before(call[0]);
  if (const auto axes = axes_of(call)) x = reduction(x, *axes, call.integer("keepdims", 1) != 0);
  return {after(x)};
}

// The largest of nothing is the least that the type can hold, the smallest the most.
template <Reduction reduction, bool largest>
Values extreme(const Call& call) {
  const auto axes = axes_of(call);
  if (!axes) return {call[0]};
  const bool keepdims = call.integer("keepdims", 1) != 0;
  if (call[0].numel() == 0) return {expand(edge_of(call.type(0), !largest), reduced_shape(call, *axes, keepdims))};
  return {reduction(call[0], *axes, keepdims)};
}

Tensor log_sum_exp(const Tensor& x, const Axes& axes, bool keepdims) { return logsumexp(gradus::is_float(x.dtype()) ? x : cast(x, Dtype::f64), axes, keepdims); }
Tensor product(const Tensor& x, const Axes& axes, bool keepdims) { return prod(x, axes, keepdims); }
Tensor mean_of(const Tensor& x, const Axes& axes, bool keepdims) { return mean(x, axes, keepdims); }

Values cumulative_sum(const Call& call) {
  const Tensor& x = call[0];
  const int axis = checked_axis("onnx.CumSum", call.int_at(1), x.rank());
  const bool reverse = call.integer("reverse", 0) != 0;
  Tensor y = cumsum(reverse ? flip(x, axis) : x, axis);
  if (call.integer("exclusive", 0) != 0 && x.size(axis) > 0) y = pad(slice(y, axis, {0, x.size(axis) - 1}), axis, 1, 0);
  return {reverse ? flip(y, axis) : y};
}

// The first of equals, or with select_last_index the last.
template <bool largest>
Values arg(const Call& call) {
  const Tensor& x = call[0];
  const auto place = largest ? argmax : argmin;
  const Int axis = checked_axis("onnx." + call.op, call.integer("axis", 0), x.rank());
  const bool keepdims = call.integer("keepdims", 1) != 0;
  if (call.integer("select_last_index", 0) == 0) return {Value(place(x, axis, keepdims), Type::i64)};
  return {Value(x.size(axis) - 1 - place(flip(x, axis), axis, keepdims), Type::i64)};
}

// Before operator set 13 everything behind `axis` is one axis.
template <Tensor (*f)(const Tensor&, Int)>
Values along(const Call& call) {
  const Tensor& x = call[0];
  if (call.opset >= 13) return {f(x, call.integer("axis", -1))};
  return {reshape(f(flatten_to_2d(x, call.integer("axis", 1)), 1), x.shape())};
}
Tensor hardmax(const Tensor& x, Int axis) {
  const int at = checked_axis("onnx.Hardmax", axis, x.rank());
  return move_axis(one_hot(argmax(x, at), x.size(at), x.dtype()), -1, at);
}

constexpr Operator table[] = {
    {"ReduceSum", reduce<sum>}, {"ReduceMean", reduce<mean_of>}, {"ReduceSumSquare", reduce<sum, square>}, {"ReduceL1", reduce<sum, abs>}, {"ReduceL2", reduce<sum, square, sqrt>},
    {"ReduceLogSum", reduce<sum, itself, log>}, {"ReduceLogSumExp", reduce<log_sum_exp>}, {"ReduceProd", reduce<product>}, {"CumSum", cumulative_sum}, {"ReduceMax", extreme<max, true>}, {"ReduceMin", extreme<min, false>},
    {"ArgMax", arg<true>}, {"ArgMin", arg<false>}, {"Softmax", along<softmax>}, {"LogSoftmax", along<log_softmax>}, {"Hardmax", along<hardmax>},
};

}  // namespace

std::span<const Operator> reduce_operators() { return table; }

}  // namespace gradus::onnx
