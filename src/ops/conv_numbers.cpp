#include <gradus/tensor/node.hpp>

#include <algorithm>
#include <cstring>

#include "conv.hpp"

namespace gradus::ops {
namespace {

constexpr std::int64_t block_bytes = std::int64_t{16} << 20;  // of columns at a time; fixed, so that the bits depend on nothing else

struct Sizes {
  std::int64_t examples, groups, channels, outs;  // channels of the input side, of the output side
  Patches patches;
  std::int64_t rows() const { return channels / groups * patches.taps(); }  // of the columns of one group
  std::int64_t block(Dtype dtype) const {
    const std::int64_t one = std::max<std::int64_t>(1, channels * patches.taps() * patches.points() * static_cast<std::int64_t>(size_of(dtype)));
    return std::clamp<std::int64_t>(block_bytes / one, 1, std::max<std::int64_t>(1, examples));
  }
};

Shape after_two(Dims shape) { return Shape(shape.begin() + 2, shape.end()); }

template <class S>
Sizes sizes_of(const S& op, Dims input, Dims output, Dims kernel) {
  const std::size_t n = kernel.size();
  return {input[0], op.groups, input[1], output[1],
          {after_two(input), Shape(kernel.begin(), kernel.end()), after_two(output), per_axis(S::name, "stride", op.stride, n, 1, 1), per_axis(S::name, "padding", op.padding, n, 0, 0),
           per_axis(S::name, "dilation", op.dilation, n, 1, 1)}};
}

// Without history: these are numbers for a node that apply makes.
Tensor plain(const Tensor& x, Dtype dtype) { return contiguous(cast(Tensor(x.array_ref()), dtype)); }

template <class T>
const T* data(const Tensor& x) { return static_cast<const T*>(x.array().data()); }
template <class T>
T* data(Array& y) { return static_cast<T*>(y.data()); }

template <class F>
void each_block(const Sizes& s, Dtype dtype, const F& run) {
  const std::int64_t block = s.block(dtype);
  for (std::int64_t first = 0; first < s.examples; first += block) run(first, std::min(block, s.examples - first));
}

// The columns of examples first .. first + count as [count, groups, rows, points].
Tensor columns_of(const Sizes& s, const Tensor& x, std::int64_t first, std::int64_t count) {
  const std::int64_t points = s.patches.points(), taps = s.patches.taps();
  const Ref<Array> out = Array::make({{count, s.groups, s.rows(), points}, x.dtype()});
  visit_wide(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    to_columns<T>(s.patches, {count * s.channels, 0, taps * points, points}, count * s.channels, data<T>(x) + first * s.channels * s.patches.inside(), data<T>(*out));
  });
  return Tensor(out);
}

bool every(const Shape& shape, std::int64_t value) {
  return std::ranges::all_of(shape, [value](std::int64_t n) { return n == value; });
}

}  // namespace

void compute_conv(const Conv& op, Array& y, Inputs in) {
  const Recording off(false);
  const Tensor x = plain(in[0], y.dtype()), w = plain(in[1], y.dtype());
  const Sizes s = sizes_of(op, x.array().shape(), y.shape(), after_two(w.array().shape()));
  if (y.numel() == 0) return;
  const Tensor weights = reshape(w, {s.groups, s.outs / s.groups, s.rows()});
  // A kernel of one entry: the columns are x itself.
  const bool direct = s.patches.taps() == 1 && every(s.patches.stride, 1) && every(s.patches.padding, 0);
  const auto width = static_cast<std::int64_t>(size_of(y.dtype()));
  each_block(s, y.dtype(), [&](std::int64_t first, std::int64_t count) {
    const Tensor columns = direct ? reshape(x[{first, first + count}], {count, s.groups, s.rows(), s.patches.points()}) : columns_of(s, x, first, count);
    const Tensor part = contiguous(matmul(weights, columns));
    const std::int64_t one = s.outs * s.patches.points() * width;
    std::memcpy(static_cast<std::byte*>(y.data()) + first * one, part.array().data(), static_cast<std::size_t>(count * one));
  });
}

void compute_conv_transpose(const ConvTranspose& op, Array& y, Inputs in) {
  const Recording off(false);
  const Tensor x = plain(in[0], y.dtype()), w = plain(in[1], y.dtype());
  const Sizes s = sizes_of(op, y.shape(), x.array().shape(), after_two(w.array().shape()));  // the output is a convolution's input
  if (y.numel() == 0) return;
  const std::int64_t points = s.patches.points(), taps = s.patches.taps();
  std::memset(y.data(), 0, static_cast<std::size_t>(y.numel()) * size_of(y.dtype()));
  const Tensor weights = T(reshape(w, {s.groups, s.outs / s.groups, s.rows()}));
  each_block(s, y.dtype(), [&](std::int64_t first, std::int64_t count) {
    const Tensor columns = contiguous(matmul(weights, reshape(x[{first, first + count}], {count, s.groups, s.outs / s.groups, points})));
    visit_wide(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      add_columns<T>(s.patches, {count * s.channels, 0, taps * points, points}, count * s.channels, data<T>(columns), data<T>(y) + first * s.channels * s.patches.inside());
    });
  });
}

void compute_conv_weight(const ConvWeight& op, Array& y, Inputs in) {
  const Recording off(false);
  const Tensor x = plain(in[0], y.dtype()), g = plain(in[1], y.dtype());
  const Sizes s = sizes_of(op, x.array().shape(), g.array().shape(), op.kernel);
  if (y.numel() == 0) return;
  const std::int64_t points = s.patches.points(), taps = s.patches.taps();
  Tensor sum = Tensor::zeros({s.groups, s.outs / s.groups, s.rows()}, y.dtype());
  // The examples of a block side by side: one product over all their points.
  each_block(s, y.dtype(), [&](std::int64_t first, std::int64_t count) {
    const Ref<Array> columns = Array::make({{s.groups, s.rows(), count * points}, y.dtype()});
    visit_wide(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      to_columns<T>(s.patches, {s.channels, points, taps * count * points, count * points}, count * s.channels, data<T>(x) + first * s.channels * s.patches.inside(), data<T>(*columns));
    });
    const Tensor slopes = permute(reshape(g[{first, first + count}], {count, s.outs, points}), {1, 0, 2});
    sum = sum + matmul(reshape(slopes, {s.groups, s.outs / s.groups, count * points}), T(Tensor(columns)));
  });
  const Tensor whole = contiguous(sum);
  std::memcpy(y.data(), whole.array().data(), static_cast<std::size_t>(y.numel()) * size_of(y.dtype()));
}

}  // namespace gradus::ops
