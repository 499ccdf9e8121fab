#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/tensor/lift.hpp>

#include <algorithm>

#include "batched.hpp"
#include "inputs.hpp"

namespace gradus::ops {
namespace {

Axes last_axes(std::string_view op, const Tensor& x, std::int64_t count) {
  if (count < 1 || count > x.rank()) fail<ShapeError>(std::string(op), fmt::format("cannot normalise the last {} axes of {}", count, to_string(x.shape())), "the count of axes, from 1 to all");
  Shape axes;
  for (std::int64_t i = x.rank() - count; i < x.rank(); ++i) axes.push_back(i);
  return axes;
}

Tensor normalised(const Tensor& x, const Axes& axes, double eps) {
  const Tensor centred = x - mean(x, axes, true);
  return centred * rsqrt(mean(square(centred), axes, true) + eps);
}

void check_eps(std::string_view op, double eps) {
  if (!(eps >= 0)) fail<ValueError>(std::string(op), fmt::format("eps {} is negative", eps));
}

// The weight and the bias, the inputs from `first` on.
void check_weights(std::string_view op, Inputs x, std::size_t first, const Shape& shape) {
  for (std::size_t i = first; i < x.size(); ++i) {
    if (x[i].shape() == shape) continue;
    fail<ShapeError>(std::string(op), fmt::format("the {} is {}, for x {} it must be {}", i == first ? "weight" : "bias", to_string(x[i].shape()), to_string(x[0].shape()), to_string(shape)));
  }
}

// Times a weight and plus a bias, the inputs from `first` on, each of `shape`; seen as `as` they broadcast.
Tensor affine(std::string_view op, Tensor y, Inputs x, std::size_t first, const Shape& shape, const Shape& as) {
  check_weights(op, x, first, shape);
  for (std::size_t i = first; i < x.size(); ++i) {
    const Tensor part = reshape(x[i], as);
    y = i == first ? y * part : y + part;
  }
  return y;
}

Tensor per_channel(std::string_view op, const Tensor& y, Inputs x, std::size_t first) {
  Shape as{x[0].size(1)};
  as.resize(static_cast<std::size_t>(x[0].rank() - 1), 1);
  return affine(op, y, x, first, {x[0].size(1)}, as);
}

void check_channels(std::string_view op, const Tensor& x, std::int64_t least) {
  if (x.rank() < least) fail<ShapeError>(std::string(op), fmt::format("x is {}; it must be [N, C{}]", to_string(x.shape()), least > 2 ? ", spatial..." : ", ..."));
}

Axes but_channels(const Tensor& x) {
  Shape axes{0};
  for (std::int64_t i = 2; i < x.rank(); ++i) axes.push_back(i);
  return axes;
}

}  // namespace

Tensor Softmin::expand(Inputs x) const { return softmax(-x[0], axis); }
std::vector<Case> Softmin::cases() { return {{make_op(Softmin{}), {{{2, 3}}}}, {make_op(Softmin{0}), {{{3, 2}}}}, {make_op(Softmin{}), {{{0, 3}}}}}; }

// layer_norm and rms_norm: x, and then weights of the shape of the axes.
template <class S>
Spec norm_spec(const S& op, Inputs x, std::size_t most, const char* what) {
  check_inputs(S::name, x, 1, most, what);
  check_eps(S::name, op.eps);
  const Shape shape = x[0].shape(), part(shape.end() - static_cast<std::ptrdiff_t>(last_axes(S::name, x[0], op.axes).list.size()), shape.end());
  check_weights(S::name, x, 1, part);
  Dtype dtype = is_float(x[0].dtype()) ? x[0].dtype() : Dtype::f32;
  for (const Tensor& t : x.subspan(1)) dtype = promote(dtype, t.dtype());
  return {shape, dtype};
}

template <class S>
Tensors norm_vjp(const S& op, bool centred, Inputs x, const Tensor& g, TensorSet need) {
  Tensors in{x[0]}, grads(x.size());
  if (x.size() > 1) in.push_back(x[1]);
  in.push_back(g);
  const Tensor all = gradus::apply(make_op(NormGrad{op.axes, op.eps, centred}), in);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (need.has_input(i)) grads[i] = cast(reshape(slice(all, 0, {first, first + x[i].numel()}), x[i].shape()), x[i].dtype());
    first += x[i].numel();
  }
  return grads;
}

// vmap: a weight that differs between examples is applied afterwards.
template <class S>
Tensor norm_batched(const S& op, Inputs x, TensorSet which, std::int64_t n) {
  Tensors in(x.begin(), x.end());
  bool shared = which.has_input(0);
  for (std::size_t i = 1; i < x.size(); ++i) shared &= !which.has_input(i);
  if (shared) return gradus::apply(make_op(op), in);
  const Tensors all = all_with_examples(x, which, n);
  Tensor y = gradus::apply(make_op(op), Inputs(all).first(1));
  for (std::size_t i = 1; i < all.size(); ++i) {
    Shape as = all[i].shape();
    while (static_cast<std::int64_t>(as.size()) < y.rank()) as.insert(1, 1);
    y = i == 1 ? y * reshape(all[i], as) : y + reshape(all[i], as);
  }
  return y;
}

Spec LayerNorm::shape(Inputs x) const { return norm_spec(*this, x, 3, "x, a weight, a bias"); }
Tensor LayerNorm::expand(Inputs x) const {
  const Spec spec = shape(x);
  const Tensor y = normalised(cast(x[0], spec.dtype), last_axes(name, x[0], axes), eps);
  const Shape part(spec.shape.end() - axes, spec.shape.end());
  return affine(name, y, x, 1, part, part);
}
TensorSet LayerNorm::reads(TensorSet) const { return {~TensorSet::output}; }
Tensors LayerNorm::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const { return norm_vjp(*this, true, x, g, need); }
Tensor LayerNorm::batched(Inputs x, TensorSet which, std::int64_t n) const { return norm_batched(*this, x, which, n); }
std::vector<Case> LayerNorm::cases() {
  return {{make_op(LayerNorm{}), {{{2, 4}}}}, {make_op(LayerNorm{2}), {{{2, 2, 3}}, {{2, 3}}}}, {make_op(LayerNorm{1, 0.1}), {{{3, 3}}, {{3}}, {{3}}}}, {make_op(LayerNorm{}), {{{0, 3}}, {{3}}, {{3}}}}};
}

Spec RmsNorm::shape(Inputs x) const { return norm_spec(*this, x, 2, "x, a weight"); }
Tensor RmsNorm::expand(Inputs x) const {
  const Spec spec = shape(x);
  const Tensor a = cast(x[0], spec.dtype);
  const Tensor y = a * rsqrt(mean(square(a), last_axes(name, a, axes), true) + eps);
  const Shape part(spec.shape.end() - axes, spec.shape.end());
  return affine(name, y, x, 1, part, part);
}
TensorSet RmsNorm::reads(TensorSet) const { return {~TensorSet::output}; }
Tensors RmsNorm::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const { return norm_vjp(*this, false, x, g, need); }
Tensor RmsNorm::batched(Inputs x, TensorSet which, std::int64_t n) const { return norm_batched(*this, x, which, n); }
std::vector<Case> RmsNorm::cases() {
  return {{make_op(RmsNorm{}), {{{2, 4}}}}, {make_op(RmsNorm{2, 0.1}), {{{2, 2, 3}}, {{2, 3}}}}, {make_op(RmsNorm{}), {{{0, 3}}, {{3}}}}};
}

Spec NormGrad::shape(Inputs x) const {
  check_inputs(name, x, 2, 3, "x, the weight if there is one, the gradient");
  const Spec spec = norm_spec(*this, x.first(x.size() - 1), 2, "x, a weight");
  const Tensor& g = x[x.size() - 1];
  if (!(g.shape() == spec.shape)) fail<ShapeError>(name, fmt::format("the gradient is {}, x is {}", to_string(g.shape()), to_string(spec.shape)));
  const std::int64_t weights = x.size() > 2 ? x[1].numel() * (centred ? 2 : 1) : 0;
  const Spec out{{numel(spec.shape) + weights}, promote(spec.dtype, g.dtype())};
  checked_numel(name, out.shape, out.dtype);
  return out;
}
Tensor NormGrad::expand(Inputs x) const {
  const Dtype dtype = shape(x).dtype;
  const Shape whole = x[0].shape();
  const Shape rows{numel(Dims(whole).first(whole.size() - static_cast<std::size_t>(axes))), numel(Dims(whole).last(static_cast<std::size_t>(axes)))};
  const Tensor a = reshape(cast(x[0], dtype), rows), g = reshape(cast(x[x.size() - 1], dtype), rows);
  const Tensor c = centred ? a - mean(a, -1, true) : a, root = rsqrt(mean(square(c), -1, true) + eps), unit = c * root;
  const Tensor slope = x.size() > 2 ? g * reshape(x[1], {rows[1]}) : g;
  const Tensor pull = slope - unit * mean(slope * unit, -1, true);
  Tensors parts{flatten((centred ? pull - mean(slope, -1, true) : pull) * root)};
  if (x.size() > 2) {
    parts.push_back(sum(g * unit, 0));
    if (centred) parts.push_back(sum(g, 0));
  }
  return concat(parts, 0);
}
std::vector<Case> NormGrad::cases() {
  return {{make_op(NormGrad{}), {{{2, 4}}, {{2, 4}}}},
          {make_op(NormGrad{2, 0.1}), {{{2, 2, 3}}, {{2, 3}}, {{2, 2, 3}}}},
          {make_op(NormGrad{1, 0.1, false}), {{{3, 3}}, {{3}}, {{3, 3}}}},
          {make_op(NormGrad{}), {{{0, 3}}, {{3}}, {{0, 3}}}}};
}

Tensor GroupNorm::expand(Inputs x) const {
  check_inputs(name, x, 1, 3, "x, a weight, a bias");
  check_eps(name, eps);
  check_channels(name, x[0], 2);
  const Shape shape = x[0].shape();
  if (groups < 1 || shape[1] % groups != 0) fail<ShapeError>(name, fmt::format("the {} channels of x {} do not divide into {} groups", shape[1], to_string(shape), groups));
  Shape parts = shape;
  parts[1] = groups;
  parts.insert(2, shape[1] / groups);
  return per_channel(name, reshape(normalised(reshape(as_float(x[0]), parts), last_axes(name, reshape(x[0], parts), x[0].rank() - 1), eps), shape), x, 1);
}
std::vector<Case> GroupNorm::cases() {
  return {{make_op(GroupNorm{2}), {{{2, 4, 2}}}}, {make_op(GroupNorm{1}), {{{2, 3, 2}}, {{3}}}}, {make_op(GroupNorm{2, 0.1}), {{{2, 4}}, {{4}}, {{4}}}}, {make_op(GroupNorm{1}), {{{0, 2, 3}}, {{2}}, {{2}}}}};
}

Tensor InstanceNorm::expand(Inputs x) const {
  check_inputs(name, x, 1, 3, "x, a weight, a bias");
  check_eps(name, eps);
  check_channels(name, x[0], 3);
  return per_channel(name, normalised(as_float(x[0]), last_axes(name, x[0], x[0].rank() - 2), eps), x, 1);
}
std::vector<Case> InstanceNorm::cases() {
  return {{make_op(InstanceNorm{}), {{{2, 2, 4}}}}, {make_op(InstanceNorm{}), {{{1, 2, 2, 2}}, {{2}}}}, {make_op(InstanceNorm{0.1}), {{{2, 1, 3}}, {{1}}, {{1}}}}, {make_op(InstanceNorm{}), {{{0, 2, 3}}}}};
}

Spec BatchNorm::shape(Inputs x) const {
  check_inputs(name, x, 3, 5, "x, the mean, the variance, a weight, a bias");
  check_eps(name, eps);
  check_channels(name, x[0], 2);
  const std::int64_t channels = x[0].size(1);
  const char* what[] = {"x", "mean", "variance", "weight", "bias"};
  Dtype dtype = is_float(x[0].dtype()) ? x[0].dtype() : Dtype::f32;
  for (std::size_t i = 1; i < x.size(); ++i) {
    if (!(x[i].shape() == Shape{channels})) {
      fail<ShapeError>(name, fmt::format("the {} is {}, for x {} it must be [{}]", what[i], to_string(x[i].shape()), to_string(x[0].shape()), channels));
    }
    dtype = promote(dtype, i == 2 && !is_float(x[i].dtype()) ? Dtype::f32 : x[i].dtype());
  }
  return {x[0].shape(), dtype};
}
Tensor BatchNorm::expand(Inputs x) const {
  Shape as{x[0].size(1)};
  as.resize(static_cast<std::size_t>(x[0].rank() - 1), 1);
  const Tensor y = (as_float(x[0]) - reshape(x[1], as)) * reshape(rsqrt(as_float(x[2]) + eps), as);
  return per_channel(name, y, x, 3);
}
std::vector<Case> BatchNorm::cases() {
  const Range positive{0.5, 2};
  return {{make_op(BatchNorm{}), {{{2, 3}}, {{3}}, {{3}, positive}}},
          {make_op(BatchNorm{}), {{{2, 2, 3}}, {{2}}, {{2}, positive}, {{2}}}},
          {make_op(BatchNorm{0.1}), {{{1, 2, 2, 2}}, {{2}}, {{2}, positive}, {{2}}, {{2}}}},
          {make_op(BatchNorm{}), {{{0, 2}}, {{2}}, {{2}, positive}}}};
}

namespace {

// What statistics are computed on: halves are for storage.
Tensor single_at_least(const Tensor& x) { return is_half(x.dtype()) ? cast(x, Dtype::f32) : as_float(x); }

// The fused form, for tensors of one dtype of f32 and f64; halves are rounded once, and all else is made of plain operations.
Tensor with_statistics(const BatchNormTraining& op, Inputs x, const Tensor& statistics) {
  check_eps(BatchNormTraining::name, op.eps);
  check_channels(BatchNormTraining::name, x[0], 2);
  const Tensor a = single_at_least(x[0]);
  Tensors in{a, statistics};
  Dtype dtype = is_half(x[0].dtype()) ? x[0].dtype() : a.dtype();
  bool plain = false;
  for (std::size_t i = 1; i < x.size(); ++i) {
    in.push_back(single_at_least(x[i]));
    plain = plain || in.back().dtype() != a.dtype() || !(x[i].shape() == Shape{a.size(1)});
    dtype = promote(dtype, x[i].dtype());
  }
  if (plain) return per_channel(BatchNormTraining::name, normalised(as_float(x[0]), but_channels(x[0]), op.eps), x, 1);
  return cast(apply(make_op(NormaliseBatch{op.eps}), in), dtype);
}

Shape channel_shape(const Tensor& x) {
  Shape as{x.size(1)};
  as.resize(static_cast<std::size_t>(x.rank() - 1), 1);
  return as;
}

}  // namespace

Spec BatchStatistics::shape(Inputs x) const {
  check_channels(BatchNormTraining::name, x[0], 2);
  return {{2, x[0].size(1)}, x[0].dtype()};
}
Tensor BatchStatistics::expand(Inputs x) const {
  const Axes axes = but_channels(x[0]);
  return stack({mean(x[0], axes), mean(square(x[0] - mean(x[0], axes, true)), axes)});
}

Spec NormaliseBatch::shape(Inputs x) const { return x[0].spec(); }
TensorSet NormaliseBatch::reads(TensorSet) const { return TensorSet::input(0) | TensorSet::input(1) | TensorSet::input(2); }
Tensors NormaliseBatch::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  Tensors grads(x.size());
  const Tensor sums = apply(NormaliseBatchSums{eps}, x[0], x[1], g);
  if (need.has_input(0)) {
    Tensors in{x[0], x[1], g, stop_gradient(sums)};
    if (x.size() > 2) in.push_back(x[2]);
    grads[0] = apply(make_op(NormaliseBatchGrad{eps}), in);
  }
  if (need.has_input(2)) grads[2] = sums[1];
  if (need.has_input(3)) grads[3] = sums[0];
  return grads;
}
Tensor NormaliseBatch::expand(Inputs x) const {
  Tensor y = normalised(x[0], but_channels(x[0]), eps);
  if (x.size() > 2) y = y * reshape(x[2], channel_shape(x[0]));
  return x.size() > 3 ? y + reshape(x[3], channel_shape(x[0])) : y;
}

Spec NormaliseBatchSums::shape(Inputs x) const { return {{2, x[0].size(1)}, x[0].dtype()}; }
Tensor NormaliseBatchSums::expand(Inputs x) const {
  const Axes axes = but_channels(x[0]);
  return stack({sum(x[2], axes), sum(x[2] * normalised(x[0], axes, eps), axes)});
}

Spec NormaliseBatchGrad::shape(Inputs x) const { return x[0].spec(); }
Tensor NormaliseBatchGrad::expand(Inputs x) const {
  const Axes axes = but_channels(x[0]);
  const Tensor centred = x[0] - mean(x[0], axes, true), slope = rsqrt(mean(square(centred), axes, true) + eps), y = centred * slope, &g = x[2];
  const Tensor along = slope * (g - mean(g, axes, true) - y * mean(g * y, axes, true));
  return x.size() > 4 ? along * reshape(x[4], channel_shape(x[0])) : along;
}

Tensor BatchNormTraining::expand(Inputs x) const {
  check_inputs(name, x, 1, 3, "x, a weight, a bias");
  return with_statistics(*this, x, apply(BatchStatistics{}, stop_gradient(single_at_least(x[0]))));
}
std::vector<Case> BatchNormTraining::cases() {
  return {{make_op(BatchNormTraining{}), {{{4, 2}}}}, {make_op(BatchNormTraining{}), {{{2, 2, 3}}, {{2}}}}, {make_op(BatchNormTraining{0.1}), {{{2, 1, 2, 2}}, {{1}}, {{1}}}}, {make_op(BatchNormTraining{}), {{{0, 2}}}}};
}

Tensor LocalResponseNorm::expand(Inputs x) const {
  check_channels(name, x[0], 2);
  if (size < 1) fail<ValueError>(name, fmt::format("size {}: a window has at least one channel", size));
  const Tensor a = as_float(x[0]);
  if (a.size(1) == 0) return a;
  const Tensor squares = pad(square(a), 1, size / 2, (size - 1) / 2);
  return a * pow(sum(unfold(squares, 1, size), -1) * (alpha / static_cast<double>(size)) + k, -beta);
}
std::vector<Case> LocalResponseNorm::cases() {
  return {{make_op(LocalResponseNorm{3, 0.5}), {{{2, 4, 2}}}}, {make_op(LocalResponseNorm{2, 1, 0.5, 2}), {{{1, 3}}}}, {make_op(LocalResponseNorm{5, 1}), {{{1, 2, 2}}}}, {make_op(LocalResponseNorm{1}), {{{0, 2, 3}}}}};
}

Tensor L2Normalise::expand(Inputs x) const {
  check_eps(name, eps);
  const Tensor a = as_float(x[0]);
  // The larger of the squares, so that the root has its slope of 0 where x is 0.
  return a / sqrt(maximum(sum(square(a), checked_axis(name, axis, a.rank()), true), eps * eps));
}
std::vector<Case> L2Normalise::cases() { return {{make_op(L2Normalise{}), {{{2, 3}}}}, {make_op(L2Normalise{0}), {{{3, 2}}}}, {make_op(L2Normalise{1, 3}), {{{2, 3}}}}, {make_op(L2Normalise{}), {{{0, 3}}}}}; }

GRADUS_NORM_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor softmin(const Tensor& x, std::int64_t axis) { return apply(ops::Softmin{axis}, x); }
Tensor layer_norm(const Tensor& x, std::int64_t axes, const Tensor& weight, const Tensor& bias, double eps) {
  return ops::with_weights(ops::LayerNorm{axes, eps}, {x}, weight, bias);
}
Tensor rms_norm(const Tensor& x, std::int64_t axes, const Tensor& weight, double eps) { return ops::with_weights(ops::RmsNorm{axes, eps}, {x}, weight, {}); }
Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight, const Tensor& bias, double eps) {
  return ops::with_weights(ops::GroupNorm{groups, eps}, {x}, weight, bias);
}
Tensor instance_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) { return ops::with_weights(ops::InstanceNorm{eps}, {x}, weight, bias); }
Tensor batch_norm(const Tensor& x, const Tensor& mean, const Tensor& variance, const Tensor& weight, const Tensor& bias, double eps) {
  return ops::with_weights(ops::BatchNorm{eps}, {x, mean, variance}, weight, bias);
}
BatchNormResult batch_norm_training(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  Tensors in{x};
  if (weight.defined()) in.push_back(weight);
  else if (bias.defined()) in.push_back(Tensor::ones(bias.shape(), bias.dtype()));
  if (bias.defined()) in.push_back(bias);
  const Tensor statistics = apply(ops::BatchStatistics{}, stop_gradient(ops::single_at_least(x)));
  const Dtype dtype = is_float(x.dtype()) ? x.dtype() : Dtype::f32;
  return {ops::with_statistics(ops::BatchNormTraining{eps}, in, statistics), cast(statistics[0], dtype), cast(statistics[1], dtype)};
}
Tensor local_response_norm(const Tensor& x, std::int64_t size, double alpha, double beta, double k) { return apply(ops::LocalResponseNorm{size, alpha, beta, k}, x); }
Tensor l2_normalise(const Tensor& x, std::int64_t axis, double eps) { return apply(ops::L2Normalise{axis, eps}, x); }

}  // namespace gradus
