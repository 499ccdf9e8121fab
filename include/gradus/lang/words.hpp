// The functions of the language by name, for the kinds of value that only look at a formula: Expr and Probe.
#pragma once

// On any number of the value's kind.
#define GRADUS_WORDS_OF_ONE(X)                                                                    \
  X(abs) X(sign) X(sqrt) X(square) X(floor) X(rint)                                               \
  X(exp) X(exp2) X(expm1) X(log) X(log2) X(log10) X(log1p) X(cbrt)                                \
  X(sin) X(cos) X(tan) X(asin) X(acos) X(atan) X(sinh) X(cosh) X(tanh) X(asinh) X(acosh) X(atanh) \
  X(erf) X(erfc) X(lgamma) X(digamma)

#define GRADUS_WORDS_OF_TWO(X)                                               \
  X(min) X(max) X(pow) X(atan2) X(fmod) X(remainder) X(polygamma)            \
  X(bitwise_and) X(bitwise_or) X(bitwise_xor) X(left_shift) X(right_shift)
