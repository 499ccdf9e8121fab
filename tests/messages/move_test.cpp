// Wrong calls of the moves.
#include "messages/messages.hpp"

namespace gradus {
namespace {

const Tensor matrix = zeros({2, 3});
const Tensor scalar = zeros({});

TEST(Messages, of_contiguous_and_cast) {
  EXPECT_MESSAGE(ValueError, apply_to(ops::Contiguous{}, {}), "[contiguous] takes 1 tensor, got 0");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Contiguous{}, {matrix, matrix}), "[contiguous] takes 1 tensor, got 2");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Contiguous{}, {Tensor()}), "[contiguous] input 0" + undefined_hint);
  EXPECT_MESSAGE(ValueError, apply_to(ops::Cast{Dtype::f64}, {}), "[cast] takes 1 tensor, got 0");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Cast{Dtype::f64}, {matrix, matrix}), "[cast] takes 1 tensor, got 2");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Cast{Dtype::f64}, {Tensor()}), "[cast] input 0" + undefined_hint);
}

TEST(Messages, of_reshape) {
  EXPECT_MESSAGE(ShapeError, reshape(matrix, {4}), "[reshape] 6 elements of shape [2, 3] do not fit shape [4]");
  EXPECT_MESSAGE(ShapeError, reshape(matrix, {-1, 4}), "[reshape] 6 elements of shape [2, 3] do not fit shape [-1, 4]");
  EXPECT_MESSAGE(ShapeError, reshape(matrix, {-1, -1}), "[reshape] shape [-1, -1] has a bad size -1. Hint: one size may be -1, the others are 0 or more");
  EXPECT_MESSAGE(ShapeError, reshape(matrix, {-2, 3}), "[reshape] shape [-2, 3] has a bad size -2. Hint: one size may be -1, the others are 0 or more");
  EXPECT_MESSAGE(ShapeError, reshape(zeros({0}), {-1, 0}), "[reshape] 0 elements of shape [0] do not fit shape [-1, 0]: the size for -1 is open");
  EXPECT_MESSAGE(ShapeError, reshape(matrix, {INT64_MAX, 3}), "[reshape] shape [9223372036854775807, 3] is too large to address");
  EXPECT_MESSAGE(ShapeError, flatten(matrix, 2), "[flatten] axis 2 is outside -2..1 of a tensor of rank 2");
}

TEST(Messages, of_permute_and_transpose) {
  EXPECT_MESSAGE(ShapeError, permute(matrix, {0}), "[permute] order [0] does not name each of the 2 axes of [2, 3] once");
  EXPECT_MESSAGE(ShapeError, permute(matrix, {0, 0}), "[permute] axis 0 is named twice in [0, 0]");
  EXPECT_MESSAGE(ShapeError, permute(matrix, {0, -2}), "[permute] axis 0 is named twice in [0, -2]");
  EXPECT_MESSAGE(ShapeError, permute(matrix, {0, 2}), "[permute] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, transpose(matrix, 0, 2), "[transpose] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, transpose(scalar, 0, 0), "[transpose] axis 0 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ShapeError, T(zeros({3})), "[T] needs at least two axes; the tensor is [3]");
}

TEST(Messages, of_squeeze_unsqueeze_and_expand) {
  EXPECT_MESSAGE(ShapeError, squeeze(matrix, 1), "[squeeze] axis 1 of [2, 3] has size 3, not 1");
  EXPECT_MESSAGE(ShapeError, squeeze(matrix, 5), "[squeeze] axis 5 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, unsqueeze(matrix, 3), "[unsqueeze] axis 3 is outside -3..2, the places for a new axis in [2, 3]");
  EXPECT_MESSAGE(ShapeError, unsqueeze(matrix, -4), "[unsqueeze] axis -4 is outside -3..2, the places for a new axis in [2, 3]");
  const std::string hint = ". Hint: only axes of size 1 can be repeated, and new axes come first";
  EXPECT_MESSAGE(ShapeError, expand(matrix, {4, 3}), "[expand] shape [2, 3] does not expand to [4, 3]" + hint);
  EXPECT_MESSAGE(ShapeError, expand(matrix, {2, 3, 1}), "[expand] shape [2, 3] does not expand to [2, 3, 1]" + hint);
  EXPECT_MESSAGE(ShapeError, expand(matrix, {3}), "[expand] shape [2, 3] does not expand to [3]" + hint);
  EXPECT_MESSAGE(ShapeError, expand(Tensor{1}, {-2}), "[expand] size -2 in shape [-2] is negative");
}

TEST(Messages, of_slice_pad_and_flip) {
  EXPECT_MESSAGE(ShapeError, slice(matrix, 2, {0, 1}), "[slice] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, slice(scalar, 0, {0, 1}), "[slice] axis 0 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ValueError, slice(matrix, 0, {0, 1, 0}), "[slice] step 0 goes nowhere. Hint: a step of -1 is the reverse order");
  EXPECT_MESSAGE(ShapeError, pad(matrix, -3, 1, 1), "[pad] axis -3 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ValueError, pad(matrix, 0, -1, 2), "[pad] -1 before, 2 after, 0 between: none may be negative. Hint: use slice to cut");
  EXPECT_MESSAGE(ShapeError, pad(matrix, 0, INT64_MAX, 0), "[pad] 9223372036854775807 before and 0 after make axis 0 of [2, 3] too large to address");
  EXPECT_MESSAGE(ShapeError, pad(matrix, 0, std::int64_t{1} << 61, 0), "[pad] shape [2305843009213693954, 3] is too large to address");
  EXPECT_MESSAGE(ShapeError, flip(matrix, 2), "[flip] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, flip(matrix, {1, -1}), "[flip] axis 1 is named twice in [1, -1]");
  EXPECT_MESSAGE(ShapeError, flip(scalar, 0), "[flip] axis 0 does not exist: the tensor is 0-d");
}

TEST(Messages, of_concat_and_stack) {
  EXPECT_MESSAGE(ValueError, concat({}), "[concat] there is nothing to join: the list is empty");
  EXPECT_MESSAGE(ShapeError, concat(Tensors{matrix, zeros({2, 4})}), "[concat] part 1 is [2, 4], part 0 is [2, 3]; they must agree except in axis 0");
  EXPECT_MESSAGE(ShapeError, concat(Tensors{matrix, matrix, zeros({3})}, 1), "[concat] part 2 is [3], part 0 is [2, 3]; they must agree except in axis 1");
  EXPECT_MESSAGE(ShapeError, concat(Tensors{matrix}, 2), "[concat] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, concat(Tensors{scalar, scalar}), "[concat] axis 0 does not exist: the tensor is 0-d");
  const Tensor huge = expand(zeros({1}, Dtype::u8), {std::int64_t{1} << 62});
  EXPECT_MESSAGE(ShapeError, concat(Tensors{huge, huge}), "[concat] the result is too large to address");
  EXPECT_MESSAGE(ValueError, stack({}), "[stack] there is nothing to stack: the list is empty");
  EXPECT_MESSAGE(ShapeError, stack(Tensors{matrix, zeros({3, 2})}), "[stack] part 1 is [3, 2], part 0 is [2, 3]; they must be equal");
  EXPECT_MESSAGE(ShapeError, stack(Tensors{matrix}, 4), "[unsqueeze] axis 4 is outside -3..2, the places for a new axis in [2, 3]");
}

}  // namespace
}  // namespace gradus
