// The kernels of images on every layout of inputs and results that a plan may give them, against the same made of plain operations in
// float64, which lie as rows.
#include <gradus/autodiff.hpp>
#include <gradus/base/random.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/tensor/anomaly.hpp>
#include <gradus/tensor/backend.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <span>

#include "backend/cpu/conv.hpp"
#include "backend/cpu/image.hpp"
#include "backend/cpu/winograd_kernels.hpp"

namespace gradus {
namespace {

enum Lie { rows, channels_last, gaps, flipped, lies };

Ref<Array> made(const Spec& spec, int lie) {
  const Dims shape(spec.shape);
  Shape larger = spec.shape;  // with gaps: part of something larger, every second element of it
  for (std::int64_t& n : larger) n += lie == gaps;
  Shape strides = lie == channels_last ? cpu::strides_of(cpu::Layout::channels, shape) : contiguous_strides(larger);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (lie == gaps) strides[i] *= 2;
    if (lie != flipped || shape[i] == 0) continue;
    first += (shape[i] - 1) * strides[i];
    strides[i] = -strides[i];
  }
  const auto bytes = static_cast<std::size_t>(2 * numel(larger)) * size_of(spec.dtype);
  const Ref<Buffer> buffer = Buffer::make(bytes);
  std::memset(buffer->data(), 0x7e, bytes);  // large numbers where nothing is written
  return Array::view(spec.dtype, shape, strides, first, buffer);
}

Tensor laid(const Tensor& x, int lie) {
  const Ref<Array> to = made(x.spec(), lie);
  const Array& from = x.array();
  if (x.dtype() == Dtype::f32) cpu::copy_strided<float>(from.shape(), static_cast<const float*>(from.data()), from.strides(), static_cast<float*>(to->data()), to->strides());
  else cpu::copy_strided<double>(from.shape(), static_cast<const double*>(from.data()), from.strides(), static_cast<double*>(to->data()), to->strides());
  return Tensor(to);
}

Tensor by_kernel(const Op& op, Inputs x, int lie) {
  const Ref<Array> y = made(op.shape(x), lie);
  const Kernel kernel = cpu_backend().prepare(op, x, *y);
  if (!kernel.run) return {};
  kernel.run(kernel, x, *y);
  return Tensor(y);
}

double difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = a.to_vector(), y = b.to_vector();
  double worst = x.size() == y.size() ? 0 : INFINITY, scale = 1e-3;
  for (const double v : y) scale = std::max(scale, std::isfinite(v) ? std::abs(v) : 0);
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    const double error = std::abs(x[i] - y[i]) / scale;
    if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
  }
  return worst;
}

// All layouts of inputs of rank 4 and of the result, in f32 and f64, against `expected` of the inputs in f64.
template <class S, class F>
void in_all_layouts(const S& attributes, const Tensors& x, const F& expected, std::initializer_list<Dtype> dtypes = {Dtype::f32, Dtype::f64}) {
  const Ref<const Op> op = ops::make_op(attributes);
  for (const Dtype dtype : dtypes) {
    Tensors narrow, wide;
    for (const Tensor& t : x) {
      narrow.push_back(cast(t, dtype));
      wide.push_back(cast(narrow.back(), Dtype::f64));
    }
    const Tensor right = expected(Inputs(wide));
    for (int from = 0; from < lies; ++from) {
      Tensors in;
      for (const Tensor& t : narrow) in.push_back(t.rank() == 4 ? laid(t, from) : laid(t, from == channels_last ? rows : from));
      for (int to = 0; to < lies; ++to) {
        const Tensor y = by_kernel(*op, in, to);
        ASSERT_TRUE(y.defined()) << op->text();
        EXPECT_LE(difference(y, right), dtype == Dtype::f32 ? 2e-5 : 1e-12) << op->text() << " " << name(dtype) << " from layout " << from << " to " << to;
      }
    }
  }
}

struct Convolved {
  const char* what;
  std::int64_t examples, channels, size, outs, kernel, stride, padding, dilation, groups;
};
constexpr Convolved convolutions[] = {
    {"plain", 2, 16, 12, 32, 3, 1, 1, 1, 1},       {"one channel", 4, 1, 20, 32, 3, 1, 0, 1, 1}, {"stride", 2, 3, 17, 24, 3, 2, 1, 1, 1},   {"dilation", 2, 6, 15, 10, 3, 1, 2, 2, 1},
    {"groups", 2, 16, 12, 32, 3, 1, 1, 1, 4},      {"depthwise", 2, 32, 14, 32, 3, 1, 1, 1, 32}, {"pointwise", 2, 64, 9, 32, 1, 2, 0, 1, 1}, {"few points", 4, 64, 4, 64, 3, 1, 1, 1, 1},
    {"odd channels", 2, 5, 14, 7, 5, 3, 2, 1, 1}, {"both", 2, 5, 26, 7, 3, 3, 0, 2, 1},         {"tiny", 1, 2, 4, 3, 2, 1, 0, 1, 1}};
// Each of Winograd's ways: many tiles or few, and of the gradient of the weights blocks, parts and points.
constexpr Convolved by_winograd[] = {
    {"parts", 3, 20, 37, 24, 3, 1, 1, 1, 1}, {"points", 2, 97, 26, 80, 3, 1, 2, 1, 1}, {"blocks", 4, 100, 8, 72, 3, 1, 1, 1, 1}, {"columns", 2, 36, 10, 260, 3, 1, 1, 1, 1}};

void convolve_in_all_layouts(std::span<const Convolved> cases, std::initializer_list<Dtype> dtypes) {
  for (const Convolved& c : cases) {
    SCOPED_TRACE(c.what);
    const ops::Conv how{.stride = {c.stride}, .padding = {c.padding}, .dilation = {c.dilation}, .groups = c.groups};
    const Tensor x = Tensor::randn({c.examples, c.channels, c.size, c.size + 1}), w = Tensor::randn({c.outs, c.channels / c.groups, c.kernel, c.kernel});
    in_all_layouts(how, {x, w}, [&](Inputs in) { return conv(in[0], in[1], how); }, dtypes);
    const Tensor g = Tensor::randn(conv(x, w, how).shape());
    const auto gradients = [&](const Tensor& a, const Tensor& b, const Tensor& slope) {  // by the columns, in f64
      const GradScope scope;
      const Tensor in[] = {variable(a), variable(b)};
      return pullback(conv(in[0], in[1], how), slope, in);
    };
    Shape more;
    for (std::int64_t i = 0; i < 2; ++i) more.push_back((c.size + i + 2 * c.padding - (c.dilation * (c.kernel - 1) + 1)) % c.stride);
    in_all_layouts(ops::ConvTranspose{{c.stride}, {c.padding}, more, {c.dilation}, c.groups}, {g, w}, [&](Inputs in) { return gradients(cast(x, Dtype::f64), in[1], in[0])[0]; }, dtypes);
    in_all_layouts(ops::ConvWeight{{c.kernel, c.kernel}, {c.stride}, {c.padding}, {c.dilation}, c.groups}, {x, g}, [&](Inputs in) { return gradients(in[0], cast(w, Dtype::f64), in[1])[1]; }, dtypes);
  }
}

TEST(Image, ConvolutionsInAllLayouts) { convolve_in_all_layouts(convolutions, {Dtype::f32, Dtype::f64}); }
TEST(Image, ConvolutionsByWinogradInAllLayouts) { convolve_in_all_layouts(by_winograd, {Dtype::f32}); }

void expect_taken(std::span<const Convolved> cases, bool (*door)(const cpu::Convolution&)) {
  for (const Convolved& c : cases) {
    if (c.size < 9 && c.channels < 16) continue;  // not worth a primitive
    const ops::Conv how{.stride = {c.stride}, .padding = {c.padding}, .dilation = {c.dilation}, .groups = c.groups};
    for (const int lie : {rows, channels_last}) {
      const Tensor x = laid(Tensor::randn({c.examples, c.channels, c.size, c.size}), lie), w = Tensor::randn({c.outs, c.channels / c.groups, c.kernel, c.kernel});
      const Tensor y = laid(conv(x, w, how), lie);
      const auto taken = [&](cpu::Convolution::Result result) { return door({result, x.array(), w.array(), y.array(), {c.stride, c.stride}, {c.padding, c.padding}, {c.dilation, c.dilation}, c.groups}); };
      EXPECT_TRUE(taken(cpu::Convolution::output)) << c.what << lie;
      EXPECT_TRUE(taken(cpu::Convolution::input)) << c.what << lie;
      EXPECT_TRUE(taken(cpu::Convolution::weights)) << c.what << lie;
    }
  }
}

// Else a mistake in what oneDNN is told makes every convolution slow, and none wrong.
TEST(Image, OneDnnTakesCommonConvolutions) {
  if (!cpu::has_onednn()) GTEST_SKIP() << "built without oneDNN";
  expect_taken(convolutions, &cpu::onednn_conv);
}

TEST(Image, WinogradTakesWindowsOfThree) {
  if (cpu::winograd_kernels().lanes == 1) GTEST_SKIP() << "no vectors";
  expect_taken(by_winograd, &cpu::winograd_conv);
  const Tensor x = Tensor::randn({2, 64, 16, 16}), y = Tensor::randn({2, 64, 16, 16}), w = Tensor::randn({64, 64, 3, 3}), half = Tensor::randn({64, 32, 3, 3});
  const auto taken = [&](const Tensor& weights, const Shape& stride, const Shape& dilation, std::int64_t groups) { return cpu::winograd_conv({cpu::Convolution::output, x.array(), weights.array(), y.array(), stride, {1, 1}, dilation, groups}); };
  EXPECT_TRUE(taken(w, {1, 1}, {1, 1}, 1));
  EXPECT_FALSE(taken(w, {1, 2}, {1, 1}, 1));
  EXPECT_FALSE(taken(w, {1, 1}, {2, 1}, 1));
  EXPECT_FALSE(taken(half, {1, 1}, {1, 1}, 2));
}

// Beside sums in the usual order, which are within 3e-7 of the norm.
TEST(Image, WinogradIsAsExactAsItSays) {
  const auto error = [](const Tensor& found, const Tensor& exact) { return std::sqrt((sum(square(cast(found, Dtype::f64) - exact)) / sum(square(exact))).item()); };
  for (const std::int64_t channels : {16, 128}) {
    const Tensor x = relu(Tensor::randn({2, channels, 24, 24})), w = Tensor::randn({channels, channels, 3, 3}), g = Tensor::randn({2, channels, 24, 24});
    const auto gradients = [&](Dtype dtype) {
      const GradScope scope;
      const Tensor in[] = {variable(cast(x, dtype)), variable(cast(w, dtype))};
      const Tensor y = conv2d(in[0], in[1], {.padding = {1}});
      Tensors out = pullback(y, cast(g, dtype), in);
      out.push_back(stop_gradient(y));
      return out;
    };
    const Tensors found = gradients(Dtype::f32), exact = gradients(Dtype::f64);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_LT(error(found[i], exact[i]), 2e-6) << channels << " " << i;
  }
}

// The anomaly finder tells what reads an infinity; Winograd's tiles would give it to others too.
TEST(Image, InfinitiesStayInTheirWindowsWhileTheyAreLookedFor) {
  const Tensor place = reshape(pad(Tensor::full({1}, 3e38), 0, 65, 144 * 64 - 66), {1, 64, 12, 12});  // finite, so that the finder lets it pass
  const Tensor x = Tensor::randn({1, 64, 12, 12}) + place, w = Tensor::rand({64, 64, 3, 3}) + 2;
  const AnomalyScope scope;
  try {
    static_cast<void>(relu(conv2d(x, w, {.padding = {1}})));
    FAIL() << "no infinity";
  } catch (const DivergedError& error) {
    EXPECT_NE(std::string(error.what()).find("(576 of 9216 elements"), std::string::npos) << error.what();  // 9 points of 64 channels
  }
}

TEST(Image, OneAndThreeSpatialAxes) {
  const Tensor line = Tensor::randn({4, 16, 60}), box = Tensor::randn({2, 4, 8, 9, 10}), wl = Tensor::randn({16, 16, 3}), wb = Tensor::randn({8, 4, 3, 3, 3});
  const ops::Conv how{.padding = {1}};
  EXPECT_LE(difference(conv(line, wl, how), conv(cast(line, Dtype::f64), cast(wl, Dtype::f64), how)), 1e-5);
  EXPECT_LE(difference(conv(box, wb, how), conv(cast(box, Dtype::f64), cast(wb, Dtype::f64), how)), 1e-5);
  const Tensor ones = expand(Tensor::ones({1, 1, 1}), {4, 16, 60});  // a gradient that repeats one number
  const ops::ConvTranspose back{.padding = {1}};
  EXPECT_LE(difference(conv_transpose(ones, wl, back), conv_transpose(cast(ones, Dtype::f64), cast(wl, Dtype::f64), back)), 1e-5);
}

// The right side is finite where the left is not, so a wrong order of comparing shows.
TEST(Image, ConvolutionWithBiasAndRelu) {
  for (const std::int64_t channels : {16, 40}) {  // the second by Winograd
    const Tensor x = Tensor::randn({2, channels, 13, 13}), w = Tensor::randn({27, channels, channels == 16 ? 2 : 3, 3}), b = Tensor::randn({27});
    for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
      const Tensor bias = cast(b, dtype), plain = conv(cast(x, Dtype::f64), cast(w, Dtype::f64), {}, cast(b, Dtype::f64));
      for (int lie = 0; lie < lies; ++lie) {
        for (const bool clipped : {false, true}) {
          const Ref<Array> y = made({plain.shape(), dtype}, lie);
          cpu::conv_forward({}, laid(cast(x, dtype), lie), cast(w, dtype), &bias.array(), clipped, *y);
          EXPECT_LE(difference(Tensor(y), clipped ? relu(plain) : plain), 1e-5);
        }
      }
    }
    const Tensor nan = x * NAN;
    const Ref<Array> y = made({conv(x, w).shape(), Dtype::f32}, rows);
    cpu::conv_forward({}, nan, w, &b.array(), true, *y);
    EXPECT_TRUE(std::isnan(Tensor(y).to_vector()[0]));
  }
}

// x with equal entries, infinities and NaN: the first of equals has the derivative, a NaN is the largest, the last one of several.
Tensor with_ties(const Shape& shape) {
  Random random(5);
  std::vector<double> values;
  for (std::int64_t i = 0; i < numel(shape); ++i) {
    const auto n = random.below(40);
    values.push_back(n == 0 ? NAN : n == 1 ? INFINITY : n < 12 ? -INFINITY : static_cast<double>(n % 5));
  }
  return Tensor::from(values, shape);
}

TEST(Image, MaxPoolsInAllLayouts) {
  for (const ops::MaxPool& pool : {ops::MaxPool{.kernel = {2, 2}}, ops::MaxPool{.kernel = {3, 3}, .stride = {2}, .padding = {1}}, ops::MaxPool{.kernel = {3, 2}, .stride = {1, 3}, .padding = {1, 0}, .dilation = {1, 2}},
                                   ops::MaxPool{.kernel = {2, 3}, .ceil_mode = true}, ops::MaxPool{.kernel = {2, 2}, .stride = {1}, .dilation = {2, 1}}, ops::MaxPool{.kernel = {11, 45}}}) {
    for (const bool ties : {false, true}) {
      for (const std::int64_t channels : {1, 5, 70}) {
        const Tensor x = ties ? with_ties({2, channels, 11, 45}) : Tensor::randn({2, channels, 11, 45}, Dtype::f64);
        in_all_layouts(pool, {x}, [&](Inputs in) { return pool.expand(in); });
        const ops::MaxPoolGrad grad{pool.kernel, pool.stride, pool.padding, pool.dilation, pool.ceil_mode};
        const Tensor y = gradus::apply(pool, x);
        in_all_layouts(grad, {x, Tensor::randn(y.shape(), Dtype::f64)}, [&](Inputs in) { return grad.expand(in); });
      }
    }
  }
}

TEST(Image, AvgPoolsInAllLayouts) {
  for (const ops::AvgPool& pool : {ops::AvgPool{.kernel = {2, 2}}, ops::AvgPool{.kernel = {3, 3}, .stride = {2}, .padding = {1}}, ops::AvgPool{.kernel = {3, 2}, .stride = {1, 3}, .padding = {1, 0}, .count_include_pad = false},
                                   ops::AvgPool{.kernel = {2, 3}, .padding = {1}, .ceil_mode = true}, ops::AvgPool{.kernel = {3, 3}, .stride = {2}}, ops::AvgPool{.kernel = {11, 24}}, ops::AvgPool{.kernel = {4, 24}, .divisor = 7}}) {
    for (const std::int64_t channels : {1, 5, 70}) {
      const Tensor x = Tensor::randn({2, channels, 11, 24}, Dtype::f64);
      in_all_layouts(pool, {x}, [&](Inputs in) { return pool.expand(in); });
      const ops::AvgPoolGrad grad{pool.kernel, pool.stride, pool.padding, pool.ceil_mode, pool.count_include_pad, pool.divisor, {11, 24}};
      in_all_layouts(grad, {Tensor::randn(gradus::apply(pool, x).shape(), Dtype::f64)}, [&](Inputs in) { return grad.expand(in); });
    }
  }
}

TEST(Image, BatchNormInAllLayouts) {
  for (const Shape& shape : {Shape{3, 5, 7, 9}, Shape{4, 33, 16, 16}, Shape{6, 2, 1, 1}}) {
    const std::int64_t channels = shape[1];
    const Tensor x = Tensor::randn(shape, Dtype::f64) * 3 + 100, g = Tensor::randn(shape, Dtype::f64), w = Tensor::randn({channels}, Dtype::f64), b = Tensor::randn({channels}, Dtype::f64);
    // The statistics that a kernel is given are those of the very x it is given.
    const Tensor exact = cast(cast(x, Dtype::f32), Dtype::f64), statistics = gradus::apply(ops::BatchStatistics{}, exact), slopes = cast(cast(g, Dtype::f32), Dtype::f64);
    in_all_layouts(ops::BatchStatistics{}, {exact}, [&](Inputs in) { return ops::BatchStatistics{}.expand(in); });
    in_all_layouts(ops::NormaliseBatch{}, {exact, statistics, w, b}, [&](Inputs in) { return ops::NormaliseBatch{}.expand(in); });
    in_all_layouts(ops::NormaliseBatch{0.1}, {exact, statistics}, [&](Inputs in) { return ops::NormaliseBatch{0.1}.expand(in); });
    in_all_layouts(ops::NormaliseBatchSums{}, {exact, statistics, slopes}, [&](Inputs in) { return ops::NormaliseBatchSums{}.expand(in); });
    const Tensor sums = gradus::apply(ops::NormaliseBatchSums{}, exact, statistics, slopes);
    in_all_layouts(ops::NormaliseBatchGrad{}, {exact, statistics, slopes, sums, w}, [&](Inputs in) { return ops::NormaliseBatchGrad{}.expand(in); });
    in_all_layouts(ops::NormaliseBatchGrad{}, {exact, statistics, slopes, sums}, [&](Inputs in) { return ops::NormaliseBatchGrad{}.expand(in); });
    in_all_layouts(ops::BatchNorm{}, {x, statistics[0], statistics[1], w, b}, [&](Inputs in) { return ops::BatchNorm{}.expand(in); });
  }
}

TEST(Image, ThreadsChangeNoBit) {
  const int before = threads();
  set_deterministic(cpu::winograd_kernels().lanes == 1);  // without vectors convolutions are oneDNN's
  // Large numbers that cancel, and leave the others rounded to a thousandth: another order of adding shows in the sums.
  const Tensor large = reshape(Tensor{1e10, 0, 0, 0, 0, 0, 0, -1e10}, {8, 1, 1, 1});
  const Tensor x = Tensor::randn({8, 33, 30, 31}), g = Tensor::randn({8, 33, 30, 31}) + large, statistics = gradus::apply(ops::BatchStatistics{}, x);
  const Tensor weights[] = {Tensor::randn({40, 33, 3, 3}), Tensor::randn({300, 33, 3, 3})}, few = Tensor::randn({2, 33, 16, 16});
  const auto all = [&](int lie) {
    const Tensor a = laid(x, lie), b = laid(g, lie);
    std::vector<double> out;
    const auto add = [&](const Ref<const Op>& op, const Tensors& in) {
      const std::vector<double> more = by_kernel(*op, in, op->shape(in).shape.size() == 4 ? lie : 0).to_vector();
      out.insert(out.end(), more.begin(), more.end());
    };
    add(ops::make_op(ops::MaxPool{{3, 3}, {2}}), {a});
    add(ops::make_op(ops::MaxPoolGrad{{2, 3}}), {a, gradus::apply(ops::MaxPool{{2, 3}}, b)});
    add(ops::make_op(ops::AvgPool{{3, 3}, {2}}), {a});
    add(ops::make_op(ops::AvgPoolGrad{.kernel = {2, 3}, .stride = {1}, .size = {31, 33}}), {b});
    add(ops::make_op(ops::BatchStatistics{}), {a});
    add(ops::make_op(ops::NormaliseBatchSums{}), {a, statistics, b});
    for (const Tensor& pictures : {a, laid(few, lie)}) {
      for (const Tensor& w : weights) add(ops::make_op(ops::Conv{.padding = {1}}), {pictures, w});
      for (const Tensor& w : weights) add(ops::make_op(ops::ConvTranspose{.padding = {1}}), {pictures, contiguous(transpose(w, 0, 1))});
    }
    for (const std::int64_t n : {1, 8}) add(ops::make_op(ops::ConvWeight{.kernel = {3, 3}, .padding = {1}}), {a[{0, n}], b[{0, n}]});
    return out;
  };
  for (const int lie : {rows, channels_last}) {
    set_threads(1);
    const std::vector<double> one = all(lie);
    set_threads(3);
    EXPECT_EQ(all(lie), one);
  }
  set_deterministic(false);
  set_threads(before);
}

TEST(Image, BatchNormOfHalvesAndMixedTypes) {
  const Tensor x = Tensor::randn({4, 3, 5}), w = Tensor::randn({3}), b = Tensor::randn({3});
  const BatchNormResult half = batch_norm_training(cast(x, Dtype::f16), cast(w, Dtype::f16), cast(b, Dtype::f16));
  EXPECT_EQ(half.output.dtype(), Dtype::f16);
  EXPECT_EQ(half.mean.dtype(), Dtype::f16);
  EXPECT_LE(difference(half.output, batch_norm_training(x, w, b).output), 0.01);
  const Tensor mixed = batch_norm_training(x, cast(w, Dtype::f64)).output;
  EXPECT_EQ(mixed.dtype(), Dtype::f64);
  EXPECT_LE(difference(mixed, batch_norm_training(x, w).output), 1e-5);
  EXPECT_TRUE(std::isnan(batch_norm_training(Tensor::zeros({0, 2, 3})).mean.to_vector()[0]));
}

}  // namespace
}  // namespace gradus
