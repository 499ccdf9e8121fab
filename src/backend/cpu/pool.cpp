// Pools and their gradients. One loop over windows for rows and for channels-last memory: on rows a line of windows goes place by place
// of the kernel, with channels last each window goes all channels at a time.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

#include "backend/cpu/families.hpp"
#include "backend/cpu/image.hpp"
#include "backend/cpu/image_kernels.hpp"
#include "backend/cpu/pool_windows.hpp"

namespace gradus::cpu {
namespace {

// Results [outer, points, channels] of x [outer, inside, channels], a line of windows at a time: line(outer, d, h, place in the result).
template <class F>
void each_line(const PoolWindows& w, Index outer, Index channels, const F& line) {
  const Index lines = w.out[0] * w.out[1];
  parallel_for(outer * lines, Cost(w.out[2] * channels * w.kernel()), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) line(i / lines, i % lines / w.out[1], i % w.out[1], i * w.out[2] * channels);
  });
}

template <class T>
void max_rows(const PoolWindows& w, Index outer, const T* x, T* y) {
  const auto& k = image_kernels<T>();
  each_line(w, outer, 1, [&](Index o, Index d, Index h, Index at) {
    T* line = y + at;
    std::fill_n(line, w.out[2], -std::numeric_limits<T>::infinity());
    each_row(w, d, h, [&](Index row) {
      for (Index t = 0; t < w.taps[2]; ++t) {
        const auto s = w.stretch(t);
        k.max_into(line + s.first, x + o * w.inside() + row + s.at, w.step[2], s.last - s.first);
      }
    });
  });
}

template <class T>
void max_channels(const PoolWindows& w, Index outer, Index channels, const T* x, T* y) {
  each_line(w, outer, channels, [&](Index o, Index d, Index h, Index line) {
    const PoolEntries entries(w, channels);
    for (Index i = 0; i < w.out[2]; ++i) {
      const auto found = entries.find(d, h, i);
      image_kernels<T>().max_window(y + line + i * channels, x + o * w.inside() * channels + found.first, found.at, found.count, channels);
    }
  });
}

template <class T>
void max_grad_rows(const PoolWindows& w, Index outer, const T* x, const T* g, T* dx) {
  const auto& k = image_kernels<T>();
  parallel_for(outer, Cost(w.points() * w.kernel()), [&](Index begin, Index end) {
    const Work<T> best(w.out[2]);
    const Work<Place<T>> place(w.out[2]);
    for (Index o = begin; o < end; ++o) {
      T* plane = dx + o * w.inside();
      std::fill_n(plane, w.inside(), T(0));
      for (Index i = 0; i < w.out[0] * w.out[1]; ++i) {
        std::fill_n(best.data(), w.out[2], -std::numeric_limits<T>::infinity());
        std::fill_n(place.data(), w.out[2], Place<T>(-1));
        each_row(w, i / w.out[1], i % w.out[1], [&](Index row) {
          for (Index t = 0; t < w.taps[2]; ++t) {
            const auto s = w.stretch(t);
            k.max_place(best.data() + s.first, place.data() + s.first, x + o * w.inside() + row + s.at, w.step[2], static_cast<Place<T>>(row + s.at), s.last - s.first);
          }
        });
        const T* slope = g + o * w.points() + i * w.out[2];
        for (Index j = 0; j < w.out[2]; ++j) plane[place[j]] += slope[j];
      }
    }
  });
}

// Calls f(first entry, slope, d, h, i, entries from there on, their count, channels, add) for all windows, with one thread for each part
// of an image's channels, because windows may overlap. Not `add`: they do not, and what is written need not be read before.
template <class T, class F>
void each_window_grad(const PoolWindows& w, Index outer, Index channels, T* dx, const F& f) {
  constexpr Index block = 64;
  const Index blocks = (channels + block - 1) / block, part = channels / blocks + (channels % blocks != 0);
  bool add = false, covered = true;
  for (int a = 0; a < 3; ++a) {
    add = add || w.step[a] < (w.taps[a] - 1) * w.spread[a] + 1;
    covered = covered && w.padding[a] == 0 && w.step[a] == w.taps[a] && (w.taps[a] == 1 || w.spread[a] == 1) && w.out[a] * w.step[a] == w.in[a];
  }
  parallel_for(outer * blocks, Cost(w.points() * w.kernel() * part), [&](Index begin, Index end) {
    const PoolEntries entries(w, channels);
    for (Index task = begin; task < end; ++task) {
      const Index o = task / blocks, first = task % blocks * part, n = std::min(part, channels - first);
      T* image = dx + o * w.inside() * channels;
      if (n <= 0) continue;
      for (Index i = 0; i < w.inside() && !covered; ++i) std::fill_n(image + i * channels + first, n, T(0));
      for (Index p = 0; p < w.points(); ++p) {
        const Index d = p / (w.out[1] * w.out[2]), h = p / w.out[2] % w.out[1], i = p % w.out[2];
        const auto found = entries.find(d, h, i);
        f(o * w.inside() * channels + first + found.first, (o * w.points() + p) * channels + first, d, h, i, found.at, found.count, n, add);
      }
    }
  });
}

template <class T>
void max_grad_channels(const PoolWindows& w, Index outer, Index channels, const T* x, const T* g, T* dx) {
  each_window_grad(w, outer, channels, dx, [&](Index first, Index slope, Index, Index, Index, const Index* at, Index taps, Index n, bool add) {
    image_kernels<T>().max_window_grad(dx + first, x + first, at, taps, g + slope, n, add);
  });
}

// What the sum of a window is multiplied by: one number, or for each axis its own.
struct Shares {
  const PoolWindows& w;
  bool with_padding;
  double all;  // 1 / divisor, or 0
  double of(Index d, Index h) const { return all != 0 ? all : w.share(0, d, with_padding) * w.share(1, h, with_padding); }
  double along(Index i) const { return all != 0 ? 1 : w.share(2, i, with_padding); }
};

template <class T>
void mean_rows(const PoolWindows& w, const Shares& shares, Index outer, const T* x, T* y) {
  const auto& k = image_kernels<T>();
  const Work<double> along(w.out[2]);
  for (Index i = 0; i < w.out[2]; ++i) along[i] = shares.along(i);
  each_line(w, outer, 1, [&](Index o, Index d, Index h, Index at) {
    const Work<double> sum(w.out[2]);
    std::fill_n(sum.data(), w.out[2], 0.0);
    const T* plane = x + o * w.inside();
    const auto only = w.window(2, 0);
    if (w.out[2] == 1 && only.last - only.first == w.in[2]) {  // whole rows are one stretch
      const auto wd = w.window(0, d), wh = w.window(1, h);
      for (Index j = wd.first; j < wd.last; ++j) sum[0] += k.sum(plane + (j * w.in[1] + wh.first) * w.in[2], (wh.last - wh.first) * w.in[2]);
    } else {
      each_row(w, d, h, [&](Index row) {
        for (Index t = 0; t < w.taps[2]; ++t) {
          const auto s = w.stretch(t);
          k.sum_into(sum.data() + s.first, plane + row + s.at, w.step[2], s.last - s.first);
        }
      });
    }
    k.scale(y + at, sum.data(), shares.of(d, h), along.data(), w.out[2]);
  });
}

template <class T>
void mean_channels(const PoolWindows& w, const Shares& shares, Index outer, Index channels, const T* x, T* y) {
  each_line(w, outer, channels, [&](Index o, Index d, Index h, Index line) {
    const PoolEntries entries(w, channels);
    for (Index i = 0; i < w.out[2]; ++i) {
      const auto found = entries.find(d, h, i);
      image_kernels<T>().mean_window(y + line + i * channels, x + o * w.inside() * channels + found.first, found.at, found.count, shares.of(d, h) * shares.along(i), channels);
    }
  });
}

template <class T>
void mean_grad_rows(const PoolWindows& w, const Shares& shares, Index outer, const T* g, T* dx) {
  const auto& k = image_kernels<T>();
  const bool pairs = w.taps[2] == 2 && w.step[2] == 2 && w.padding[2] == 0 && 2 * w.out[2] <= w.in[2];
  parallel_for(outer, Cost(w.points() * w.kernel()), [&](Index begin, Index end) {
    const Work<T> slope(w.out[2]);
    for (Index o = begin; o < end; ++o) {
      T* plane = dx + o * w.inside();
      std::fill_n(plane, w.inside(), T(0));
      for (Index i = 0; i < w.out[0] * w.out[1]; ++i) {
        const Index d = i / w.out[1], h = i % w.out[1];
        const double share = shares.of(d, h);
        for (Index j = 0; j < w.out[2]; ++j) slope[j] = static_cast<T>(static_cast<double>(g[(o * w.out[0] * w.out[1] + i) * w.out[2] + j]) * (share * shares.along(j)));
        each_row(w, d, h, [&](Index row) {
          if (w.out[2] == 1) {
            const auto only = w.window(2, 0);
            for (Index j = only.first; j < only.last; ++j) plane[row + j] += slope[0];
            return;
          }
          if (pairs) return k.add_pairs(plane + row, slope.data(), w.out[2]);
          for (Index t = 0; t < w.taps[2]; ++t) {
            const auto s = w.stretch(t);
            k.add_into(plane + row + s.at, w.step[2], slope.data() + s.first, s.last - s.first);
          }
        });
      }
    }
  });
}

template <class T>
void mean_grad_channels(const PoolWindows& w, const Shares& shares, Index outer, Index channels, const T* g, T* dx) {
  each_window_grad(w, outer, channels, dx, [&](Index first, Index slope, Index d, Index h, Index i, const Index* at, Index taps, Index n, bool add) {
    image_kernels<T>().mean_window_grad(dx + first, at, taps, g + slope, shares.of(d, h) * shares.along(i), n, add);
  });
}

// How many images of how many channels, in the layout of the result. Rows have one channel, and every plane is an image.
struct Frame {
  Layout layout;
  Index outer, channels;
  Frame(const Array& y, std::size_t axes, Layout l) : layout(y.shape().size() == axes + 2 ? l : Layout::rows) {
    const bool last = layout == Layout::channels;
    channels = last ? y.shape()[1] : 1;
    outer = last ? y.shape()[0] : numel(y.shape().first(y.shape().size() - axes));
  }
};

// Results of one point an image lie in both ways; then x decides. In double rows do, whose order of summing tests compare with.
template <class T>
Layout forward_layout(const Array& x, const Array& y) {
  return sizeof(T) == sizeof(float) && lies(y, Layout::rows) && lies(y, Layout::channels) ? layout_of(x) : layout_of(y);
}

template <class T>
void run_max(const Kernel& kernel, Inputs in, Array& y) {
  if (y.numel() == 0) return;
  const ops::Sliding s = sliding_of(*ops::as<ops::MaxPool>(*kernel.op), in[0].array().shape());
  const Frame f(y, s.kernel.size(), forward_layout<T>(in[0].array(), y));
  const PoolWindows w(s);
  const Laid<T> x(in[0].array(), f.layout);
  LaidResult<T> out(y, f.layout);
  if (f.layout == Layout::rows) max_rows(w, f.outer, x.data(), out.data());
  else max_channels(w, f.outer, f.channels, x.data(), out.data());
  out.finish();
}

template <class T>
void run_max_grad(const Kernel& kernel, Inputs in, Array& y) {
  if (y.numel() == 0) return;
  const ops::Sliding s = sliding_of(*ops::as<ops::MaxPoolGrad>(*kernel.op), y.shape());
  const Frame f(y, s.kernel.size(), layout_of(y));
  const PoolWindows w(s);
  const Laid<T> x(in[0].array(), f.layout), g(in[1].array(), f.layout);
  LaidResult<T> out(y, f.layout);
  if (f.layout == Layout::rows) max_grad_rows(w, f.outer, x.data(), g.data(), out.data());
  else max_grad_channels(w, f.outer, f.channels, x.data(), g.data(), out.data());
  out.finish();
}

template <class S>
Shares shares_of(const PoolWindows& w, const S& op) {
  return {w, op.count_include_pad, op.divisor > 0 ? 1 / static_cast<double>(op.divisor) : 0};
}

template <class T>
void run_mean(const Kernel& kernel, Inputs in, Array& y) {
  if (y.numel() == 0) return;
  const auto& op = *ops::as<ops::AvgPool>(*kernel.op);
  const ops::Sliding s = sliding_of(op, in[0].array().shape());
  const Frame f(y, s.kernel.size(), forward_layout<T>(in[0].array(), y));
  const PoolWindows w(s);
  const Laid<T> x(in[0].array(), f.layout);
  LaidResult<T> out(y, f.layout);
  if (f.layout == Layout::rows) mean_rows(w, shares_of(w, op), f.outer, x.data(), out.data());
  else mean_channels(w, shares_of(w, op), f.outer, f.channels, x.data(), out.data());
  out.finish();
}

template <class T>
void run_mean_grad(const Kernel& kernel, Inputs in, Array& y) {
  if (y.numel() == 0) return;
  const auto& op = *ops::as<ops::AvgPoolGrad>(*kernel.op);
  const ops::Sliding s = sliding_of(op, y.shape());
  const Frame f(y, s.kernel.size(), layout_of(y));
  const PoolWindows w(s);
  const Laid<T> g(in[0].array(), f.layout);
  LaidResult<T> out(y, f.layout);
  if (f.layout == Layout::rows) mean_grad_rows(w, shares_of(w, op), f.outer, g.data(), out.data());
  else mean_grad_channels(w, shares_of(w, op), f.outer, f.channels, g.data(), out.data());
  out.finish();
}

template <class S>
bool few_axes(const Op& op) {
  const S* s = ops::as<S>(op);
  return s && s->kernel.size() <= 3;
}

}  // namespace

Kernel prepare_window(const Op& op, Inputs x, const Array& y) {
  const Dtype dtype = y.dtype();
  if (dtype != Dtype::f32 && dtype != Dtype::f64) return {};
  for (const Tensor& t : x) {
    if (t.dtype() != dtype) return {};
  }
  const bool single = dtype == Dtype::f32;
  // Places in an image are counted in 32 bits.
  if (x[0].array().numel() >= std::int64_t{1} << 31 || y.numel() >= std::int64_t{1} << 31) return {};
  if (few_axes<ops::MaxPool>(op)) return {single ? &run_max<float> : &run_max<double>, &op};
  if (few_axes<ops::MaxPoolGrad>(op)) return {single ? &run_max_grad<float> : &run_max_grad<double>, &op};
  if (few_axes<ops::AvgPool>(op)) return {single ? &run_mean<float> : &run_mean<double>, &op};
  if (few_axes<ops::AvgPoolGrad>(op)) return {single ? &run_mean_grad<float> : &run_mean_grad<double>, &op};
  return {};
}

}  // namespace gradus::cpu
