#include <cmath>
#include <gradus/optim/clip.hpp>

#include "optim/storage.hpp"

namespace gradus::optim {
namespace {

// The sum of squares in float64. Blocks have a fixed size and are added in order, so threads do not change the result.
double sum_of_squares(const Tensor& x) {
  const std::int64_t n = x.numel(), blocks = (n + grain - 1) / grain;
  std::vector<double> sums(static_cast<std::size_t>(blocks));
  visit(x.dtype(), [&](auto zero) {
    const auto* data = static_cast<const decltype(zero)*>(x.array().data());
    parallel_for(blocks, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t block = first; block < last; ++block) {
        constexpr int lanes = 16;
        double lane[lanes] = {};
        std::int64_t i = block * grain;
        const std::int64_t end = std::min(n, i + grain);
        for (; i + lanes <= end; i += lanes) {
          for (int k = 0; k < lanes; ++k) lane[k] += static_cast<double>(data[i + k]) * static_cast<double>(data[i + k]);
        }
        for (int k = 0; i < end; ++i, ++k) lane[k] += static_cast<double>(data[i]) * static_cast<double>(data[i]);
        for (const double part : lane) sums[static_cast<std::size_t>(block)] += part;
      }
    });
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

Tensor times(const Tensor& x, double factor) {
  Tensor y(Array::make(x.spec()));
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(x.array().data());
    T* to = static_cast<T*>(y.array().data());
    const T by = static_cast<T>(factor);
    parallel_for(x.numel(), grain, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) to[i] = static_cast<T>(from[i] * by);
    });
  });
  return y;
}

}  // namespace

double detail::clip_by_norm(const std::vector<Param*>& grads, double max_norm) {
  if (!(max_norm > 0)) fail<ValueError>("clip_by_norm", "a largest norm of " + std::to_string(max_norm) + " is not possible", "it must be above 0");
  // value_and_grad gives tied parameters one and the same array.
  struct Shared {
    const Array* array;
    Tensor value, scaled;
  };
  std::vector<Shared> distinct;
  std::vector<std::size_t> place;
  for (const Param* p : grads) {
    const Array* array = &p->value().array();
    std::size_t i = 0;
    while (i < distinct.size() && distinct[i].array != array) ++i;
    if (i == distinct.size()) distinct.push_back({array, readable(p->value()), {}});
    place.push_back(i);
  }
  double total = 0;
  for (const Shared& grad : distinct) total += sum_of_squares(grad.value);
  const double norm = std::sqrt(total), factor = max_norm / (norm + 1e-6);
  if (!std::isfinite(norm) || factor >= 1) return norm;
  for (Shared& grad : distinct) grad.scaled = times(grad.value, factor);
  for (std::size_t i = 0; i < grads.size(); ++i) grads[i]->set(distinct[place[i]].scaled);
  return norm;
}

}  // namespace gradus::optim
