// Pools and resizing against loops that follow PyTorch's documentation.
#include <gradus/autodiff.hpp>
#include <gradus/base/random.hpp>
#include <gtest/gtest.h>

#include <cmath>

#include "messages/messages.hpp"

namespace gradus {
namespace {

Tensor doubles(std::initializer_list<Literal> values) { return Tensor(values, Dtype::f64); }

// Two axes: which entries of x are in window (i, j), and what avg_pool divides by.
struct Setting {
  std::int64_t size[2], kernel[2], stride[2], padding[2], dilation[2], out[2];
};
Setting drawn(Random& random, bool ceil_mode, bool dilated) {
  Setting s;
  for (int a = 0; a < 2; ++a) {
    const auto one_to = [&](std::uint64_t n) { return static_cast<std::int64_t>(random.below(n)) + 1; };
    s.kernel[a] = one_to(3);
    s.stride[a] = one_to(4);
    s.padding[a] = one_to(static_cast<std::uint64_t>(s.kernel[a] / 2 + 1)) - 1;
    s.dilation[a] = dilated ? one_to(2) : 1;
    const std::int64_t span = s.dilation[a] * (s.kernel[a] - 1) + 1;
    s.size[a] = std::max<std::int64_t>(s.dilation[a], span) + one_to(5) - 1;
    const std::int64_t room = s.size[a] + 2 * s.padding[a] - span;
    s.out[a] = (ceil_mode ? (room + s.stride[a] - 1) / s.stride[a] : room / s.stride[a]) + 1;
    if (ceil_mode && (s.out[a] - 1) * s.stride[a] >= s.size[a] + s.padding[a]) --s.out[a];  // a window must begin inside
  }
  return s;
}
Shape pair(const std::int64_t (&p)[2]) { return {p[0], p[1]}; }

TEST(Pool, EqualsTheDefinition) {
  Random random(9);
  for (int round = 0; round < 300; ++round) {
    const bool ceil_mode = round % 2, dilated = round % 3 == 0, include = round % 5 < 3;
    const Setting s = drawn(random, ceil_mode, dilated);
    const Tensor x = Tensor::randn({2, s.size[0], s.size[1]}, Dtype::f64);
    const std::vector<double> xs = x.to_vector();
    std::vector<double> largest, mean;
    std::vector<double> places;
    for (std::int64_t plane = 0; plane < 2; ++plane) {
      for (std::int64_t i = 0; i < s.out[0]; ++i) {
        for (std::int64_t j = 0; j < s.out[1]; ++j) {
          const std::int64_t top = i * s.stride[0] - s.padding[0], left = j * s.stride[1] - s.padding[1];
          double best = -INFINITY, sum = 0;
          std::int64_t place = -1, inside = 0;
          for (std::int64_t a = 0; a < s.kernel[0]; ++a) {
            for (std::int64_t b = 0; b < s.kernel[1]; ++b) {
              const std::int64_t y = top + a * s.dilation[0], z = left + b * s.dilation[1];
              if (y < 0 || z < 0 || y >= s.size[0] || z >= s.size[1]) continue;
              const double v = xs[static_cast<std::size_t>((plane * s.size[0] + y) * s.size[1] + z)];
              ++inside;
              sum += v;
              if (v > best) best = v, place = y * s.size[1] + z;
            }
          }
          const std::int64_t rows = std::min(top + s.kernel[0], s.size[0] + s.padding[0]) - top, columns = std::min(left + s.kernel[1], s.size[1] + s.padding[1]) - left;
          largest.push_back(best);
          places.push_back(static_cast<double>(place));
          mean.push_back(sum / static_cast<double>(include ? rows * columns : inside));
        }
      }
    }
    const PoolOptions how{pair(s.stride), pair(s.padding), pair(s.dilation), ceil_mode};
    ASSERT_EQ(max_pool(x, pair(s.kernel), how).to_vector(), largest) << round;
    ASSERT_EQ(max_pool_index(x, pair(s.kernel), how).to_vector(), places) << round;
    if (dilated) continue;
    const std::vector<double> found = avg_pool(x, pair(s.kernel), {pair(s.stride), pair(s.padding), ceil_mode, include}).to_vector();
    ASSERT_EQ(found.size(), mean.size()) << round;
    for (std::size_t i = 0; i < mean.size(); ++i) ASSERT_NEAR(found[i], mean[i], 1e-13) << round;
  }
}

TEST(Pool, TheFirstOfEqualsHasTheGradientAndNanIsLargest) {
  const Tensor x = doubles({1, 3, 3, 3});
  EXPECT_EQ(grad([](Tensor t) { return sum(max_pool(t, {4})); })(x).to_vector(), (std::vector<double>{0, 1, 0, 0}));
  EXPECT_EQ(grad([](Tensor t) { return sum(max_pool(t, {2})); })(x).to_vector(), (std::vector<double>{0, 1, 1, 0}));
  EXPECT_TRUE(std::isnan(max_pool(doubles({1, NAN, 3}), {3}).to_vector()[0]));
  EXPECT_EQ(max_pool(Tensor({1, 3, 2, 2}, Dtype::i32), {2}).dtype(), Dtype::i32);
}

TEST(Pool, AdaptiveAndGlobal) {
  const Tensor x = doubles({1, 2, 3, 4, 5});
  EXPECT_EQ(adaptive_avg_pool(x, {2}).to_vector(), (std::vector<double>{2.0, 4.0}));    // entries 0..2 and 2..4
  EXPECT_EQ(adaptive_max_pool(x, {3}).to_vector(), (std::vector<double>{2, 4, 5}));     // 0..1, 1..3, 3..4
  EXPECT_EQ(adaptive_max_pool_index(x, {3}).to_vector(), (std::vector<double>{1, 3, 4}));
  EXPECT_EQ(adaptive_avg_pool(doubles({1, 2}), {4}).to_vector(), (std::vector<double>{1, 1, 2, 2}));
  const Tensor image = reshape(Tensor::arange(8, Dtype::f64), {1, 2, 2, 2});
  EXPECT_EQ(global_avg_pool(image).shape(), (Shape{1, 2, 1, 1}));
  EXPECT_EQ(global_avg_pool(image).to_vector(), (std::vector<double>{1.5, 5.5}));
  EXPECT_EQ(global_max_pool(image).to_vector(), (std::vector<double>{3, 7}));
  EXPECT_NEAR(lp_pool(doubles({3, 4}), 2, {2}).item(), 5, 1e-15);
  EXPECT_EQ(grad([](Tensor t) { return sum(lp_pool(t, 2, {2})); })(doubles({0, 0})).to_vector(), (std::vector<double>{0, 0}));
}

TEST(Interpolate, EqualsPyTorchsDocumentedValues) {
  const Tensor x = doubles({{1, 2}, {3, 4}});
  EXPECT_EQ(interpolate(x, {4, 4}).to_vector(), (std::vector<double>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}));
  // The examples of torch.nn.Upsample, bilinear without and with align_corners.
  EXPECT_EQ(interpolate(x, {4, 4}, "linear").to_vector(), (std::vector<double>{1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4}));
  const std::vector<double> corners = interpolate(x, {4, 4}, "linear", true).to_vector();
  for (int i = 0; i < 16; ++i) EXPECT_NEAR(corners[static_cast<std::size_t>(i)], 1 + (i % 4) / 3.0 + 2 * (i / 4) / 3.0, 1e-15);
  EXPECT_EQ(interpolate(doubles({0, 1, 2, 3, 4}), {3}).to_vector(), (std::vector<double>{0, 1, 3}));
  EXPECT_EQ(interpolate(doubles({0, 1, 2, 3, 4}), {3}, "nearest-exact").to_vector(), (std::vector<double>{0, 2, 4}));
}

TEST(Pool, WrongCallsSayWhatToDo) {
  const Tensor x = Tensor::zeros({2, 5});
  EXPECT_MESSAGE(ShapeError, max_pool(x, {1, 2, 3}), "[max_pool] the kernel has 3 numbers, x is [2, 5]. Hint: one number for each of the last axes that are pooled");
  EXPECT_MESSAGE(ShapeError, max_pool(x, {}), "[max_pool] the kernel has 0 numbers, x is [2, 5]. Hint: one number for each of the last axes that are pooled");
  EXPECT_MESSAGE(ShapeError, avg_pool(x, {6}), "[avg_pool] the kernel [6] spans 6 entries of an axis, x [2, 5] has 5 there with padding [0]. Hint: a smaller kernel, or interpolate x");
  EXPECT_MESSAGE(ValueError, max_pool(x, {2}, {.padding = {2}}), "[max_pool] padding [2] is more than half of the kernel [2]. Hint: windows would lie in the padding alone");
  EXPECT_NE(text_of<ValueError>([&] { max_pool(x, {0}); }).find("[max_pool] kernel [0] is outside"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { max_pool(Tensor::zeros({1}), {2}, {.stride = {1}, .padding = {2}, .dilation = {3}}); }).find("holds no entry"), std::string::npos);
  EXPECT_MESSAGE(ValueError, interpolate(x, {3}, "cubic"), "[interpolate] unknown mode \"cubic\". Hint: nearest, nearest-exact or linear");
  EXPECT_MESSAGE(ValueError, interpolate(x, {3}, "nearest", true), "[interpolate] align_corners goes with mode \"linear\" only");
  EXPECT_MESSAGE(ShapeError, interpolate(Tensor::zeros({2, 0}), {3}), "[interpolate] x [2, 0] is empty along an axis that is resized");
  EXPECT_MESSAGE(ShapeError, global_avg_pool(x), "[global_avg_pool] x is [2, 5]; it must be [N, C, spatial...]");
  EXPECT_MESSAGE(ShapeError, adaptive_avg_pool(Tensor::zeros({2, 0}), {1}), "[adaptive_avg_pool] x [2, 0] is empty along a pooled axis");
}

}  // namespace
}  // namespace gradus
