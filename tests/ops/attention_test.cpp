// Attention by blocks against the plain formula at sizes of several blocks, and its edges.
#include <gradus/autodiff.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/ops/random.hpp>
#include <gtest/gtest.h>

#include <cmath>

#include "messages/messages.hpp"

namespace gradus {
namespace {

Tensor plain(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias) {
  return matmul(softmax(matmul(q, T(k)) / std::sqrt(static_cast<double>(q.size(-1))) + bias), v);
}
double apart(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item(); }

Tensor part_of(const Tensor& x) { return slice(x, -1, {0, 15}); }

struct Case {
  Tensor q, k, v, g;
};
Case drawn(std::int64_t queries, std::int64_t keys, Dtype dtype = Dtype::f64) {
  manual_seed(3);
  return {Tensor::randn({2, 3, queries, 8}, dtype), Tensor::randn({2, 3, keys, 8}, dtype), Tensor::randn({2, 3, keys, 5}, dtype), Tensor::randn({2, 3, queries, 5}, dtype)};
}
template <class F>
void compare(const Case& c, const AttentionOptions& how, F&& reference, double tolerance = 1e-13) {
  const auto fused = vjp([&](Tensor q, Tensor k, Tensor v) { return scaled_dot_product_attention(q, k, v, how); }, c.q, c.k, c.v);
  const auto other = vjp(reference, c.q, c.k, c.v);
  EXPECT_LT(apart(fused.value, other.value), tolerance);
  const auto a = fused.pull(c.g), b = other.pull(c.g);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_LT(apart(a[i], b[i]), 10 * tolerance) << "gradient of input " << i;
}

TEST(Attention, EqualsThePlainFormulaAcrossBlocks) {
  for (const auto& [queries, keys] : {std::pair{150, 600}, {65, 257}, {64, 256}, {1, 1}, {129, 5}}) {
    const Case c = drawn(queries, keys);
    const Tensor none = Tensor::zeros({1, 1}, Dtype::f64), bias = Tensor::randn({3, 1, keys}, Dtype::f64);
    compare(c, {}, [&](Tensor q, Tensor k, Tensor v) { return plain(q, k, v, none); });
    compare(c, {.mask = bias}, [&](Tensor q, Tensor k, Tensor v) { return plain(q, k, v, bias); });
    const Tensor later = Tensor::arange(keys) > unsqueeze(Tensor::arange(queries), 1);
    compare(c, {.causal = true}, [&](Tensor q, Tensor k, Tensor v) { return plain(q, k, v, where(later, -1e30, 0.0)); });
    Random random(1);
    const Tensor seen = bernoulli(random, 0.7, {queries, keys}, Dtype::boolean), some = logical_or(seen, Tensor::arange(keys) == 0);
    compare(c, {.mask = some}, [&](Tensor q, Tensor k, Tensor v) { return plain(q, k, v, where(some, 0.0, -1e30)); });
    compare(c, {.dropout = 0.3, .keep = seen}, [&](Tensor q, Tensor k, Tensor v) {
      return matmul(where(seen, softmax(matmul(q, T(k)) / std::sqrt(8.0)) / 0.7, 0), v);
    });
  }
  compare(drawn(80, 300, Dtype::f32), {}, [&](Tensor q, Tensor k, Tensor v) { return plain(q, k, v, Tensor::zeros({1, 1})); }, 2e-6);
}

// Few queries, blocks of queries and stripes of them, groups of causal queries, vectors of a head: around the edges of all of these, and with more
// keys than queries and fewer.
TEST(Attention, EqualsThePlainFormulaAtEveryEdge) {
  manual_seed(4);
  for (const auto& [queries, keys] : {std::pair{31, 31}, {33, 33}, {63, 65}, {64, 64}, {65, 129}, {130, 40}, {7, 600}, {200, 3}, {1, 1}, {1, 130}, {8, 17}, {9, 64}}) {
    for (const auto& [width, wide] : {std::pair{1, 3}, {8, 8}, {17, 16}, {33, 31}, {64, 2}}) {
      for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
        const Case c{Tensor::randn({2, queries, width}, dtype), Tensor::randn({2, keys, width}, dtype), Tensor::randn({2, keys, wide}, dtype), Tensor::randn({2, queries, wide}, dtype)};
        const Tensor later = where(Tensor::arange(keys) > unsqueeze(Tensor::arange(queries), 1), -1e30, 0.0);
        compare(c, {.causal = true}, [&](Tensor q, Tensor k, Tensor v) { return plain(q, k, v, cast(later, dtype)); }, dtype == Dtype::f32 ? 1e-5 : 1e-13);
        if (queries < 32) compare(c, {}, [&](Tensor q, Tensor k, Tensor v) { return plain(q, k, v, Tensor::zeros({1, 1}, dtype)); }, dtype == Dtype::f32 ? 1e-5 : 1e-13);
      }
    }
  }
}

// Heads side by side in the rows of one product, as layers have them; their gradients come back side by side.
TEST(Attention, HeadsMayLieSideBySide) {
  manual_seed(5);
  const auto apart = [](const Tensor& x) { return transpose(reshape(x, {2, -1, 3, x.size(-1) / 3}), 1, 2); };
  const auto together = [](const Tensor& x) { return reshape(transpose(x, 1, 2), {2, x.size(2), 3 * x.size(3)}); };
  const Tensor all = Tensor::randn({2, 70, 45}, Dtype::f64), g = Tensor::randn({2, 70, 15}, Dtype::f64);
  Random random(1);
  const Tensor keep = bernoulli(random, 0.7, {2, 3, 70, 70}, Dtype::boolean), bias = Tensor::randn({3, 1, 70}, Dtype::f64);
  for (const bool drops : {false, true}) {
    const AttentionOptions how{.mask = bias, .causal = true, .dropout = drops ? 0.3 : 0.0, .keep = drops ? keep : Tensor()};
    AttentionOptions with_heads = how;
    with_heads.heads = 3;
    const auto part = [](const Tensor& x, std::int64_t i) { return slice(x, -1, {15 * i, 15 * i + 15}); };
    const auto fused = vjp([&](Tensor x) { return scaled_dot_product_attention(part(x, 0), part(x, 1), part(x, 2), with_heads); }, all);
    const auto other = vjp([&](Tensor x) { return together(scaled_dot_product_attention(apart(part(x, 0)), apart(part(x, 1)), apart(part(x, 2)), how)); }, all);
    EXPECT_LT(gradus::apart(fused.value, other.value), 1e-13);
    EXPECT_LT(gradus::apart(fused.pull(g), other.pull(g)), 1e-12);
  }
  const Tensor k = Tensor::randn({2, 9, 15}, Dtype::f64), v = Tensor::randn({2, 9, 6}, Dtype::f64);
  const Case c{part_of(all), k, v, Tensor::randn({2, 70, 6}, Dtype::f64)};
  compare(c, {.heads = 3}, [&](Tensor q, Tensor x, Tensor y) { return together(scaled_dot_product_attention(apart(q), apart(x), apart(y))); });
}

TEST(Attention, LargeScoresDoNotOverflow) {
  const Tensor q = Tensor({{1000}}, Dtype::f32), k({{1000}, {-1000}}), v({{1, 2}, {3, 4}});
  EXPECT_EQ(scaled_dot_product_attention(q, k, v).to_vector(), (std::vector<double>{1, 2}));
}

// As in PyTorch since 2.5: a query that sees nothing gives 0, and no gradient.
TEST(Attention, AQueryWithoutKeysGivesZeros) {
  const Tensor q = Tensor::randn({2, 3}, Dtype::f64), k = Tensor::randn({2, 3}, Dtype::f64), v = Tensor::randn({2, 2}, Dtype::f64);
  const Tensor seen = cast(Tensor{{0, 0}, {1, 1}}, Dtype::boolean);
  const auto f = [&](Tensor a, Tensor b, Tensor c) { return scaled_dot_product_attention(a, b, c, {.mask = seen}); };
  const auto [y, pull] = vjp(f, q, k, v);
  EXPECT_EQ(y[0].to_vector(), (std::vector<double>{0, 0}));
  const auto slopes = pull(Tensor::ones({2, 2}, Dtype::f64));
  EXPECT_EQ(slopes[0][0].to_vector(), (std::vector<double>{0, 0, 0}));
  for (const Tensor& t : slopes) EXPECT_TRUE(std::isfinite(sum(t).item()));
  const Tensor expanded = ops::make_op(ops::Attention{.masked = true})->expand(Tensors{q, k, v, seen});
  EXPECT_EQ(expanded[0].to_vector(), (std::vector<double>{0, 0}));
  EXPECT_EQ(scaled_dot_product_attention(q, Tensor::zeros({0, 3}, Dtype::f64), Tensor::zeros({0, 2}, Dtype::f64)).to_vector(), (std::vector<double>{0, 0, 0, 0}));
  EXPECT_TRUE(std::isnan(sum(scaled_dot_product_attention(q + NAN, k, v)).item()));
}

TEST(Attention, TheGradientOfAMaskAndTheSameBitsForAnyThreads) {
  const Case c = drawn(20, 30);
  const Tensor bias = Tensor::randn({20, 30}, Dtype::f64);
  const Tensor fused = grad([&](Tensor m) { return sum(scaled_dot_product_attention(c.q, c.k, c.v, {.mask = m}) * c.g); })(bias);
  EXPECT_LT(apart(fused, grad([&](Tensor m) { return sum(plain(c.q, c.k, c.v, m) * c.g); })(bias)), 1e-13);
  const Case large = drawn(200, 200);
  const int before = threads();
  set_threads(1);
  const std::vector<double> one = scaled_dot_product_attention(large.q, large.k, large.v).to_vector();
  set_threads(3);
  EXPECT_EQ(scaled_dot_product_attention(large.q, large.k, large.v).to_vector(), one);
  set_threads(before);
  // Few heads: parts of the queries are summed up each by itself, whatever the number of threads.
  const Tensor one_head = Tensor::randn({300, 8}), g = Tensor::randn({300, 8});
  const auto slopes = [&] { return vjp([&](Tensor x) { return scaled_dot_product_attention(x, x * 2, x + 1, {.causal = true}); }, one_head).pull(g).to_vector(); };
  set_threads(1);
  const std::vector<double> slopes_of_one = slopes();
  set_threads(3);
  EXPECT_EQ(slopes(), slopes_of_one);
  set_threads(before);
}

TEST(Attention, WrongCallsSayWhatToDo) {
  const Tensor q = Tensor::zeros({2, 3}), k = Tensor::zeros({4, 3}), v = Tensor::zeros({4, 5});
  EXPECT_MESSAGE(ShapeError, scaled_dot_product_attention(q, Tensor::zeros({4, 2}), v), "[attention] q [2, 3] and k [4, 2] have different last axes. Hint: q is [..., L, E], k is [..., S, E]");
  EXPECT_MESSAGE(ShapeError, scaled_dot_product_attention(q, k, Tensor::zeros({3, 5})), "[attention] k [4, 3] and v [3, 5] have different numbers of keys. Hint: k is [..., S, E], v is [..., S, V]");
  EXPECT_MESSAGE(ShapeError, scaled_dot_product_attention(q, k, v, {.mask = Tensor::zeros({3, 4})}), "[attention] the mask is [3, 4]; it must broadcast to the scores, [2, 4]");
  EXPECT_NE(text_of<ValueError>([&] { scaled_dot_product_attention(q, k, v, {.dropout = 0.1}); }).find("needs to know which weights it keeps"), std::string::npos);
  EXPECT_NE(text_of<ValueError>([&] { scaled_dot_product_attention(q, k, v, {.dropout = 1, .keep = Tensor::zeros({2, 4}, Dtype::boolean)}); }).find("dropout 1 is not in 0..1"), std::string::npos);
  EXPECT_NE(text_of<ShapeError>([&] { scaled_dot_product_attention(Tensor::zeros({3}), k, v); }).find("two axes each"), std::string::npos);
  EXPECT_MESSAGE(ShapeError, scaled_dot_product_attention(q, k, v, {.heads = 2}), "[attention] q [2, 3] and v [4, 5] do not divide into 2 heads. Hint: the last axes hold the heads side by side");
  EXPECT_MESSAGE(ValueError, scaled_dot_product_attention(q, k, v, {.heads = -1}), "[attention] -1 heads. Hint: 0 where the last axis is one head");
}

}  // namespace
}  // namespace gradus
