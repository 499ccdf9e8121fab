// What the two halves of Winograd's algorithm share: winograd.cpp for the output and the gradient of the input, winograd_weights.cpp
// for that of the weights.
#pragma once
#include <gradus/base/threads.hpp>

#include <algorithm>

#include "backend/cpu/conv.hpp"
#include "backend/cpu/image.hpp"
#include "backend/cpu/winograd_kernels.hpp"

namespace gradus::cpu::winograd {

using Index = std::int64_t;
inline constexpr Index points = winograd_points, depth_block = 128;  // a panel of so many rows stays in the first cache
inline constexpr Index gap = 16;  // elements between the points of a tile: at powers of two they would share a few places of the cache

inline Index parts_of(Index n, Index size) { return (n + size - 1) / size; }
inline Index rounded(Index n, Index size) { return parts_of(n, size) * size; }

// Channels as columns of panels, of the widest width but the last.
struct Columns {
  Index lanes = winograd_kernels().lanes, widest = winograd_kernels().width, size, all;
  explicit Columns(Index channels) : size(channels), all(rounded(channels, lanes)) {}
  Index first(Index column) const { return column / widest * widest; }
  Index width(Index column) const { return std::min(widest, all - first(column)); }
  // Where a column of row k of a matrix of `depth` rows is.
  Index at(Index column, Index k, Index depth) const { return first(column) * depth + k * width(column) + column - first(column); }
};

struct Image {
  float* data;  // channels last
  Index images, height, width, channels;
  Image(const Array& a, const float* at) : data(const_cast<float*>(at)), images(a.shape()[0]), height(a.shape()[2]), width(a.shape()[3]), channels(a.shape()[1]) {}

  // Where `size` x `size` places from (top, left) on begin, or `outside`.
  template <class P>
  void places(Index image, Index top, Index left, Index size, P* outside, P** at) const {
    for (Index i = top; i < top + size; ++i) {
      for (Index j = left; j < left + size; ++j) *at++ = i < 0 || j < 0 || i >= height || j >= width ? outside : data + ((image * height + i) * width + j) * channels;
    }
  }
};

struct Tiles {
  Index down, across, count;
  explicit Tiles(const Array& y) : down(parts_of(y.shape()[2], 4)), across(parts_of(y.shape()[3], 4)), count(y.shape()[0] * down * across) {}
  Index image(Index tile) const { return tile / (down * across); }
  Index top(Index tile) const { return tile / across % down * 4; }
  Index left(Index tile) const { return tile % across * 4; }
};

struct Zeros : Work<float> {
  explicit Zeros(Index n) : Work(n) { std::fill_n(data(), n + slack, 0.f); }
};

// Multiplications of the products, and as many as the transforms cost: of a channel of a tile, and of the weights of two channels.
inline Index work_of(const Tiles& tiles, Index in, Index out) { return tiles.count * (points * in * out + 370 * (in + out)) + 250 * in * out; }
inline int team_of(const Tiles& tiles, Index in, Index out) { return work_of(tiles, in, out) < Index{1} << 21 ? 1 : threads(); }

// parallel_for with that team.
template <class F>
void share(int team, Index n, Index grain, const F& f) {
  if (team == 1) f(Index{0}, n);
  else parallel_for(n, grain, f);
}

// c (+)= a b for one panel of b.
inline void multiply(Index rows, Index depth, Index width, const float* a, Index a_row, Index a_step, const float* b, float* c, Index c_row, bool add) {
  for (Index k = 0; k < depth; k += depth_block) winograd_kernels().multiply(rows, std::min(depth_block, depth - k), width, a + k * a_step, a_row, a_step, b + k * width, c, c_row, add || k > 0);
}

// dw [O, I, 3, 3] of c, whose x and y lie as these images.
void weight_gradient(const Convolution& c, const Image& x, const Image& dy, const Tiles& tiles, float* dw);

}  // namespace gradus::cpu::winograd
