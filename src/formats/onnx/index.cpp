// Operators whose places are integers in a tensor.
#include <fmt/format.h>

#include <algorithm>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

Values gather_call(const Call& call) { return {take_axis(call[0], call[1], call.integer("axis", 0))}; }

Values gather_elements(const Call& call) {
  const Tensor& x = call[0];
  const int axis = checked_axis("onnx.GatherElements", call.integer("axis", 0), x.rank());
  Tensor part = x;  // the index may be smaller than x along the other axes
  for (Int i = 0; i < x.rank() && i < call[1].rank(); ++i) {
    if (i != axis && call[1].size(i) < x.size(i)) part = slice(part, i, {0, call[1].size(i)});
  }
  return {gather(part, wrap_index(call[1], x.size(axis)), axis)};
}

Values gather_nd(const Call& call) {
  const Shape shape = call[0].shape(), places = call[1].shape();
  const Int batch = call.integer("batch_dims", 0);
  if (places.empty() || batch < 0 || batch >= static_cast<Int>(places.size()) || batch > static_cast<Int>(shape.size())) call.fault(fmt::format("{} batch axes for {}", batch, to_string(places)));
  const auto b = static_cast<std::size_t>(batch), k = static_cast<std::size_t>(places.back());
  const Tensor at = flat_places(call, call[1], shape, b);  // [batch..., rest...]
  const Int examples = numel(Dims(shape).first(b)), picked = numel(Dims(shape).subspan(b, k)), inside = numel(Dims(shape).subspan(b + k));
  const Int each = examples == 0 ? 0 : at.numel() / examples;
  const Tensor index = expand(reshape(at, {examples, each, 1}), {examples, each, inside});
  Shape out(places.begin(), places.end() - 1);
  out.append(shape.begin() + b + k, shape.end());
  return {reshape(gather(reshape(call[0], {examples, picked, inside}), index, 1), out)};
}

Values compress(const Call& call) {
  const Tensor x = call.given("axis") ? call[0] : reshape(call[0], {-1});
  const Int axis = checked_axis("onnx.Compress", call.integer("axis", 0), x.rank());
  const std::vector<double> keep = call[1].to_vector();
  Shape places;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    if (keep[i] != 0) places.push_back(static_cast<Int>(i));
  }
  return {take_axis(x, integers_of(places), axis)};
}

// The first lengths[i] entries along the time axis of example i come in reverse.
Values reverse_sequence(const Call& call) {
  const Tensor& x = call[0];
  const Int batch_axis = call.integer("batch_axis", 1), time_axis = call.integer("time_axis", 0);
  if (batch_axis + time_axis != 1 || x.rank() < 2) call.fault("batch_axis and time_axis must be 0 and 1");
  const Int times = x.size(time_axis), batch = x.size(batch_axis);
  const Tensor lengths = reshape(cast(call[1], Dtype::i64), {1, batch});
  const Tensor t = reshape(Tensor::arange(times), {times, 1});
  Tensor from = where(t < lengths, lengths - 1 - t, t);  // [time, batch]
  if (time_axis == 1) from = T(from);
  Shape wide = from.shape();
  while (static_cast<Int>(wide.size()) < x.rank()) wide.push_back(1);
  return {gather(x, expand(reshape(from, wide), x.shape()), time_axis)};
}

constexpr Operator table[] = {
    {"Gather", gather_call}, {"GatherElements", gather_elements}, {"GatherND", gather_nd}, {"Compress", compress}, {"ReverseSequence", reverse_sequence},
};

}  // namespace

std::span<const Operator> index_operators() { return table; }

}  // namespace gradus::onnx
