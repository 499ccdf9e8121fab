// Every float function of one argument on all 2^32 arguments, against libm in double: about a minute each.
//   tests_lang_long --gtest_filter='*exp*'
#include "lang/targets.hpp"
// The targets come before everything else.
#include <gtest/gtest.h>

#include <bit>
#include <cstdio>
#include <vector>

#include "gradus/lang.hpp"
#include "lang/words.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lang/exhaustive_long.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/kernels.inl.hpp"
#include "lang/pack.inl.hpp"
void map_floats(lang_test::Word word, const float* x, float* out, std::size_t n) {
  map_values<Pack<float>>(word, x, x, out, n);
}
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(map_floats);

namespace {

using lang_test::Word;
class Every : public testing::TestWithParam<Word> {};

TEST_P(Every, argument_is_within_the_bound) {
  const Word word = GetParam();
  constexpr std::uint64_t block = 1 << 14;
  std::vector<float> x(block), got(block);
  double worst = 0;
  float at = 0;
  for (std::uint64_t first = 0; first < std::uint64_t(1) << 32; first += block) {
    for (std::uint64_t i = 0; i < block; ++i)
      x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(first + i));
    HWY_DYNAMIC_DISPATCH(map_floats)(word, x.data(), got.data(), block);
    for (std::uint64_t i = 0; i < block; ++i) {
      const double want = lang_test::truth<double>(word, x[i]);
      // Rounded right, so at most half a unit off: nothing to measure.
      if (worst >= 0.5 && want != 0 && static_cast<float>(want) == got[i]) continue;
      const double error = lang_test::word_error(word, x[i], got[i], want);
      if (error > worst) worst = error, at = x[i];
    }
  }
  std::printf("%-6s worst error %.3f ULP at %.9g\n", lang_test::name_of(word), worst, double(at));
  EXPECT_LE(worst, lang_test::bound_of(word));
}

std::string name_of_case(const testing::TestParamInfo<Word>& tested) {
  return lang_test::name_of(tested.param);
}

INSTANTIATE_TEST_SUITE_P(Float, Every,
                         testing::Values(Word::exp, Word::expm1, Word::log, Word::log1p, Word::tanh,
                                         Word::erf, Word::sin, Word::cos, Word::exp2, Word::log2, Word::log10, Word::cbrt, Word::tan, Word::asin, Word::acos, Word::atan, Word::sinh, Word::cosh, Word::asinh, Word::acosh, Word::atanh, Word::erfc, Word::lgamma, Word::logistic, Word::sqrt, Word::floor,
                                         Word::rint),
                         name_of_case);

}  // namespace
}  // namespace gradus
#endif
