// Wrong calls of the moves that are made of others, and of windows.
#include "messages/messages.hpp"

namespace gradus {
namespace {

const Tensor matrix = zeros({2, 3});
const Tensor scalar = zeros({});
const std::int64_t far = INT64_MAX;

TEST(Messages, of_unfold_and_fold) {
  EXPECT_MESSAGE(ShapeError, unfold(matrix, 2, 1), "[unfold] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, unfold(scalar, 0, 1), "[unfold] axis 0 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ValueError, unfold(matrix, 0, 0), "[unfold] a window of 0 entries is empty");
  EXPECT_MESSAGE(ValueError, unfold(matrix, 0, 1, 0), "[unfold] step 0 and dilation 1 must be 1 or more");
  EXPECT_MESSAGE(ShapeError, unfold(matrix, 1, 2, 1, 3), "[unfold] a window over 4 entries does not fit axis 1 of [2, 3]. Hint: pad the axis first, or use a smaller window");
  EXPECT_MESSAGE(ShapeError, unfold(matrix, 1, far, 1, 2), "[unfold] 9223372036854775807 entries 2 apart are too far to address");
  EXPECT_MESSAGE(ShapeError, fold(zeros({3}), 0, 3), "[fold] needs an axis of windows and a last axis of their entries; the tensor is [3]");
  EXPECT_MESSAGE(ShapeError, fold(matrix, 1, 4), "[fold] axis 1 is outside -1..0 of a tensor of rank 1");
  EXPECT_MESSAGE(ShapeError, fold(matrix, 0, 2), "[fold] windows over 3 entries do not fit an axis of 2");
  EXPECT_MESSAGE(ShapeError, fold(matrix, 0, 5), "[fold] axis 0 of [2, 3] has 2 windows; 3 of 3 entries fit an axis of 5");
  EXPECT_MESSAGE(ValueError, fold(zeros({2, 0}), 0, 5), "[fold] a window of 0 entries is empty");
  EXPECT_MESSAGE(ValueError, fold(matrix, 0, 4, -1), "[fold] step -1 and dilation 1 must be 1 or more");
}

TEST(Messages, of_im2col_and_col2im) {
  const Tensor x = zeros({1, 2, 3, 3});
  EXPECT_MESSAGE(ValueError, im2col(x, {}), "[im2col] the kernel has no sizes. Hint: one number per spatial axis, such as {3, 3}");
  EXPECT_MESSAGE(ShapeError, im2col(x, {2}), "[im2col] a kernel of 1 axes needs [N, C, ...] of rank 3 or [C, ...] of rank 2; the tensor is [1, 2, 3, 3]");
  EXPECT_MESSAGE(ShapeError, im2col(x, {2, 4}), "[im2col] a window over 4 entries does not fit spatial axis 1 of [3, 3] with padding 0. Hint: use more padding or a smaller kernel");
  EXPECT_MESSAGE(ValueError, im2col(x, {2, 0}), "[im2col] kernel [2, 0] must be 1 or more everywhere");
  EXPECT_MESSAGE(ShapeError, im2col(x, {2, 2}, {1, 1, 1}), "[im2col] stride [1, 1, 1] has 3 numbers, the kernel has 2");
  EXPECT_MESSAGE(ValueError, im2col(x, {2, 2}, {}, {-1}), "[im2col] padding [-1] must be 0 or more everywhere");
  EXPECT_MESSAGE(ShapeError, im2col(x, {2, 2}, {}, {far}), "[im2col] the sizes are too large to address");
  const Tensor columns = zeros({1, 8, 4});
  EXPECT_MESSAGE(ValueError, col2im(columns, {}, {}), "[col2im] the kernel has no sizes. Hint: one number per spatial axis, such as {3, 3}");
  EXPECT_MESSAGE(ShapeError, col2im(columns, {3}, {2, 2}), "[col2im] size [3] has 1 numbers, the kernel has 2");
  EXPECT_MESSAGE(ShapeError, col2im(columns, {3, -3}, {2, 2}), "[col2im] size [3, -3] is negative somewhere");
  EXPECT_MESSAGE(ShapeError, col2im(columns, {4, 3}, {2, 2}), "[col2im] the columns are [1, 8, 4]; windows of 4 entries at 6 places of [4, 3] need [N, C * 4, 6]");
  EXPECT_MESSAGE(ShapeError, col2im(scalar, {3, 3}, {2, 2}), "[col2im] the columns are []; they must be [N, C * window, places] or [C * window, places]");
}

TEST(Messages, of_pixel_shuffle) {
  EXPECT_MESSAGE(ValueError, pixel_shuffle(zeros({4, 1, 1}), 0), "[pixel_shuffle] factor 0 must be 1 or more");
  EXPECT_MESSAGE(ShapeError, pixel_shuffle(matrix, 1), "[pixel_shuffle] needs [..., C, H, W]; the tensor is [2, 3]");
  EXPECT_MESSAGE(ShapeError, pixel_shuffle(zeros({6, 1, 1}), 2), "[pixel_shuffle] 6 channels of [6, 1, 1] do not divide by factor 2 squared");
  EXPECT_MESSAGE(ShapeError, pixel_shuffle(zeros({6, 1, 1}), far), "[pixel_shuffle] 6 channels of [6, 1, 1] do not divide by factor 9223372036854775807 squared");
  EXPECT_MESSAGE(ValueError, pixel_unshuffle(zeros({4, 1, 1}), -2), "[pixel_unshuffle] factor -2 must be 1 or more");
  EXPECT_MESSAGE(ShapeError, pixel_unshuffle(matrix, 1), "[pixel_unshuffle] needs [..., C, H, W]; the tensor is [2, 3]");
  EXPECT_MESSAGE(ShapeError, pixel_unshuffle(zeros({1, 4, 3}), 2), "[pixel_unshuffle] height 4 and width 3 of [1, 4, 3] do not both divide by factor 2");
  EXPECT_MESSAGE(ShapeError, pixel_unshuffle(zeros({1, 0, 0}), far), "[pixel_unshuffle] the result is too large to address");
}

TEST(Messages, of_padding) {
  EXPECT_MESSAGE(ShapeError, constant_pad(matrix, {1}, {1, 2}), "[constant_pad] before [1] and after [1, 2] need one number each per axis, for the last axes of [2, 3]");
  EXPECT_MESSAGE(ShapeError, constant_pad(scalar, {1}, {1}), "[constant_pad] before [1] and after [1] need one number each per axis, for the last axes of []");
  EXPECT_MESSAGE(ShapeError, constant_pad(matrix, {-2}, {-2}), "[constant_pad] -2 before and -2 after cut more than the 3 entries of axis 1 of [2, 3]");
  EXPECT_MESSAGE(ShapeError, constant_pad(matrix, {far}, {0}), "[constant_pad] 9223372036854775807 before and 0 after make axis 1 of [2, 3] too large to address");
  EXPECT_MESSAGE(ShapeError, constant_pad(matrix, {INT64_MIN}, {-1}), "[constant_pad] -9223372036854775808 before and -1 after cut more than the 3 entries of axis 1 of [2, 3]");
  EXPECT_MESSAGE(ShapeError, constant_pad(matrix, {std::int64_t{1} << 61}, {0}), "[expand] shape [2, 2305843009213693952] is too large to address");
  EXPECT_MESSAGE(ShapeError, reflection_pad(matrix, {3}, {0}), "[reflection_pad] 3 entries at an end of axis 1 of [2, 3]: a reflection needs an axis that is longer");
  EXPECT_MESSAGE(ShapeError, reflection_pad(zeros({0}), {0}, {1}), "[reflection_pad] 1 entries at an end of axis 0 of [0]: a reflection needs an axis that is longer");
  EXPECT_MESSAGE(ShapeError, replication_pad(zeros({0}), {1}, {0}), "[replication_pad] 1 entries at an end of axis 0 of [0]: an empty axis has no end to repeat");
  EXPECT_MESSAGE(ShapeError, circular_pad(matrix, {0}, {4}), "[circular_pad] 4 entries at an end of axis 1 of [2, 3]: that is more than once around");
}

TEST(Messages, of_roll_and_repeats) {
  EXPECT_MESSAGE(ValueError, roll(matrix, {1, 2}), "[roll] 2 shifts and no axes. Hint: give one axis per shift, or one shift for the flattened tensor");
  EXPECT_MESSAGE(ValueError, roll(matrix, {1}, {0, 1}), "[roll] 1 shifts for 2 axes. Hint: give one axis per shift");
  EXPECT_MESSAGE(ShapeError, roll(matrix, {1}, {2}), "[roll] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ValueError, tile(matrix, {-1}), "[tile] repeats [-1] is negative somewhere");
  EXPECT_MESSAGE(ShapeError, tile(matrix, {far, 1}), "[tile] [2, 3] times [9223372036854775807, 1] is too large to address");
  EXPECT_MESSAGE(ValueError, repeat_interleave(matrix, -1, 0), "[repeat_interleave] repeats -1 is negative");
  EXPECT_MESSAGE(ShapeError, repeat_interleave(matrix, 2, 2), "[repeat_interleave] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, repeat_interleave(matrix, far, 0), "[repeat_interleave] 9223372036854775807 repeats of axis 0 of [2, 3] are too large to address");
  EXPECT_MESSAGE(ShapeError, repeat_interleave(matrix, Tensor({1}, Dtype::i64), 0), "[repeat_interleave] repeats are [1]; axis 0 of [2, 3] needs one number for each entry");
  EXPECT_MESSAGE(ValueError, repeat_interleave(matrix, Tensor({1, -1}, Dtype::i64), 0), "[repeat_interleave] -1 repeats of entry 1");
  EXPECT_MESSAGE(ShapeError, repeat_interleave(matrix, Tensor::from(std::vector<std::int64_t>{1, far}, {2}), 0), "[repeat_interleave] 9223372036854775807 repeats of entry 1 are too many");
}

TEST(Messages, of_diagonals_and_triangles) {
  EXPECT_MESSAGE(ShapeError, diagonal(zeros({3})), "[diagonal] needs at least two axes; the tensor is [3]");
  EXPECT_MESSAGE(ShapeError, diagonal(matrix, 0, 1, -1), "[diagonal] axis1 1 and axis2 -1 are the same axis");
  EXPECT_MESSAGE(ShapeError, diagonal(matrix, 0, 0, 2), "[diagonal] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, diag_embed(scalar), "[diag_embed] a 0-d tensor has no axis for the diagonal. Hint: use unsqueeze to make it a vector");
  EXPECT_MESSAGE(ShapeError, diag_embed(matrix, 0, 1, 1), "[diag_embed] axis1 1 and axis2 1 are the same axis");
  EXPECT_MESSAGE(ShapeError, diag_embed(matrix, INT64_MIN), "[diag_embed] offset -9223372036854775808 is too far to address");
  EXPECT_MESSAGE(ShapeError, diag_embed(matrix, std::int64_t{1} << 40), "[diag_embed] shape [2, 1099511627779, 1099511627779] is too large to address");
  EXPECT_MESSAGE(ShapeError, apply_to(ops::DiagEmbed{0, 0, 1, 2, 2}, {zeros({3})}), "[diag_embed] diagonal 0 of [2, 2] has 2 entries, the last axis of x has 3");
  EXPECT_MESSAGE(ShapeError, tril(zeros({3})), "[tril] needs at least two axes; the tensor is [3]");
  EXPECT_MESSAGE(ShapeError, triu(scalar), "[triu] needs at least two axes; the tensor is []");
}

TEST(Messages, of_taking_apart) {
  EXPECT_MESSAGE(ValueError, split(matrix, 0), "[split] parts of 0 entries do not make up an axis of 2");
  EXPECT_MESSAGE(ValueError, split(matrix, -1, 1), "[split] parts of -1 entries do not make up an axis of 3");
  EXPECT_MESSAGE(ShapeError, split(matrix, Shape{1, 1}, 1), "[split] sizes [1, 1] do not sum to the 3 entries of axis 1 of [2, 3]");
  EXPECT_MESSAGE(ShapeError, split(matrix, Shape{4, -1}, 1), "[split] sizes [4, -1] do not sum to the 3 entries of axis 1 of [2, 3]");
  EXPECT_MESSAGE(ShapeError, split(scalar, 1), "[split] axis 0 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ValueError, chunk(matrix, 0), "[chunk] 0 parts: at least one is needed");
  EXPECT_MESSAGE(ShapeError, chunk(matrix, 2, 2), "[chunk] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, unbind(scalar), "[unbind] axis 0 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ShapeError, movedim(matrix, {0}, {0, 1}), "[movedim] 1 axes and 2 places for them");
  EXPECT_MESSAGE(ShapeError, movedim(matrix, {0, -2}, {0, 1}), "[movedim] axis 0 is named twice in [0, -2]");
  EXPECT_MESSAGE(ShapeError, movedim(matrix, {0}, {2}), "[movedim] axis 2 is outside -2..1 of a tensor of rank 2");
}

}  // namespace
}  // namespace gradus
