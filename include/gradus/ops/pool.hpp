// Pools: windows that slide over the last axes, one for each number of `kernel`; all axes before them are batch. stride (default: the
// kernel), padding (0) and dilation (1) hold one number per axis, or one for all, or nothing. With ceil_mode a last window may reach
// past the end. A kernel of one number pools one axis: {2, 2} is what other libraries call a 2d kernel of 2.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct MaxPoolIndex {
  using family = Window;
  static constexpr auto name = "max_pool_index", doc = "Place of the largest entry of each window of max_pool, counted in row-major order over the pooled axes; the first of equals.";
  static constexpr bool constant = true;
  Shape kernel, stride = {}, padding = {}, dilation = {};
  bool ceil_mode = false;
  Spec shape(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  void compute(Array& y, Inputs x) const;
  static std::vector<Case> cases();
};

struct MaxPool {
  using family = Window;
  static constexpr auto name = "max_pool", doc = "Largest entry of each window; the first of equals has the derivative.";
  Shape kernel, stride = {}, padding = {}, dilation = {};
  bool ceil_mode = false;
  Spec shape(Inputs x) const;
  TensorSet reads(TensorSet need) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor expand(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// Finds the largest entries anew: that costs less than places in memory do.
struct MaxPoolGrad {
  using family = Window;
  static constexpr auto name = "max_pool_grad", doc = "Gradient of max_pool with respect to x, from x and the gradient of the output.";
  static constexpr int inputs = 2;
  Shape kernel, stride = {}, padding = {}, dilation = {};
  bool ceil_mode = false;
  Spec shape(Inputs x) const;
  Tensor expand(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// PyTorch's meaning: what is divided by is the number of entries in the window, with those in the padding unless count_include_pad is
// false, but without those that ceil_mode adds; divisor above 0 takes its place.
struct AvgPool {
  using family = Window;
  static constexpr auto name = "avg_pool", doc = "Mean of each window.";
  static constexpr Linear linear_in = each;
  Shape kernel, stride = {}, padding = {};
  bool ceil_mode = false, count_include_pad = true;
  std::int64_t divisor = 0;
  Spec shape(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor expand(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct AvgPoolGrad {
  using family = Window;
  static constexpr auto name = "avg_pool_grad", doc = "Gradient of avg_pool with respect to x, of `size` along the pooled axes, from the gradient of the output.";
  static constexpr Linear linear_in = each;
  Shape kernel, stride = {}, padding = {};
  bool ceil_mode = false, count_include_pad = true;
  std::int64_t divisor = 0;
  Shape size;
  Spec shape(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor expand(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

// As in PyTorch x^p keeps the sign of x for odd p; take abs(x) first where that is not meant.
struct LpPool {
  using family = Window;
  static constexpr auto name = "lp_pool", doc = "sum(x^p)^(1/p) over each window; the derivative is 0 where the sum is.";
  double p = 2;
  Shape kernel, stride = {};
  bool ceil_mode = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct AdaptiveAvgPool {
  using family = Window;
  static constexpr auto name = "adaptive_avg_pool", doc = "Means of windows that make the last axes `size` long: window i of n is floor(i n_in / n) to ceil((i + 1) n_in / n).";
  Shape size;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct AdaptiveMaxPoolIndex {
  using family = Window;
  static constexpr auto name = "adaptive_max_pool_index", doc = "Place of the largest entry of each window of adaptive_max_pool, in row-major order over the pooled axes.";
  static constexpr bool constant = true;
  Shape size;
  Spec shape(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  void compute(Array& y, Inputs x) const;
  static std::vector<Case> cases();
};

struct AdaptiveMaxPool {
  using family = Window;
  static constexpr auto name = "adaptive_max_pool", doc = "Largest entries of the windows of adaptive_avg_pool.";
  Shape size;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// [N, C, spatial...] -> [N, C, 1, ...]: all axes after the second.
struct GlobalAvgPool {
  using family = Window;
  static constexpr auto name = "global_avg_pool", doc = "Mean over all spatial axes of [N, C, spatial...], which stay with size 1.";
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct GlobalMaxPool {
  using family = Window;
  static constexpr auto name = "global_max_pool", doc = "Largest entry over all spatial axes of [N, C, spatial...], which stay with size 1; the first of equals has the derivative.";
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

// Modes: "nearest" (entry floor(i n_in / n_out)), "nearest-exact" (that under the middle of i), "linear" (in each axis for itself, so
// bilinear in two and trilinear in three). align_corners, of "linear", puts the first and last entries onto each other.
struct Interpolate {
  using family = Window;
  static constexpr auto name = "interpolate", doc = "Resizes the last axes to `size`: nearest, nearest-exact or linear (bilinear, trilinear).";
  Shape size;
  std::string mode = "nearest";
  bool align_corners = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_WINDOW_OPS(X)                                                                                      \
  X(MaxPool) X(MaxPoolIndex) X(AvgPool) X(LpPool) X(AdaptiveAvgPool) X(AdaptiveMaxPool) X(AdaptiveMaxPoolIndex)   \
  X(GlobalAvgPool) X(GlobalMaxPool) X(Interpolate) X(MaxPoolGrad) X(AvgPoolGrad)
GRADUS_WINDOW_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

// max_pool(x, {2, 2}), avg_pool(x, {3, 3}, {.stride = {2}, .padding = {1}})
struct PoolOptions {
  Shape stride = {}, padding = {}, dilation = {};
  bool ceil_mode = false;
};
struct AvgPoolOptions {
  Shape stride = {}, padding = {};
  bool ceil_mode = false, count_include_pad = true;
  std::int64_t divisor = 0;
};
Tensor max_pool(const Tensor& x, const Shape& kernel, const PoolOptions& how = {});
Tensor max_pool_index(const Tensor& x, const Shape& kernel, const PoolOptions& how = {});  // i64
Tensor avg_pool(const Tensor& x, const Shape& kernel, const AvgPoolOptions& how = {});
Tensor lp_pool(const Tensor& x, double p, const Shape& kernel, const Shape& stride = {}, bool ceil_mode = false);
Tensor adaptive_avg_pool(const Tensor& x, const Shape& size);
Tensor adaptive_max_pool(const Tensor& x, const Shape& size);
Tensor adaptive_max_pool_index(const Tensor& x, const Shape& size);  // i64
Tensor global_avg_pool(const Tensor& x);
Tensor global_max_pool(const Tensor& x);
Tensor interpolate(const Tensor& x, const Shape& size, const std::string& mode = "nearest", bool align_corners = false);

}  // namespace gradus
