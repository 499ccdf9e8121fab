// Wrong calls of the reductions that are made of others, and of scans.
#include <cmath>

#include "messages/messages.hpp"

namespace gradus {
namespace {

const Tensor matrix = zeros({2, 3});
const Tensor scalar = zeros({});

template <class S>
void wrong_axes(S op) {
  const std::string name = std::string("[") + S::name + "] ";
  op.axes = 2;
  EXPECT_MESSAGE(ShapeError, apply(op, matrix), name + "axis 2 is outside -2..1 of a tensor of rank 2");
  op.axes = {-1, 1};
  EXPECT_MESSAGE(ShapeError, apply(op, matrix), name + "axis 1 is named twice in [-1, 1]");
  op.axes = 0;
  EXPECT_MESSAGE(ShapeError, apply(op, scalar), name + "axis 0 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ValueError, apply_to(op, {matrix, matrix}), name + "takes 1 tensor, got 2");
  EXPECT_MESSAGE(ValueError, apply_to(op, {Tensor()}), name + "input 0" + undefined_hint);
}

TEST(Messages, of_statistics) {
  wrong_axes(ops::Prod{});
  wrong_axes(ops::Any{});
  wrong_axes(ops::All{});
  wrong_axes(ops::Var{});
  wrong_axes(ops::Std{});
  wrong_axes(ops::Norm{});
  wrong_axes(ops::Logsumexp{});
  wrong_axes(ops::Nansum{});
  wrong_axes(ops::Nanmean{});
  EXPECT_MESSAGE(ValueError, var(matrix, {}, NAN), "[var] correction nan is not a finite number");
  EXPECT_MESSAGE(ValueError, std(matrix, {}, INFINITY), "[std] correction inf is not a finite number");
  EXPECT_MESSAGE(ValueError, norm(matrix, NAN), "[norm] p is NaN. Hint: a number, or INFINITY for the largest element");
  EXPECT_MESSAGE(ShapeError, norm(zeros({2, 0}), -1, 1), "[norm] p = -1 of nothing: [2, 0] is empty over these axes");
  EXPECT_MESSAGE(ShapeError, argmin(zeros({2, 0})), "[argmin] there is nothing to choose from: [2, 0] is empty over axes [1]");
  EXPECT_MESSAGE(ShapeError, argmin(scalar), "[argmin] axis -1 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ShapeError, argmin(matrix, -3), "[argmin] axis -3 is outside -2..1 of a tensor of rank 2");
}

template <class S>
void wrong_scan() {
  const std::string name = std::string("[") + S::name + "] ";
  EXPECT_MESSAGE(ShapeError, apply(S{2}, matrix), name + "axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, apply(S{-3}, matrix), name + "axis -3 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, apply(S{0}, scalar), name + "axis 0 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ValueError, apply_to(S{0}, {}), name + "takes 1 tensor, got 0");
  EXPECT_MESSAGE(ValueError, apply_to(S{0}, {Tensor()}), name + "input 0" + undefined_hint);
}

TEST(Messages, of_scans) {
  wrong_scan<ops::Cumsum>();
  wrong_scan<ops::Cumprod>();
  wrong_scan<ops::Cummax>();
  wrong_scan<ops::Cummin>();
  wrong_scan<ops::Cumargmax>();
  wrong_scan<ops::Cumargmin>();
  EXPECT_MESSAGE(ShapeError, linear_scan(matrix, matrix, 2), "[linear_scan] axis 2 is outside -2..1 of a tensor of rank 2");
  EXPECT_MESSAGE(ShapeError, linear_scan(1, 2), "[linear_scan] axis -1 does not exist: the tensor is 0-d");
  EXPECT_MESSAGE(ShapeError, linear_scan(matrix, zeros({2})), "[linear_scan] shapes [2, 3] and [2] do not broadcast: 3 against 2 in axis -1. Hint: sizes must be equal or 1, counted from the last axis");
  EXPECT_MESSAGE(ShapeError, apply_to(ops::LinearScan{}, {matrix, zeros({3})}), "[linear_scan] a is [2, 3], b is [3]; they must be equal");
  EXPECT_MESSAGE(ValueError, apply_to(ops::LinearScan{}, {matrix}), "[linear_scan] takes 2 tensors, got 1");
}

}  // namespace
}  // namespace gradus
