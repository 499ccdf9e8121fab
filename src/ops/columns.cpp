// Windows over several axes: columns of patches, and pixels that become channels.
#include <fmt/format.h>
#include <gradus/ops.hpp>

namespace gradus::ops {
namespace {

// The attributes of im2col and col2im, one number per spatial axis, and the places that the window has along each.
struct Patches {
  Shape kernel, stride, padding, dilation, places;
};

Shape per_axis(std::string_view op, std::string_view what, const Shape& given, std::size_t n, std::int64_t otherwise, std::int64_t least) {
  const Shape out = given.empty() ? Shape(n, otherwise) : given.size() == 1 ? Shape(n, given[0]) : given;
  if (out.size() != n) fail<ShapeError>(std::string(op), fmt::format("{} {} has {} numbers, the kernel has {}", what, to_string(given), given.size(), n));
  for (const std::int64_t i : out) {
    if (i < least) fail<ValueError>(std::string(op), fmt::format("{} {} must be {} or more everywhere", what, to_string(given), least));
  }
  return out;
}

Patches patches_of(std::string_view op, Dims size, const Shape& kernel, const Shape& stride, const Shape& padding, const Shape& dilation) {
  const std::size_t n = kernel.size();
  Patches out{per_axis(op, "kernel", kernel, n, 1, 1), per_axis(op, "stride", stride, n, 1, 1), per_axis(op, "padding", padding, n, 0, 0), per_axis(op, "dilation", dilation, n, 1, 1), {}};
  for (std::size_t i = 0; i < n; ++i) {
    std::int64_t padded = 0, reach = 0;
    const bool overflow = __builtin_mul_overflow(out.padding[i], 2, &padded) || __builtin_add_overflow(padded, size[i], &padded) ||
                          __builtin_mul_overflow(kernel[i] - 1, out.dilation[i], &reach) || __builtin_add_overflow(reach, 1, &reach);
    if (overflow) fail<ShapeError>(std::string(op), "the sizes are too large to address");
    if (padded < reach) {
      fail<ShapeError>(std::string(op), fmt::format("a window over {} entries does not fit spatial axis {} of {} with padding {}", reach, i, to_string(size), out.padding[i]),
                       "use more padding or a smaller kernel");
    }
    out.places.push_back((padded - reach) / out.stride[i] + 1);
  }
  return out;
}

void check_kernel(std::string_view op, const Shape& kernel) {
  if (kernel.empty()) fail<ValueError>(std::string(op), "the kernel has no sizes", "one number per spatial axis, such as {3, 3}");
}

}  // namespace

Tensor Im2col::expand(Inputs x) const {
  check_kernel(name, kernel);
  const auto n = static_cast<std::int64_t>(kernel.size());
  if (x[0].rank() == n + 1) return squeeze(im2col(unsqueeze(x[0], 0), kernel, stride, padding, dilation), 0);
  if (x[0].rank() != n + 2) {
    fail<ShapeError>(name, fmt::format("a kernel of {} axes needs [N, C, ...] of rank {} or [C, ...] of rank {}; the tensor is {}", n, n + 2, n + 1, to_string(x[0].shape())));
  }
  const Shape shape = x[0].shape();
  const Patches p = patches_of(name, Dims(shape).subspan(2), kernel, stride, padding, dilation);
  Tensor y = x[0];
  std::int64_t window = 1, places = 1;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (p.padding[at]) y = pad(y, i + 2, p.padding[at], p.padding[at]);
    y = unfold(y, i + 2, kernel[at], p.stride[at], p.dilation[at]);
    window *= kernel[at];
    places *= p.places[at];
  }
  Shape order{0, 1};  // [N, C, places ..., window ...] -> [N, C, window ..., places ...]
  for (std::int64_t i = 0; i < 2 * n; ++i) order.push_back(2 + (i + n) % (2 * n));
  return reshape(permute(y, order), {shape[0], shape[1] * window, places});
}
std::vector<Case> Im2col::cases() {
  return {{make_op(Im2col{{2, 3}, {1, 2}, {1, 0}, {}}), {{{2, 2, 3, 5}}}},
          {make_op(Im2col{{2}, {2}, {1}, {2}}), {{{1, 2, 4}}}},
          {make_op(Im2col{{2, 2}, {}, {}, {2, 1}}), {{{2, 3, 3}}}},
          {make_op(Im2col{{1, 2, 2}, {}, {}, {}}), {{{0, 1, 2, 2, 3}}}}};
}

Tensor Col2im::expand(Inputs x) const {
  check_kernel(name, kernel);
  const auto n = static_cast<std::int64_t>(kernel.size());
  if (size.size() != kernel.size()) fail<ShapeError>(name, fmt::format("size {} has {} numbers, the kernel has {}", to_string(size), size.size(), n));
  for (const std::int64_t i : size) {
    if (i < 0) fail<ShapeError>(name, fmt::format("size {} is negative somewhere", to_string(size)));
  }
  if (x[0].rank() == 2) return squeeze(col2im(unsqueeze(x[0], 0), size, kernel, stride, padding, dilation), 0);
  if (x[0].rank() != 3) fail<ShapeError>(name, fmt::format("the columns are {}; they must be [N, C * window, places] or [C * window, places]", to_string(x[0].shape())));
  const Patches p = patches_of(name, size, kernel, stride, padding, dilation);
  const Shape shape = x[0].shape();
  const std::int64_t window = numel(kernel), places = numel(p.places);
  if (shape[1] % window != 0 || shape[2] != places) {
    fail<ShapeError>(name, fmt::format("the columns are {}; windows of {} entries at {} places of {} need [N, C * {}, {}]", to_string(shape), window, places, to_string(size), window, places));
  }
  Shape parts{shape[0], shape[1] / window}, order{0, 1};
  parts.append(kernel.begin(), kernel.end());
  parts.append(p.places.begin(), p.places.end());
  for (std::int64_t i = 0; i < 2 * n; ++i) order.push_back(2 + (i + n) % (2 * n));
  Tensor y = permute(reshape(x[0], parts), order);
  for (std::int64_t i = n; i-- > 0;) {
    const auto at = static_cast<std::size_t>(i);
    y = fold(y, i + 2, size[at] + 2 * p.padding[at], p.stride[at], p.dilation[at]);
    if (p.padding[at]) y = slice(y, i + 2, {p.padding[at], p.padding[at] + size[at]});
  }
  return y;
}
std::vector<Case> Col2im::cases() {
  return {{make_op(Col2im{{3, 5}, {2, 3}, {1, 2}, {1, 0}, {}}), {{{2, 12, 8}}}},
          {make_op(Col2im{{4}, {2}, {2}, {1}, {2}}), {{{1, 4, 2}}}},
          {make_op(Col2im{{3, 3}, {2, 2}, {}, {}, {2, 1}}), {{{8, 2}}}},
          {make_op(Col2im{{2, 2, 3}, {1, 2, 2}, {}, {}, {}}), {{{0, 4, 4}}}}};
}

namespace {
void check_pixels(std::string_view op, const Tensor& x, std::int64_t factor) {
  if (factor < 1) fail<ValueError>(std::string(op), fmt::format("factor {} must be 1 or more", factor));
  if (x.rank() < 3) fail<ShapeError>(std::string(op), fmt::format("needs [..., C, H, W]; the tensor is {}", to_string(x.shape())));
}
}  // namespace

Tensor PixelShuffle::expand(Inputs x) const {
  check_pixels(name, x[0], factor);
  const Shape shape = x[0].shape();
  const std::size_t n = shape.size();
  if (factor > (std::int64_t{1} << 31) || shape[n - 3] % (factor * factor) != 0) {
    fail<ShapeError>(name, fmt::format("{} channels of {} do not divide by factor {} squared", shape[n - 3], to_string(shape), factor));
  }
  const std::int64_t channels = shape[n - 3] / (factor * factor), leading = numel(Dims(shape).first(n - 3));
  const Tensor y = permute(reshape(x[0], {leading, channels, factor, factor, shape[n - 2], shape[n - 1]}), {0, 1, 4, 2, 5, 3});
  Shape to(shape.begin(), shape.end() - 3);
  for (const std::int64_t size : {channels, shape[n - 2] * factor, shape[n - 1] * factor}) to.push_back(size);
  return reshape(y, to);
}
std::vector<Case> PixelShuffle::cases() {
  return {{make_op(PixelShuffle{2}), {{{2, 8, 1, 2}}}}, {make_op(PixelShuffle{1}), {{{2, 2, 2}}}}, {make_op(PixelShuffle{3}), {{{0, 9, 2, 1}}}}};
}

Tensor PixelUnshuffle::expand(Inputs x) const {
  check_pixels(name, x[0], factor);
  const Shape shape = x[0].shape();
  const std::size_t n = shape.size();
  if (shape[n - 2] % factor != 0 || shape[n - 1] % factor != 0) {
    fail<ShapeError>(name, fmt::format("height {} and width {} of {} do not both divide by factor {}", shape[n - 2], shape[n - 1], to_string(shape), factor));
  }
  std::int64_t channels = 0;
  if (__builtin_mul_overflow(factor, factor, &channels) || __builtin_mul_overflow(channels, shape[n - 3], &channels)) fail<ShapeError>(name, "the result is too large to address");
  const std::int64_t height = shape[n - 2] / factor, width = shape[n - 1] / factor, leading = numel(Dims(shape).first(n - 3));
  const Tensor y = permute(reshape(x[0], {leading, shape[n - 3], height, factor, width, factor}), {0, 1, 3, 5, 2, 4});
  Shape to(shape.begin(), shape.end() - 3);
  for (const std::int64_t size : {channels, height, width}) to.push_back(size);
  return reshape(y, to);
}
std::vector<Case> PixelUnshuffle::cases() {
  return {{make_op(PixelUnshuffle{2}), {{{2, 2, 2, 4}}}}, {make_op(PixelUnshuffle{1}), {{{2, 2, 2}}}}, {make_op(PixelUnshuffle{3}), {{{0, 1, 6, 3}}}}};
}

}  // namespace gradus::ops

namespace gradus {

Tensor im2col(const Tensor& x, const Shape& kernel, const Shape& stride, const Shape& padding, const Shape& dilation) {
  return apply(ops::Im2col{kernel, stride, padding, dilation}, x);
}
Tensor col2im(const Tensor& x, const Shape& size, const Shape& kernel, const Shape& stride, const Shape& padding, const Shape& dilation) {
  return apply(ops::Col2im{size, kernel, stride, padding, dilation}, x);
}
Tensor pixel_shuffle(const Tensor& x, std::int64_t factor) { return apply(ops::PixelShuffle{factor}, x); }
Tensor pixel_unshuffle(const Tensor& x, std::int64_t factor) { return apply(ops::PixelUnshuffle{factor}, x); }

}  // namespace gradus
