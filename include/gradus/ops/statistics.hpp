// Products, truth values, deviations and norms over axes. Also Reduce: see reduce.hpp.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Prod {
  using family = Reduce;
  static constexpr auto name = "prod", doc = "Product over axes, by a tree; integers and bools are multiplied as i64. Its derivatives are right where elements are zero.";
  Axes axes;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Any {
  using family = Reduce;
  static constexpr auto name = "any", doc = "Whether an element over axes is not zero (NaN is not); of nothing false.";
  static constexpr bool constant = true;
  Axes axes;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct All {
  using family = Reduce;
  static constexpr auto name = "all", doc = "Whether no element over axes is zero; of nothing true.";
  static constexpr bool constant = true;
  Axes axes;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Argmin {
  using family = Reduce;
  static constexpr auto name = "argmin", doc = "Place of the smallest element along one axis, the first of equals; a NaN counts as smallest.";
  std::int64_t axis = -1;
  bool keepdims = false;
  Spec shape(Inputs x) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Var {
  using family = Reduce;
  static constexpr auto name = "var", doc = "Variance over axes: the squared distances from the mean, summed and divided by their number less `correction`.";
  Axes axes;
  double correction = 1;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Std {
  using family = Reduce;
  static constexpr auto name = "std", doc = "Standard deviation over axes, the root of var; its derivative is 0 where all elements are equal.";
  Axes axes;
  double correction = 1;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Norm {
  using family = Reduce;
  static constexpr auto name = "norm", doc = "p-norm over axes: sum(|x|^p)^(1/p). inf: the largest |x|, -inf: the smallest, 0: how many are not zero. The derivative at zeros is 0.";
  double p = 2;
  Axes axes;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Logsumexp {
  using family = Reduce;
  static constexpr auto name = "logsumexp", doc = "log(sum(exp(x))) over axes without overflow; of nothing, or of nothing but -inf, it is -inf, with derivative 0.";
  Axes axes;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Nansum {
  using family = Reduce;
  static constexpr auto name = "nansum", doc = "Sum over axes of what is not NaN.";
  Axes axes;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Nanmean {
  using family = Reduce;
  static constexpr auto name = "nanmean", doc = "Mean over axes of what is not NaN; of nothing it is NaN.";
  Axes axes;
  bool keepdims = false;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_STATISTICS_OPS(X) X(Prod) X(Any) X(All) X(Argmin) X(Var) X(Std) X(Norm) X(Logsumexp) X(Nansum) X(Nanmean)
GRADUS_STATISTICS_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

// Over all axes by default; keepdims leaves them with size 1.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor argmin(const Tensor& x, std::int64_t axis = -1, bool keepdims = false);  // i64
Tensor var(const Tensor& x, const Axes& axes = {}, double correction = 1, bool keepdims = false);
Tensor std(const Tensor& x, const Axes& axes = {}, double correction = 1, bool keepdims = false);
Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdims = false);
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor nansum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
Tensor nanmean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

}  // namespace gradus
