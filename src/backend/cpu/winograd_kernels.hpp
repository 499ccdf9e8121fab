// Inner loops of winograd.cpp, compiled once for each instruction set: F(4x4, 3x3) after Lavin and Gray ("Fast algorithms for
// convolutional neural networks", 2015). A tile is 6x6 entries of x, or 4x4 of y, for all channels, which are next to each other; both
// have 36 points on the other side of the transform. Whole vectors are read and written there, beyond the last channel too.
#pragma once
#include <cstdint>

namespace gradus::cpu {

inline constexpr int winograd_points = 36;

struct WinogradKernels {
  std::int64_t lanes, width;  // of a vector, and of the widest panel of b: whole vectors
  // One tile to its points, the point p at to + p * step. Pointers that are outside of the image point at zeros.
  void (*input)(const float* const* x, std::int64_t channels, float* to, std::int64_t step);
  void (*slope)(const float* const* dy, std::int64_t channel, float* to, std::int64_t step);  // one vector of channels, from this one on
  // Points to a tile, plus a bias. Pointers that are outside point at room for the channels.
  void (*output)(const float* from, std::int64_t step, const float* bias, std::int64_t channels, float* const* y);
  // 3x3 weights of `count` channels, `apart` from each other, to one vector for each point; flipped: turned by half a circle. And the way
  // back, which is that of gradients.
  void (*weights)(const float* w, std::int64_t apart, std::int64_t count, bool flipped, float* to, std::int64_t step);
  void (*weight_slopes)(const float* from, std::int64_t step, float* w, std::int64_t apart, std::int64_t count);
  // c [rows, width] (+)= a [rows, depth] times b [depth, width], where `width` is whole vectors of one panel: over the depth in order.
  void (*multiply)(std::int64_t rows, std::int64_t depth, std::int64_t width, const float* a, std::int64_t a_row, std::int64_t a_step, const float* b, float* c, std::int64_t c_row, bool add);
};

const WinogradKernels& winograd_kernels();

}  // namespace gradus::cpu
