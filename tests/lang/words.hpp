// What the tests of the scalar language share: its words as a list, their true values, and errors in ULP.
#pragma once
#include <cmath>
#include <limits>

namespace lang_test {

// The words of one argument come first, the exact ones among them last.
enum class Word {
  exp,
  expm1,
  log,
  log1p,
  tanh,
  erf,
  sin,
  cos,
  exp2,
  log2,
  log10,
  cbrt,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  erfc,
  lgamma,
  logistic,
  sqrt,
  floor,
  rint,
  abs,
  sign,
  square,
  pow,
  min,
  max,
  atan2,
  fmod,
  remainder,
  mix,
  digamma,  // these two are not in libm
  polygamma
};

inline constexpr const char* word_names[] = {
    "exp", "expm1", "log", "log1p", "tanh", "erf", "sin", "cos", "exp2", "log2", "log10", "cbrt", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "erfc", "lgamma", "logistic", "sqrt", "floor",
    "rint", "abs", "sign", "square", "pow", "min", "max", "atan2", "fmod", "remainder", "mix", "digamma",
    "polygamma"};
inline const char* name_of(Word word) { return word_names[static_cast<int>(word)]; }

// The values of libm, in double or long double.
template <class R>
R truth(Word word, R x, R y = 0) {
  switch (word) {
    case Word::exp:
      return std::exp(x);
    case Word::expm1:
      return std::expm1(x);
    case Word::log:
      return std::log(x);
    case Word::log1p:
      return std::log1p(x);
    case Word::tanh:
      return std::tanh(x);
    case Word::erf:
      return std::erf(x);
    case Word::sin:
      return std::sin(x);
    case Word::cos:
      return std::cos(x);
    case Word::exp2:
      return std::exp2(x);
    case Word::log2:
      return std::log2(x);
    case Word::log10:
      return std::log10(x);
    case Word::cbrt:
      return std::cbrt(x);
    case Word::tan:
      return std::tan(x);
    case Word::asin:
      return std::asin(x);
    case Word::acos:
      return std::acos(x);
    case Word::atan:
      return std::atan(x);
    case Word::sinh:
      return std::sinh(x);
    case Word::cosh:
      return std::cosh(x);
    case Word::asinh:
      return std::asinh(x);
    case Word::acosh:
      return std::acosh(x);
    case Word::atanh:
      return std::atanh(x);
    case Word::erfc:
      return std::erfc(x);
    case Word::lgamma:
      return std::lgamma(x);
    case Word::logistic:
      return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    case Word::sqrt:
      return std::sqrt(x);
    case Word::floor:
      return std::floor(x);
    case Word::rint:
      return std::rint(x);
    case Word::abs:
      return std::abs(x);
    case Word::sign:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case Word::square:
      return x * x;
    case Word::pow:
      return std::pow(x, y);
    case Word::min:
      return x != x || x < y ? x : y;
    case Word::max:
      return x != x || x > y ? x : y;
    case Word::atan2:
      return std::atan2(x, y);
    case Word::fmod:
      return std::fmod(x, y);
    case Word::remainder: {
      const R rest = std::fmod(x, y);
      return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
    }
    case Word::mix:
    case Word::digamma:
    case Word::polygamma:
      break;
  }
  return std::numeric_limits<R>::quiet_NaN();
}

// How far `got` is from `want`, in units of the last place of a T near `want`. A wrong kind of value (NaN for
// a number, the other infinity, the other zero) is infinitely far.
template <class T, class R>
double ulp_error(T got, R want) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(want)) return std::isnan(got) ? 0 : wrong;
  if (std::isnan(got)) return wrong;
  const T near = static_cast<T>(want);
  if (got == near) {
    if (got == 0) return std::signbit(got) == std::signbit(want) ? 0 : wrong;
    if (std::isinf(got)) return 0;
  }
  if (std::isinf(want)) return wrong;
  constexpr int digits = std::numeric_limits<T>::digits, least = std::numeric_limits<T>::min_exponent;
  if (std::isinf(got)) {  // just above the largest number, infinity stands for the next power of two
    const R top = std::ldexp(R(1), std::numeric_limits<T>::max_exponent);
    if (std::signbit(got) != std::signbit(want)) return wrong;
    return static_cast<double>((top - std::abs(want)) /
                               std::ldexp(R(1), std::numeric_limits<T>::max_exponent - digits));
  }
  const T measure = std::isinf(near) ? std::numeric_limits<T>::max() : near;
  const int exponent = measure == 0 ? least : std::max(std::ilogb(measure) + 1, least);
  return static_cast<double>(std::abs(R(got) - want) / std::ldexp(R(1), exponent - digits));
}

// The same for a word at x. lgamma has a zero between any two of its poles: there the error counts from 1 on.
template <class T, class R>
double word_error(Word word, T x, T got, R want) {
  if (word == Word::lgamma && x < 0 && std::abs(want) < 1 && std::isfinite(got))
    return static_cast<double>(std::abs(R(got) - want) / std::numeric_limits<T>::epsilon());
  return ulp_error(got, want);
}

// What is promised, in ULP.
inline double bound_of(Word word) { return word == Word::lgamma ? 3 : word == Word::erfc || word == Word::logistic ? 2.5 : word < Word::sqrt ? 2 : 0.5; }

}  // namespace lang_test
