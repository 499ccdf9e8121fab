// Blocked matrix product after Goto and van de Geijn ("Anatomy of high-performance matrix multiplication", 2008): panels of b
// stay in the second-level cache, blocks of a in the first, and a kernel of 6 or 8 rows by 2 vectors works in registers.
#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/gemm.hpp"

#include <gradus/base/memory.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/lang.hpp>

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef GRADUS_GEMM_ONCE
#define GRADUS_GEMM_ONCE
namespace gradus::cpu {
constexpr std::int64_t most_rows = 8, block_rows = 96, block_depth = 256, block_columns = 1024;

// A tile of c [rows, width], its rows `step` apart, = or, if there is `more`, += panel of a [depth, rows] times panel of b [depth, width]
template <class T>
struct GemmKernel {
  std::int64_t rows, width;
  void (*run)(std::int64_t depth, const T* a, const T* b, T* c, std::int64_t step, bool more);
  // Panels of b, or of the transpose of a, one after the other, from rows `step` apart. Each row is read at once, as memory likes it.
  void (*pack_columns)(std::int64_t depth, std::int64_t panels, const T* from, std::int64_t step, T* to);
  void (*pack_rows)(std::int64_t depth, std::int64_t panels, const T* from, std::int64_t step, T* to);
  TinyGemm<T> tiny;
  // y[j] = <x, w_j> for n rows w_j of length k, `step` apart
  void (*dots)(std::int64_t n, std::int64_t k, const T* x, const T* w, std::int64_t step, T* y);
};

constexpr std::int64_t tiny_size = 4096;  // of b in whole vectors
}  // namespace gradus::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {

template <class T>
struct Gemm {
  using V = Pack<T>;
  // With 32 registers there is room for 8 rows.
  static constexpr std::int64_t height = HWY_TARGET == HWY_AVX3 || HWY_ARCH_ARM_A64 ? cpu::most_rows : 6, width = 2 * V::lanes;

  static HWY_ATTR void run(std::int64_t depth, const T* a, const T* b, T* c, std::int64_t step, bool more) {
    const typename V::Tag d;
    typename V::Raw sum[height][2];
#pragma GCC unroll 8
    for (int i = 0; i < height; ++i) {
      sum[i][0] = more ? hn::LoadU(d, c + i * step) : hn::Zero(d);
      sum[i][1] = more ? hn::LoadU(d, c + i * step + V::lanes) : hn::Zero(d);
    }
    for (std::int64_t p = 0; p < depth; ++p) {
      const V b0 = V::load(b + p * width), b1 = V::load(b + p * width + V::lanes);
#pragma GCC unroll 8
      for (int i = 0; i < height; ++i) {
        const V x(a[p * height + i]);
        sum[i][0] = fma(x, b0, V(sum[i][0])).raw;
        sum[i][1] = fma(x, b1, V(sum[i][1])).raw;
      }
    }
#pragma GCC unroll 8
    for (int i = 0; i < height; ++i) {
      hn::StoreU(sum[i][0], d, c + i * step);
      hn::StoreU(sum[i][1], d, c + i * step + V::lanes);
    }
  }
  template <std::int64_t columns>
  static HWY_ATTR void pack(std::int64_t depth, std::int64_t panels, const T* from, std::int64_t step, T* to) {
    for (std::int64_t p = 0; p < depth; ++p, from += step, to += columns) {
      for (std::int64_t j = 0; j < panels; ++j) std::memcpy(to + j * depth * columns, from + j * columns, columns * sizeof(T));
    }
  }
  // Rows of c one after the other, each from all of b: in k steps of one number of a times a row of b.
  static HWY_ATTR void tiny(std::int64_t m, std::int64_t n, std::int64_t k, cpu::Matrix<T> a, cpu::Matrix<T> b, T* c) {
    alignas(64) T packed[cpu::tiny_size];
    const T* rows = b.data;
    std::int64_t step = b.row_stride;
    if (b.column_stride != 1) {
      step = (n + V::lanes - 1) / V::lanes * V::lanes;
      for (std::int64_t p = 0; p < k; ++p) {
        for (std::int64_t j = 0; j < n; ++j) packed[p * step + j] = b.data[p * b.row_stride + j * b.column_stride];
      }
      rows = packed;
    }
    for (std::int64_t i = 0; i < m; ++i) {
      const T* left = a.data + i * a.row_stride;
      for (std::int64_t j = 0; j < n; j += V::lanes) {
        V sum(T(0));
        for (std::int64_t p = 0; p < k; ++p) sum = fma(V(left[p * a.column_stride]), V::load(rows + p * step + j), sum);
        sum.store(c + i * n + j);
      }
    }
  }
  // One row after the other, since memory is fastest as one stream. A row has 64 interleaved sums, however many lanes a vector has.
  static HWY_ATTR void dots(std::int64_t n, std::int64_t k, const T* x, const T* w, std::int64_t step, T* y) {
    constexpr int sums = 64, some = 16, packs = sums / V::lanes;
    for (std::int64_t j = 0; j < n; ++j, w += step) {
      V sum[packs];
      std::int64_t i = 0;
      const auto add = [&](int p) HWY_ATTR { sum[p] = fma(V::load(x + i + p * V::lanes), V::load(w + i + p * V::lanes), sum[p]); };
      for (; i + sums <= k; i += sums) {
#pragma GCC unroll 16
        for (int p = 0; p < packs; ++p) add(p);
      }
      const int rest = static_cast<int>((k - i) / some) * (some / V::lanes);
#pragma GCC unroll 16
      for (int p = 0; p < packs; ++p) {
        if (p < rest) add(p);
      }
      lang::Scalar<T> all(total(sum));
      for (i += rest * V::lanes; i < k; ++i) all = fma(lang::Scalar<T>(x[i]), lang::Scalar<T>(w[i]), all);
      y[j] = all.value;
    }
  }
  static constexpr cpu::GemmKernel<T> kernel{height, width, &run, &pack<width>, &pack<height>, &tiny, &dots};
};

}  // namespace
const cpu::GemmKernel<float>* get_gemm_f32() { return &Gemm<float>::kernel; }
const cpu::GemmKernel<double>* get_gemm_f64() { return &Gemm<double>::kernel; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_gemm_f32);
HWY_EXPORT(get_gemm_f64);
namespace cpu {
namespace {

constexpr std::int64_t integer_rows = 4, integer_width = 4;
void integer_tile(std::int64_t depth, const std::int64_t* a, const std::int64_t* b, std::int64_t* c, std::int64_t step, bool more) {
  using I = lang::Scalar<std::int64_t>;
  for (std::int64_t i = 0; i < integer_rows; ++i) {
    for (std::int64_t j = 0; j < integer_width; ++j) {
      I sum(more ? c[i * step + j] : 0);
      for (std::int64_t p = 0; p < depth; ++p) sum = sum + I(a[p * integer_rows + i]) * I(b[p * integer_width + j]);
      c[i * step + j] = sum.value;
    }
  }
}
void integer_pack(std::int64_t depth, std::int64_t panels, const std::int64_t* from, std::int64_t step, std::int64_t* to) {
  for (std::int64_t j = 0; j < panels; ++j) {
    for (std::int64_t p = 0; p < depth; ++p, to += integer_width) std::copy_n(from + p * step + j * integer_width, integer_width, to);
  }
}

template <class T>
const GemmKernel<T>& gemm_kernel();
template <>
const GemmKernel<float>& gemm_kernel() {
  static const GemmKernel<float>* kernel = GRADUS_DISPATCH(get_gemm_f32);
  return *kernel;
}
template <>
const GemmKernel<double>& gemm_kernel() {
  static const GemmKernel<double>* kernel = GRADUS_DISPATCH(get_gemm_f64);
  return *kernel;
}
template <>
const GemmKernel<std::int64_t>& gemm_kernel() {
  static constexpr GemmKernel<std::int64_t> kernel{integer_rows, integer_width, &integer_tile, &integer_pack, &integer_pack, nullptr, nullptr};
  return kernel;
}

template <class T>
struct Panel {
  Allocation block;
  T* data;
  explicit Panel(std::int64_t count) : block(allocate(static_cast<std::size_t>(count + 64) * sizeof(T))), data(static_cast<T*>(block.data)) {}
  ~Panel() { deallocate(block); }
  Panel(const Panel&) = delete;
  Panel& operator=(const Panel&) = delete;
};

// Panels of `width` columns, each [depth, width]; missing columns are zero. `whole`: for those whose rows are in one piece.
template <class T>
void pack(Matrix<T> from, std::int64_t depth, std::int64_t columns, std::int64_t width, void (*whole)(std::int64_t, std::int64_t, const T*, std::int64_t, T*), T* to) {
  const std::int64_t easy = from.column_stride == 1 ? columns / width : 0;
  whole(depth, easy, from.data, from.row_stride, to);
  to += easy * depth * width;
  for (std::int64_t first = easy * width; first < columns; first += width) {
    const std::int64_t n = std::min(width, columns - first);
    for (std::int64_t p = 0; p < depth; ++p) {
      const T* row = from.data + p * from.row_stride + first * from.column_stride;
      if (from.column_stride == 1) std::copy_n(row, n, to);
      else for (std::int64_t j = 0; j < n; ++j) to[j] = row[j * from.column_stride];
      std::fill(to + n, to + width, T(0));
      to += width;
    }
  }
}

// Rows first .. last of c, columns left .. right.
template <class T>
void multiply(std::int64_t top, std::int64_t bottom, std::int64_t left, std::int64_t right, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, T* c) {
  const GemmKernel<T>& kernel = gemm_kernel<T>();
  const std::int64_t height = kernel.rows, width = kernel.width, columns = std::min(block_columns, (right - left + width - 1) / width * width);
  Panel<T> packed_b(block_depth * columns), packed_a(block_depth * block_rows);
  T edge[most_rows * 64];
  for (std::int64_t j0 = left; j0 < right; j0 += columns) {
    const std::int64_t nj = std::min(columns, right - j0);
    for (std::int64_t p0 = 0; p0 < k; p0 += block_depth) {
      const std::int64_t depth = std::min(block_depth, k - p0);
      pack<T>({b.data + p0 * b.row_stride + j0 * b.column_stride, b.row_stride, b.column_stride}, depth, nj, width, kernel.pack_columns, packed_b.data);
      for (std::int64_t i0 = top; i0 < bottom; i0 += block_rows) {
        const std::int64_t mi = std::min(block_rows, bottom - i0);
        // The transpose of a's block is packed the same way as b.
        pack<T>({a.data + i0 * a.row_stride + p0 * a.column_stride, a.column_stride, a.row_stride}, depth, mi, height, kernel.pack_rows, packed_a.data);
        for (std::int64_t j = 0; j < nj; j += width) {
          for (std::int64_t i = 0; i < mi; i += height) {
            const std::int64_t rows = std::min(height, mi - i), cols = std::min(width, nj - j);
            const T *panel_a = packed_a.data + i * depth, *panel_b = packed_b.data + j * depth;
            T* out = c + (i0 + i) * n + j0 + j;
            if (rows == height && cols == width) {
              kernel.run(depth, panel_a, panel_b, out, n, p0 > 0);
              continue;
            }
            for (std::int64_t r = 0; r < rows && p0 > 0; ++r) std::copy_n(out + r * n, cols, edge + r * width);
            kernel.run(depth, panel_a, panel_b, edge, width, p0 > 0);
            for (std::int64_t r = 0; r < rows; ++r) std::copy_n(edge + r * width, cols, out + r * n);
          }
        }
      }
    }
  }
}

}  // namespace

template <class T>
TinyGemm<T> tiny_gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  const std::int64_t columns = (n + 15) / 16 * 16;
  return k > 0 && columns * k <= tiny_size && m * columns * k <= 4 * tiny_size ? gemm_kernel<T>().tiny : nullptr;
}
template TinyGemm<float> tiny_gemm(std::int64_t, std::int64_t, std::int64_t);
template TinyGemm<double> tiny_gemm(std::int64_t, std::int64_t, std::int64_t);
template TinyGemm<std::int64_t> tiny_gemm(std::int64_t, std::int64_t, std::int64_t);

template <class T>
bool matrix_vector(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, T* c) {
  if (m == 1 && n > 1) return matrix_vector<T>(n, 1, k, {b.data, b.column_stride, b.row_stride}, {a.data, a.column_stride, a.row_stride}, c);
  const auto dots = gemm_kernel<T>().dots;
  if (!dots || n != 1 || m < 4 || k < 32 || a.column_stride != 1 || b.row_stride != 1) return false;
  parallel_for(m, Cost(k, 16, 4), [&](std::int64_t first, std::int64_t last) { dots(last - first, k, b.data, a.data + first * a.row_stride, a.row_stride, c + first); });
  return true;
}
template bool matrix_vector(std::int64_t, std::int64_t, std::int64_t, Matrix<float>, Matrix<float>, float*);
template bool matrix_vector(std::int64_t, std::int64_t, std::int64_t, Matrix<double>, Matrix<double>, double*);
template bool matrix_vector(std::int64_t, std::int64_t, std::int64_t, Matrix<std::int64_t>, Matrix<std::int64_t>, std::int64_t*);

template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, T* c, bool padded) {
  if (k == 0) return void(std::fill_n(c, m * n, T(0)));
  if (const TinyGemm<T> tiny = padded ? tiny_gemm<T>(m, n, k) : nullptr) return tiny(m, n, k, a, b, c);
  if (m * n * k <= 4096) {  // packing would cost more than the product
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        lang::Scalar<T> sum(T(0));
        for (std::int64_t p = 0; p < k; ++p) {
          const lang::Scalar<T> x(a.data[i * a.row_stride + p * a.column_stride]), y(b.data[p * b.row_stride + j * b.column_stride]);
          if constexpr (std::is_floating_point_v<T>) sum = fma(x, y, sum);  // as the vectors do
          else sum = sum + x * y;
        }
        c[i * n + j] = sum.value;
      }
    }
    return;
  }
  if (m >= n) {
    parallel_for(m, Cost(n * k, 8, gemm_kernel<T>().rows), [&](std::int64_t top, std::int64_t bottom) { multiply(top, bottom, 0, n, n, k, a, b, c); });
  } else {
    parallel_for(n, Cost(m * k, 8, gemm_kernel<T>().width), [&](std::int64_t left, std::int64_t right) { multiply(0, m, left, right, n, k, a, b, c); });
  }
}

template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<float>, Matrix<float>, float*, bool);
template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<double>, Matrix<double>, double*, bool);
template void gemm(std::int64_t, std::int64_t, std::int64_t, Matrix<std::int64_t>, Matrix<std::int64_t>, std::int64_t*, bool);

}  // namespace cpu
}  // namespace gradus
#endif
