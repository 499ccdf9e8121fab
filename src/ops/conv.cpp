#include <fmt/format.h>
#include <gradus/ops.hpp>

#include <algorithm>

#include "batched.hpp"
#include "conv.hpp"

namespace gradus::ops {
namespace {

Dtype product_dtype(Inputs x) { return std::max(promote(x[0].dtype(), x[1].dtype()), Dtype::i64); }

// The attributes of all three, one number per axis.
struct Geometry {
  Shape stride, padding, dilation;
  template <class S>
  Geometry(const S& s, std::size_t axes)
      : stride(per_axis(S::name, "stride", s.stride, axes, 1, 1)),
        padding(per_axis(S::name, "padding", s.padding, axes, 0, 0)),
        dilation(per_axis(S::name, "dilation", s.dilation, axes, 1, 1)) {}
};

Shape spatial(const Tensor& t) {
  const Shape shape = t.shape();
  return Shape(shape.begin() + 2, shape.end());
}

void check_ranks(std::string_view op, const Tensor& a, const char* a_name, const Tensor& b, const char* b_name) {
  if (a.rank() < 3 || a.rank() != b.rank()) {
    fail<ShapeError>(std::string(op), fmt::format("{} is {}, {} is {}: both need two axes and then equally many spatial ones", a_name, to_string(a.shape()), b_name, to_string(b.shape())),
                     "x is [N, C, spatial...], the weights are [O, C / groups, kernel...]");
  }
}

void check_groups(std::string_view op, std::int64_t groups, std::int64_t channels, const char* what) {
  if (groups < 1) fail<ValueError>(std::string(op), fmt::format("{} groups: there is at least one", groups));
  if (channels % groups != 0) fail<ShapeError>(std::string(op), fmt::format("{} {} do not divide into {} groups", channels, what, groups));
}

void check_kernel(std::string_view op, Dims kernel) {
  if (std::ranges::any_of(kernel, [](std::int64_t k) { return k < 1; })) fail<ShapeError>(std::string(op), fmt::format("the kernel {} is empty", to_string(kernel)));
}

// How much larger than (out - 1) stride - 2 padding + extent(kernel) the input is.
Shape surplus(const Geometry& how, const Shape& size, const Shape& kernel, const Shape& out) {
  Shape more;
  for (std::size_t i = 0; i < size.size(); ++i) {
    more.push_back(size[i] - (bounded_product(out[i] - 1, how.stride[i]) - 2 * how.padding[i] + extent(kernel[i], how.dilation[i])));
  }
  return more;
}
void check_surplus(std::string_view op, const char* what, const Geometry& how, const Shape& more) {
  for (std::size_t i = 0; i < more.size(); ++i) {
    if (more[i] < 0 || more[i] >= std::max(how.stride[i], how.dilation[i])) {
      fail<ValueError>(std::string(op), fmt::format("{} {} is not below the stride {} or the dilation {}", what, to_string(more), to_string(how.stride), to_string(how.dilation)));
    }
  }
}

// A convolution of what may be longer than the result needs, cut to `out`.
Tensor conv_cut(const Conv& op, const Tensor& x, const Tensor& w, const Shape& out) {
  Tensor y = apply(op, x, w);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto axis = static_cast<std::int64_t>(i) + 2;
    if (y.size(axis) > out[i]) y = slice(y, axis, {0, out[i]});
  }
  return y;
}

// vmap. Examples among the channels, ready for n times as many groups: [n, N, C, ...] -> [N, n * C, ...]; and back.
Tensor into_channels(const Tensor& x) {
  Shape order{1, 0}, shape = x.shape();
  for (std::int64_t i = 2; i < x.rank(); ++i) order.push_back(i);
  shape[2] *= shape[0];
  shape.erase(0);
  return reshape(permute(x, order), shape);
}
Tensor from_channels(const Tensor& y, std::int64_t n) {
  Shape order{1, 0}, shape = y.shape();
  shape[1] = n ? shape[1] / n : 0;
  shape.insert(1, n);
  for (std::size_t i = 2; i < shape.size(); ++i) order.push_back(static_cast<std::int64_t>(i));
  return permute(reshape(y, shape), order);
}
// Among the first axis: [n, a, ...] -> [n * a, ...]; and back.
Tensor into_first(const Tensor& x) {
  Shape shape = x.shape();
  shape[1] *= shape[0];
  shape.erase(0);
  return reshape(x, shape);
}
Tensor from_first(const Tensor& y, std::int64_t n) {
  Shape shape = y.shape();
  shape[0] /= n;
  shape.insert(0, n);
  return reshape(y, shape);
}

// conv and conv_transpose: examples of x alone are more of N, those of the weights are more groups.
template <class S>
Tensor batched_conv(const S& op, Inputs x, TensorSet which, std::int64_t n) {
  if (n == 0) return example_by_example(*make_op(op), x, which, n);
  if (!which.has_input(1)) return from_first(apply(op, into_first(x[0]), x[1]), n);
  const Tensors all = all_with_examples(x, which, n);
  S grouped = op;
  grouped.groups *= n;
  return from_channels(apply(grouped, into_channels(all[0]), into_first(all[1])), n);
}

TensorSet reads_the_other(TensorSet need) {
  return (need.has_input(0) ? TensorSet::input(1) : TensorSet{}) | (need.has_input(1) ? TensorSet::input(0) : TensorSet{});
}

}  // namespace

// ---- conv
Spec Conv::shape(Inputs x) const {
  check_ranks(name, x[0], "x", x[1], "the weights");
  const Shape size = spatial(x[0]), kernel = spatial(x[1]);
  const Geometry how(*this, size.size());
  check_kernel(name, kernel);
  check_groups(name, groups, x[0].size(1), "channels of x");
  check_groups(name, groups, x[1].size(0), "output channels");
  if (x[0].size(1) / groups != x[1].size(1)) {
    fail<ShapeError>(name, fmt::format("x {} has {} channels, the weights {} in {} {} fit {}", to_string(x[0].shape()), x[0].size(1), to_string(x[1].shape()), groups, groups == 1 ? "group" : "groups", x[1].size(1) * groups),
                     "the weights are [O, C / groups, kernel...]");
  }
  Spec out{{x[0].size(0), x[1].size(0)}, product_dtype(x)};
  for (std::size_t i = 0; i < size.size(); ++i) {
    const std::int64_t room = size[i] + 2 * how.padding[i] - extent(kernel[i], how.dilation[i]);
    if (room < 0) {
      fail<ShapeError>(name, fmt::format("the kernel {} with dilation {} spans {} entries of spatial axis {}, x {} with padding {} has {}", to_string(kernel), to_string(how.dilation),
                                         extent(kernel[i], how.dilation[i]), i, to_string(x[0].shape()), to_string(how.padding), size[i] + 2 * how.padding[i]),
                       "more padding, or a smaller kernel");
    }
    out.shape.push_back(room / how.stride[i] + 1);
  }
  checked_numel(name, out.shape, out.dtype);
  return out;
}
TensorSet Conv::reads(TensorSet need) const { return reads_the_other(need); }
Tensors Conv::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  Tensors grads(2);
  const Shape kernel = spatial(x[1]);
  if (need.has_input(0)) {
    const Shape more = surplus(Geometry(*this, kernel.size()), spatial(x[0]), kernel, spatial(g));
    grads[0] = cast(apply(ConvTranspose{stride, padding, more, dilation, groups}, g, x[1]), x[0].dtype());
  }
  if (need.has_input(1)) grads[1] = cast(apply(ConvWeight{kernel, stride, padding, dilation, groups}, x[0], g), x[1].dtype());
  return grads;
}
Tensor Conv::batched(Inputs x, TensorSet which, std::int64_t n) const { return batched_conv(*this, x, which, n); }
std::vector<Case> Conv::cases() {
  const auto op = [](Conv c) { return make_op(c); };
  return {{op({}), {{{2, 2, 5}}, {{3, 2, 3}}}},
          {op({.stride = {2}, .padding = {1}}), {{{1, 2, 6}}, {{2, 2, 3}}}},
          {op({.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}}), {{{1, 1, 4, 5}}, {{2, 1, 2, 2}}}},
          {op({.stride = {3}, .groups = 2}), {{{1, 4, 5, 4}}, {{2, 2, 2, 1}}}},
          {op({.padding = {1}, .groups = 3}), {{{1, 3, 3, 3}}, {{3, 1, 2, 2}}}},
          {op({.padding = {0, 1, 0}}), {{{1, 1, 2, 2, 3}}, {{1, 1, 2, 2, 2}}}},
          {op({}), {{{0, 2, 3}}, {{2, 2, 2}}}},
          {op({}), {{{1, 0, 3}}, {{2, 0, 2}}}},
          {op({}), {{{2, 3, 4}}, {{2, 3, 1}}}}};
}

// ---- conv_transpose
Spec ConvTranspose::shape(Inputs x) const {
  check_ranks(name, x[0], "x", x[1], "the weights");
  const Shape size = spatial(x[0]), kernel = spatial(x[1]);
  const Geometry how(*this, size.size());
  const Shape more = per_axis(name, "output_padding", output_padding, size.size(), 0, 0);
  check_kernel(name, kernel);
  check_surplus(name, "output_padding", how, more);
  check_groups(name, groups, x[0].size(1), "channels of x");
  if (x[0].size(1) != x[1].size(0)) {
    fail<ShapeError>(name, fmt::format("x {} has {} channels, the weights {} fit {}", to_string(x[0].shape()), x[0].size(1), to_string(x[1].shape()), x[1].size(0)),
                     "the weights of a transposed convolution are [C, O / groups, kernel...]");
  }
  Shape shape{x[0].size(0)};
  std::int64_t channels = 0;
  if (__builtin_mul_overflow(x[1].size(1), groups, &channels)) fail<ShapeError>(name, fmt::format("{} groups of {} channels are too many", groups, x[1].size(1)));
  shape.push_back(channels);
  for (std::size_t i = 0; i < size.size(); ++i) {
    const std::int64_t n = size[i] == 0 ? -1 : bounded_product(size[i] - 1, how.stride[i]) - 2 * how.padding[i] + extent(kernel[i], how.dilation[i]) + more[i];
    if (n < 0) {
      fail<ShapeError>(name, fmt::format("{} entries along spatial axis {} of x {} with kernel {}, stride {} and padding {} give no output", size[i], i, to_string(x[0].shape()), to_string(kernel),
                                         to_string(how.stride), to_string(how.padding)));
    }
    shape.push_back(n);
  }
  const Dtype dtype = product_dtype(x);
  checked_numel(name, shape, dtype);
  return {shape, dtype};
}
TensorSet ConvTranspose::reads(TensorSet need) const { return reads_the_other(need); }
Tensors ConvTranspose::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  Tensors grads(2);
  if (need.has_input(0)) grads[0] = cast(conv_cut({stride, padding, dilation, groups}, g, x[1], spatial(x[0])), x[0].dtype());
  if (need.has_input(1)) grads[1] = cast(apply(ConvWeight{spatial(x[1]), stride, padding, dilation, groups}, g, x[0]), x[1].dtype());
  return grads;
}
Tensor ConvTranspose::batched(Inputs x, TensorSet which, std::int64_t n) const { return batched_conv(*this, x, which, n); }
std::vector<Case> ConvTranspose::cases() {
  const auto op = [](ConvTranspose c) { return make_op(c); };
  return {{op({}), {{{2, 2, 3}}, {{2, 3, 2}}}},
          {op({.stride = {2}, .padding = {1}, .output_padding = {1}}), {{{1, 2, 3}}, {{2, 1, 3}}}},
          {op({.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}}), {{{1, 1, 3, 2}}, {{1, 2, 2, 2}}}},
          {op({.output_padding = {1}, .dilation = {2}}), {{{1, 1, 2}}, {{1, 1, 2}}}},
          {op({.stride = {3}, .groups = 2}), {{{1, 4, 2}}, {{4, 1, 2}}}},
          {op({.padding = {0, 1, 0}}), {{{1, 1, 1, 2, 2}}, {{1, 1, 2, 2, 2}}}},
          {op({}), {{{0, 2, 3}}, {{2, 1, 2}}}}};
}

// ---- conv_weight
Spec ConvWeight::shape(Inputs x) const {
  check_ranks(name, x[0], "x", x[1], "the gradient");
  const Shape size = spatial(x[0]), out = spatial(x[1]);
  if (kernel.size() != size.size()) {
    fail<ShapeError>(name, fmt::format("the kernel {} has {} axes, x {} has {} spatial ones", to_string(kernel), kernel.size(), to_string(x[0].shape()), size.size()));
  }
  const Geometry how(*this, size.size());
  check_kernel(name, per_axis(name, "kernel", kernel, size.size(), 1, 1));
  check_groups(name, groups, x[0].size(1), "channels of x");
  check_groups(name, groups, x[1].size(1), "output channels");
  if (x[0].size(0) != x[1].size(0)) fail<ShapeError>(name, fmt::format("x {} and the gradient {} have different numbers of examples", to_string(x[0].shape()), to_string(x[1].shape())));
  if (std::ranges::any_of(out, [](std::int64_t n) { return n == 0; })) fail<ShapeError>(name, fmt::format("the gradient {} is empty along a spatial axis", to_string(x[1].shape())));
  check_surplus(name, "what is left of x after the last window,", how, surplus(how, size, kernel, out));
  Shape shape{x[1].size(1), x[0].size(1) / groups};
  shape.append(kernel.begin(), kernel.end());
  const Dtype dtype = product_dtype(x);
  checked_numel(name, shape, dtype);
  return {shape, dtype};
}
TensorSet ConvWeight::reads(TensorSet need) const { return reads_the_other(need); }
Tensors ConvWeight::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  Tensors grads(2);
  const Shape out = spatial(x[1]);
  if (need.has_input(0)) {
    const Shape more = surplus(Geometry(*this, kernel.size()), spatial(x[0]), kernel, out);
    grads[0] = cast(apply(ConvTranspose{stride, padding, more, dilation, groups}, x[1], g), x[0].dtype());
  }
  if (need.has_input(1)) grads[1] = cast(conv_cut({stride, padding, dilation, groups}, x[0], g, out), x[1].dtype());
  return grads;
}
Tensor ConvWeight::batched(Inputs x, TensorSet which, std::int64_t n) const {
  if (n == 0) return example_by_example(*make_op(*this), x, which, n);
  const Tensors all = all_with_examples(x, which, n);
  ConvWeight grouped = *this;
  grouped.groups *= n;
  return from_first(apply(grouped, into_channels(all[0]), into_channels(all[1])), n);
}
std::vector<Case> ConvWeight::cases() {
  const auto op = [](ConvWeight c) { return make_op(c); };
  return {{op({.kernel = {3}}), {{{2, 2, 5}}, {{2, 3, 3}}}},
          {op({.kernel = {3}, .stride = {2}, .padding = {1}}), {{{1, 2, 6}}, {{1, 2, 3}}}},
          {op({.kernel = {2, 2}, .stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}}), {{{1, 1, 4, 5}}, {{1, 2, 3, 3}}}},
          {op({.kernel = {2}, .dilation = {2}}), {{{1, 1, 5}}, {{1, 1, 2}}}},
          {op({.kernel = {2, 1}, .stride = {3}, .groups = 2}), {{{1, 4, 5, 4}}, {{1, 2, 2, 2}}}},
          {op({.kernel = {2}}), {{{0, 2, 3}}, {{0, 2, 2}}}}};
}

GRADUS_CONV_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {
namespace {

Tensor with_bias(std::string_view op, const Tensor& y, const Tensor& bias, std::int64_t axes) {
  if (!bias.defined()) return y;
  const std::int64_t channels = y.size(-axes - 1);
  if (bias.rank() != 1 || bias.numel() != channels) {
    fail<ShapeError>(std::string(op), fmt::format("the bias is {}, the output has {} channels: it must be [{}]", to_string(bias.shape()), channels, channels));
  }
  Shape shape{channels};
  shape.resize(static_cast<std::size_t>(axes + 1), 1);
  return y + reshape(bias, shape);
}

template <class S>
Tensor convolved(const Tensor& x, const Tensor& w, const S& how, const Tensor& bias) {
  const bool one = x.rank() + 1 == w.rank() && w.rank() >= 3;  // an example without its axis N
  const Tensor y = one ? squeeze(apply(how, unsqueeze(x, 0), w), 0) : apply(how, x, w);
  return with_bias(S::name, y, bias, w.rank() - 2);
}

void check_axes(std::string_view op, const Tensor& w, std::int64_t axes) {
  if (w.rank() != axes + 2) {
    fail<ShapeError>(std::string(op), fmt::format("the weights are {}; they need two axes and {} spatial {}", to_string(w.shape()), axes, axes == 1 ? "one" : "ones"));
  }
}

}  // namespace

Tensor conv(const Tensor& x, const Tensor& w, const ConvOptions& how, const Tensor& bias) { return convolved(x, w, how, bias); }
Tensor conv_transpose(const Tensor& x, const Tensor& w, const ConvTransposeOptions& how, const Tensor& bias) { return convolved(x, w, how, bias); }

#define GRADUS_CONV(n)                                                                                                        \
  Tensor conv##n##d(const Tensor& x, const Tensor& w, const ConvOptions& how, const Tensor& bias) {                          \
    check_axes("conv" #n "d", w, n);                                                                                          \
    return convolved(x, w, how, bias);                                                                                        \
  }                                                                                                                           \
  Tensor conv_transpose##n##d(const Tensor& x, const Tensor& w, const ConvTransposeOptions& how, const Tensor& bias) {       \
    check_axes("conv_transpose" #n "d", w, n);                                                                                \
    return convolved(x, w, how, bias);                                                                                        \
  }
GRADUS_CONV(1)
GRADUS_CONV(2)
GRADUS_CONV(3)

}  // namespace gradus
