// Pools and their gradients. One loop over windows for rows and for channels-last memory: on rows a line of windows goes place by place
// of the kernel, with channels last each window goes all channels at a time.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

#include "backend/cpu/families.hpp"
#include "backend/cpu/image.hpp"
#include "backend/cpu/image_kernels.hpp"
#include "ops/window.hpp"

namespace gradus::cpu {
namespace {

using Index = std::int64_t;

// The windows over three axes, those that are missing of one entry.
class Windows {
 public:
  explicit Windows(const ops::Sliding& s) : s_(s), before_(3 - s.kernel.size()) {
    for (int a = 0; a < 3; ++a) {
      const bool there = has(a);
      in[a] = there ? s.size[at(a)] : 1;
      out[a] = there ? s.out[at(a)] : 1;
      step[a] = there ? s.stride[at(a)] : 1;
      spread[a] = there ? s.dilation[at(a)] : 1;
      taps[a] = there ? s.kernel[at(a)] : 1;
      padding[a] = there ? s.padding[at(a)] : 0;
    }
  }
  ops::Sliding::Window window(int a, Index w) const { return has(a) ? s_.window(at(a), w) : ops::Sliding::Window{0, 1}; }
  // What the share of a window along this axis is, of an average.
  double share(int a, Index w, bool with_padding) const { return has(a) ? 1 / static_cast<double>(ops::pooled_count(s_, at(a), w, with_padding)) : 1; }

  Index inside() const { return in[0] * in[1] * in[2]; }
  Index points() const { return out[0] * out[1] * out[2]; }
  Index kernel() const { return taps[0] * taps[1] * taps[2]; }

  // The windows of a line along the last axis whose place k of the kernel lies inside: from first to last; and where the first has it.
  struct Stretch {
    Index first, last, at;
  };
  Stretch stretch(Index k) const {
    const Index shift = k * spread[2] - padding[2], s = step[2];
    const Index first = shift >= 0 ? 0 : std::min(out[2], (-shift + s - 1) / s);
    const Index last = in[2] - shift <= 0 ? first : std::clamp((in[2] - shift + s - 1) / s, first, out[2]);
    return {first, last, first * s + shift};
  }

  Index in[3], out[3], step[3], spread[3], taps[3], padding[3];

 private:
  bool has(int a) const { return a >= static_cast<int>(before_); }
  std::size_t at(int a) const { return static_cast<std::size_t>(a) - before_; }
  const ops::Sliding& s_;
  std::size_t before_;
};

// Calls f(first entry of a row of x in the plane) for the rows that windows (d, h) of the first two axes cover, in order.
template <class F>
void each_row(const Windows& w, Index d, Index h, const F& f) {
  const auto wd = w.window(0, d), wh = w.window(1, h);
  for (Index i = wd.first; i < wd.last; i += w.spread[0]) {
    for (Index j = wh.first; j < wh.last; j += w.spread[1]) f((i * w.in[1] + j) * w.in[2]);
  }
}

// Where windows have their entries, with `channels` numbers at each: those of a window that is whole are a list, moved.
class Entries {
 public:
  Entries(const Windows& w, Index channels) : w_(w), channels_(channels), whole_(w.kernel()), at_(w.kernel()) {
    Index* to = whole_.data();
    for (Index i = 0; i < w.taps[0]; ++i) {
      for (Index j = 0; j < w.taps[1]; ++j) {
        for (Index k = 0; k < w.taps[2]; ++k) *to++ = ((i * w.spread[0] * w.in[1] + j * w.spread[1]) * w.in[2] + k * w.spread[2]) * channels;
      }
    }
  }
  struct Found {
    Index first;  // and the entries from here on
    const Index* at;
    Index count;
  };
  Found find(Index d, Index h, Index k) const {
    const Index first[] = {d * w_.step[0] - w_.padding[0], h * w_.step[1] - w_.padding[1], k * w_.step[2] - w_.padding[2]};
    bool whole = true;
    for (int a = 0; a < 3; ++a) whole = whole && first[a] >= 0 && first[a] + (w_.taps[a] - 1) * w_.spread[a] < w_.in[a];
    if (whole) return {((first[0] * w_.in[1] + first[1]) * w_.in[2] + first[2]) * channels_, whole_.data(), w_.kernel()};
    const auto wk = w_.window(2, k);
    Index n = 0;
    each_row(w_, d, h, [&](Index row) {
      for (Index i = wk.first; i < wk.last; i += w_.spread[2]) at_[n++] = (row + i) * channels_;
    });
    return {0, at_.data(), n};
  }

 private:
  const Windows& w_;
  Index channels_;
  Work<Index> whole_, at_;
};


// Results [outer, points, channels] of x [outer, inside, channels], a line of windows at a time: line(outer, d, h, place in the result).
template <class F>
void each_line(const Windows& w, Index outer, Index channels, const F& line) {
  const Index lines = w.out[0] * w.out[1];
  parallel_for(outer * lines, Cost(w.out[2] * channels * w.kernel()), [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) line(i / lines, i % lines / w.out[1], i % w.out[1], i * w.out[2] * channels);
  });
}

template <class T>
void max_rows(const Windows& w, Index outer, const T* x, T* y) {
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
void max_channels(const Windows& w, Index outer, Index channels, const T* x, T* y) {
  each_line(w, outer, channels, [&](Index o, Index d, Index h, Index line) {
    const Entries entries(w, channels);
    for (Index i = 0; i < w.out[2]; ++i) {
      const auto found = entries.find(d, h, i);
      image_kernels<T>().max_window(y + line + i * channels, x + o * w.inside() * channels + found.first, found.at, found.count, channels);
    }
  });
}

template <class T>
void max_grad_rows(const Windows& w, Index outer, const T* x, const T* g, T* dx) {
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
void each_window_grad(const Windows& w, Index outer, Index channels, T* dx, const F& f) {
  constexpr Index block = 64;
  const Index blocks = (channels + block - 1) / block, part = channels / blocks + (channels % blocks != 0);
  bool add = false, covered = true;
  for (int a = 0; a < 3; ++a) {
    add = add || w.step[a] < (w.taps[a] - 1) * w.spread[a] + 1;
    covered = covered && w.padding[a] == 0 && w.step[a] == w.taps[a] && (w.taps[a] == 1 || w.spread[a] == 1) && w.out[a] * w.step[a] == w.in[a];
  }
  parallel_for(outer * blocks, Cost(w.points() * w.kernel() * part), [&](Index begin, Index end) {
    const Entries entries(w, channels);
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
void max_grad_channels(const Windows& w, Index outer, Index channels, const T* x, const T* g, T* dx) {
  each_window_grad(w, outer, channels, dx, [&](Index first, Index slope, Index, Index, Index, const Index* at, Index taps, Index n, bool add) {
    image_kernels<T>().max_window_grad(dx + first, x + first, at, taps, g + slope, n, add);
  });
}

// What the sum of a window is multiplied by: one number, or for each axis its own.
struct Shares {
  const Windows& w;
  bool with_padding;
  double all;  // 1 / divisor, or 0
  double of(Index d, Index h) const { return all != 0 ? all : w.share(0, d, with_padding) * w.share(1, h, with_padding); }
  double along(Index i) const { return all != 0 ? 1 : w.share(2, i, with_padding); }
};

template <class T>
void mean_rows(const Windows& w, const Shares& shares, Index outer, const T* x, T* y) {
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
void mean_channels(const Windows& w, const Shares& shares, Index outer, Index channels, const T* x, T* y) {
  each_line(w, outer, channels, [&](Index o, Index d, Index h, Index line) {
    const Entries entries(w, channels);
    for (Index i = 0; i < w.out[2]; ++i) {
      const auto found = entries.find(d, h, i);
      image_kernels<T>().mean_window(y + line + i * channels, x + o * w.inside() * channels + found.first, found.at, found.count, shares.of(d, h) * shares.along(i), channels);
    }
  });
}

template <class T>
void mean_grad_rows(const Windows& w, const Shares& shares, Index outer, const T* g, T* dx) {
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
void mean_grad_channels(const Windows& w, const Shares& shares, Index outer, Index channels, const T* g, T* dx) {
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
  const Windows w(s);
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
  const Windows w(s);
  const Laid<T> x(in[0].array(), f.layout), g(in[1].array(), f.layout);
  LaidResult<T> out(y, f.layout);
  if (f.layout == Layout::rows) max_grad_rows(w, f.outer, x.data(), g.data(), out.data());
  else max_grad_channels(w, f.outer, f.channels, x.data(), g.data(), out.data());
  out.finish();
}

template <class S>
Shares shares_of(const Windows& w, const S& op) {
  return {w, op.count_include_pad, op.divisor > 0 ? 1 / static_cast<double>(op.divisor) : 0};
}

template <class T>
void run_mean(const Kernel& kernel, Inputs in, Array& y) {
  if (y.numel() == 0) return;
  const auto& op = *ops::as<ops::AvgPool>(*kernel.op);
  const ops::Sliding s = sliding_of(op, in[0].array().shape());
  const Frame f(y, s.kernel.size(), forward_layout<T>(in[0].array(), y));
  const Windows w(s);
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
  const Windows w(s);
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
