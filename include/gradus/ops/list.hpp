// The list of elementwise operations: X(Struct, function), one word for each. Kernels, derivatives, functions on tensors, the
// scalar engine, tests and the reference page are made by walking it. The other families have their lists below their structs.
#pragma once

#define GRADUS_UNARY_OPS(X)                                                                             \
  X(Neg, neg) X(Abs, abs) X(Sign, sign) X(Square, square) X(Sqrt, sqrt) X(Exp, exp) X(Expm1, expm1)     \
  X(Log, log) X(Log1p, log1p) X(Sin, sin) X(Cos, cos) X(Tanh, tanh) X(Sigmoid, sigmoid)                 \
  X(Softplus, softplus) X(Relu, relu)                                                                   \
  X(Floor, floor) X(Ceil, ceil) X(Round, round) X(Trunc, trunc)                                         \
  X(IsNan, isnan) X(IsInf, isinf) X(IsFinite, isfinite) X(LogicalNot, logical_not)                      \
  X(Reciprocal, reciprocal) X(Rsqrt, rsqrt) X(Tan, tan) X(Sinh, sinh) X(Cosh, cosh)                     \
  X(Asinh, asinh) X(Acosh, acosh) X(Atanh, atanh) X(Erf, erf)                                           \
  X(LogSigmoid, log_sigmoid) X(Softsign, softsign) X(Silu, silu) X(Gelu, gelu) X(GeluTanh, gelu_tanh)   \
  X(Mish, mish) X(Selu, selu) X(Relu6, relu6) X(HardTanh, hard_tanh)                        \
  X(HardSigmoid, hard_sigmoid) X(HardSwish, hard_swish)                                                 \
  X(Exp2, exp2) X(Log2, log2) X(Log10, log10) X(Cbrt, cbrt) X(Asin, asin) X(Acos, acos) X(Atan, atan)   \
  X(Erfc, erfc) X(Lgamma, lgamma) X(Digamma, digamma)

#define GRADUS_BINARY_OPS(X)                                                                            \
  X(Add, add) X(Sub, sub) X(Mul, mul) X(Div, div) X(Pow, pow) X(Maximum, maximum) X(Minimum, minimum)   \
  X(Equal, equal) X(NotEqual, not_equal) X(Less, less) X(LessEqual, less_equal) X(Greater, greater)     \
  X(GreaterEqual, greater_equal)                                                                        \
  X(LogicalAnd, logical_and) X(LogicalOr, logical_or) X(LogicalXor, logical_xor)                \
  X(Atan2, atan2) X(Polygamma, polygamma) X(Fmod, fmod) X(Remainder, remainder)                         \
  X(Elu, elu) X(Celu, celu) X(Prelu, prelu)                                                             \
  X(BitwiseAnd, bitwise_and) X(BitwiseOr, bitwise_or) X(BitwiseXor, bitwise_xor)                        \
  X(LeftShift, left_shift) X(RightShift, right_shift)

#define GRADUS_TERNARY_OPS(X) X(Where, where) X(Lerp, lerp) X(Clip, clip)

#define GRADUS_MAP_OPS(X) GRADUS_UNARY_OPS(X) GRADUS_BINARY_OPS(X) GRADUS_TERNARY_OPS(X)
