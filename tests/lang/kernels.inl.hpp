// A call of any word, for one kind of lane. No include guard and no #include: it stands once in lang_test for
// Scalar and once in every SIMD target's namespace for Pack.

template <class V>
V call(lang_test::Word word, V x, V y) {
  using lang_test::Word;
  switch (word) {
    case Word::exp:
      return exp(x);
    case Word::expm1:
      return expm1(x);
    case Word::log:
      return log(x);
    case Word::log1p:
      return log1p(x);
    case Word::tanh:
      return tanh(x);
    case Word::erf:
      return erf(x);
    case Word::sin:
      return sin(x);
    case Word::cos:
      return cos(x);
    case Word::exp2:
      return exp2(x);
    case Word::log2:
      return log2(x);
    case Word::log10:
      return log10(x);
    case Word::cbrt:
      return cbrt(x);
    case Word::tan:
      return tan(x);
    case Word::asin:
      return asin(x);
    case Word::acos:
      return acos(x);
    case Word::atan:
      return atan(x);
    case Word::sinh:
      return sinh(x);
    case Word::cosh:
      return cosh(x);
    case Word::asinh:
      return asinh(x);
    case Word::acosh:
      return acosh(x);
    case Word::atanh:
      return atanh(x);
    case Word::erfc:
      return erfc(x);
    case Word::lgamma:
      return lgamma(x);
    case Word::logistic:
      return logistic(x);
    case Word::sqrt:
      return sqrt(x);
    case Word::floor:
      return floor(x);
    case Word::rint:
      return rint(x);
    case Word::abs:
      return abs(x);
    case Word::sign:
      return sign(x);
    case Word::square:
      return square(x);
    case Word::pow:
      return pow(x, y);
    case Word::min:
      return min(x, y);
    case Word::max:
      return max(x, y);
    case Word::atan2:
      return atan2(x, y);
    case Word::fmod:
      return fmod(x, y);
    case Word::remainder:
      return remainder(x, y);
    case Word::digamma:
      return digamma(x);
    case Word::polygamma:
      return polygamma(min(floor(abs(x)), 100), y);
    case Word::mix:
      break;
  }
  // Everything else in one formula: operators, comparisons, masks, fma, and numbers on either side.
  const V sum = fma(x, y, 1 - x) + x / (2 + y * y) - (-y);
  return select(((x < y) & (x != 0)) | !(y >= 1), sum, select((x <= 2) | (x == y) | (y > 3), 2 * x, 1));
}

template <class V, class T>
void map_values(lang_test::Word word, const T* x, const T* y, T* out, std::size_t n) {
  for (std::size_t i = 0; i + V::lanes <= n; i += V::lanes) {
    call(word, V::load(x + i), V::load(y + i)).store(out + i);
  }
}
