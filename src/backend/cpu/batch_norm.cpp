// Batch norm: its statistics, its value, and its gradient in two passes. Sums are made in double in an order that is that of the array,
// so they are the same for every number of threads.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cmath>

#include "backend/cpu/families.hpp"
#include "backend/cpu/image.hpp"
#include "backend/cpu/image_kernels.hpp"

namespace gradus::cpu {
namespace {

using Index = std::int64_t;

constexpr Index block_rows = 128;  // rows of channels whose sums are one part of the total

// x [N, C, ...] as planes, or as rows of channels.
struct Frame {
  Layout layout;
  Index images, channels, points;
  Frame(const Array& x, Layout l) : layout(l), images(x.shape()[0]), channels(x.shape()[1]), points(numel(x.shape().subspan(2))) {}
  Index count() const { return images * points; }  // of each channel
};

// Planes of one point are rows of channels too, and better so.
Layout frame_layout(const Array& a) { return numel(a.shape().subspan(2)) == 1 ? Layout::channels : layout_of(a); }
// In double there is one order of summing, that of rows: it is what tests compare with.
template <class T>
Layout summing_layout(const Array& a) {
  const Layout layout = frame_layout(a);
  return sizeof(T) == sizeof(float) || numel(a.shape().subspan(2)) == 1 ? layout : Layout::rows;
}

// out [2, C] = what `plane` adds to two numbers for every plane of a channel.
template <class F>
void sums_of_planes(const Frame& f, double* out, const F& plane) {
  parallel_for(f.channels, Cost(f.count()), [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c) {
      double sums[2] = {0, 0};
      for (Index n = 0; n < f.images; ++n) plane((n * f.channels + c) * f.points, c, sums);
      out[c] = sums[0];
      out[f.channels + c] = sums[1];
    }
  });
}

// out [2, C] = what `rows` adds to 2 C numbers for every block of rows; the blocks then in order.
template <class F>
void sums_of_rows(const Frame& f, double* out, const F& rows) {
  const Index count = f.count(), blocks = (count + block_rows - 1) / block_rows, width = 2 * f.channels;
  const Work<double> parts(blocks * width);
  parallel_for(blocks, Cost(block_rows * f.channels), [&](Index begin, Index end) {
    for (Index b = begin; b < end; ++b) {
      double* sums = parts.data() + b * width;
      std::fill_n(sums, width, 0.0);
      rows(b * block_rows * f.channels, std::min(block_rows, count - b * block_rows), sums);
    }
  });
  std::fill_n(out, width, 0.0);
  for (Index b = 0; b < blocks; ++b) {
    for (Index i = 0; i < width; ++i) out[i] += parts[b * width + i];
  }
}

// Calls plane(offset, channel) for every plane, or rows(offset, rows) for stretches of rows.
template <class P, class R>
void each_part(const Frame& f, const P& plane, const R& rows) {
  if (f.layout == Layout::rows) {
    parallel_for(f.images * f.channels, Cost(f.points), [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) plane(i * f.points, i % f.channels);
    });
  } else {
    parallel_for(f.count(), Cost(f.channels), [&](Index begin, Index end) { rows(begin * f.channels, end - begin); });
  }
}

// Statistics around the first number of each channel, which is about as far from the mean as any other: sums of squares lose nothing.
template <class T>
void run_statistics(const Kernel&, Inputs in, Array& y) {
  const Array& a = in[0].array();
  const Frame f(a, summing_layout<T>(a));
  const Laid<T> x(a, f.layout);
  LaidResult<T> out(y, Layout::rows);
  const bool planes = f.layout == Layout::rows;
  const Work<T> shift(f.channels);
  for (Index c = 0; c < f.channels; ++c) {
    const T first = x.data()[planes ? c * f.points : c];
    shift[c] = std::isfinite(first) ? first : T(0);
  }
  const Work<double> sums(2 * f.channels);
  const auto& k = image_kernels<T>();
  if (planes) sums_of_planes(f, sums.data(), [&](Index at, Index c, double* to) { k.moments(x.data() + at, static_cast<double>(shift[c]), f.points, to); });
  else sums_of_rows(f, sums.data(), [&](Index at, Index rows, double* to) { k.moments_rows(x.data() + at, shift.data(), rows, f.channels, to, to + f.channels); });
  const auto count = static_cast<double>(f.count());
  for (Index c = 0; c < f.channels; ++c) {
    const double mean = sums[c] / count, variance = sums[f.channels + c] / count - mean * mean;
    out.data()[c] = static_cast<T>(static_cast<double>(shift[c]) + mean);
    out.data()[f.channels + c] = static_cast<T>(variance < 0 ? 0 : variance);
  }
  out.finish();
}

// One number per channel of an input, as T.
template <class T>
void per_channel(const Array& a, Index from, Index channels, T* to) {
  const T* data = static_cast<const T*>(a.data()) + (a.shape().size() == 2 ? from * a.strides()[0] : 0);
  const Index step = a.strides().back();
  for (Index c = 0; c < channels; ++c) to[c] = data[c * step];
}

// The numbers of each channel that the last pass takes.
template <class T>
struct Affine {
  Work<T> mean, a, b;
  explicit Affine(Index channels) : mean(channels), a(channels), b(channels) {}
};

// (x - mean) / sqrt(variance + eps) * weight + bias.
template <class T>
void normalise(const Array& xa, const Affine<T>& p, const T* variance, const Array* weight, const Array* bias, double eps, Array& y) {
  const Frame f(y, frame_layout(y));
  if (weight) per_channel(*weight, 0, f.channels, p.a.data());
  else std::fill_n(p.a.data(), f.channels, T(1));
  if (bias) per_channel(*bias, 0, f.channels, p.b.data());
  else std::fill_n(p.b.data(), f.channels, T(0));
  for (Index c = 0; c < f.channels; ++c) p.a[c] = static_cast<T>(static_cast<double>(p.a[c]) / std::sqrt(static_cast<double>(variance[c]) + eps));
  const Laid<T> x(xa, f.layout);
  LaidResult<T> out(y, f.layout);
  const auto& k = image_kernels<T>();
  each_part(
      f, [&](Index at, Index c) { k.normalise(out.data() + at, x.data() + at, p.mean[c], p.a[c], p.b[c], f.points); },
      [&](Index at, Index rows) { k.normalise_rows(out.data() + at, x.data() + at, p.mean.data(), p.a.data(), p.b.data(), rows, f.channels); });
  out.finish();
}

template <class T>
void run_batch_norm(const Kernel& kernel, Inputs in, Array& y) {
  const Index channels = y.shape()[1];
  const Affine<T> p(channels);
  const Work<T> variance(channels);
  const auto* given = ops::as<ops::BatchNorm>(*kernel.op);
  const Array& first = in[1].array();  // the mean, or both statistics
  per_channel(first, 0, channels, p.mean.data());
  per_channel(given ? in[2].array() : first, 1, channels, variance.data());
  const std::size_t next = given ? 3 : 2;
  normalise(in[0].array(), p, variance.data(), in.size() > next ? &in[next].array() : nullptr, in.size() > next + 1 ? &in[next + 1].array() : nullptr,
            given ? given->eps : ops::as<ops::NormaliseBatch>(*kernel.op)->eps, y);
}

template <class T>
void run_sums(const Kernel& kernel, Inputs in, Array& y) {
  const double eps = ops::as<ops::NormaliseBatchSums>(*kernel.op)->eps;
  const Array& a = in[0].array();
  const Frame f(a, summing_layout<T>(a));
  const Laid<T> x(a, f.layout), g(in[2].array(), f.layout);
  const Work<T> mean(f.channels), variance(f.channels);
  per_channel(in[1].array(), 0, f.channels, mean.data());
  per_channel(in[1].array(), 1, f.channels, variance.data());
  LaidResult<T> out(y, Layout::rows);
  const Work<double> sums(2 * f.channels);
  const auto& k = image_kernels<T>();
  if (f.layout == Layout::rows) {
    sums_of_planes(f, sums.data(), [&](Index at, Index c, double* to) { k.slope_sums(x.data() + at, g.data() + at, static_cast<double>(mean[c]), f.points, to); });
  } else {
    sums_of_rows(f, sums.data(), [&](Index at, Index rows, double* to) { k.slope_sums_rows(x.data() + at, g.data() + at, mean.data(), rows, f.channels, to, to + f.channels); });
  }
  for (Index c = 0; c < f.channels; ++c) {
    out.data()[c] = static_cast<T>(sums[c]);
    out.data()[f.channels + c] = static_cast<T>(sums[f.channels + c] / std::sqrt(static_cast<double>(variance[c]) + eps));
  }
  out.finish();
}

template <class T>
void run_grad(const Kernel& kernel, Inputs in, Array& y) {
  const double eps = ops::as<ops::NormaliseBatchGrad>(*kernel.op)->eps;
  const Frame f(y, frame_layout(y));
  const Affine<T> p(f.channels);
  const Work<T> variance(f.channels), product(f.channels);
  per_channel(in[1].array(), 0, f.channels, p.mean.data());
  per_channel(in[1].array(), 1, f.channels, variance.data());
  per_channel(in[3].array(), 0, f.channels, p.b.data());
  per_channel(in[3].array(), 1, f.channels, product.data());
  if (in.size() > 4) per_channel(in[4].array(), 0, f.channels, p.a.data());
  else std::fill_n(p.a.data(), f.channels, T(1));
  const auto count = static_cast<double>(f.count());
  for (Index c = 0; c < f.channels; ++c) {
    const double slope = 1 / std::sqrt(static_cast<double>(variance[c]) + eps);
    p.a[c] = static_cast<T>(static_cast<double>(p.a[c]) * slope);
    p.b[c] = static_cast<T>(static_cast<double>(p.b[c]) / count);
    product[c] = static_cast<T>(static_cast<double>(product[c]) * slope / count);
  }
  const Laid<T> x(in[0].array(), f.layout), g(in[2].array(), f.layout);
  LaidResult<T> out(y, f.layout);
  const auto& k = image_kernels<T>();
  each_part(
      f, [&](Index at, Index c) { k.normalise_grad(out.data() + at, x.data() + at, g.data() + at, p.mean[c], p.a[c], p.b[c], product[c], f.points); },
      [&](Index at, Index rows) { k.normalise_grad_rows(out.data() + at, x.data() + at, g.data() + at, p.mean.data(), p.a.data(), p.b.data(), product.data(), rows, f.channels); });
  out.finish();
}

template <class T>
Kernel kernel_of(const Op& op) {
  if (ops::as<ops::BatchStatistics>(op)) return {&run_statistics<T>, &op};
  if (ops::as<ops::BatchNorm>(op) || ops::as<ops::NormaliseBatch>(op)) return {&run_batch_norm<T>, &op};
  if (ops::as<ops::NormaliseBatchSums>(op)) return {&run_sums<T>, &op};
  if (ops::as<ops::NormaliseBatchGrad>(op)) return {&run_grad<T>, &op};
  return {};
}

}  // namespace

Kernel prepare_batch_norm(const Op& op, Inputs x, const Array& y) {
  if (x.empty() || x[0].array().numel() == 0) return {};  // means of nothing
  for (const Tensor& t : x) {
    if (t.dtype() != y.dtype()) return {};
  }
  return y.dtype() == Dtype::f32 ? kernel_of<float>(op) : y.dtype() == Dtype::f64 ? kernel_of<double>(op) : Kernel{};
}

}  // namespace gradus::cpu
