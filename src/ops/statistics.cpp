#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/tensor/lift.hpp>

#include <algorithm>
#include <cmath>

#include "batched.hpp"

namespace gradus::ops {
namespace {

Tensor as_float(const Tensor& x) { return is_float(x.dtype()) ? x : cast(x, Dtype::f32); }
Tensor zero_of(const Tensor& x) { return Tensor::zeros({}, x.dtype()); }
Tensor one_of(const Tensor& x) { return Tensor::ones({}, x.dtype()); }

// The root of something that is not negative, with derivative 0 where that is 0: the branch not taken must be finite as well.
Tensor safe_sqrt(const Tensor& x) {
  const Tensor zero = x == 0;
  return where(zero, zero_of(x), sqrt(where(zero, one_of(x), x)));
}
Tensor safe_pow(const Tensor& x, double p) {
  const Tensor zero = x == 0;
  return where(zero, Tensor::full({}, p > 0 ? 0 : INFINITY, x.dtype()), pow(where(zero, one_of(x), x), p));
}

std::int64_t count_over(std::string_view op, const Tensor& x, const Axes& axes) {
  std::int64_t n = 1;
  for (const std::int64_t axis : checked_axes(op, axes, x.rank())) n *= x.size(axis);
  return n;
}

Tensor variance(std::string_view op, const Tensor& given, const Axes& axes, double correction, bool keepdims) {
  const Tensor x = as_float(given);
  const double n = static_cast<double>(count_over(op, x, axes)) - correction;
  if (!(std::abs(correction) < INFINITY)) fail<ValueError>(std::string(op), fmt::format("correction {} is not a finite number", correction));
  return sum(square(x - mean(x, axes, true)), axes, keepdims) / std::max(n, 0.0);
}

}  // namespace

Tensor Prod::expand(Inputs x) const {
  const Shape gone = checked_axes(name, axes, x[0].rank());
  Shape order, kept, result;
  for (std::int64_t i = 0; i < x[0].rank(); ++i) {
    const bool goes = std::ranges::find(gone, i) != gone.end();
    if (!goes) {
      order.push_back(i);
      kept.push_back(x[0].size(i));
    }
    if (!goes || keepdims) result.push_back(goes ? 1 : x[0].size(i));
  }
  order.append(gone.begin(), gone.end());
  std::int64_t n = count_over(name, x[0], axes);
  const Tensor wide = is_float(x[0].dtype()) ? x[0] : cast(x[0], Dtype::i64);
  if (n == 0) return Tensor::ones(result, wide.dtype());
  Shape rows = kept;
  rows.push_back(n);
  Tensor y = reshape(permute(wide, order), rows);
  // Halves are multiplied with each other until one entry is left; first what is above a power of two.
  std::int64_t power = 1;
  while (power <= n / 2) power *= 2;
  if (n > power) y = concat({slice(y, -1, {0, n - power}) * slice(y, -1, {power, n}), slice(y, -1, {n - power, power})}, -1);
  while (power > 1) {
    power /= 2;
    y = slice(y, -1, {0, power}) * slice(y, -1, {power, 2 * power});
  }
  return reshape(y, result);
}
std::vector<Case> Prod::cases() {
  return {{make_op(Prod{}), {{{2, 3}}}}, {make_op(Prod{0}), {{{5, 2}}}}, {make_op(Prod{{0, 2}, true}), {{{2, 3, 2}}}}, {make_op(Prod{-1}), {{{2, 0}}}}, {make_op(Prod{}), {{{}}}}};
}

Tensor Any::expand(Inputs x) const {
  checked_axes(name, axes, x[0].rank());
  return sum(x[0] != 0, axes, keepdims) > 0;
}
std::vector<Case> Any::cases() {
  return {{make_op(Any{}), {{{2, 3}, {}, 2}}}, {make_op(Any{0}), {{{2, 5}, {}, 2}}}, {make_op(Any{{0, -1}, true}), {{{2, 3, 2}, {}, 2}}}, {make_op(Any{1}), {{{2, 0}}}}, {make_op(Any{}), {{{}}}}};
}
Tensor All::expand(Inputs x) const {
  checked_axes(name, axes, x[0].rank());
  return sum(x[0] == 0, axes, keepdims) == 0;
}
std::vector<Case> All::cases() {
  return {{make_op(All{}), {{{2, 3}, {}, 2}}}, {make_op(All{0}), {{{2, 5}, {}, 2}}}, {make_op(All{{0, -1}, true}), {{{2, 3, 2}, {}, 2}}}, {make_op(All{1}), {{{2, 0}}}}, {make_op(All{}), {{{}}}}};
}

Spec Argmin::shape(Inputs x) const {
  Shape out = x[0].shape();
  const int at = checked_axis(name, axis, x[0].rank());
  if (keepdims) out[at] = 1;
  else out.erase(static_cast<std::size_t>(at));
  if (x[0].size(at) == 0 && numel(out) > 0) {
    fail<ShapeError>(name, fmt::format("there is nothing to choose from: {} is empty over axes [{}]", to_string(x[0].shape()), at));
  }
  return {out, Dtype::i64};
}
Tensor Argmin::batched(Inputs x, TensorSet, std::int64_t) const { return argmin(x[0], past_examples(axis), keepdims); }
std::vector<Case> Argmin::cases() { return {{make_op(Argmin{}), {{{2, 3}}}}, {make_op(Argmin{0, true}), {{{3, 2}}}}, {make_op(Argmin{1}), {{{0, 2}}}}}; }

Tensor Var::expand(Inputs x) const { return variance(name, x[0], axes, correction, keepdims); }
std::vector<Case> Var::cases() {
  return {{make_op(Var{}), {{{2, 3}}}}, {make_op(Var{0, 0}), {{{3, 2}}}}, {make_op(Var{{0, 2}, 1.5, true}), {{{2, 3, 2}}}}, {make_op(Var{-1}), {{{0, 3}}}}, {make_op(Var{Axes{}, 0}), {{{}}}}};
}
Tensor Std::expand(Inputs x) const { return safe_sqrt(variance(name, x[0], axes, correction, keepdims)); }
std::vector<Case> Std::cases() {
  return {{make_op(Std{}), {{{2, 3}}}}, {make_op(Std{0, 0}), {{{3, 2}}}}, {make_op(Std{{0, 2}, 1.5, true}), {{{2, 3, 2}}}}, {make_op(Std{-1}), {{{0, 3}}}}};
}

Tensor Norm::expand(Inputs in) const {
  const Tensor x = as_float(in[0]);
  const std::int64_t n = count_over(name, x, axes);
  if (std::isnan(p)) fail<ValueError>(name, "p is NaN", "a number, or INFINITY for the largest element");
  if (p == 0) return sum(cast(x != 0, x.dtype()), axes, keepdims);
  if (p == 1) return sum(abs(x), axes, keepdims);
  if (p == 2) return safe_sqrt(sum(square(x), axes, keepdims));
  if (n == 0 && p < 0) fail<ShapeError>(name, fmt::format("p = {} of nothing: {} is empty over these axes", p, to_string(x.shape())));
  if (n == 0) return sum(x, axes, keepdims);
  if (std::isinf(p)) return p > 0 ? max(abs(x), axes, keepdims) : min(abs(x), axes, keepdims);
  return safe_pow(sum(safe_pow(abs(x), p), axes, keepdims), 1 / p);
}
std::vector<Case> Norm::cases() {
  return {{make_op(Norm{}), {{{2, 3}}}},
          {make_op(Norm{1, 0}), {{{3, 2}}}},
          {make_op(Norm{3, {0, 2}, true}), {{{2, 3, 2}, {-2, -0.5}}}},
          {make_op(Norm{INFINITY, 1}), {{{2, 3}}}},
          {make_op(Norm{-INFINITY, 1}), {{{2, 3}, {0.5, 2}}}},
          {make_op(Norm{0, 1}), {{{2, 3}}}},
          {make_op(Norm{0.5, 0}), {{{3}, {2, 4}}}},
          {make_op(Norm{-1, 0}), {{{3}, {2, 4}}}},
          {make_op(Norm{2, -1}), {{{0, 3}}}},
          {make_op(Norm{INFINITY, -1}), {{{2, 0}}}},
          {make_op(Norm{}), {{{}}}}};
}

Tensor Logsumexp::expand(Inputs in) const {
  const Tensor x = as_float(in[0]);
  if (count_over(name, x, axes) == 0) return sum(x, axes, keepdims) - INFINITY;
  const Tensor highest = stop_gradient(max(x, axes, true)), shift = where(isfinite(highest), highest, zero_of(x));
  const Tensor total = sum(exp(x - shift), axes, keepdims), nothing = total == 0;
  const Tensor log_total = where(nothing, Tensor::full({}, -INFINITY, x.dtype()), log(where(nothing, one_of(x), total)));
  return log_total + reshape(shift, total.shape());
}
std::vector<Case> Logsumexp::cases() {
  return {{make_op(Logsumexp{}), {{{2, 3}}}}, {make_op(Logsumexp{0}), {{{3, 2}, {-50, 50}}}}, {make_op(Logsumexp{{0, 2}, true}), {{{2, 3, 2}}}}, {make_op(Logsumexp{-1}), {{{0, 3}}}}, {make_op(Logsumexp{}), {{{}}}}};
}

Tensor Nansum::expand(Inputs x) const {
  checked_axes(name, axes, x[0].rank());
  return sum(where(isnan(x[0]), zero_of(x[0]), x[0]), axes, keepdims);
}
std::vector<Case> Nansum::cases() {
  return {{make_op(Nansum{}), {{{2, 3}}}}, {make_op(Nansum{0}), {{{3, 2}}}}, {make_op(Nansum{{0, 2}, true}), {{{2, 3, 2}}}}, {make_op(Nansum{-1}), {{{2, 0}}}}};
}
Tensor Nanmean::expand(Inputs x) const {
  checked_axes(name, axes, x[0].rank());
  const Tensor value = as_float(x[0]), valid = isnan(value) == 0;
  return sum(where(valid, value, zero_of(value)), axes, keepdims) / cast(sum(valid, axes, keepdims), value.dtype());
}
std::vector<Case> Nanmean::cases() {
  return {{make_op(Nanmean{}), {{{2, 3}}}}, {make_op(Nanmean{0}), {{{3, 2}}}}, {make_op(Nanmean{{0, 2}, true}), {{{2, 3, 2}}}}, {make_op(Nanmean{-1}), {{{0, 2}}}}};
}

GRADUS_STATISTICS_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

using ops::settled;

Tensor prod(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Prod{axes, keepdims}, settled(x)); }
Tensor any(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Any{axes, keepdims}, settled(x)); }
Tensor all(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::All{axes, keepdims}, settled(x)); }
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdims) { return apply(ops::Argmin{axis, keepdims}, x); }
Tensor var(const Tensor& x, const Axes& axes, double correction, bool keepdims) { return apply(ops::Var{axes, correction, keepdims}, settled(x)); }
Tensor std(const Tensor& x, const Axes& axes, double correction, bool keepdims) { return apply(ops::Std{axes, correction, keepdims}, settled(x)); }
Tensor norm(const Tensor& x, double p, const Axes& axes, bool keepdims) { return apply(ops::Norm{p, axes, keepdims}, settled(x)); }
Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Logsumexp{axes, keepdims}, settled(x)); }
Tensor nansum(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Nansum{axes, keepdims}, settled(x)); }
Tensor nanmean(const Tensor& x, const Axes& axes, bool keepdims) { return apply(ops::Nanmean{axes, keepdims}, settled(x)); }

}  // namespace gradus
