// Where the windows of a pool lie, and their entries.
#pragma once
#include <algorithm>

#include "backend/cpu/dense.hpp"
#include "ops/window.hpp"

namespace gradus::cpu {

using Index = std::int64_t;

// The windows over three axes, those that are missing of one entry.
class PoolWindows {
 public:
  explicit PoolWindows(const ops::Sliding& s) : s_(s), before_(3 - s.kernel.size()) {
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
void each_row(const PoolWindows& w, Index d, Index h, const F& f) {
  const auto wd = w.window(0, d), wh = w.window(1, h);
  for (Index i = wd.first; i < wd.last; i += w.spread[0]) {
    for (Index j = wh.first; j < wh.last; j += w.spread[1]) f((i * w.in[1] + j) * w.in[2]);
  }
}

// Where windows have their entries, with `channels` numbers at each: those of a window that is whole are a list, moved.
class PoolEntries {
 public:
  PoolEntries(const PoolWindows& w, Index channels) : w_(w), channels_(channels), whole_(w.kernel()), at_(w.kernel()) {
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
  const PoolWindows& w_;
  Index channels_;
  Work<Index> whole_, at_;
};

}  // namespace gradus::cpu
