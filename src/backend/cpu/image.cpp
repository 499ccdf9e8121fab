#include "backend/cpu/image.hpp"

#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cstdlib>

namespace gradus::cpu {

Shape strides_of(Layout layout, Dims shape) {
  if (layout == Layout::rows || shape.size() < 3) return contiguous_strides(shape);
  Shape strides(shape.size());
  std::int64_t step = shape[1];
  strides[1] = 1;
  for (std::size_t i = shape.size(); i-- > 2; step *= shape[i]) strides[i] = step;
  strides[0] = step;
  return strides;
}

bool lies(const Array& a, Layout layout) {
  if (layout == Layout::rows) return a.contiguous();
  const Shape wanted = strides_of(layout, a.shape());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (a.shape()[i] != 1 && a.strides()[i] != wanted[i]) return false;
  }
  return true;
}

namespace {

struct Axis {
  std::int64_t size, from, to;
};

constexpr std::int64_t tile = 16;  // of a tile that is turned: 16 lines of 64 bytes on either side

template <class T>
void copy_plane(Axis slow, Axis fast, const T* from, T* to) {
  if (std::abs(fast.from) <= std::abs(slow.from)) {
    for (std::int64_t i = 0; i < slow.size; ++i) {
      const T* a = from + i * slow.from;
      T* b = to + i * slow.to;
      if (fast.from == 1 && fast.to == 1) std::copy_n(a, fast.size, b);
      else for (std::int64_t j = 0; j < fast.size; ++j) b[j * fast.to] = a[j * fast.from];
    }
    return;
  }
  for (std::int64_t i0 = 0; i0 < slow.size; i0 += tile) {
    for (std::int64_t j0 = 0; j0 < fast.size; j0 += tile) {
      const std::int64_t i1 = std::min(i0 + tile, slow.size), j1 = std::min(j0 + tile, fast.size);
      for (std::int64_t i = i0; i < i1; ++i) {
        for (std::int64_t j = j0; j < j1; ++j) to[i * slow.to + j * fast.to] = from[i * slow.from + j * fast.from];
      }
    }
  }
}

}  // namespace

template <class T>
void copy_strided(Dims shape, const T* from, Dims from_strides, T* to, Dims to_strides) {
  SmallVec<Axis, 6> axes;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return;
    if (shape[i] != 1) axes.push_back({shape[i], from_strides[i], to_strides[i]});
  }
  std::sort(axes.begin(), axes.end(), [](const Axis& a, const Axis& b) { return std::abs(a.to) > std::abs(b.to); });
  for (std::size_t i = axes.size(); i-- > 1;) {  // two that are one in both
    if (axes[i - 1].from == axes[i].from * axes[i].size && axes[i - 1].to == axes[i].to * axes[i].size) {
      axes[i - 1] = {axes[i - 1].size * axes[i].size, axes[i].from, axes[i].to};
      axes.erase(i);
    }
  }
  while (axes.size() < 2) axes.insert(0, {1, 0, 0});
  // The axis written fastest, and the one read fastest of the others, make planes.
  const Axis fast = axes.back();
  axes.pop_back();
  const auto slow_at = static_cast<std::size_t>(std::min_element(axes.begin(), axes.end(), [](const Axis& a, const Axis& b) { return std::abs(a.from) < std::abs(b.from); }) - axes.begin());
  const bool turned = std::abs(axes[slow_at].from) < std::abs(fast.from);
  const Axis slow = turned ? axes[slow_at] : axes.back();
  if (turned) axes.erase(slow_at);
  else axes.pop_back();
  // Planes, and the slow axis in stretches, so that there is something for every thread.
  std::int64_t planes = 1;
  for (const Axis& a : axes) planes *= a.size;
  const std::int64_t stretch = std::clamp<std::int64_t>((std::int64_t{1} << 14) / fast.size / tile * tile, tile, std::max(tile, slow.size)), parts = (slow.size + stretch - 1) / stretch;
  parallel_for(planes * parts, Cost(stretch * fast.size), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const std::int64_t first = k % parts * stretch;
      const T* a = from + first * slow.from;
      T* b = to + first * slow.to;
      std::int64_t rest = k / parts;
      for (std::size_t d = axes.size(); d-- > 0;) {
        a += rest % axes[d].size * axes[d].from;
        b += rest % axes[d].size * axes[d].to;
        rest /= axes[d].size;
      }
      copy_plane(Axis{std::min(stretch, slow.size - first), slow.from, slow.to}, fast, a, b);
    }
  });
}

template void copy_strided(Dims, const float*, Dims, float*, Dims);
template void copy_strided(Dims, const double*, Dims, double*, Dims);

}  // namespace gradus::cpu
