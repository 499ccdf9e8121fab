// Random numbers as operations: against the scalar Philox, their distributions, and the same for every instruction set and thread count.
#include <gradus/autodiff.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus {
namespace {

Tensor key_of(std::int64_t seed, std::int64_t stream) { return Tensor::from(std::vector<std::int64_t>{seed, stream}, {2}); }

// The 16 words of a block, by the scalar generator.
std::vector<std::uint64_t> block_of(std::uint64_t seed, std::uint64_t stream, std::uint64_t block) {
  std::vector<std::uint64_t> out(16);
  for (std::uint64_t i = 0; i < 8; ++i) {
    const std::uint64_t at = block * 8 + i;
    const PhiloxCounter c = philox({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at >> 32), static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                                   {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    out[i] = std::uint64_t{c[1]} << 32 | c[0];
    out[8 + i] = std::uint64_t{c[3]} << 32 | c[2];
  }
  return out;
}

// Seeds and streams of more than 32 bits, and many blocks: what a key schedule or a counter that is cut off would get wrong.
TEST(RandomOps, AreThoseOfTheScalarGenerator) {
  const std::int64_t seed = 0x123456789ABCDEF, stream = 0x7FEDCBA987654321;
  const auto flags = apply(ops::Bernoulli{0.25, {64 * 40 + 7}}, key_of(seed, stream)).to_vector();
  const auto f = apply(ops::Uniform{0, 1, {32 * 40 + 7}, Dtype::f32}, key_of(seed, stream)).to_vector();
  const auto d = apply(ops::Uniform{0, 1, {16 * 40 + 7}, Dtype::f64}, key_of(seed, stream)).to_vector();
  const auto n = apply(ops::Normal{0, 1, {16 * 40 + 7}, Dtype::f64}, key_of(seed, stream)).to_vector();
  for (std::size_t b = 0; b < 41; ++b) {
    const auto words = block_of(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(stream), b);
    for (std::size_t i = 0; i < 64 && b * 64 + i < flags.size(); ++i) EXPECT_EQ(flags[b * 64 + i], (words[i / 4] >> 16 * (i % 4) & 0xFFFF) < 16384) << b << " " << i;
    for (std::size_t i = 0; i < 32 && b * 32 + i < f.size(); ++i) EXPECT_EQ(f[b * 32 + i], static_cast<double>((words[i / 2] >> 32 * (i % 2) & 0xFFFFFFFF) >> 8) * 0x1p-24);
    for (std::size_t i = 0; i < 16 && b * 16 + i < d.size(); ++i) EXPECT_EQ(d[b * 16 + i], static_cast<double>(words[i] >> 12) * 0x1p-52);
    for (std::size_t i = 0; i < 8 && b * 16 + i < n.size(); ++i) {
      const double u = 1 - static_cast<double>(words[i] >> 12) * 0x1p-52, v = static_cast<double>(words[8 + i] >> 12) * 0x1p-52;
      EXPECT_NEAR(n[b * 16 + i], std::sqrt(-2 * std::log(u)) * std::cos(2 * M_PI * v), 1e-13);
      if (b * 16 + 8 + i >= n.size()) continue;
      EXPECT_NEAR(n[b * 16 + 8 + i], std::sqrt(-2 * std::log(u)) * std::sin(2 * M_PI * v), 1e-13);
    }
  }
}

TEST(RandomOps, GiveTheSameForEveryNumberOfThreads) {
  const int before = threads();
  std::vector<std::vector<double>> first;
  for (const int team : {1, 2, 3}) {
    set_threads(team);
    const Tensor key = key_of(5, 6);
    const std::vector<std::vector<double>> now{apply(ops::Bernoulli{0.3, {300001}}, key).to_vector(), apply(ops::Uniform{0, 1, {300001}}, key).to_vector(), apply(ops::Normal{0, 1, {300001}}, key).to_vector()};
    if (first.empty()) first = now;
    EXPECT_EQ(now, first);
  }
  set_threads(before);
}

struct Moments {
  double mean, deviation, skew, kurtosis;
};
Moments moments(const Tensor& x) {
  const Tensor a = cast(flatten(x), Dtype::f64), c = a - mean(a);
  const double s = std::sqrt(mean(square(c)).item());
  return {mean(a).item(), s, mean(c * square(c)).item() / (s * s * s), mean(square(square(c))).item() / (s * s * s * s)};
}
// Between elements so far apart; of independent ones it has the deviation 1 / sqrt(n).
double correlation(const Tensor& x, std::int64_t apart) {
  const Tensor a = cast(flatten(x), Dtype::f64), c = a - mean(a);
  const std::int64_t n = a.numel();
  return (mean(slice(c, 0, {0, n - apart}) * slice(c, 0, {apart, n})) / mean(square(c))).item();
}

TEST(RandomOps, HaveTheirDistributions) {
  const std::int64_t n = 1 << 20;
  const double bound = 5 / std::sqrt(static_cast<double>(n));  // five deviations of a mean of n
  const Tensor key = key_of(1, 2);
  const Tensor u = apply(ops::Uniform{0, 1, {n}}, key), g = apply(ops::Normal{0, 1, {n}}, key), b = apply(ops::Bernoulli{0.9, {n}}, key);
  EXPECT_NEAR(moments(u).mean, 0.5, bound * std::sqrt(1.0 / 12));
  EXPECT_NEAR(moments(u).deviation, std::sqrt(1.0 / 12), bound);
  EXPECT_NEAR(moments(u).kurtosis, 1.8, 3 * bound);
  EXPECT_NEAR(moments(g).mean, 0, bound);
  EXPECT_NEAR(moments(g).deviation, 1, bound);
  EXPECT_NEAR(moments(g).skew, 0, std::sqrt(6.0) * bound);
  EXPECT_NEAR(moments(g).kurtosis, 3, std::sqrt(24.0) * bound);
  EXPECT_NEAR(moments(b).mean, 0.9, 0.3 * bound);
  for (const Tensor& x : {u, g, b}) {
    // Neighbours, the lanes of a word, the halves of a block, whole blocks, and a stretch of many.
    for (const std::int64_t apart : {1, 2, 3, 4, 7, 8, 16, 32, 64, 1024}) EXPECT_LT(std::abs(correlation(x, apart)), bound) << apart;
  }
  // Streams and seeds that are neighbours.
  for (const Tensor& other : {key_of(1, 3), key_of(2, 2)}) {
    const Tensor v = apply(ops::Normal{0, 1, {n}}, other);
    EXPECT_LT(std::abs(mean(cast(g * v, Dtype::f64)).item()), bound);
  }
}

TEST(RandomOps, HaveExactEdges) {
  const Tensor key = key_of(0, 0);
  EXPECT_EQ(sum(apply(ops::Bernoulli{0, {100000}}, key)).item(), 0);
  EXPECT_EQ(sum(apply(ops::Bernoulli{1, {100000}}, key)).item(), 100000);
  const Tensor narrow = apply(ops::Uniform{1, 1.0000002, {100000}}, key);  // two numbers of f32 lie in it
  EXPECT_GE(min(narrow).item(), 1);
  EXPECT_LT(max(narrow).item(), 1.0000002);
  EXPECT_LT(max(uniform({100000}, 0, 1, Dtype::f16)).item(), 1);
  EXPECT_LT(max(uniform({100000}, -3, -1, Dtype::bf16)).item(), -1);
  EXPECT_EQ(apply(ops::Bernoulli{0.5, {0, 3}}, key).numel(), 0);
  EXPECT_THROW(apply(ops::Bernoulli{0.5, {3}}, Tensor{1.0, 2.0}), ShapeError);
  EXPECT_THROW(apply(ops::Uniform{0, 1, {3}, Dtype::f16}, key), DtypeError);
}

// A key that lies in memory with gaps gives what the same key gives otherwise, and so does a stream that is begun again.
TEST(RandomOps, KeysAndStreams) {
  const Tensor wide = Tensor::from(std::vector<std::int64_t>{3, 9, 4, 9}, {2, 2});
  EXPECT_EQ(apply(ops::Normal{0, 1, {9}}, slice(wide, 1, {0, 1}).numel() == 2 ? squeeze(slice(wide, 1, {0, 1}), 1) : wide).to_vector(), apply(ops::Normal{0, 1, {9}}, key_of(3, 4)).to_vector());
  manual_seed(11);
  const RandomState begin = random_state();
  const std::vector<double> first = dropout(Tensor::ones({50})).to_vector();
  EXPECT_NE(dropout(Tensor::ones({50})).to_vector(), first);
  const RandomScope again(begin);
  EXPECT_EQ(dropout(Tensor::ones({50})).to_vector(), first);
}

}  // namespace
}  // namespace gradus
