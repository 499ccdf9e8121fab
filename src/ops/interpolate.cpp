#include <fmt/format.h>
#include <gradus/ops.hpp>

#include <algorithm>
#include <vector>

#include "inputs.hpp"
#include "window.hpp"

namespace gradus::ops {

Tensor Interpolate::expand(Inputs in) const {
  check_rank(name, in[0].shape(), size.size(), "the size");
  const Shape to = per_axis(name, "size", size, size.size(), 1, 1), from = pooled_sizes(in[0].shape(), size.size());
  const bool linear = mode == "linear", exact = mode == "nearest-exact";
  if (!linear && !exact && mode != "nearest") fail<ValueError>(name, "unknown mode \"" + mode + "\"", "nearest, nearest-exact or linear");
  if (align_corners && !linear) fail<ValueError>(name, "align_corners goes with mode \"linear\" only");
  Tensor x = linear ? as_float(in[0]) : in[0];
  for (std::size_t i = 0; i < to.size(); ++i) {
    const std::int64_t axis = x.rank() - static_cast<std::int64_t>(to.size() - i), n = from[i];
    if (n == 0) fail<ShapeError>(name, fmt::format("x {} is empty along an axis that is resized", to_string(in[0].shape())));
    if (n == to[i]) continue;
    std::vector<std::int64_t> below, above;
    std::vector<double> share;  // of the entry above
    below.reserve(static_cast<std::size_t>(to[i]));
    for (std::int64_t k = 0; k < to[i]; ++k) {
      if (!linear) {
        below.push_back(std::min(exact ? (2 * k + 1) * n / (2 * to[i]) : k * n / to[i], n - 1));
        continue;
      }
      const double middle = (static_cast<double>(k) + 0.5) * static_cast<double>(n) / static_cast<double>(to[i]) - 0.5;
      const double at = !align_corners ? std::max(middle, 0.0) : to[i] == 1 ? 0 : static_cast<double>(k) * static_cast<double>(n - 1) / static_cast<double>(to[i] - 1);
      below.push_back(std::min(static_cast<std::int64_t>(at), n - 1));
      above.push_back(std::min(below.back() + 1, n - 1));
      share.push_back(at - static_cast<double>(below.back()));
    }
    const auto entries = [&](const std::vector<std::int64_t>& places) { return index_select(x, Tensor::from(places, {to[i]}), axis); };
    if (linear) {
      const Tensor weight = along(share, i, to.size(), x.dtype()), low = entries(below);
      x = low * (1 - weight) + entries(above) * weight;
    } else {
      x = entries(below);
    }
  }
  return x;
}
std::vector<Case> Interpolate::cases() {
  const auto op = [](Interpolate p) { return make_op(p); };
  return {{op({.size = {5}}), {{{2, 3}}}},
          {op({.size = {2, 3}, .mode = "nearest-exact"}), {{{1, 3, 2}}}},
          {op({.size = {4, 2}, .mode = "linear"}), {{{2, 3, 3}}}},
          {op({.size = {5, 1}, .mode = "linear", .align_corners = true}), {{{2, 3, 3}}}},
          {op({.size = {2, 3, 2}, .mode = "linear"}), {{{1, 1, 2, 3}}}},
          {op({.size = {2}}), {{{0, 3}}}}};
}

}  // namespace gradus::ops
