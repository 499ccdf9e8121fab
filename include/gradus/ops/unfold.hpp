// Windows that slide along axes, as views: what convolutions and pools are made of. Also Move: see move.hpp.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Unfold {
  using family = Move;
  static constexpr auto name = "unfold", doc = "Windows of `size` entries along one axis, `step` apart, their entries `dilation` apart: a view with a new last axis for the window.";
  static constexpr Linear linear_in = each;
  std::int64_t axis, size, step = 1, dilation = 1;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Fold {
  using family = Move;
  static constexpr auto name = "fold", doc = "Sums windows (the last axis) into one axis of `size` entries where `unfold` would have taken them from.";
  static constexpr Linear linear_in = each;
  std::int64_t axis, size, step = 1, dilation = 1;
  Spec shape(Inputs x) const;
  void compute(Array& y, Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Im2col {
  using family = Move;
  static constexpr auto name = "im2col", doc = "The windows of [N, C, ...] as columns: [N, C * window, places], zeros around. One number per spatial axis.";
  Shape kernel, stride, padding, dilation;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Col2im {
  using family = Move;
  static constexpr auto name = "col2im", doc = "Sums columns [N, C * window, places] into [N, C, ...size], the adjoint of im2col.";
  Shape size, kernel, stride, padding, dilation;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct PixelShuffle {
  using family = Move;
  static constexpr auto name = "pixel_shuffle", doc = "[..., C * f * f, H, W] to [..., C, H * f, W * f].";
  std::int64_t factor;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct PixelUnshuffle {
  using family = Move;
  static constexpr auto name = "pixel_unshuffle", doc = "[..., C, H * f, W * f] to [..., C * f * f, H, W].";
  std::int64_t factor;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_UNFOLD_OPS(X) X(Unfold) X(Fold) X(Im2col) X(Col2im) X(PixelShuffle) X(PixelUnshuffle)
GRADUS_UNFOLD_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor unfold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step = 1, std::int64_t dilation = 1);  // [n] -> [windows, size]
Tensor fold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step = 1, std::int64_t dilation = 1);    // [windows, k] -> [size]
// PyTorch's nn.functional.unfold and fold, for any number of spatial axes. An empty list means 1 (padding: 0) for each axis.
Tensor im2col(const Tensor& x, const Shape& kernel, const Shape& stride = {}, const Shape& padding = {}, const Shape& dilation = {});
Tensor col2im(const Tensor& x, const Shape& size, const Shape& kernel, const Shape& stride = {}, const Shape& padding = {}, const Shape& dilation = {});
Tensor pixel_shuffle(const Tensor& x, std::int64_t factor);
Tensor pixel_unshuffle(const Tensor& x, std::int64_t factor);

}  // namespace gradus
