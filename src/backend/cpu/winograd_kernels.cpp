#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/winograd_kernels.hpp"

#include <gradus/lang.hpp>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/winograd_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {

using Index = std::int64_t;
using V = Pack<float>;

// The polynomials are interpolated at 0, +-a, +-b and infinity. 5/8 and 3/2 lose half as many bits as the usual 1 and 2: 7e-7 of the
// norm instead of 1.7e-6, and their powers are exact.
constexpr float a = 0.625f, b = 1.5f, a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b;
constexpr float of_zero = 1 / (a2 * b2), of_a = 1 / (2 * a2 * (a2 - b2)), of_b = 1 / (2 * b2 * (b2 - a2));

// The transforms along one axis: entries of an image to points, and so on. The five matrices are two and their transposes.
struct Input {
  static constexpr int from = 6, to = 6;
  static HWY_ATTR HWY_INLINE void run(const V* x, V* y) {
    const V even_a = fma(V(-b2), x[2], x[4]), odd_a = V(a) * fma(V(-b2), x[1], x[3]);
    const V even_b = fma(V(-a2), x[2], x[4]), odd_b = V(b) * fma(V(-a2), x[1], x[3]);
    y[0] = fma(V(a2 * b2), x[0], fma(V(-(a2 + b2)), x[2], x[4]));
    y[1] = even_a + odd_a;
    y[2] = even_a - odd_a;
    y[3] = even_b + odd_b;
    y[4] = even_b - odd_b;
    y[5] = fma(V(a2 * b2), x[1], fma(V(-(a2 + b2)), x[3], x[5]));
  }
};

struct Output {
  static constexpr int from = 6, to = 4;
  static HWY_ATTR HWY_INLINE void run(const V* x, V* y) {
    const V sum_a = x[1] + x[2], less_a = x[1] - x[2], sum_b = x[3] + x[4], less_b = x[3] - x[4];
    y[0] = x[0] + (sum_a + sum_b);
    y[1] = fma(V(a), less_a, V(b) * less_b);
    y[2] = fma(V(a2), sum_a, V(b2) * sum_b);
    y[3] = fma(V(a3), less_a, fma(V(b3), less_b, x[5]));
  }
};

struct Slope {  // the transpose of Output
  static constexpr int from = 4, to = 6;
  static HWY_ATTR HWY_INLINE void run(const V* x, V* y) {
    const V even_a = fma(V(a2), x[2], x[0]), odd_a = fma(V(a3), x[3], V(a) * x[1]);
    const V even_b = fma(V(b2), x[2], x[0]), odd_b = fma(V(b3), x[3], V(b) * x[1]);
    y[0] = x[0];
    y[1] = even_a + odd_a;
    y[2] = even_a - odd_a;
    y[3] = even_b + odd_b;
    y[4] = even_b - odd_b;
    y[5] = x[3];
  }
};

struct Weights {
  static constexpr int from = 3, to = 6;
  static HWY_ATTR HWY_INLINE void run(const V* x, V* y) {
    const V even_a = V(of_a) * fma(V(a2), x[2], x[0]), odd_a = V(of_a * a) * x[1];
    const V even_b = V(of_b) * fma(V(b2), x[2], x[0]), odd_b = V(of_b * b) * x[1];
    y[0] = V(of_zero) * x[0];
    y[1] = even_a + odd_a;
    y[2] = even_a - odd_a;
    y[3] = even_b + odd_b;
    y[4] = even_b - odd_b;
    y[5] = x[2];
  }
};

struct WeightSlopes {  // the transpose of Weights
  static constexpr int from = 6, to = 3;
  static HWY_ATTR HWY_INLINE void run(const V* x, V* y) {
    const V sum_a = V(of_a) * (x[1] + x[2]), less_a = V(of_a) * (x[1] - x[2]), sum_b = V(of_b) * (x[3] + x[4]), less_b = V(of_b) * (x[3] - x[4]);
    y[0] = fma(V(of_zero), x[0], sum_a + sum_b);
    y[1] = fma(V(a), less_a, V(b) * less_b);
    y[2] = fma(V(a2), sum_a, fma(V(b2), sum_b, x[5]));
  }
};

// Both axes: get(i, j) gives an entry, put(i, j, value) takes one.
template <class Line, class Get, class Put>
HWY_ATTR HWY_INLINE void both(const Get& get, const Put& put) {
  V half[Line::to][Line::from];
#pragma GCC unroll 6
  for (int j = 0; j < Line::from; ++j) {
    V x[Line::from], y[Line::to];
#pragma GCC unroll 6
    for (int i = 0; i < Line::from; ++i) x[i] = get(i, j);
    Line::run(x, y);
#pragma GCC unroll 6
    for (int i = 0; i < Line::to; ++i) half[i][j] = y[i];
  }
#pragma GCC unroll 6
  for (int i = 0; i < Line::to; ++i) {
    V y[Line::to];
    Line::run(half[i], y);
#pragma GCC unroll 6
    for (int j = 0; j < Line::to; ++j) put(i, j, y[j]);
  }
}

HWY_ATTR void input(const float* const* x, Index channels, float* to, Index step) {
  for (Index c = 0; c < channels; c += V::lanes) {
    both<Input>([&](int i, int j) HWY_ATTR { return V::load(x[i * 6 + j] + c); }, [&](int i, int j, V v) HWY_ATTR { v.store(to + (i * 6 + j) * step + c); });
  }
}

HWY_ATTR void slope(const float* const* dy, Index channel, float* to, Index step) {
  both<Slope>([&](int i, int j) HWY_ATTR { return V::load(dy[i * 4 + j] + channel); }, [&](int i, int j, V v) HWY_ATTR { v.store(to + (i * 6 + j) * step); });
}

HWY_ATTR void output(const float* from, Index step, const float* bias, Index channels, float* const* y) {
  for (Index c = 0; c < channels; c += V::lanes) {
    const V more = V::load(bias + c);
    const auto get = [&](int i, int j) HWY_ATTR { return V::load(from + (i * 6 + j) * step + c); };
    if (c + V::lanes <= channels) {
      both<Output>(get, [&](int i, int j, V v) HWY_ATTR { (v + more).store(y[i * 4 + j] + c); });
    } else {
      both<Output>(get, [&](int i, int j, V v) HWY_ATTR {
        alignas(64) float all[V::lanes];
        (v + more).store(all);
        std::copy_n(all, channels - c, y[i * 4 + j] + c);
      });
    }
  }
}

HWY_ATTR void weights(const float* w, Index apart, Index count, bool flipped, float* to, Index step) {
  alignas(64) float turned[9][V::lanes] = {};
  for (Index l = 0; l < count; ++l) {
    for (int k = 0; k < 9; ++k) turned[k][l] = w[l * apart + (flipped ? 8 - k : k)];
  }
  both<Weights>([&](int i, int j) HWY_ATTR { return V::load(turned[i * 3 + j]); }, [&](int i, int j, V v) HWY_ATTR { v.store(to + (i * 6 + j) * step); });
}

HWY_ATTR void weight_slopes(const float* from, Index step, float* w, Index apart, Index count) {
  alignas(64) float turned[9][V::lanes];
  both<WeightSlopes>([&](int i, int j) HWY_ATTR { return V::load(from + (i * 6 + j) * step); }, [&](int i, int j, V v) HWY_ATTR { v.store(turned[i * 3 + j]); });
  for (Index l = 0; l < count; ++l) {
    for (int k = 0; k < 9; ++k) w[l * apart + k] = turned[k][l];
  }
}

constexpr int tile_rows = 6, registers = HWY_TARGET == HWY_AVX2 || V::lanes == 1 ? 2 : 4;  // rows, and vectors of a row, that stay in registers

template <int rows, int vectors>
HWY_ATTR HWY_INLINE void tile(Index depth, const float* x, Index x_row, Index x_step, const float* y, float* c, Index c_row, bool add) {
  V sum[rows][vectors];
  for (Index k = 0; k < depth; ++k) {
    V right[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) right[j] = V::load(y + k * vectors * V::lanes + j * V::lanes);
#pragma GCC unroll 6
    for (int i = 0; i < rows; ++i) {
      const V left(x[i * x_row + k * x_step]);
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) sum[i][j] = fma(left, right[j], sum[i][j]);
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) {
      float* to = c + i * c_row + j * V::lanes;
      (add ? V::load(to) + sum[i][j] : sum[i][j]).store(to);
    }
  }
}

template <int vectors>
HWY_ATTR void panel(Index rows, Index depth, const float* x, Index x_row, Index x_step, const float* y, float* c, Index c_row, bool add) {
  Index i = 0;
  for (; i + tile_rows <= rows; i += tile_rows) tile<tile_rows, vectors>(depth, x + i * x_row, x_row, x_step, y, c + i * c_row, c_row, add);
  x += i * x_row;
  c += i * c_row;
  switch (rows - i) {
    case 5: return tile<5, vectors>(depth, x, x_row, x_step, y, c, c_row, add);
    case 4: return tile<4, vectors>(depth, x, x_row, x_step, y, c, c_row, add);
    case 3: return tile<3, vectors>(depth, x, x_row, x_step, y, c, c_row, add);
    case 2: return tile<2, vectors>(depth, x, x_row, x_step, y, c, c_row, add);
    case 1: return tile<1, vectors>(depth, x, x_row, x_step, y, c, c_row, add);
    default: return;
  }
}

HWY_ATTR void multiply(Index rows, Index depth, Index width, const float* x, Index x_row, Index x_step, const float* y, float* c, Index c_row, bool add) {
  switch (width / V::lanes) {
    case 1: return panel<1>(rows, depth, x, x_row, x_step, y, c, c_row, add);
    case 2: return panel<2>(rows, depth, x, x_row, x_step, y, c, c_row, add);
    case 3: return panel<registers == 2 ? 1 : 3>(rows, depth, x, x_row, x_step, y, c, c_row, add);
    default: return panel<registers>(rows, depth, x, x_row, x_step, y, c, c_row, add);
  }
}

constexpr cpu::WinogradKernels kernels{V::lanes, registers * V::lanes, &input, &slope, &output, &weights, &weight_slopes, &multiply};

}  // namespace
const cpu::WinogradKernels* get_winograd() { return &kernels; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_winograd);
namespace cpu {
const WinogradKernels& winograd_kernels() {
  static const WinogradKernels* kernels = GRADUS_DISPATCH(get_winograd);
  return *kernels;
}
}  // namespace cpu
}  // namespace gradus
#endif
