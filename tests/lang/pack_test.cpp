// Packs against scalars: the same bits on every SIMD target that this machine can run.
#include "lang/targets.hpp"
// The targets come before everything else.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <vector>

#include "gradus/lang.hpp"
#include "lang/words.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lang/pack_test.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/kernels.inl.hpp"
#include "lang/pack.inl.hpp"
void map_floats(lang_test::Word word, const float* x, const float* y, float* out, std::size_t n) {
  map_values<Pack<float>>(word, x, y, out, n);
}
void map_doubles(lang_test::Word word, const double* x, const double* y, double* out, std::size_t n) {
  map_values<Pack<double>>(word, x, y, out, n);
}
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(map_floats);
HWY_EXPORT(map_doubles);

namespace {

namespace on_scalars {
#include "lang/kernels.inl.hpp"
}

constexpr std::size_t count = 1 << 17;

// Half of the values have random bits, the other half a size that formulas meet; the special ones come first.
template <class T>
std::vector<T> samples(unsigned seed) {
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 random(seed);
  std::vector<T> values;
  for (T v : {T(0), T(1), T(0.5), T(2), T(3), Limits::infinity(), Limits::quiet_NaN(), Limits::max(),
              Limits::min(), Limits::denorm_min(), T(88.7), T(709.7), T(1e5), T(131072), T(131073)}) {
    values.push_back(v);
    values.push_back(-v);
  }
  for (std::size_t i = values.size(); i < count; ++i) {
    const std::uint64_t bits = random();
    if (i % 2)
      values.push_back(std::bit_cast<T>(static_cast<typename lang::Layout<T>::Word>(bits)));
    else
      values.push_back(
          static_cast<T>((bits & 1 ? 1 : -1) * std::exp2(double(bits >> 11) * 0x1p-53 * 24 - 14)));
  }
  std::shuffle(values.begin(), values.end(), random);
  return values;
}

template <class T>
void compare(std::int64_t target, void (*map)(lang_test::Word, const T*, const T*, T*, std::size_t)) {
  const auto x = samples<T>(1), y = samples<T>(2);
  std::vector<T> packed(count), single(count);
  for (int w = 0; w <= static_cast<int>(lang_test::Word::polygamma); ++w) {
    const auto word = static_cast<lang_test::Word>(w);
    map(word, x.data(), y.data(), packed.data(), count);
    on_scalars::map_values<lang::Scalar<T>>(word, x.data(), y.data(), single.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
      if (std::isnan(packed[i]) && std::isnan(single[i]))
        continue;  // the sign of a NaN is the processor's affair
      using Bits = typename lang::Layout<T>::Word;
      ASSERT_EQ(std::bit_cast<Bits>(packed[i]), std::bit_cast<Bits>(single[i]))
          << lang_test::name_of(word) << '(' << x[i] << ", " << y[i] << ") on " << hwy::TargetName(target)
          << ": " << packed[i] << " and " << single[i];
    }
  }
}

TEST(Pack, has_the_bits_of_scalar_on_every_target) {
  int targets = 0;
  for (std::int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
    const std::int64_t target = left & -left;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    compare<float>(target, HWY_DYNAMIC_DISPATCH(map_floats));
    compare<double>(target, HWY_DYNAMIC_DISPATCH(map_doubles));
    ++targets;
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
  EXPECT_GE(targets, 1);
  RecordProperty("targets", targets);
}

}  // namespace
}  // namespace gradus
#endif
