// Convolutions of 3x3 windows with a stride of 1 by Winograd's algorithm F(4x4, 3x3): 36 multiplications for 16 results instead of 144.
// Each of the 36 points of the transforms is a product of matrices: tiles by channels, channels by channels. Float32 results are within
// 2e-6 of the norm of exact ones, sums in the usual order within 3e-7.
#include <algorithm>

#include "backend/cpu/winograd.hpp"

namespace gradus::cpu {
namespace winograd {
namespace {

// y = conv(x, w). Of the gradient of x, dy is x and dx is y: then w is turned around, and its two axes of channels are exchanged.
class Forward {
 public:
  Forward(const Convolution& c, const Image& x, const Image& y, const Tiles& tiles)
      : turned_(c.result == Convolution::input), top_(turned_ ? 2 - c.padding[0] : c.padding[0]), left_(turned_ ? 2 - c.padding[1] : c.padding[1]), depth_(x.channels), row_(rounded(depth_, k_.lanes)), x_(x), y_(y), tiles_(tiles), team_(team_of(tiles, depth_, y.channels)), out_(y.channels), w_(c.w), none_(row_), bias_(out_.all) {
    std::fill_n(bias_.data(), out_.all, 0.f);
    if (c.bias) std::copy_n(c.bias, out_.size, bias_.data());
  }

  void run() {
    if (tiles_.count <= few && out_.all >= 4 * out_.widest) by_columns();  // by shapes alone, because these two add up in different orders
    else by_tiles();
  }

 private:
  static constexpr Index few = 48, deep = 32;  // tiles, and rows of weights, of which the points of a panel fit the second cache together

  // All weights first, then so many tiles at a time as fit the second cache, with as much for every thread.
  void by_tiles() {
    const Index u_step = depth_ * out_.all + gap;
    const Work<float> u(points * u_step);
    share(team_, depth_, std::max<Index>(1, 1024 / out_.all), [&](Index begin, Index end) {
      for (Index o = 0; o < out_.all; o += k_.lanes) weights(o, begin, end, u.data() + out_.at(o, begin, depth_), out_.width(o), u_step);
    });
    const Index most = std::clamp<Index>((Index{1} << 17) / (points * (row_ + out_.all)) / 6 * 6, 24, 96), each = parts_of(tiles_.count, team_), size = parts_of(each, parts_of(each, most));
    share(team_, parts_of(tiles_.count, size), 1, [&](Index begin, Index end) {
      const Index v_step = size * row_ + gap, m_step = size * out_.all + gap;
      const Work<float> v(points * v_step), m(points * m_step), outside(out_.all);
      for (Index part = begin; part < end; ++part) {
        const Index first = part * size, count = std::min(size, tiles_.count - first);
        for (Index t = 0; t < count; ++t) input(first + t, 0, depth_, v.data() + t * row_, v_step);
        for (Index p = 0; p < points; ++p) {
          for (Index j = 0; j < out_.all; j += out_.widest) multiply(count, depth_, out_.width(j), v.data() + p * v_step, row_, 1, u.data() + p * u_step + j * depth_, m.data() + p * m_step + j, out_.all, false);
        }
        for (Index t = 0; t < count; ++t) output(first + t, 0, out_.size, m.data() + t * out_.all, m_step, outside.data());
      }
    });
  }

  // All tiles first, `deep` channels after the other, then a panel of weights at a time, of which only a few rows are there at once: with few tiles it is the weights
  // that would go to memory and back.
  void by_columns() {
    const Index count = tiles_.count, v_step = count * deep + gap;
    const Work<float> v(parts_of(depth_, deep) * points * v_step);
    share(team_, count, std::max<Index>(1, 1024 / depth_), [&](Index begin, Index end) {
      for (Index t = begin; t < end; ++t) {
        for (Index i = 0; i < depth_; i += deep) input(t, i, std::min(deep, depth_ - i), v.data() + i / deep * points * v_step + t * deep, v_step);
      }
    });
    share(team_, parts_of(out_.all, out_.widest), 1, [&](Index begin, Index end) {
      const Index u_step = deep * out_.widest + gap, m_step = count * out_.widest + gap;
      const Work<float> u(points * u_step), m(points * m_step), outside(out_.widest);
      for (Index j = begin * out_.widest; j < std::min(out_.all, end * out_.widest); j += out_.widest) {
        const Index width = out_.width(j);
        for (Index i = 0; i < depth_; i += deep) {
          const Index rows = std::min(deep, depth_ - i);
          const float* part = v.data() + i / deep * points * v_step;
          for (Index o = 0; o < width; o += k_.lanes) weights(j + o, i, i + rows, u.data() + o, width, u_step);
          for (Index p = 0; p < points; ++p) multiply(count, rows, width, part + p * v_step, deep, 1, u.data() + p * u_step, m.data() + p * m_step, width, i > 0);
        }
        for (Index t = 0; t < count; ++t) output(t, j, std::min(width, out_.size - j), m.data() + t * width, m_step, outside.data());
      }
    });
  }

  // A vector of columns from `o` on, of the rows begin .. end.
  void weights(Index o, Index begin, Index end, float* to, Index to_row, Index step) const {
    const Index next_out = turned_ ? 9 : 9 * depth_, next_in = turned_ ? 9 * out_.size : 9;
    for (Index i = begin; i < end; ++i) k_.weights(w_.data() + o * next_out + i * next_in, next_out, std::min(k_.lanes, out_.size - o), turned_, to + (i - begin) * to_row, step);
  }
  // Channels first .. first + count of a tile.
  void input(Index tile, Index first, Index count, float* to, Index step) const {
    const float* at[36];
    x_.places<const float>(tiles_.image(tile), tiles_.top(tile) - top_, tiles_.left(tile) - left_, 6, none_.data(), at);
    for (const float*& place : at) place += first;
    k_.input(at, count, to, step);
  }
  void output(Index tile, Index first, Index count, const float* from, Index step, float* outside) const {
    float* at[16];
    y_.places<float>(tiles_.image(tile), tiles_.top(tile), tiles_.left(tile), 4, outside - first, at);
    for (float*& place : at) place += first;
    k_.output(from, step, bias_.data() + first, count, at);
  }

  const WinogradKernels& k_ = winograd_kernels();
  bool turned_;
  Index top_, left_, depth_, row_;
  const Image &x_, &y_;
  const Tiles& tiles_;
  int team_;
  Columns out_;
  Dense<float> w_;
  Zeros none_;
  Work<float> bias_;
};

// Whether there are fewer multiplications, or what costs as much, than those of the windows inside of x.
bool worth(const Convolution& c) {
  const Dims kernel = c.w.shape();
  if (kernel.size() != 4 || kernel[2] != 3 || kernel[3] != 3 || c.groups != 1 || winograd_kernels().lanes == 1) return false;
  for (const Array* a : {&c.x, &c.w, &c.y}) {
    if (a->dtype() != Dtype::f32 || a->numel() == 0) return false;
  }
  Index direct = c.y.shape()[0] * c.w.shape()[0] * c.w.shape()[1];
  for (std::size_t i = 0; i < 2; ++i) {
    if (c.stride[i] != 1 || c.dilation[i] != 1) return false;
    Index inside = 0;
    for (Index tap = 0; tap < 3; ++tap) inside += std::max<Index>(0, std::min(c.y.shape()[i + 2], c.x.shape()[i + 2] + c.padding[i] - tap) - std::max<Index>(0, c.padding[i] - tap));
    direct *= inside;
  }
  return work_of(Tiles(c.result == Convolution::input ? c.x : c.y), c.w.shape()[1], c.w.shape()[0]) < direct * 9 / 10;
}

}  // namespace
}  // namespace winograd

bool winograd_conv(const Convolution& c) {
  using namespace winograd;
  if (!worth(c)) return false;
  const Array& result = c.result == Convolution::input ? c.x : c.y;
  const Tiles tiles(result);
  if (c.result == Convolution::weights) {
    const Laid<float> x(c.x, Layout::channels), dy(c.y, Layout::channels);
    DenseResult<float> dw(const_cast<Array&>(c.w));
    weight_gradient(c, {c.x, x.data()}, {c.y, dy.data()}, tiles, dw.data());
    dw.finish();
  } else {
    const Array& from = c.result == Convolution::input ? c.y : c.x;
    const Laid<float> x(from, Layout::channels);
    LaidResult<float> y(const_cast<Array&>(result), Layout::channels);
    const Image in(from, x.data()), out(result, y.data());
    Forward(c, in, out, tiles).run();
    y.finish();
  }
  return true;
}

}  // namespace gradus::cpu
