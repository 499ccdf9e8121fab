// The values of Scalar: accuracy by sampling, special values, and integer arithmetic.
#include <gtest/gtest.h>

#include <random>

#include "gradus/lang.hpp"
#include "lang/words.hpp"

namespace gradus::lang {
namespace {

using lang_test::Word;
#include "lang/kernels.inl.hpp"

template <class T>
double worst_error(Word word, double low, double high, bool exponential, double* at) {
  std::mt19937_64 random(11);
  double worst = 0;
  for (int i = 0; i < 60000; ++i) {
    const std::uint64_t bits = random();
    const double share = double(bits >> 11) * 0x1p-53, v = low + (high - low) * share;
    const T x = static_cast<T>(exponential ? std::exp2(v) * (bits & 1 ? 1 : -1) : v);
    const double error = lang_test::word_error(word, x, call(word, Scalar<T>(x), Scalar<T>(0)).value,
                                               lang_test::truth<long double>(word, x));
    if (error > worst) worst = error, *at = x;
  }
  return worst;
}

template <class T>
class Real : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(Real, Reals);

TYPED_TEST(Real, functions_are_within_their_bounds) {
  const double most = sizeof(TypeParam) == 4 ? 127.9 : 1023.9;
  for (int w = 0; w < static_cast<int>(Word::abs); ++w) {
    const auto word = static_cast<Word>(w);
    double at = 0;
    const double bound = lang_test::bound_of(word);
    EXPECT_LE(worst_error<TypeParam>(word, -2, 2, false, &at), bound) << lang_test::name_of(word) << " at " << at;
    EXPECT_LE(worst_error<TypeParam>(word, -40, 40, false, &at), bound)
        << lang_test::name_of(word) << " at " << at;
    EXPECT_LE(worst_error<TypeParam>(word, -most, most, true, &at), bound)
        << lang_test::name_of(word) << " at " << at;
    EXPECT_LE(worst_error<TypeParam>(word, -most * 1.05, 11, true, &at), bound)
        << lang_test::name_of(word) << " at " << at;
  }
}

// Results that are subnormal numbers, down to the least one.
TYPED_TEST(Real, exponentials_fall_to_the_least_number) {
  const double least = sizeof(TypeParam) == 4 ? -103.9 : -745.1, normal = sizeof(TypeParam) == 4 ? -87 : -708;
  double at = 0;
  for (const Word word : {Word::exp, Word::logistic}) EXPECT_LE(worst_error<TypeParam>(word, least, normal, false, &at), 1) << lang_test::name_of(word) << " at " << at;
}

TYPED_TEST(Real, pow_is_accurate_over_its_range) {
  using T = TypeParam;
  std::mt19937_64 random(5);
  const double most = sizeof(T) == 4 ? 127.9 : 1023.9, limit = sizeof(T) == 4 ? 2 : 4;
  for (int i = 0; i < 200000; ++i) {
    const double share = double(random() >> 11) * 0x1p-53 * 2 - 1,
                 goal = double(random() >> 11) * 0x1p-53 * 2 - 1;
    const T x = static_cast<T>(i % 3 == 0   ? std::exp2(share * most)
                               : i % 3 == 1 ? 1 + share
                                            : 1 + share * 0.01);
    const T y = static_cast<T>(goal * most * 1.1 / (x == 1 ? 1 : std::log2(double(x))));
    const double error =
        lang_test::ulp_error(pow(Scalar<T>(x), Scalar<T>(y)).value, std::pow<long double>(x, y));
    ASSERT_LE(error, limit) << "pow(" << x << ", " << y << ")";
  }
}

// Zeros, infinities, NaN, subnormal numbers and the ends of the range, against libm: kind, sign and value.
TYPED_TEST(Real, special_values_are_those_of_c99) {
  using T = TypeParam;
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (T v : {T(0),
              T(1),
              T(0.5),
              T(1.5),
              T(2),
              T(3),
              T(1e6),
              T(1000001),
              Limits::infinity(),
              Limits::quiet_NaN(),
              Limits::max(),
              Limits::max() / 3,
              Limits::min(),
              Limits::min() / 2,
              Limits::denorm_min(),
              Limits::denorm_min() * 5,
              Limits::epsilon(),
              1 - Limits::epsilon(),
              1 + Limits::epsilon(),
              T(88.9),
              T(103.9),
              T(104.5),
              T(710),
              T(745.1),
              T(745.5),
              T(131072),
              T(131072.02)}) {
    values.push_back(v);
    values.push_back(-v);
  }
  for (int w = 0; w < static_cast<int>(Word::mix); ++w) {
    const auto word = static_cast<Word>(w);
    const bool binary = word >= Word::pow;
    for (T x : values) {
      for (T y : values) {
        const long double want = static_cast<T>(lang_test::truth<long double>(word, x, y));
        const T got = call(word, Scalar<T>(x), Scalar<T>(y)).value;
        EXPECT_LE(lang_test::word_error(word, x, got, want), 2)
            << lang_test::name_of(word) << '(' << x << ", " << y << ") = " << got << ", not " << want;
        if (!binary) break;
      }
    }
  }
}

// digamma and its derivatives are not in libm: values of mpmath.
TYPED_TEST(Real, polygamma_is_accurate) {
  using T = TypeParam;
  const struct {
    double x, values[4];  // digamma, and derivatives 1, 2 and 5 of it
  } rows[] = {
      {1, {-0.57721566490153286, 1.6449340668482264, -2.4041138063191886, 122.0811674381339}},
      {2.5, {0.70315664064524319, 0.49035775610023486, -0.2362040516417274, 0.57856917856718348}},
      {-0.5, {0.036489973978576521, 8.9348022005446793, -0.82879664423432, 15371.113548602435}},
      {50, {3.9019896734278922, 0.020201333226697126, -0.00040807998933759693, 8.0716771352543619e-8}},
      {7.5, {1.9467574842460868, 0.1426158966967038, -0.020305252536644664, 0.0013927076560043099}},
      {-6.75, {-1.1598010908954476, 19.601495010731062, -124.04404218787195, 492231.26594002452}},
  };
  for (const auto& row : rows) {
    const Scalar<T> x(row.x);
    const T tolerance = 8 * std::numeric_limits<T>::epsilon();
    EXPECT_NEAR(digamma(x).value, row.values[0], tolerance * std::max(1.0, std::abs(row.values[0]))) << row.x;
    const int orders[] = {1, 2, 5};
    for (int k = 0; k < 3; ++k) {
      EXPECT_NEAR(polygamma(Scalar<T>(orders[k]), x).value / row.values[k + 1], 1, 4 * tolerance) << row.x << ", order " << orders[k];
    }
    EXPECT_EQ(polygamma(Scalar<T>(0), x).value, digamma(x).value);
  }
  const T large = 0x1p30;  // x^5 and more would leave the range of float
  EXPECT_NEAR(polygamma(Scalar<T>(4), Scalar<T>(large)).value / -6 * large * large * large * large, 1, 1e-6);
  const T inf = std::numeric_limits<T>::infinity();
  EXPECT_EQ(digamma(Scalar<T>(0)).value, -inf);
  EXPECT_EQ(digamma(Scalar<T>(T(-0.0))).value, inf);
  EXPECT_EQ(digamma(Scalar<T>(inf)).value, inf);
  EXPECT_EQ(polygamma(Scalar<T>(1), Scalar<T>(inf)).value, 0);
  EXPECT_EQ(polygamma(Scalar<T>(1), Scalar<T>(-3)).value, inf);
  for (const T nan : {digamma(Scalar<T>(-2)).value, digamma(Scalar<T>(-inf)).value, polygamma(Scalar<T>(-1), Scalar<T>(1)).value,
                      polygamma(Scalar<T>(0.5), Scalar<T>(1)).value, polygamma(Scalar<T>(1), Scalar<T>(inf - inf)).value}) {
    EXPECT_TRUE(std::isnan(nan));
  }
}

TEST(Scalar, large_angles_are_reduced_exactly) {
  // Near a multiple of pi / 2 as hardly any other double: the true cosine is -4.68716592425462761112e-19.
  EXPECT_NEAR(cos(Scalar<double>(6381956970095103.0 * 0x1p797)).value / -4.68716592425462761112e-19, 1,
              1e-15);
  EXPECT_DOUBLE_EQ(sin(Scalar<double>(1e22)).value, -0.8522008497671888017727);
  EXPECT_FLOAT_EQ(cos(Scalar<float>(3e38f)).value, static_cast<float>(std::cos(double(3e38f))));
}

TEST(Scalar, minimum_and_maximum_pass_nan_on_from_either_side) {
  const Scalar<float> nan = std::numeric_limits<float>::quiet_NaN();
  for (auto v : {min(nan, 1), min(1, nan), max(nan, 1), max(1, nan), max(nan, nan), sign(nan), abs(nan)}) {
    EXPECT_TRUE(std::isnan(v.value));
  }
  EXPECT_EQ(max(Scalar<float>(-3), 0).value, 0);
}

TEST(Scalar, stays_in_its_own_type) {
  const Scalar<float> third = 1 / Scalar<float>(3.0);
  static_assert(std::same_as<decltype(third * 2.0), Scalar<float>>);
  EXPECT_EQ(third.value, 1.0f / 3.0f);
  static_assert((square(Scalar<double>(3)) + 1).value == 10);
}

TEST(Integer, arithmetic_wraps) {
  using I = Scalar<std::int64_t>;
  using B = Scalar<std::uint8_t>;
  const I least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ((most + 1).value, least.value);
  EXPECT_EQ((least - 1).value, most.value);
  EXPECT_EQ((most * 2).value, -2);
  EXPECT_EQ((-least).value, least.value);
  EXPECT_EQ((least / -1).value, least.value);
  EXPECT_EQ(abs(least).value, least.value);
  EXPECT_EQ((B(250) + 10).value, 4);
  EXPECT_EQ((B(3) - 5).value, 254);
  EXPECT_EQ((B(16) * 17).value, 16);
  EXPECT_EQ((-B(1)).value, 255);
  EXPECT_EQ((I(-7) / 2).value, -3);
}

TEST(Integer, division_by_zero_is_an_error) {
  EXPECT_THROW(Scalar<std::int64_t>(4) / 0, ValueError);
  EXPECT_THROW(Scalar<std::uint8_t>(4) / 0, ValueError);
}

TEST(Integer, rests_have_the_sign_of_one_side) {
  using I = Scalar<std::int64_t>;
  EXPECT_EQ(fmod(I(-7), 3).value, -1);
  EXPECT_EQ(remainder(I(-7), 3).value, 2);
  EXPECT_EQ(fmod(I(7), -3).value, 1);
  EXPECT_EQ(remainder(I(7), -3).value, -2);
  EXPECT_EQ(remainder(I(6), -3).value, 0);
  EXPECT_EQ(fmod(I(std::numeric_limits<std::int64_t>::min()), -1).value, 0);
  EXPECT_THROW(fmod(I(4), 0), ValueError);
  EXPECT_THROW(remainder(Scalar<std::uint8_t>(4), 0), ValueError);
}

TEST(Integer, has_bits) {
  using I = Scalar<std::int64_t>;
  using B = Scalar<std::uint8_t>;
  EXPECT_EQ(bitwise_and(I(-4), 7).value, 4);
  EXPECT_EQ(bitwise_or(B(5), 130).value, 135);
  EXPECT_EQ(bitwise_xor(Scalar<double>(6), 3).value, 5);
  EXPECT_EQ(bitwise_or(Scalar<double>(1e300), 3).value, 3);
  EXPECT_EQ(left_shift(I(3), 62).value, std::int64_t(1) << 63 | std::int64_t(1) << 62);
  EXPECT_EQ(left_shift(I(1), 64).value, 0);
  EXPECT_EQ(left_shift(I(1), -1).value, 0);
  EXPECT_EQ(left_shift(B(129), 1).value, 2);
  EXPECT_EQ(right_shift(I(-9), 1).value, -5);
  EXPECT_EQ(right_shift(I(-9), 100).value, -1);
  EXPECT_EQ(right_shift(I(9), 100).value, 0);
  EXPECT_EQ(right_shift(B(255), 8).value, 0);
}

TEST(Integer, has_the_exact_words) {
  using I = Scalar<std::int64_t>;
  EXPECT_EQ(select(I(3) < 4, 10, 20).value, 10);
  EXPECT_EQ(select((I(3) < 4) & !(I(1) == 1), 10, 20).value, 20);
  EXPECT_EQ(min(I(3), -4).value, -4);
  EXPECT_EQ(max(I(3), -4).value, 3);
  EXPECT_EQ(abs(I(-9)).value, 9);
  EXPECT_EQ(sign(I(-9)).value, -1);
  EXPECT_EQ(sign(Scalar<std::uint8_t>(200)).value, 1);
  EXPECT_EQ(square(I(-9)).value, 81);
}

}  // namespace
}  // namespace gradus::lang
