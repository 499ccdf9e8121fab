// The list of operations: one word for each, in one place. Kernels, derivatives, functions on tensors, the scalar engine,
// tests and the reference page are made by walking this list.
//   For elementwise ones: X(Struct, function). For the others X(Struct); their functions are in functions.hpp.
#pragma once

#define GRADUS_UNARY_OPS(X)                                                                             \
  X(Neg, neg) X(Abs, abs) X(Sign, sign) X(Square, square) X(Sqrt, sqrt) X(Exp, exp) X(Expm1, expm1)     \
  X(Log, log) X(Log1p, log1p) X(Sin, sin) X(Cos, cos) X(Tanh, tanh) X(Sigmoid, sigmoid)                 \
  X(Softplus, softplus) X(Relu, relu)

#define GRADUS_BINARY_OPS(X)                                                                            \
  X(Add, add) X(Sub, sub) X(Mul, mul) X(Div, div) X(Pow, pow) X(Maximum, maximum) X(Minimum, minimum)   \
  X(Equal, equal) X(NotEqual, not_equal) X(Less, less) X(LessEqual, less_equal) X(Greater, greater)     \
  X(GreaterEqual, greater_equal)

#define GRADUS_TERNARY_OPS(X) X(Where, where)

#define GRADUS_MAP_OPS(X) GRADUS_UNARY_OPS(X) GRADUS_BINARY_OPS(X) GRADUS_TERNARY_OPS(X)

#define GRADUS_OTHER_OPS(X)                                                                             \
  X(Contiguous) X(Cast) X(Reshape) X(Permute) X(Expand) X(Slice) X(Pad) X(Flip) X(Concat)               \
  X(Sum) X(Mean) X(Max) X(Min) X(Argmax)                                                                \
  X(Matmul)                                                                                             \
  X(Gather) X(ScatterAdd) X(OneHot)                                                                     \
  X(Softmax) X(LogSoftmax) X(CrossEntropy) X(CrossEntropyGrad)
