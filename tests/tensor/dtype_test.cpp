// The element types: how two combine, how numbers round into them, how small integers wrap.
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>

#include <cmath>

namespace gradus {
namespace {

using enum Dtype;
constexpr Dtype all[] = {boolean, u8, i8, i16, i32, i64, f16, bf16, f32, f64};

TEST(Dtype, two_combine_as_in_pytorch) {
  // The lower half of the table of torch.promote_types, a row for each dtype.
  const std::vector<std::vector<Dtype>> table = {{boolean},
                                                 {u8, u8},
                                                 {i8, i16, i8},
                                                 {i16, i16, i16, i16},
                                                 {i32, i32, i32, i32, i32},
                                                 {i64, i64, i64, i64, i64, i64},
                                                 {f16, f16, f16, f16, f16, f16, f16},
                                                 {bf16, bf16, bf16, bf16, bf16, bf16, f32, bf16},
                                                 {f32, f32, f32, f32, f32, f32, f32, f32, f32},
                                                 {f64, f64, f64, f64, f64, f64, f64, f64, f64, f64}};
  for (std::size_t i = 0; i < table.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      EXPECT_EQ(promote(all[i], all[j]), table[i][j]) << name(all[i]) << " " << name(all[j]);
      EXPECT_EQ(promote(all[j], all[i]), table[i][j]);
      const Dtype sum = i == 0 ? i64 : table[i][j];  // true + true is 2
      EXPECT_EQ((Tensor::zeros({2}, all[i]) + Tensor::zeros({2}, all[j])).dtype(), sum);
    }
  }
}

// The format's own definition.
double f16_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return fraction ? NAN : sign * INFINITY;
  return sign * (exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24));
}

template <class Half>
double value(std::uint16_t bits) {
  if constexpr (std::is_same_v<Half, gradus::f16>) return f16_value(bits);
  else return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

template <class Half>
void check_rounding() {
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    Half h;
    h.bits = bits;
    const double exact = value<Half>(bits);
    if (std::isnan(exact)) {
      ASSERT_TRUE(std::isnan(static_cast<float>(h)));
      ASSERT_TRUE(std::isnan(static_cast<float>(Half(NAN))));
      continue;
    }
    ASSERT_EQ(static_cast<double>(static_cast<float>(h)), exact) << i;
    ASSERT_EQ(convert<Half>(exact).bits, bits);
    ASSERT_EQ(Half(static_cast<float>(exact)).bits, bits);
    // Between two neighbours: the nearer one; the middle goes to the even one; a hair beside the middle does not.
    const double next = value<Half>(static_cast<std::uint16_t>(bits + 1));
    if (!std::isfinite(exact) || !std::isfinite(next) || std::signbit(exact) != std::signbit(next)) continue;
    const double middle = exact + (next - exact) / 2, hair = (next - exact) * 0x1p-40;
    const auto up = static_cast<std::uint16_t>(bits + 1);
    ASSERT_EQ(convert<Half>(middle).bits, bits & 1 ? up : bits) << i;
    ASSERT_EQ(convert<Half>(middle - hair).bits, bits) << i;
    ASSERT_EQ(convert<Half>(middle + hair).bits, up) << i;
    ASSERT_EQ(Half(static_cast<float>(middle)).bits, bits & 1 ? up : bits) << i;
  }
}
TEST(Dtype, halves_round_to_the_nearest) {
  check_rounding<gradus::f16>();
  check_rounding<gradus::bf16>();
  EXPECT_EQ(gradus::f16(65519.f).bits, 0x7bff);
  EXPECT_EQ(gradus::f16(65520.f).bits, 0x7c00);
  EXPECT_EQ(gradus::f16(-INFINITY).bits, 0xfc00);
  EXPECT_EQ(convert<gradus::f16>(1e300).bits, 0x7c00);
  EXPECT_EQ(gradus::bf16(3.4e38f).bits, 0x7f80);
}

TEST(Dtype, every_pair_converts) {
  for (const Dtype from : all) {
    for (const Dtype to : all) {
      const Tensor x = cast(Tensor{{0, 1, 7}, {100, 3, 2}}, from);
      const Tensor y = cast(permute(x, {1, 0}), to);  // strided, too
      std::vector<double> expected = permute(x, {1, 0}).to_vector();
      if (to == boolean) {
        for (double& e : expected) e = e != 0;
      }
      EXPECT_EQ(y.dtype(), to);
      EXPECT_EQ(y.to_vector(), expected) << name(from) << " to " << name(to);
    }
  }
}

TEST(Dtype, integers_wrap_in_their_own_width) {
  const auto one = [](double v, Dtype dtype) { return Tensor::full({}, v, dtype); };
  EXPECT_EQ((one(127, i8) + 1).item(), -128);
  EXPECT_EQ((one(200, u8) + 100).item(), 44);
  EXPECT_EQ((one(0, u8) - 1).item(), 255);
  EXPECT_EQ((one(-32768, i16) * -1).item(), -32768);
  EXPECT_EQ((one(2147483647, i32) + 1).item(), -2147483648.0);
  EXPECT_EQ(sum(Tensor::full({300}, 100, i8)).item(), 30000);  // sums of integers are i64
  EXPECT_EQ((one(1, i8) < one(200, u8)).item(), 1);
  EXPECT_EQ(cast(one(300.7, f32), i8).item(), 127);  // floats do not wrap
  EXPECT_EQ(cast(one(300, i64), i8).item(), 44);
}

TEST(Dtype, halves_are_summed_in_float) {
  EXPECT_EQ(sum(Tensor::ones({10000}, f16)).item(), 10000);  // f16 alone would stop at 2048
  EXPECT_EQ(sum(Tensor::ones({1000}, bf16)).item(), 1000);   // bf16 alone would stop at 256
  const Tensor a = Tensor::ones({2, 4096}, f16);
  EXPECT_EQ(matmul(a, T(a)).to_vector(), std::vector<double>(4, 4096));
  EXPECT_EQ(matmul(a, T(a)).dtype(), f16);
  EXPECT_EQ(softmax(Tensor::zeros({4}, bf16)).to_vector(), std::vector<double>(4, 0.25));
}

TEST(Dtype, gradients_have_the_dtype_of_what_they_belong_to) {
  const Tensor w = Tensor::full({3, 2}, 0.5, f16), x = Tensor::ones({4, 3}, f32);
  const auto [loss, slopes] = value_and_grad([&](const Tensor& v) { return sum(square(matmul(x, cast(v, f32)))); })(w);
  EXPECT_EQ(slopes.dtype(), f16);
  EXPECT_EQ(slopes.to_vector(), std::vector<double>(6, 12));
}

}  // namespace
}  // namespace gradus
