// Wrong calls of index operations and of sorting.
#include <gradus/autodiff.hpp>

#include "messages/messages.hpp"

namespace gradus {
namespace {

const Tensor matrix = zeros({2, 3});
const Tensor scalar = zeros({});
const Tensor index({0, 2, 1}, Dtype::i64);
const std::string to_integers = "; it must hold integers. Hint: cast(index, Dtype::i64)";

TEST(Messages, of_index_select_and_index_add) {
  EXPECT_MESSAGE(DtypeError, index_select(matrix, matrix), "[index_select] the index is f32" + to_integers);
  EXPECT_MESSAGE(ShapeError, index_select(matrix, index, 2), "[index_select] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ValueError, index_select(matrix, index, 0), "[index_select] index 2 at place 1 is outside 0..1");
  EXPECT_MESSAGE(ValueError, index_select(matrix, -index, 1), "[index_select] index -2 at place 1 is outside 0..2");
  EXPECT_MESSAGE(ValueError, index_select(zeros({0, 2}), index, 0), "[index_select] index 0 at place 0 is into an empty axis");
  EXPECT_MESSAGE(ValueError, index_select(matrix, Tensor()), "[index_select] input 1" + undefined_hint);
  EXPECT_MESSAGE(DtypeError, index_add(matrix, zeros({2}), 0, 3), "[index_add] the index is f32" + to_integers);
  EXPECT_MESSAGE(ValueError, index_add(matrix, index, 1, -1), "[index_add] size -1 is negative");
  EXPECT_MESSAGE(ShapeError, index_add(matrix, index, 0, 3), "[index_add] x is [2, 3], the index is [3]; x must have the axes of the index from axis 0 on");
  EXPECT_MESSAGE(ShapeError, index_add(scalar, index, 0, 3), "[index_add] x is [], the index is [3]; x must have the axes of the index in the place of the axis");
  EXPECT_MESSAGE(ValueError, index_add(matrix, index, 1, 2), "[index_add] index 2 at place 1 is outside 0..1");
}

TEST(Messages, of_scatter) {
  const Tensor x = zeros({3}), bad = zeros({3}, Dtype::boolean);
  EXPECT_MESSAGE(DtypeError, scatter(x, bad, x), "[scatter] the index is bool" + to_integers);
  EXPECT_MESSAGE(ShapeError, scatter(x, index, x, 1), "[scatter] axis 1 is outside -1..0 of a tensor of rank 1");
  EXPECT_MESSAGE(ShapeError, scatter(matrix, index, x), "[scatter] x is [2, 3], the index is [3]; except in axis -1 it must fit into x");
  EXPECT_MESSAGE(ShapeError, scatter(x, index, zeros({2})), "[scatter] src is [2], the index is [3]; they must agree");
  EXPECT_MESSAGE(DtypeError, scatter(x, index, zeros({3}, Dtype::f64)), "[scatter] x is f32, src is f64. Hint: cast one of them");
  EXPECT_MESSAGE(ValueError, scatter(zeros({2}), index, x), "[scatter] index 2 at place 1 is outside 0..1");
  EXPECT_MESSAGE(ValueError, scatter(x, index - 1, x), "[scatter] index -1 at place 0 is outside 0..2");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Scatter{0}, {x, index}), "[scatter] takes 3 tensors, got 2");
}

TEST(Messages, of_scatter_reduce) {
  const Tensor x = zeros({3});
  EXPECT_MESSAGE(ValueError, scatter_reduce(x, index, x, 0, "median"), "[scatter_reduce] 'median' is no mode. Hint: sum, mean, prod, amax or amin");
  EXPECT_MESSAGE(ShapeError, scatter_reduce(matrix, index, x, 0, "sum"), "[scatter_reduce] x is [2, 3], the index is [3]; except in axis 0 it must fit into x");
  EXPECT_MESSAGE(ShapeError, scatter_reduce(x, index, zeros({2}), 0, "sum"), "[scatter_reduce] src is [2], the index is [3]; they must agree");
  EXPECT_MESSAGE(DtypeError, scatter_reduce(x, index, zeros({3}, Dtype::i64), 0, "amax"), "[scatter_reduce] x is f32, src is i64. Hint: cast one of them");
  EXPECT_MESSAGE(ValueError, scatter_reduce(zeros({2}), index, x, 0, "amax"), "[gather] index 2 at place 1 is outside 0..1");
  EXPECT_MESSAGE(ShapeError, scatter_reduce(x, index, x, 1, "amin"), "[scatter_reduce] axis 1 is outside -1..0 of a tensor of rank 1");
}

TEST(Messages, of_take_and_embedding) {
  EXPECT_MESSAGE(DtypeError, take(matrix, matrix), "[take] the index is f32" + to_integers);
  EXPECT_MESSAGE(ValueError, take(zeros({2}), index), "[index_select] index 2 at place 1 is outside 0..1");
  EXPECT_MESSAGE(DtypeError, embedding(matrix, matrix), "[embedding] the index is f32" + to_integers);
  EXPECT_MESSAGE(ShapeError, embedding(zeros({3}), index), "[embedding] the weight is [3]; it must be [rows, width]");
  EXPECT_MESSAGE(ValueError, embedding(matrix, index), "[index_select] index 2 at place 1 is outside 0..1");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Embedding{}, {matrix}), "[embedding] takes 2 tensors, got 1");
}

TEST(Messages, of_sizes_that_depend_on_data) {
  const std::string unknown = "the size of the result depends on numbers that are not known under vmap or while a function is traced. Hint: ";
  EXPECT_MESSAGE(TraceError, vmap([](const Tensor& x) { return nonzero(x); })(matrix), "[nonzero] " + unknown + "use where(mask, x, 0), which keeps the shape");
  EXPECT_MESSAGE(TraceError, vmap([](const Tensor& x) { return masked_select(x, x > 0); })(matrix), "[masked_select] " + unknown + "use where(mask, x, 0), which keeps the shape");
  EXPECT_MESSAGE(TraceError, vmap([](const Tensor& x) { return unique(x).values; })(matrix), "[nonzero] " + unknown + "use where(mask, x, 0), which keeps the shape");
  EXPECT_MESSAGE(TraceError, vmap([](const Tensor& x) { return bincount(x); })(zeros({2, 3}, Dtype::i64)), "[bincount] " + unknown + "use index_add with a size");
  EXPECT_MESSAGE(DtypeError, masked_select(matrix, matrix), "[masked_select] the mask is f32; it must be bool. Hint: compare to make a mask: x > 0");
  EXPECT_MESSAGE(ShapeError, masked_select(matrix, zeros({2}, Dtype::boolean)),
                 "[masked_select] shapes [2, 3] and [2] do not broadcast: 3 against 2 in axis -1. Hint: sizes must be equal or 1, counted from the last axis");
  EXPECT_MESSAGE(ShapeError, bincount(zeros({2, 2}, Dtype::i64)), "[bincount] the integers are [2, 2]; they must be a vector. Hint: flatten(x)");
  EXPECT_MESSAGE(DtypeError, bincount(zeros({2})), "[bincount] the index is f32" + to_integers);
  EXPECT_MESSAGE(ValueError, bincount(index, -1), "[bincount] minlength -1 is negative");
  EXPECT_MESSAGE(ValueError, bincount(-index), "[bincount] -2 has no place among 0, 1, ...");
  EXPECT_MESSAGE(ShapeError, bincount(index, zeros({2})), "[bincount] the integers are [3], the weights are [2]; they must agree");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Bincount{}, {}), "[bincount] takes the integers, and weights or not; got 0 tensors");
}

TEST(Messages, of_coordinates) {
  const Tensor at({{0, 1}, {1, 3}}, Dtype::i64);
  EXPECT_MESSAGE(DtypeError, ravel_index(matrix, {2, 2, 2}), "[ravel_index] the index is f32" + to_integers);
  EXPECT_MESSAGE(ShapeError, ravel_index(at, {2}), "[ravel_index] the index is [2, 2]; its last axis must hold the 1 coordinates into [2]");
  EXPECT_MESSAGE(ValueError, ravel_index(at, {2, 3}), "[ravel_index] coordinate 1 of place 1 is 3, outside axis 1 of [2, 3]");
  EXPECT_MESSAGE(ValueError, ravel_index(-at, {2, 3}), "[ravel_index] coordinate 1 of place 0 is -1, outside axis 1 of [2, 3]");
  EXPECT_MESSAGE(ShapeError, ravel_index(at, {INT64_MAX, 3}), "[ravel_index] shape [9223372036854775807, 3] is too large to address");
  EXPECT_MESSAGE(ValueError, gather_nd(matrix, at), "[ravel_index] coordinate 1 of place 1 is 3, outside axis 1 of [2, 3]");
  EXPECT_MESSAGE(ShapeError, gather_nd(zeros({3}), at), "[gather_nd] x is [3], the index is [2, 2]: 2 coordinates after 0 common axes are too many");
  EXPECT_MESSAGE(ShapeError, gather_nd(matrix, at, 2), "[gather_nd] x is [2, 3], the index is [2, 2]: 2 coordinates after 2 common axes are too many");
  EXPECT_MESSAGE(ShapeError, gather_nd(zeros({3, 3, 3}), at, 1), "[gather_nd] x is [3, 3, 3], the index is [2, 2]; they must agree in the first 1 axes");
  EXPECT_MESSAGE(ShapeError, gather_nd(matrix, zeros({}, Dtype::i64)), "[gather_nd] the index is 0-d; its last axis must hold coordinates");
  EXPECT_MESSAGE(DtypeError, scatter_nd(matrix, matrix, matrix), "[scatter_nd] the index is f32" + to_integers);
  EXPECT_MESSAGE(ShapeError, scatter_nd(matrix, at, zeros({3})), "[scatter_nd] src is [3]; x [2, 3] and the index [2, 2] need [2]");
}

TEST(Messages, of_sorting) {
  EXPECT_MESSAGE(ShapeError, argsort(matrix, 2), "[argsort] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, argsort(scalar), "[argsort] axis -1 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ShapeError, apply(ops::Sort{2}, matrix), "[sort] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, sort(scalar), "[argsort] axis -1 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ValueError, topk(matrix, 4), "[argtopk] k = 4 of the 3 entries of axis -1 of [2, 3]");
  EXPECT_MESSAGE(ValueError, topk(matrix, -1, 0), "[argtopk] k = -1 of the 2 entries of axis 0 of [2, 3]");
  EXPECT_MESSAGE(ShapeError, topk(matrix, 1, 5), "[argtopk] axis 5 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Argsort{}, {Tensor()}), "[argsort] input 0" + undefined_hint);
  EXPECT_MESSAGE(ShapeError, searchsorted(matrix, zeros({3, 3})), "[searchsorted] sorted is [2, 3], the values are [3, 3]; sorted must be a vector, or agree with them except in the last axis");
  EXPECT_MESSAGE(ShapeError, searchsorted(scalar, matrix), "[searchsorted] sorted is [], the values are [2, 3]; sorted must be a vector, or agree with them except in the last axis");
  EXPECT_MESSAGE(ShapeError, searchsorted(matrix, zeros({3})), "[searchsorted] sorted is [2, 3], the values are [3]; sorted must be a vector, or agree with them except in the last axis");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Searchsorted{}, {matrix}), "[searchsorted] takes 2 tensors, got 1");
  EXPECT_MESSAGE(ValueError, searchsorted(matrix, Tensor()), "[searchsorted] input 1" + undefined_hint);
}

}  // namespace
}  // namespace gradus
