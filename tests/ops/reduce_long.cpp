// Sums of more than a cache holds.
#include <gtest/gtest.h>

#include <gradus/ops.hpp>

namespace gradus {
namespace {

TEST(Reductions, a_hundred_million_ones_in_memory_sum_exactly) {
  const Tensor ones = Tensor::ones({10'000, 10'000});
  EXPECT_EQ(sum(ones).item(), 1e8);
  EXPECT_EQ(sum(T(ones)).item(), 1e8);
  for (const double column : sum(ones, 0).to_vector()) ASSERT_EQ(column, 10'000);
}

}  // namespace
}  // namespace gradus
