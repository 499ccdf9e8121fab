#include <cmath>
#include <gradus/data/transform.hpp>
#include <gradus/ops.hpp>

#include "memory.hpp"

namespace gradus::data {

Transform input_noise(double deviation) {
  if (!(deviation >= 0) || !std::isfinite(deviation)) {
    fail<ValueError>("input_noise", "a deviation of " + std::to_string(deviation) + " was asked for; 0 or more is needed");
  }
  return [deviation](Batch batch, const BatchInfo& info) {
    if (deviation == 0) return batch;
    const Tensor x = contiguous(cast(batch.x, Dtype::f32));
    const std::int64_t n = x.size(0), each = n ? x.numel() / n : 0;
    const float* from = x.values<float>().data();
    batch.x = filled<float>(x.shape(), [&](float* to, std::int64_t) {
      constexpr std::int64_t part = 1 << 12;  // numbers: drawing them is slow, so even small batches are worth spreading
      parallel_for(n, part / std::max<std::int64_t>(each, 1) + 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
          // The row's own place in the data set makes its numbers, whatever batch it is in.
          const auto row = static_cast<std::uint64_t>(info.rows[static_cast<std::size_t>(i)]);
          Random normal = random(info.seed, Stream::noise, static_cast<std::uint64_t>(info.epoch) << 36 | row);
          for (std::int64_t k = i * each; k < (i + 1) * each; ++k)
            to[k] = from[k] + static_cast<float>(deviation * normal.normal());
        }
      });
    });
    return batch;
  };
}

Transform map(std::function<Tensor(const Tensor&)> f) {
  return [f = std::move(f)](Batch batch, const BatchInfo&) {
    batch.x = f(batch.x);
    return batch;
  };
}

}  // namespace gradus::data
