#include "gradus/lang/reduce.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "gradus/lang/scalar.hpp"

namespace gradus::lang {
namespace {

__extension__ using Wide = unsigned __int128;
using Word = std::uint64_t;

// 2 / pi in binary: a word of zeros, then the fraction.
constexpr Word two_over_pi[] = {0,
                                0xA2F9836E4E441529,
                                0xFC2757D1F534DDC0,
                                0xDB6295993C439041,
                                0xFE5163ABDEBBC561,
                                0xB7246E3A424DD2E0,
                                0x06492EEA09D1921C,
                                0xFE1DEB1CB129A73E,
                                0xE88235F52EBB4484,
                                0xE99C7026B45F7E41,
                                0x3991D639835339F4,
                                0x9C845F8BBDF9283B,
                                0x1FF897FFDE05980F,
                                0xEF2F118B5A0A6D1F,
                                0x6D367ECF27CB09B7,
                                0x4F463F669E5FEA2D,
                                0x7527BAC7EBE5F17B,
                                0x3D0739F78A5292EA,
                                0x6BFB5FB11F8D5D08,
                                0x56033046FC7B6BAB,
                                0xF0CFBC209AF4361D};

// 64 bits of the table from bit `at` on.
Word window(int at) {
  const int word = at / 64, shift = at % 64;
  return shift == 0 ? two_over_pi[word] : two_over_pi[word] << shift | two_over_pi[word + 1] >> (64 - shift);
}

// x modulo pi / 2 for finite |x| >= 2^17. x is an integer m times 2^e; the bits of 2 / pi whose product with
// x is a multiple of 4 are left out, so the low 192 bits of m times the next 192 bits hold the quadrant (two
// bits) and the fraction of a quarter turn, which is good to 2^-137, while no double comes nearer than 2^-62
// to zero.
Turned<Scalar<double>> turn_back_exactly(double x) {
  const Word pattern = std::bit_cast<Word>(x);
  const int e = static_cast<int>(pattern >> 52 & 0x7FF) - 1075;
  const Word m = (pattern & 0xFFFFFFFFFFFFF) | Word(1) << 52;
  const int at = e - 2 + 64;
  const Wide low = Wide(window(at + 128)) * m;
  const Wide middle = Wide(window(at + 64)) * m + (low >> 64);
  Word high = window(at) * m + static_cast<Word>(middle >> 64);
  Wide rest = Wide(static_cast<Word>(middle)) << 64 | static_cast<Word>(low);

  Word quadrant = high >> 62;
  high = high << 2 | static_cast<Word>(rest >> 126);
  rest <<= 2;
  bool negative = x < 0;
  if (high >> 63) {  // more than half a quadrant: count from the next one
    quadrant += 1;
    negative = !negative;
    rest = -rest;
    high = ~high + (rest == 0);
  }
  if (x < 0) quadrant = -quadrant;

  // The fraction as a head of 53 bits and the next 53, times pi / 2 to twice the precision.
  int zeros = high ? std::countl_zero(high) : 64;
  Wide top = Wide(high) << 64 | static_cast<Word>(rest >> 64);
  top <<= zeros;
  if (zeros) top |= static_cast<Word>(rest) >> (64 - zeros);
  const auto head = static_cast<double>(static_cast<Word>(top >> 75));
  const auto next = static_cast<double>(static_cast<Word>(top >> 22) & ((Word(1) << 53) - 1));
  const double sign = negative ? -1 : 1;
  using S = Scalar<double>;
  using C = Constants<double>;
  const Twin<S> fraction(sign * std::ldexp(head, -53 - zeros), sign * std::ldexp(next, -106 - zeros));
  const Twin<S> angle = product_of(fraction, Twin<S>(C::half_pi_1, C::half_pi_2));
  return Turned<S>(angle.head, angle.rest, ScalarBits<double>(quadrant));
}

double sin_after(double x, Word quarter_turns) {
  if (!std::isfinite(x)) return std::numeric_limits<double>::quiet_NaN();
  auto turned = turn_back_exactly(x);
  turned.quadrant = turned.quadrant + ScalarBits<double>(quarter_turns);
  return sin_or_cos(turned).value;
}

}  // namespace

double sin_of_large(double x) { return sin_after(x, 0); }
double cos_of_large(double x) { return sin_after(x, 1); }
float sin_of_large(float x) { return static_cast<float>(sin_after(x, 0)); }
double tan_of_large(double x) {
  if (!std::isfinite(x)) return std::numeric_limits<double>::quiet_NaN();
  return tan_of(turn_back_exactly(x)).value;
}
float tan_of_large(float x) { return static_cast<float>(tan_of_large(static_cast<double>(x))); }
double rest_of_large(double x, double y) { return std::fmod(x, y); }
float rest_of_large(float x, float y) { return std::fmod(x, y); }
float cos_of_large(float x) { return static_cast<float>(sin_after(x, 1)); }

}  // namespace gradus::lang
