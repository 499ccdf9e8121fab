#include "backend/cpu/tile.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backend/cpu/map_kernels.hpp"

namespace gradus::cpu {

Walk::Walk(Dims shape, Dims steps) {
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    if (!sizes.empty() && strides.back() == steps[i] * shape[i]) {  // also for 0 and 0: a repeated block
      sizes.back() *= shape[i];
      strides.back() = steps[i];
    } else {
      sizes.push_back(shape[i]);
      strides.push_back(steps[i]);
    }
  }
}

Walk Walk::broadcast(const Array& a, Dims shape) {
  Shape steps(shape.size());
  const std::size_t lead = shape.size() - a.shape().size();
  for (std::size_t i = lead; i < shape.size(); ++i) steps[i] = a.shape()[i - lead] == shape[i] ? a.strides()[i - lead] : 0;
  return Walk(shape, steps);
}

namespace {

// The axes of an array from the widest step to the narrowest, those of one element first.
Shape memory_order(const Array& y) {
  Shape order;
  for (std::size_t i = 0; i < y.shape().size(); ++i) order.push_back(static_cast<std::int64_t>(i));
  const auto step = [&](std::int64_t i) { return y.shape()[static_cast<std::size_t>(i)] == 1 ? INT64_MAX : y.strides()[static_cast<std::size_t>(i)]; };
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return step(a) > step(b); });
  return order;
}

}  // namespace

Walk Walk::in_order_of(const Array& a, const Array& y) {
  const std::size_t lead = y.shape().size() - a.shape().size();
  Shape sizes, steps;
  for (const std::int64_t axis : memory_order(y)) {
    const auto i = static_cast<std::size_t>(axis);
    sizes.push_back(y.shape()[i]);
    steps.push_back(i < lead || a.shape()[i - lead] != y.shape()[i] ? 0 : a.strides()[i - lead]);
  }
  return Walk(sizes, steps);
}

std::vector<std::int64_t> offsets(const Walk& walk) {
  std::vector<std::int64_t> out{0};
  for (std::size_t i = 0; i < walk.sizes.size(); ++i) {
    std::vector<std::int64_t> next;
    for (const std::int64_t base : out) {
      for (std::int64_t j = 0; j < walk.sizes[i]; ++j) next.push_back(base + j * walk.strides[i]);
    }
    out = std::move(next);
  }
  return out;
}

namespace {

// Calls run(offset, stride, count) for the stretches along the last axis that make up first .. first + count.
template <class F>
void each_run(const Walk& walk, std::int64_t first, std::int64_t count, F&& run) {
  if (count == 0) return;
  if (walk.sizes.empty()) return run(std::int64_t{0}, std::int64_t{0}, count);
  const std::size_t last = walk.sizes.size() - 1;
  SmallVec<std::int64_t, 5> at(walk.sizes.size());
  std::int64_t offset = 0;
  for (std::size_t i = walk.sizes.size(); i-- > 0;) {
    at[i] = first % walk.sizes[i];
    first /= walk.sizes[i];
    offset += at[i] * walk.strides[i];
  }
  while (count > 0) {
    const std::int64_t n = std::min(count, walk.sizes[last] - at[last]);
    run(offset, walk.strides[last], n);
    count -= n;
    at[last] += n;
    offset += n * walk.strides[last];
    for (std::size_t i = last; at[i] == walk.sizes[i] && i > 0; --i) {
      offset += walk.strides[i - 1] - walk.sizes[i] * walk.strides[i];
      at[i] = 0;
      ++at[i - 1];
    }
  }
}

// Both directions: element by element between a strided and a contiguous run.
template <bool to_tile, class Strided, class Packed>
void copy_runs(Strided* base, const Walk& walk, std::int64_t first, std::int64_t count, Packed* packed) {
  each_run(walk, first, count, [&](std::int64_t offset, std::int64_t stride, std::int64_t n) {
    Strided* strided = base + offset;
    if constexpr (std::is_same_v<std::remove_const_t<Strided>, std::remove_const_t<Packed>>) {
      if (stride == 1) {
        if constexpr (to_tile) std::memcpy(packed, strided, static_cast<std::size_t>(n) * sizeof(Packed));
        else std::memcpy(strided, packed, static_cast<std::size_t>(n) * sizeof(Packed));
        packed += n;
        return;
      }
    }
    if constexpr (to_tile && std::is_same_v<std::remove_const_t<Strided>, bool>) {
      if (stride == 1 && std::is_same_v<Packed, float>) {
        map_table().truths(reinterpret_cast<const std::uint8_t*>(strided), reinterpret_cast<float*>(packed), n);
        packed += n;
        return;
      }
      if (stride == 1 && sizeof(Packed) >= 4) {  // masks, as bytes: a loop that compilers turn into vectors
        const auto* bytes = reinterpret_cast<const unsigned char*>(strided);
        for (std::int64_t i = 0; i < n; ++i) packed[i] = convert<Packed>(static_cast<std::int32_t>(bytes[i]));
        packed += n;
        return;
      }
    }
    if constexpr (to_tile) {
      if (stride == 0) {
        std::fill_n(packed, n, convert<Packed>(*strided));
        packed += n;
        return;
      }
    }
    for (std::int64_t i = 0; i < n; ++i) {
      if constexpr (to_tile) packed[i] = convert<Packed>(strided[i * stride]);
      else strided[i * stride] = convert<Strided>(packed[i]);
    }
    packed += n;
  });
}

}  // namespace

void load(const Array& from, const Walk& walk, std::int64_t first, std::int64_t count, Dtype dtype, void* to) {
  visit(from.dtype(), [&](auto a) {
    const auto run = [&](auto b) { copy_runs<true>(static_cast<const decltype(a)*>(from.data()), walk, first, count, static_cast<decltype(b)*>(to)); };
    if (from.dtype() == dtype) run(a);
    else visit_wide(dtype, run);
  });
}

void store(Array& to, const Walk& walk, std::int64_t first, std::int64_t count, Dtype dtype, const void* from) {
  visit(to.dtype(), [&](auto a) {
    const auto run = [&](auto b) { copy_runs<false>(static_cast<decltype(a)*>(to.data()), walk, first, count, static_cast<const decltype(b)*>(from)); };
    if (to.dtype() == dtype) run(a);
    else visit_wide(dtype, run);
  });
}

Reader::Reader(const Array& a, const Walk& walk, Dtype dtype) : array_(a), walk_(walk), dtype_(dtype), direct_(walk.contiguous() && a.dtype() == dtype) {
  if (walk.sizes.empty()) direct_ = false;  // a number may be the last of its memory
  if (walk.sizes.empty() || walk.strides[0] != 0) return;
  const std::int64_t all = numel(Dims(walk.sizes));
  if (all < 4 * tile_size) return;  // shorter walks are not worth it; and it may be none at all
  const std::int64_t period = all / walk.sizes[0];
  if ((period + tile_size + slack / 4) * static_cast<std::int64_t>(size_of(dtype)) <= static_cast<std::int64_t>(sizeof(Scratch))) period_ = period;
}

void Reader::lay_out(void* room) const { load(array_, walk_, 0, period_ + tile_size, dtype_, room); }

const void* Reader::tile(std::int64_t first, std::int64_t count, void* scratch) const {
  const auto width = static_cast<std::int64_t>(size_of(dtype_));
  if (direct_) {
    const auto* at = static_cast<const std::byte*>(array_.data()) + first * width;
    // Vectors read past the end: fine in our buffers, not in memory of others.
    const std::byte* limit = array_.buffer()->data() + array_.buffer()->bytes();
    if (array_.buffer()->padded() || at + count * width + 64 <= limit) return at;
  }
  load(array_, walk_, first, count, dtype_, scratch);
  return scratch;
}

}  // namespace gradus::cpu
