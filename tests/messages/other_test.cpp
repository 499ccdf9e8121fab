// Wrong calls of reductions, products, index operations and row operations.
#include "messages/messages.hpp"

namespace gradus {
namespace {

const Tensor matrix = zeros({2, 3});
const Tensor scalar = zeros({});

template <class S>
void wrong_reduction(Tensor (*function)(const Tensor&, const Axes&, bool)) {
  const std::string op = std::string("[") + S::name + "] ";
  EXPECT_MESSAGE(ShapeError, function(matrix, 2, false), op + "axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, function(matrix, {-1, 1}, true), op + "axis 1 is named twice in [-1, 1]");
  EXPECT_MESSAGE(ShapeError, function(scalar, 0, false), op + "axis 0 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ValueError, apply_to(S{}, {matrix, matrix}), op + "takes 1 tensor, got 2");
}

TEST(Messages, of_reductions) {
  wrong_reduction<ops::Sum>(&sum);
  wrong_reduction<ops::Mean>(&mean);
  wrong_reduction<ops::Max>(&max);
  wrong_reduction<ops::Min>(&min);
  EXPECT_MESSAGE(ShapeError, max(zeros({0, 3}), 0), "[max] there is nothing to choose from: [0, 3] is empty over axes [0]");
  EXPECT_MESSAGE(ShapeError, min(zeros({0})), "[min] there is nothing to choose from: [0] is empty over all axes");
  EXPECT_MESSAGE(ShapeError, argmax(matrix, 2), "[argmax] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, argmax(scalar), "[argmax] axis -1 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ShapeError, argmax(zeros({3, 0})), "[argmax] there is nothing to choose from: [3, 0] is empty over axes [1]");
}

TEST(Messages, of_matmul) {
  EXPECT_MESSAGE(ShapeError, matmul(zeros({4, 3}), zeros({5, 2})), "[matmul] inner sizes differ: a is [4, 3], b is [5, 2]; 3 must equal 5");
  EXPECT_MESSAGE(ShapeError, matmul(zeros({4, 3}), zeros({5, 3})), "[matmul] inner sizes differ: a is [4, 3], b is [5, 3]; 3 must equal 5. Hint: did you mean matmul(a, T(b))?");
  EXPECT_MESSAGE(ShapeError, matmul(zeros({4, 3}), zeros({4, 2})), "[matmul] inner sizes differ: a is [4, 3], b is [4, 2]; 3 must equal 4. Hint: did you mean matmul(T(a), b)?");
  EXPECT_MESSAGE(ShapeError, matmul(zeros({3}), matrix), "[matmul] needs at least two axes each: a is [3], b is [2, 3]. Hint: use unsqueeze to make a vector a row or a column");
  EXPECT_MESSAGE(ShapeError, matmul(zeros({2, 4, 3}), zeros({5, 3, 4})),
                 "[matmul] shapes [2] and [5] do not broadcast: 2 against 5 in axis -1. Hint: sizes must be equal or 1, counted from the last axis");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Matmul{}, {matrix}), "[matmul] takes 2 tensors, got 1");
}

TEST(Messages, of_index_operations) {
  const Tensor index({0, 2, 1}, Dtype::i64);
  EXPECT_MESSAGE(DtypeError, gather(matrix, matrix), "[gather] the index is f32; it must hold integers. Hint: cast(index, Dtype::i64)");
  EXPECT_MESSAGE(ShapeError, gather(matrix, index), "[gather] x is [2, 3], the index is [3]; they must agree except in axis -1");
  EXPECT_MESSAGE(ShapeError, gather(zeros({3}), index, 1), "[gather] axis 1 is outside -1..0 of a tensor of rank 1");
  EXPECT_MESSAGE(ValueError, gather(zeros({2}), index), "[gather] index 2 at place 1 is outside 0..1");
  EXPECT_MESSAGE(ValueError, gather(zeros({3}), -index), "[gather] index -2 at place 1 is outside 0..2");
  EXPECT_MESSAGE(ValueError, gather(zeros({0}), index), "[gather] index 0 at place 0 is into an empty axis");
  EXPECT_MESSAGE(DtypeError, scatter_add(zeros({3}), zeros({3}), 0, 3), "[scatter_add] the index is f32; it must hold integers. Hint: cast(index, Dtype::i64)");
  EXPECT_MESSAGE(ShapeError, scatter_add(zeros({2}), index, 0, 3), "[scatter_add] x is [2], the index is [3]; they must agree");
  EXPECT_MESSAGE(ValueError, scatter_add(zeros({3}), index, 0, -1), "[scatter_add] size -1 is negative");
  EXPECT_MESSAGE(ValueError, scatter_add(zeros({3}), index, 0, 2), "[scatter_add] index 2 at place 1 is outside 0..1");
  EXPECT_MESSAGE(DtypeError, one_hot(zeros({2}), 3), "[one_hot] the index is f32; it must hold integers. Hint: cast(index, Dtype::i64)");
  EXPECT_MESSAGE(ValueError, one_hot(index, -1), "[one_hot] -1 classes: the count is negative");
  EXPECT_MESSAGE(ValueError, one_hot(index, 2), "[one_hot] index 2 at place 1 is outside 0..1");
  EXPECT_MESSAGE(ValueError, one_hot(index, 0), "[one_hot] index 0 at place 0 is into an empty axis");
}

TEST(Messages, of_row_operations) {
  EXPECT_MESSAGE(ShapeError, softmax(scalar), "[softmax] axis -1 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ShapeError, softmax(matrix, 2), "[softmax] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ValueError, apply_to(ops::Softmax{}, {matrix, matrix}), "[softmax] takes 1 tensor, got 2");
  EXPECT_MESSAGE(ShapeError, log_softmax(scalar), "[log_softmax] axis -1 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ShapeError, log_softmax(matrix, -3), "[log_softmax] axis -3 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ValueError, apply_to(ops::LogSoftmax{}, {}), "[log_softmax] takes 1 tensor, got 0");
}

TEST(Messages, of_cross_entropy) {
  const Tensor target({0, 2}, Dtype::i64);
  EXPECT_MESSAGE(ShapeError, cross_entropy(matrix, matrix), "[cross_entropy] logits are [2, 3], so targets must be [2]; they are [2, 3]. Hint: targets are class numbers, one per row");
  EXPECT_MESSAGE(ShapeError, cross_entropy(matrix, Tensor({0}, Dtype::i64)), "[cross_entropy] logits are [2, 3], so targets must be [2]; they are [1]. Hint: targets are class numbers, one per row");
  EXPECT_MESSAGE(DtypeError, cross_entropy(matrix, zeros({2})), "[cross_entropy] targets are f32; class numbers must be integers. Hint: cast(target, Dtype::i64)");
  EXPECT_MESSAGE(ValueError, cross_entropy(matrix, target + 1), "[cross_entropy] target 3 in row 1 is outside 0..2. Hint: class numbers count from 0");
  EXPECT_MESSAGE(ValueError, cross_entropy(matrix, target, 1.5), "[cross_entropy] label_smoothing 1.5 is outside 0..1");
  EXPECT_MESSAGE(ValueError, cross_entropy(matrix, target, -0.1), "[cross_entropy] label_smoothing -0.1 is outside 0..1");
  EXPECT_MESSAGE(ShapeError, cross_entropy(scalar, target), "[cross_entropy] the logits are 0-d; they need a last axis of classes");
  EXPECT_MESSAGE(ShapeError, cross_entropy(zeros({2, 0}), target), "[cross_entropy] there are no classes: the last axis of the logits is empty");
  EXPECT_MESSAGE(ShapeError, apply_to(ops::CrossEntropyGrad{}, {matrix, target, zeros({3})}), "[cross_entropy_grad] the gradient is [3], the losses are [2]");
  EXPECT_MESSAGE(DtypeError, apply_to(ops::CrossEntropyGrad{}, {matrix, zeros({2}), zeros({2})}), "[cross_entropy_grad] targets are f32; class numbers must be integers. Hint: cast(target, Dtype::i64)");
  EXPECT_MESSAGE(ValueError, apply_to(ops::CrossEntropyGrad{}, {matrix, target}), "[cross_entropy_grad] takes 3 tensors, got 2");
}

}  // namespace
}  // namespace gradus
