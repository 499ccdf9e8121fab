// The gradient of the weights by Winograd's algorithm: for each point the product of x and dy over all tiles.
#include "backend/cpu/winograd.hpp"

namespace gradus::cpu::winograd {
namespace {

class WeightGradient {
 public:
  WeightGradient(const Convolution& c, const Image& x, const Image& dy, const Tiles& tiles, float* dw)
      : top_(c.padding[0]), left_(c.padding[1]), x_(x), dy_(dy), tiles_(tiles), dw_(dw), in_(x.channels), row_(rounded(in_, k_.lanes)), out_(dy.channels), panels_(parts_of(out_.all, out_.widest)), team_(team_of(tiles, in_, dy.channels)), none_(std::max(row_, out_.all)) {}

  // So many tiles at a time as fit the second cache, or make sums as large as they are.
  void run() {
    const Index most = std::max((Index{1} << 18) / (points * (row_ + out_.all)), 2 * in_ * out_.all / (in_ + out_.all));
    const Index chunks = parts_of(tiles_.count, most), size = parts_of(tiles_.count, chunks);
    if (chunks == 1 && parts_of(in_, block) * panels_ >= 4 * team_) by_blocks(size);
    else if (chunks > 1 && points * in_ * out_.all < Index{1} << 18) by_parts(chunks, size);
    else by_points(size);
  }

 private:
  static constexpr Index block = 24;  // rows whose sums for a panel, of all points, stay in the second cache
  static constexpr Index most_parts = 8;

  // Tiles as rows of x, and as rows of the panels of dy.
  struct Room {
    Index x_step, dy_step;
    Work<float> x, dy;
    Room(const WeightGradient& g, Index size) : x_step(size * g.row_ + gap), dy_step(size * g.out_.all + gap), x(points * x_step), dy(points * dy_step) {}
  };
  void transform(const Room& room, Index first, Index count, Index begin, Index end) const {
    for (Index t = begin; t < end; ++t) {
      const Index tile = first + t, image = tiles_.image(tile), top = tiles_.top(tile), left = tiles_.left(tile);
      const float* at[36];
      x_.places<const float>(image, top - top_, left - left_, 6, none_.data(), at);
      k_.input(at, in_, room.x.data() + t * row_, room.x_step);
      dy_.places<const float>(image, top, left, 4, none_.data(), at);
      for (Index o = 0; o < out_.all; o += k_.lanes) k_.slope(at, o, room.dy.data() + out_.at(o, t, count), room.dy_step);
    }
  }
  // Of the sums of a point, the rows begin .. end and the panel at j.
  void product(const Room& room, Index point, Index begin, Index end, Index j, Index count, float* to, Index to_row, bool add) const {
    multiply(end - begin, count, out_.width(j), room.x.data() + point * room.x_step + begin, 1, row_, room.dy.data() + point * room.dy_step + j * count, to, to_row, add);
  }
  // Sums of these rows and columns to weights.
  void finish(Index begin, Index end, Index j, Index columns, const float* from, Index from_row, Index step) const {
    for (Index o = j; o < std::min(j + columns, out_.size); o += k_.lanes) {
      for (Index i = begin; i < end; ++i) k_.weight_slopes(from + (i - begin) * from_row + o - j, step, dw_ + (o * in_ + i) * 9, in_ * 9, std::min(k_.lanes, out_.size - o));
    }
  }
  void finish(const float* sums, Index step) const {
    share(team_, in_, std::max<Index>(1, 512 / out_.all), [&](Index begin, Index end) { finish(begin, end, 0, out_.all, sums + begin * out_.all, out_.all, step); });
  }

  // Many channels and few tiles: some weights after the other, whose sums never leave the cache.
  void by_blocks(Index count) const {
    const Room room(*this, count);
    share(team_, count, 4, [&](Index begin, Index end) { transform(room, 0, count, begin, end); });
    const Index blocks = parts_of(in_, block);
    share(team_, blocks * panels_, 1, [&](Index first, Index last) {
      const Index step = block * out_.widest + gap;
      const Work<float> sums(points * step);
      for (Index i = first; i < last; ++i) {
        const Index begin = i % blocks * block, end = std::min(in_, begin + block), j = i / blocks * out_.widest, width = out_.width(j);
        for (Index p = 0; p < points; ++p) product(room, p, begin, end, j, count, sums.data() + p * step, width, false);
        finish(begin, end, j, width, sums.data(), width, step);
      }
    });
  }

  // Few channels: sums of their own for every part of the tiles, whatever the number of threads, so that a thread shares nothing with
  // the others.
  void by_parts(Index chunks, Index size) const {
    const Index step = in_ * out_.all + gap, parts = std::min(chunks, most_parts);
    const Work<float> sums(parts * points * step);
    share(team_, parts, 1, [&](Index begin, Index end) {
      const Room room(*this, size);
      for (Index part = begin; part < end; ++part) {
        float* own = sums.data() + part * points * step;
        for (Index chunk = chunks * part / parts, start = chunk; chunk < chunks * (part + 1) / parts; ++chunk) {
          const Index first = chunk * size, count = std::max<Index>(0, std::min(size, tiles_.count - first));
          transform(room, first, count, 0, count);
          for (Index p = 0; p < points; ++p) {
            for (Index j = 0; j < out_.all; j += out_.widest) product(room, p, 0, in_, j, count, own + p * step + j, out_.all, chunk > start);
          }
        }
      }
    });
    share(team_, points * step, 4096, [&](Index begin, Index end) {
      for (Index part = 1; part < parts; ++part) {
        const float* more = sums.data() + part * points * step;
        for (Index i = begin; i < end; ++i) sums[i] += more[i];
      }
    });
    finish(sums.data(), step);
  }

  // All else: a thread has some of the points.
  void by_points(Index size) const {
    const Index step = in_ * out_.all + gap;
    const Room room(*this, size);
    const Work<float> sums(points * step);
    for (Index first = 0; first < tiles_.count; first += size) {
      const Index count = std::min(size, tiles_.count - first);
      share(team_, count, 4, [&](Index begin, Index end) { transform(room, first, count, begin, end); });
      share(team_, points * panels_, 1, [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) {
          const Index p = i / panels_, j = i % panels_ * out_.widest;
          product(room, p, 0, in_, j, count, sums.data() + p * step + j, out_.all, first > 0);
        }
      });
    }
    finish(sums.data(), step);
  }

  const WinogradKernels& k_ = winograd_kernels();
  Index top_, left_;
  const Image &x_, &dy_;
  const Tiles& tiles_;
  float* dw_;
  Index in_, row_;
  Columns out_;
  Index panels_;
  int team_;
  Zeros none_;
};

}  // namespace

void weight_gradient(const Convolution& c, const Image& x, const Image& dy, const Tiles& tiles, float* dw) { WeightGradient(c, x, dy, tiles, dw).run(); }

}  // namespace gradus::cpu::winograd
