// What a tensor prints, as golden text.
#include <gtest/gtest.h>

#include <gradus/ops.hpp>

#include <cmath>
#include <sstream>

namespace gradus {
namespace {

TEST(Print, small_ones_in_full) {
  EXPECT_EQ(to_string(Tensor{1, 2.5, -3}), "[1, 2.5, -3]  f32 [3]");
  EXPECT_EQ(to_string(Tensor{{1, 2}, {3, 4}}), "[[1, 2],\n [3, 4]]  f32 [2, 2]");
  EXPECT_EQ(to_string(Tensor{{{1}, {2}}, {{3}, {4}}}), "[[[1],\n  [2]],\n [[3],\n  [4]]]  f32 [2, 2, 1]");
  EXPECT_EQ(to_string(Tensor({1, -2}, Dtype::i64)), "[1, -2]  i64 [2]");
  EXPECT_EQ(to_string(Tensor({1, 200}, Dtype::u8)), "[1, 200]  u8 [2]");
  EXPECT_EQ(to_string(Tensor{1, 2} > 1), "[false, true]  bool [2]");
  EXPECT_EQ(to_string(Tensor(0.1)), "0.1  f64 []");
  std::ostringstream out;
  out << Tensor{1};
  EXPECT_EQ(out.str(), "[1]  f32 [1]");
}

TEST(Print, numbers) {
  EXPECT_EQ(to_string(Tensor{1e-10, 123456789, 1.0 / 3, -0.0, 1e30}), "[1e-10, 1.23457e+08, 0.333333, -0, 1e+30]  f32 [5]");
  const Tensor zero{0};
  EXPECT_EQ(to_string(Tensor{NAN, -NAN, INFINITY, -INFINITY}), "[nan, nan, inf, -inf]  f32 [4]");
  EXPECT_EQ(to_string(zero / zero), "[nan]  f32 [1]");  // whose sign bit is set on some machines
  EXPECT_EQ(to_string(Tensor::full({2}, 1e300, Dtype::i64)), "[9223372036854775807, 9223372036854775807]  i64 [2]");
  EXPECT_EQ(to_string(Tensor(std::int64_t{9007199254740993})), "9007199254740993  i64 []");
}

TEST(Print, views_and_empty_ones) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  EXPECT_EQ(to_string(T(x)), "[[1, 4],\n [2, 5],\n [3, 6]]  f32 [3, 2]");
  EXPECT_EQ(to_string(flip(x, {0, 1})), "[[6, 5, 4],\n [3, 2, 1]]  f32 [2, 3]");
  EXPECT_EQ(to_string(x[1]), "[4, 5, 6]  f32 [3]");
  EXPECT_EQ(to_string(expand(Tensor{7}, {2, 2})), "[[7, 7],\n [7, 7]]  f32 [2, 2]");
  EXPECT_EQ(to_string(Tensor::zeros({0})), "[]  f32 [0]");
  EXPECT_EQ(to_string(Tensor::zeros({2, 0})), "[[],\n []]  f32 [2, 0]");
  EXPECT_EQ(to_string(Tensor::zeros({0, 2})), "[]  f32 [0, 2]");
}

TEST(Print, long_ones_are_shortened) {
  EXPECT_LT(to_string(Tensor::zeros({2000000, 0})).size(), 100U);
  EXPECT_LT(to_string(Tensor::zeros({5, 5, 5, 5, 5, 5, 5, 5})).size(), 5000U);
  EXPECT_EQ(to_string(Tensor::arange(101)), "[0, 1, 2, ..., 98, 99, 100]  i64 [101]");
  EXPECT_EQ(to_string(Tensor::arange(9)), "[0, 1, 2, 3, 4, 5, 6, 7, 8]  i64 [9]");
  EXPECT_EQ(to_string(reshape(Tensor::arange(140), {70, 2})),
            "[[0, 1],\n [2, 3],\n [4, 5],\n ...,\n [134, 135],\n [136, 137],\n [138, 139]]  i64 [70, 2]");
  EXPECT_EQ(to_string(reshape(Tensor::arange(102), {6, 17})).substr(0, 41), "[[0, 1, 2, ..., 14, 15, 16],\n [17, 18, 19");
  // Only what is shown is read: this one would be 2^40 numbers.
  EXPECT_EQ(to_string(expand(Tensor{5}, {std::int64_t{1} << 40})), "[5, 5, 5, ..., 5, 5, 5]  f32 [1099511627776]");
}

}  // namespace
}  // namespace gradus
