#include <algorithm>
#include <cmath>
#include <gradus/data/dataset.hpp>
#include <gradus/ops.hpp>
#include <numeric>

#include "memory.hpp"

namespace gradus::data {

Tensor gather_rows(const Tensor& any, std::span<const std::int64_t> chosen) {
  const Tensor x = contiguous(any);
  Shape shape = x.shape();
  const std::int64_t held = shape[0];
  shape[0] = static_cast<std::int64_t>(chosen.size());
  Ref<Array> out = Array::make({shape, x.dtype()});
  const std::size_t row = held ? static_cast<std::size_t>(x.numel() / held) * size_of(x.dtype()) : 0;
  const auto* from = static_cast<const std::byte*>(x.array().data());
  auto* to = static_cast<std::byte*>(out->data());
  constexpr std::size_t part = 1 << 18;  // bytes: below that, waking another thread costs more than copying
  parallel_for(shape[0], static_cast<std::int64_t>(part / std::max<std::size_t>(row, 1) + 1),
               [&](std::int64_t first, std::int64_t last) {
                 for (std::int64_t i = first; i < last; ++i) {
                   const auto source = static_cast<std::size_t>(chosen[static_cast<std::size_t>(i)]);
                   std::memcpy(to + static_cast<std::size_t>(i) * row, from + source * row, row);
                 }
               });
  return Tensor(std::move(out));
}

std::vector<std::int64_t> shuffled(std::int64_t n, Random random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

std::int64_t Dataset::outputs() const {
  if (is_classification()) return static_cast<std::int64_t>(classes.size());
  return y.defined() && y.rank() > 1 ? y.size(1) : 1;
}

Dataset flat(Dataset dataset) {
  const std::int64_t n = dataset.size();
  if (n > 0 && dataset.x.rank() != 2) dataset.x = reshape(dataset.x, {n, dataset.x.numel() / n});
  return dataset;
}

Dataset rows(const Dataset& dataset, std::span<const std::int64_t> chosen) {
  for (const std::int64_t row : chosen) {
    if (row < 0 || row >= dataset.size()) {
      fail<ValueError>("data", "row " + std::to_string(row) + " was asked for; " + dataset.name + " has rows 0.." +
                                   std::to_string(dataset.size() - 1));
    }
  }
  Dataset out = dataset;
  out.x = gather_rows(dataset.x, chosen);
  if (dataset.y.defined()) out.y = gather_rows(dataset.y, chosen);
  return out;
}

HeldOut validation(const Dataset& dataset, double fraction, std::uint64_t seed) {
  const std::int64_t n = dataset.size();
  if (!(fraction > 0 && fraction < 1)) {
    fail<ValueError>("validation", "a fraction of " + std::to_string(fraction) + " cannot be held out",
                     "it lies between 0 and 1, such as 0.1");
  }
  if (n < 2) fail<ValueError>("validation", "nothing can be held out of " + std::to_string(n) + " rows of " + dataset.name);
  const std::int64_t held = std::clamp<std::int64_t>(std::llround(fraction * static_cast<double>(n)), 1, n - 1);
  std::vector<std::int64_t> order = shuffled(n, random(seed, Stream::held_out, 0));
  const auto border = order.begin() + held;
  std::sort(order.begin(), border);
  std::sort(border, order.end());
  const std::span<const std::int64_t> all(order);
  return {rows(dataset, all.subspan(static_cast<std::size_t>(held))), rows(dataset, all.first(static_cast<std::size_t>(held)))};
}

std::string fingerprint(const Dataset& dataset) {
  std::uint64_t hash = 0;
  std::string text;
  for (const Tensor* part : {&dataset.x, &dataset.y}) {
    if (!part->defined()) continue;
    const Tensor whole = contiguous(*part);
    const auto* bytes = static_cast<const std::byte*>(static_cast<const Array&>(whole.array()).data());
    const std::size_t size = static_cast<std::size_t>(whole.numel()) * size_of(whole.dtype());
    for (std::size_t at = 0; at < size; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + at, std::min<std::size_t>(8, size - at));
      hash = (hash ^ word) * 0x9E3779B97F4A7C15;  // both steps can be undone, so a word that differs is never lost
      hash ^= hash >> 29;
    }
    text += std::string(name(whole.dtype())) + to_string(whole.shape()) + " ";
  }
  constexpr char digits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[hash >> shift & 15];
  return text;
}

Dataset as_numbers(Dataset dataset) {
  if (!dataset.is_classification()) return dataset;
  const auto from = dataset.y.values<std::int64_t>();
  dataset.y = filled<float>({dataset.size(), 1}, [&](float* to, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[static_cast<std::size_t>(i)]);
  });
  dataset.classes.clear();
  dataset.targets = {"class"};
  return dataset;
}

}  // namespace gradus::data
