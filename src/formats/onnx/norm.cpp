// Normalisation.
#include <fmt/format.h>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

// [c] as [c, 1, ...], to stand at axis 1 of an x of `rank` axes.
Tensor per_channel(const Tensor& x, Int rank) {
  Shape shape(static_cast<std::size_t>(std::max<Int>(1, rank - 1)), 1);
  shape[0] = x.numel();
  return reshape(x, shape);
}
Axes all_but_channel(Int rank) {
  Shape axes;
  for (Int i = 0; i < rank; ++i) {
    if (i != 1) axes.push_back(i);
  }
  return axes;
}

struct Moments {
  Tensor mean, variance;  // with the axes left at size 1
};
Moments moments(const Tensor& x, const Axes& axes) {
  const Tensor m = mean(x, axes, true);
  return {m, mean(square(x - m), axes, true)};
}
Tensor epsilon_of(const Call& call, const Tensor& x) { return number_like(x, call.number("epsilon", 1e-5)); }

Values batch_norm(const Call& call) {
  const Tensor& x = call[0];
  if (x.rank() < 2 && x.rank() != 1) call.fault(fmt::format("needs [batch, channels, ...], got {}", to_string(x.shape())));
  const Int rank = x.rank();
  const auto channel = [&](const Tensor& t) { return rank == 1 ? t : per_channel(t, rank); };
  Tensor m = call[3], v = call[4];
  // Sets 14 and later say so; before 7 it was is_test=0; between them by asking for more outputs.
  const bool training = call.opset >= 14 ? call.integer("training_mode", 0) != 0 : call.opset < 7 ? call.integer("is_test", 0) == 0 && call.wants(1) : call.wants(1);
  Values out(1);
  if (training) {
    const Moments of_batch = moments(x, all_but_channel(rank));
    const Shape channels = call[3].shape();
    const Tensor batch_mean = reshape(of_batch.mean, channels), batch_variance = reshape(of_batch.variance, channels);
    const double momentum = call.number("momentum", 0.9);
    out.emplace_back(call[3] * momentum + batch_mean * (1 - momentum), call.type(3));
    out.emplace_back(call[4] * momentum + batch_variance * (1 - momentum), call.type(4));
    if (call.opset < 14) {
      out.emplace_back(batch_mean, call.type(3));
      out.emplace_back(batch_variance, call.type(4));
    }
    m = batch_mean;
    v = batch_variance;
  }
  const Tensor scale = channel(call[1] / sqrt(v + number_like(v, call.number("epsilon", 1e-5))));
  out[0] = Value((x - channel(m)) * scale + channel(call[2]), call.type(0));
  return out;
}

Values instance_norm(const Call& call) {
  const Tensor& x = call[0];
  Shape axes;
  for (Int i = 2; i < x.rank(); ++i) axes.push_back(i);
  const auto [m, v] = moments(x, axes);
  return {(x - m) / sqrt(v + epsilon_of(call, x)) * per_channel(call[1], x.rank()) + per_channel(call[2], x.rank())};
}

Values layer_norm(const Call& call) {
  const Tensor x = call.integer("stash_type", 1) == 1 ? cast(call[0], promote(call[0].dtype(), Dtype::f32)) : call[0];
  Shape axes;
  for (Int i = checked_axis("onnx." + call.op, call.integer("axis", -1), x.rank()); i < x.rank(); ++i) axes.push_back(i);
  const auto [m, v] = moments(x, axes);
  const Tensor inverse = reciprocal(sqrt(v + epsilon_of(call, x)));
  Tensor y = (x - m) * inverse * call[1];
  if (call.has(2)) y = y + call[2];
  const Type stash = x.dtype() == Dtype::f64 ? Type::f64 : Type::f32;
  return {Value(y, call.type(0)), Value(m, stash), Value(inverse, stash)};
}

Values rms_norm_call(const Call& call) {
  const Tensor& x = call[0];
  Shape axes;
  for (Int i = checked_axis("onnx." + call.op, call.integer("axis", -1), x.rank()); i < x.rank(); ++i) axes.push_back(i);
  return {x / sqrt(mean(square(x), axes, true) + epsilon_of(call, x)) * call[1]};
}

Values group_norm(const Call& call) {
  const Tensor& x = call[0];
  const Shape shape = x.shape();
  const Int groups = call.integer("num_groups");
  if (shape.size() < 2 || groups < 1 || shape[1] % groups != 0) call.fault(fmt::format("{} groups do not fit {}", groups, to_string(shape)));
  const Tensor parts = reshape(x, {shape[0], groups, -1});
  const auto [m, v] = moments(parts, 2);
  const Tensor y = reshape((parts - m) / sqrt(v + epsilon_of(call, x)), shape);
  // Before set 21 there was one scale for each group.
  const auto channels = [&](const Tensor& t) {
    if (t.numel() == shape[1]) return per_channel(t, x.rank());
    const Int each = shape[1] / groups;
    return per_channel(reshape(expand(reshape(t, {groups, 1}), {groups, each}), {shape[1]}), x.rank());
  };
  return {y * channels(call[1]) + channels(call[2])};
}

// Over `size` neighbouring channels.
Values lrn(const Call& call) {
  const Tensor& x = call[0];
  const Int size = call.integer("size"), before = (size - 1) / 2, after = size / 2;
  if (size < 1 || x.rank() < 2) call.fault(fmt::format("size {} for {}", size, to_string(x.shape())));
  const Tensor squares = pad(square(x), 1, before, after);
  Tensor total = slice(squares, 1, {0, x.size(1)});
  for (Int i = 1; i < size; ++i) total = total + slice(squares, 1, {i, i + x.size(1)});
  const double scale = call.number("alpha", 1e-4) / static_cast<double>(size);
  return {x / pow(call.number("bias", 1) + scale * total, number_like(x, call.number("beta", 0.75)))};
}

Values mean_variance(const Call& call) {
  const Tensor& x = call[0];
  const auto [m, v] = moments(x, Axes(call.ints("axes").value_or(Shape{0, 2, 3})));
  return {(x - m) / sqrt(v + number_like(x, 1e-9))};
}

Values lp_norm(const Call& call) {
  const Tensor& x = call[0];
  const Int axis = call.integer("axis", -1), p = call.integer("p", 2);
  if (p != 1 && p != 2) call.fault(fmt::format("p must be 1 or 2, not {}", p));
  const Tensor n = p == 1 ? sum(abs(x), axis, true) : sqrt(sum(square(x), axis, true));
  return {where(n == 0, 0, x / where(n == 0, 1, n))};
}

constexpr Operator table[] = {
    {"BatchNormalization", batch_norm}, {"InstanceNormalization", instance_norm}, {"LayerNormalization", layer_norm}, {"RMSNormalization", rms_norm_call},
    {"GroupNormalization", group_norm}, {"LRN", lrn}, {"MeanVarianceNormalization", mean_variance}, {"LpNormalization", lp_norm},
};

}  // namespace

std::span<const Operator> norm_operators() { return table; }

}  // namespace gradus::onnx
