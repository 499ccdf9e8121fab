// What the moves give, by hand or as PyTorch prints it; that they are right in every layout and derivative is the generated check's.
#include <gtest/gtest.h>

#include <gradus/ops.hpp>

#include <cmath>

#include "messages/messages.hpp"

namespace gradus {
namespace {

using Numbers = std::vector<double>;
const Tensor row = Tensor::arange(4) + 1;                           // 1 2 3 4
const Tensor square3 = reshape(Tensor::arange(9) + 1, {3, 3});

TEST(Moves, view_is_a_reshape_that_never_copies) {
  EXPECT_EQ(view(square3, {-1}).array().buffer(), square3.array().buffer());
  EXPECT_EQ(view(square3[{1}], {3, 2}).to_vector(), (Numbers{4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(view(T(square3), {3, 1, 3}).to_vector(), T(square3).to_vector());
  EXPECT_EQ(view(Tensor(2), {1, 1}).shape(), (Shape{1, 1}));
  EXPECT_EQ(view(T(Tensor::zeros({0, 3})), {0}).numel(), 0);
  EXPECT_EQ(reshape(T(square3), {9})[1].item(), 4);
  EXPECT_MESSAGE(ShapeError, view(T(square3), {9}),
                 "[view] the elements of a [3, 3] with strides [1, 3] cannot be seen as [9] where they lie. Hint: reshape(x, shape) copies where it must");
}

TEST(Moves, windows_are_views_and_fold_adds_them_up) {
  EXPECT_EQ(unfold(row, 0, 2).to_vector(), (Numbers{1, 2, 2, 3, 3, 4}));
  EXPECT_EQ(unfold(row, 0, 2, 2).to_vector(), (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(unfold(row, -1, 2, 1, 2).to_vector(), (Numbers{1, 3, 2, 4}));
  EXPECT_EQ(unfold(row, 0, 3).array().buffer(), row.array().buffer());
  EXPECT_EQ(unfold(square3, 0, 2).shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(unfold(square3, 0, 2).to_vector(), (Numbers{1, 4, 2, 5, 3, 6, 4, 7, 5, 8, 6, 9}));
  EXPECT_EQ(fold(unfold(row, 0, 2), 0, 4).to_vector(), (Numbers{1, 4, 6, 4}));
  EXPECT_EQ(fold(Tensor::ones({2, 2}, Dtype::f16), 0, 4, 1, 2).dtype(), Dtype::f16);
  // Halves are summed in float: f16 alone would stop at 2,048.
  const Tensor overlaps = fold(Tensor::ones({2600, 2500}, Dtype::f16), 0, 5099);
  EXPECT_EQ(overlaps[2550].item(), 2500);
}

TEST(Moves, fold_of_many_threads_and_any_layout_is_the_sum) {
  const Tensor x = Tensor::randn({30, 40, 33, 5}, Dtype::f64), y = fold(x, 1, 83, 2, 1);
  Tensor expected = Tensor::zeros({30, 83, 33}, Dtype::f64);
  for (std::int64_t k = 0; k < 5; ++k) expected = expected + apply(ops::Pad{1, k, 4 - k, 1}, squeeze(slice(x, 3, {k, k + 1}), 3));
  EXPECT_EQ(y.to_vector(), expected.to_vector());
  EXPECT_EQ(fold(permute(contiguous(permute(x, {3, 2, 1, 0})), {3, 2, 1, 0}), 1, 83, 2, 1).to_vector(), expected.to_vector());
}

TEST(Moves, products_of_windows_that_overlap_are_those_of_a_copy) {
  const Tensor x = Tensor::randn({3000}), w = Tensor::randn({5, 64});
  for (const std::int64_t step : {1, 2, 7}) {  // rows of 5 elements that begin 1, 2 or 7 apart: no leading dimension of a BLAS
    const Tensor windows = unfold(x, 0, 5, step), copy = contiguous(windows);
    EXPECT_LE(max(abs(matmul(windows, w) - matmul(copy, w))).item(), 1e-4) << step;
    EXPECT_LE(max(abs(matmul(T(w), T(windows)) - matmul(T(w), T(copy)))).item(), 1e-4) << step;
    EXPECT_EQ(sum(windows, 0).to_vector(), sum(copy, 0).to_vector());
  }
}

TEST(Moves, im2col_and_col2im_have_the_layout_of_pytorch) {
  // torch.nn.functional.unfold(arange(18).reshape(1, 2, 3, 3), (2, 2)): channels outermost, then the window, then the places.
  const Tensor x = reshape(Tensor::arange(18), {1, 2, 3, 3});
  const Tensor columns = im2col(x, {2, 2});
  EXPECT_EQ(columns.shape(), (Shape{1, 8, 4}));
  EXPECT_EQ(columns.to_vector(), (Numbers{0, 1, 3, 4, 1, 2, 4, 5, 3, 4, 6, 7, 4, 5, 7, 8, 9, 10, 12, 13, 10, 11, 13, 14, 12, 13, 15, 16, 13, 14, 16, 17}));
  EXPECT_EQ(col2im(columns, {3, 3}, {2, 2}).to_vector(), (Numbers{0, 2, 2, 6, 16, 10, 6, 14, 8, 9, 20, 11, 24, 52, 28, 15, 32, 17}));
  EXPECT_EQ(im2col(x, {2, 2}, {2}, {1}, {2}).shape(), (Shape{1, 8, 4}));
  EXPECT_EQ(im2col(x, {3, 1}, {}, {1, 0}).to_vector()[0], 0);  // the padding
  EXPECT_EQ(im2col(reshape(row, {1, 4}), {2}).to_vector(), (Numbers{1, 2, 3, 2, 3, 4}));  // one axis, no batch
  const Tensor volume = Tensor::randn({2, 3, 4, 5, 6}, Dtype::f64);
  EXPECT_EQ(im2col(volume, {2, 2, 2}).shape(), (Shape{2, 24, 60}));
  EXPECT_EQ(col2im(im2col(volume, {1, 1, 1}), {4, 5, 6}, {1, 1, 1}).to_vector(), volume.to_vector());
}

TEST(Moves, pixels_shuffle_as_in_pytorch) {
  const Tensor x = reshape(Tensor::arange(8), {1, 4, 1, 2});
  EXPECT_EQ(pixel_shuffle(x, 2).to_vector(), (Numbers{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(pixel_shuffle(x, 2).shape(), (Shape{1, 1, 2, 4}));
  EXPECT_EQ(pixel_unshuffle(pixel_shuffle(x, 2), 2).to_vector(), x.to_vector());
}

TEST(Moves, padding) {
  const Tensor x = row;
  EXPECT_EQ(constant_pad(x, {1}, {2}, 7).to_vector(), (Numbers{7, 1, 2, 3, 4, 7, 7}));
  EXPECT_EQ(constant_pad(x, {-1}, {-2}).to_vector(), Numbers{2});
  EXPECT_EQ(reflection_pad(x, {2}, {3}).to_vector(), (Numbers{3, 2, 1, 2, 3, 4, 3, 2, 1}));
  EXPECT_EQ(reflection_pad(x, {-1}, {3}).to_vector(), (Numbers{2, 3, 4, 3, 2, 1}));
  EXPECT_EQ(replication_pad(x, {2}, {1}).to_vector(), (Numbers{1, 1, 1, 2, 3, 4, 4}));
  EXPECT_EQ(circular_pad(x, {2}, {3}).to_vector(), (Numbers{3, 4, 1, 2, 3, 4, 1, 2, 3}));
  EXPECT_EQ(reflection_pad(square3, {1, 1}, {0, 0}).to_vector(), (Numbers{5, 4, 5, 6, 2, 1, 2, 3, 5, 4, 5, 6, 8, 7, 8, 9}));  // the corner is mirrored twice
  EXPECT_EQ(constant_pad(cast(x, Dtype::boolean), {1}, {0}, 1).dtype(), Dtype::boolean);
  EXPECT_TRUE(std::isinf(constant_pad(cast(x, Dtype::f32), {1}, {0}, -INFINITY).to_vector()[0]));
}

TEST(Moves, rolled_and_repeated) {
  EXPECT_EQ(roll(row, {1}).to_vector(), (Numbers{4, 1, 2, 3}));
  EXPECT_EQ(roll(row, {-5}, {0}).to_vector(), (Numbers{2, 3, 4, 1}));
  EXPECT_EQ(roll(square3, {1}).to_vector(), (Numbers{9, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(roll(square3, {1, 1}, {0, 1}).to_vector(), (Numbers{9, 7, 8, 3, 1, 2, 6, 4, 5}));
  EXPECT_EQ(roll(row, {INT64_MIN}).to_vector(), row.to_vector());  // 2^63 is a multiple of 4
  EXPECT_EQ(tile(row, {2}).to_vector(), (Numbers{1, 2, 3, 4, 1, 2, 3, 4}));
  EXPECT_EQ(tile(row, {2, 1}).shape(), (Shape{2, 4}));
  EXPECT_EQ(tile(square3, {2}).shape(), (Shape{3, 6}));
  EXPECT_EQ(repeat_interleave(row, 2, 0).to_vector(), (Numbers{1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(repeat_interleave(row, Tensor({2, 0, 1, 3}, Dtype::i64), 0).to_vector(), (Numbers{1, 1, 3, 4, 4, 4}));
}

TEST(Moves, taken_apart) {
  const Tensors parts = split(row, 3);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].to_vector(), Numbers{4});
  EXPECT_EQ(split(row, Shape{1, 0, 3})[2].to_vector(), (Numbers{2, 3, 4}));
  EXPECT_EQ(split(Tensor::zeros({0}), 2).size(), 1u);
  EXPECT_EQ(split(Tensor::zeros({0}), 0).size(), 1u);
  EXPECT_EQ(chunk(Tensor::arange(5), 4).size(), 3u);  // as in PyTorch: parts of two
  EXPECT_EQ(chunk(Tensor::zeros({2, 0}), 3, 1).size(), 3u);
  EXPECT_EQ(unbind(square3, 1)[2].to_vector(), (Numbers{3, 6, 9}));
  EXPECT_EQ(movedim(Tensor::zeros({2, 3, 4}), {0}, {-1}).shape(), (Shape{3, 4, 2}));
  EXPECT_EQ(movedim(Tensor::zeros({2, 3, 4, 5}), {0, 1}, {2, 0}).shape(), (Shape{3, 4, 2, 5}));
}

TEST(Moves, diagonals_and_triangles) {
  EXPECT_EQ(diagonal(square3).to_vector(), (Numbers{1, 5, 9}));
  EXPECT_EQ(diagonal(square3, 1).to_vector(), (Numbers{2, 6}));
  EXPECT_EQ(diagonal(square3, -2).to_vector(), Numbers{7});
  EXPECT_EQ(diagonal(square3, 3).shape(), Shape{0});
  EXPECT_EQ(diagonal(square3, INT64_MIN).shape(), Shape{0});
  EXPECT_EQ(diagonal(square3).array().buffer(), square3.array().buffer());
  EXPECT_EQ(diagonal(Tensor::zeros({2, 3, 4}), 0, 0, 2).shape(), (Shape{3, 2}));
  EXPECT_EQ(diag_embed(row[{0, 2}]).to_vector(), (Numbers{1, 0, 0, 2}));
  EXPECT_EQ(diag_embed(row[{0, 2}], -1).to_vector(), (Numbers{0, 0, 0, 1, 0, 0, 0, 2, 0}));
  EXPECT_EQ(tril(square3).to_vector(), (Numbers{1, 0, 0, 4, 5, 0, 7, 8, 9}));
  EXPECT_EQ(triu(square3, 1).to_vector(), (Numbers{0, 2, 3, 0, 0, 6, 0, 0, 0}));
  EXPECT_EQ(tril(square3, INT64_MAX).to_vector(), square3.to_vector());
  EXPECT_EQ(triu(square3, INT64_MIN).to_vector(), square3.to_vector());
  EXPECT_EQ(triu(Tensor{{NAN, 1}, {NAN, NAN}}).to_vector()[2], 0);  // what is cut may be anything
  EXPECT_EQ(tril(square3).dtype(), Dtype::i64);
}

}  // namespace
}  // namespace gradus
