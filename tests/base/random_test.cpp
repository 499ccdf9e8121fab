// The published answers of Philox4x32-10, and what is made of its bits.
#include <gtest/gtest.h>

#include <gradus/base/random.hpp>

#include <cmath>
#include <thread>
#include <vector>

namespace gradus {
namespace {

// The known answers that come with Random123 ("philox4x32 10").
TEST(Philox, PublishedAnswers) {
  const std::uint32_t ones = 0xFFFFFFFF;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}), (PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Random, is_a_function_of_seed_stream_and_place) {
  Random a(7, 3), b(7, 3), seed(8, 3), stream(7, 4), high(7 | std::uint64_t{1} << 32, 3);
  int same_seed = 0, same_stream = 0, same_high = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t x = a.bits();
    ASSERT_EQ(x, b.bits());
    same_seed += x == seed.bits();
    same_stream += x == stream.bits();
    same_high += x == high.bits();
  }
  EXPECT_EQ(same_seed + same_stream + same_high, 0);
  Random first(0);
  EXPECT_EQ(first.bits(), 0x6627e8d5u);  // the block of counter 0, in order
  EXPECT_EQ(first.bits(), 0xe169c58du);
}

TEST(Random, uniform_and_normal_have_their_moments) {
  Random r(1);
  constexpr int n = 1000000;
  double sum = 0, squares = 0, least = 1, most = 0;
  for (int i = 0; i < n; ++i) {
    const double u = r.uniform();
    sum += u, squares += u * u, least = std::min(least, u), most = std::max(most, u);
  }
  EXPECT_GE(least, 0);
  EXPECT_LT(most, 1);
  EXPECT_NEAR(sum / n, 0.5, 2e-3);        // deviation 3e-4
  EXPECT_NEAR(squares / n, 1.0 / 3, 2e-3);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, pair = 0, before = 0;
  for (int i = 0; i < n; ++i) {
    const double z = r.normal();
    m1 += z, m2 += z * z, m3 += z * z * z, m4 += z * z * z * z, pair += z * before;
    before = z;
  }
  EXPECT_NEAR(m1 / n, 0, 5e-3);
  EXPECT_NEAR(m2 / n, 1, 8e-3);
  EXPECT_NEAR(m3 / n, 0, 2e-2);
  EXPECT_NEAR(m4 / n, 3, 6e-2);
  EXPECT_NEAR(pair / n, 0, 5e-3);  // the two of one Box-Muller draw are independent
}

TEST(Random, below_is_without_bias) {
  Random r(2);
  for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{7}}) {
    std::vector<int> count(n);
    for (int i = 0; i < 70000; ++i) ++count[r.below(n)];
    for (const int c : count) EXPECT_NEAR(c, 70000.0 / static_cast<double>(n), 900) << n;
  }
  // Of n = 3 * 2^62 a plain remainder would give the lower third twice as often.
  const std::uint64_t n = std::uint64_t{3} << 62;
  int low = 0;
  for (int i = 0; i < 30000; ++i) low += r.below(n) < n / 3;
  EXPECT_NEAR(low, 10000, 500);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(r.below(UINT64_MAX), UINT64_MAX);
}

TEST(Random, the_default_generator_belongs_to_its_thread) {
  manual_seed(5);
  const std::uint32_t a = next_random().bits(), b = next_random().bits();
  EXPECT_NE(a, b);
  manual_seed(5);
  EXPECT_EQ(next_random().bits(), a);
  std::uint32_t other = 0;
  std::thread([&] {
    manual_seed(5);
    other = next_random().bits();
    for (int i = 0; i < 3; ++i) next_random();
  }).join();
  EXPECT_EQ(other, a);
  EXPECT_EQ(next_random().bits(), b);  // the other thread took nothing from here
}

}  // namespace
}  // namespace gradus
