// Wrong calls of every elementwise operation in the list, generated: number of inputs, undefined inputs, shapes, numbers.
#include "messages/messages.hpp"

namespace gradus {
namespace {

// Not templates: one of each is enough.
void wrong_unary(const Ref<const Op>& it, Tensor (*function)(const Tensor&)) {
  const std::string op = "[" + std::string(it->info().name) + "] ";
  EXPECT_MESSAGE(ValueError, apply_to(it, {}), op + "takes 1 tensor, got 0");
  EXPECT_MESSAGE(ValueError, apply_to(it, {Tensor{1}, Tensor{2}}), op + "takes 1 tensor, got 2");
  EXPECT_MESSAGE(ValueError, function(Tensor()), op + "input 0" + undefined_hint);
}

void wrong_binary(const Ref<const Op>& it, Tensor (*function)(const Tensor&, const Tensor&), bool floating) {
  const std::string op = "[" + std::string(it->info().name) + "] ", rule = ". Hint: sizes must be equal or 1, counted from the last axis";
  EXPECT_MESSAGE(ValueError, apply_to(it, {}), op + "takes 2 tensors, got 0");
  EXPECT_MESSAGE(ValueError, apply_to(it, {Tensor{1}}), op + "takes 2 tensors, got 1");
  EXPECT_MESSAGE(ValueError, apply_to(it, {Tensor{1}, Tensor{1}, Tensor{1}}), op + "takes 2 tensors, got 3");
  EXPECT_MESSAGE(ValueError, function(Tensor(), Tensor{1}), op + "input 0" + undefined_hint);
  EXPECT_MESSAGE(ValueError, function(1, Tensor()), op + "input 1" + undefined_hint);
  EXPECT_MESSAGE(ShapeError, function(zeros({2, 3}), zeros({2})), op + "shapes [2, 3] and [2] do not broadcast: 3 against 2 in axis -1" + rule);
  EXPECT_MESSAGE(ShapeError, function(zeros({4, 1, 3}), zeros({5, 2, 1})), op + "shapes [4, 1, 3] and [5, 2, 1] do not broadcast: 4 against 5 in axis -3" + rule);
  EXPECT_MESSAGE(ShapeError, function(zeros({0}), zeros({2})), op + "shapes [0] and [2] do not broadcast: 0 against 2 in axis -1" + rule);
  if (!floating) {
    EXPECT_MESSAGE(ValueError, function(zeros({2}, Dtype::u8), 256), op + "the number 256 does not fit u8, the dtype of the other operand. Hint: cast(x, Dtype::i64)");
  }
}

void wrong_ternary(const Ref<const Op>& it, Tensor (*function)(const Tensor&, const Tensor&, const Tensor&)) {
  const std::string op = "[" + std::string(it->info().name) + "] ", rule = ". Hint: sizes must be equal or 1, counted from the last axis";
  EXPECT_MESSAGE(ValueError, apply_to(it, {Tensor{1}, Tensor{1}}), op + "takes 3 tensors, got 2");
  EXPECT_MESSAGE(ValueError, function(Tensor{1}, Tensor{1}, Tensor()), op + "input 2" + undefined_hint);
  EXPECT_MESSAGE(ShapeError, function(zeros({3}), zeros({2, 3}), zeros({2})), op + "shapes [2, 3] and [2] do not broadcast: 3 against 2 in axis -1" + rule);
  EXPECT_MESSAGE(ShapeError, function(zeros({2}), zeros({3}), 1), op + "shapes [2] and [3] do not broadcast: 2 against 3 in axis -1" + rule);
}

TEST(Messages, of_every_unary_operation) {
#define GRADUS_OP(S, function) wrong_unary(ops::make_op(ops::S{}), &function);
  GRADUS_UNARY_OPS(GRADUS_OP)
#undef GRADUS_OP
}

TEST(Messages, of_every_binary_operation) {
#define GRADUS_OP(S, function) wrong_binary(ops::make_op(ops::S{}), &function, ops::map_traits<ops::S>({}).floating);
  GRADUS_BINARY_OPS(GRADUS_OP)
#undef GRADUS_OP
}

TEST(Messages, of_every_ternary_operation) {
#define GRADUS_OP(S, function) wrong_ternary(ops::make_op(ops::S{}), &function);
  GRADUS_TERNARY_OPS(GRADUS_OP)
#undef GRADUS_OP
}

TEST(Messages, of_bits_of_other_dtypes) {
  const std::string hint = ". Hint: cast(x, Dtype::i64)";
  const Tensor i({1, 2}, Dtype::i64), f({1, 2}, Dtype::f64), b = i == 1;
  EXPECT_MESSAGE(DtypeError, bitwise_and(i, f), "[bitwise_and] takes integers; input 1 is f64" + hint);
  EXPECT_MESSAGE(DtypeError, bitwise_or(0.5, i), "[bitwise_or] takes integers; input 0 is f64" + hint);
  EXPECT_MESSAGE(DtypeError, bitwise_xor(f, f), "[bitwise_xor] takes integers; input 0 is f64" + hint);
  EXPECT_MESSAGE(DtypeError, left_shift(b, i), "[left_shift] takes integers; input 0 is bool" + hint);
  EXPECT_MESSAGE(DtypeError, right_shift(i, b), "[right_shift] takes integers; input 1 is bool" + hint);
  EXPECT_MESSAGE(DtypeError, bitwise_not(f), "[bitwise_not] takes integers; input 0 is f64" + hint);
  EXPECT_MESSAGE(ValueError, fmod(i, 0), "[fmod] the rest of 1 / 0 is not defined");
}

TEST(Messages, of_results_that_are_too_large) {
  const std::int64_t big = std::int64_t{1} << 32;
  EXPECT_MESSAGE(ShapeError, expand(Tensor{1}, {big, 1}) + expand(Tensor{1}, {1, big}), "[add] shape [4294967296, 4294967296] is too large to address");
}

TEST(Messages, of_undefined_tensors_elsewhere) {
  EXPECT_MESSAGE(ValueError, sum(Tensor()), "[sum] input 0" + undefined_hint);
  EXPECT_MESSAGE(ValueError, matmul(zeros({2, 2}), Tensor()), "[matmul] input 1" + undefined_hint);
  EXPECT_MESSAGE(ValueError, concat(Tensors{Tensor{1}, Tensor()}), "[concat] input 1" + undefined_hint);
  EXPECT_MESSAGE(ValueError, Tensor()[0], "[tensor] an undefined tensor was used. Hint: a default-constructed Tensor holds nothing: assign it first");
}

}  // namespace
}  // namespace gradus
