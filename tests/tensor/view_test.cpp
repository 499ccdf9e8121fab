// Views: indexing and slices by hand, then thousands of random chains of moves against a model that knows no strides.
#include <gtest/gtest.h>

#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>

#include <cmath>
#include <functional>

namespace gradus {
namespace {

std::string message_of(auto&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

using Numbers = std::vector<double>;

TEST(View, indexing) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  EXPECT_EQ(x[0].to_vector(), (Numbers{1, 2, 3}));
  EXPECT_EQ(x[-1].shape(), Shape{3});
  EXPECT_EQ(x[1][2].item(), 6);
  EXPECT_EQ(x[-2][-3].item(), 1);
  EXPECT_EQ(message_of([&] { x[2]; }), "[index] 2 is outside -2..1 of axis 0 of [2, 3]");
  EXPECT_EQ(message_of([&] { x[-3]; }), "[index] -3 is outside -2..1 of axis 0 of [2, 3]");
  EXPECT_EQ(message_of([&] { x[0][0][0]; }), "[index] a 0-d tensor has no axis to index");
  EXPECT_EQ(message_of([&] { Tensor::zeros({0, 3})[0]; }), "[index] 0 is outside the empty axis 0 of [0, 3]");
}

TEST(View, slices_are_those_of_python) {
  const Tensor x = Tensor::arange(10);
  const struct {
    Slicing part;
    Numbers expected;
  } rows[] = {
      {{2, 5}, {2, 3, 4}},
      {{7}, {7, 8, 9}},
      {{-3}, {7, 8, 9}},
      {{0, -7}, {0, 1, 2}},
      {{-20, 2}, {0, 1}},
      {{8, 100}, {8, 9}},
      {{5, 5}, {}},
      {{6, 2}, {}},
      {{0, INT64_MAX, 4}, {0, 4, 8}},
      {{1, 8, 3}, {1, 4, 7}},
      {{9, 10, INT64_MAX}, {9}},
      {{INT64_MIN, INT64_MAX, INT64_MAX}, {0}},
      {{12, 14}, {}},
      {{.step = -1}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
      {{.step = -4}, {9, 5, 1}},
      {{0, {}, -1}, {0}},
      {{{}, 0, -1}, {9, 8, 7, 6, 5, 4, 3, 2, 1}},
      {{7, 2, -2}, {7, 5, 3}},
      {{2, 7, -2}, {}},
      {{-2, -5, -1}, {8, 7, 6}},
      {{100, -100, -3}, {9, 6, 3, 0}},
      {{-11, {}, -1}, {}},
      {{-10, {}, -1}, {0}},
      {{5, INT64_MIN, -5}, {5, 0}},
      {{5, INT64_MAX, -1}, {}},
      {{9, 0, -INT64_MAX}, {9}},
  };
  for (const auto& row : rows) EXPECT_EQ(x[row.part].to_vector(), row.expected) << row.part.first.value_or(-1) << " " << row.part.last.value_or(-1) << " " << row.part.step;
  EXPECT_EQ((x[{8, 2, -3}].to_vector()), (Numbers{8, 5}));
  EXPECT_EQ(slice(Tensor::zeros({0}), 0, {.step = -1}).shape(), Shape{0});
  EXPECT_EQ((x[{2, 8}][{1, 5, 2}]).to_vector(), (Numbers{3, 5}));  // a view of a view
  EXPECT_EQ(x[{8}].to_vector(), (Numbers{8, 9}));  // from 8 on; x[8] is the entry
  EXPECT_EQ(x[{-2}].to_vector(), (Numbers{8, 9}));
  EXPECT_EQ(x[{.last = 2}].to_vector(), (Numbers{0, 1}));
  EXPECT_EQ(x[8].shape(), Shape{});
  EXPECT_EQ(message_of([&] { x[{0, 1, 1, 1}]; }), "[index] 4 numbers are no part of an axis. Hint: x[{first}], x[{first, last}] or x[{first, last, step}]");
  EXPECT_EQ(message_of([&] { x[{0, 5, 0}]; }), "[slice] step 0 goes nowhere. Hint: a step of -1 is the reverse order");
  EXPECT_EQ(message_of([&] { x[{0, 5, INT64_MIN}]; }), "[slice] step -9223372036854775808 is too far");
}

TEST(View, a_view_shares_and_a_copy_does_not) {
  const Tensor x = Tensor::arange(24, Dtype::f32);
  const auto shares = [](const Tensor& a, const Tensor& b) { return a.array().buffer() == b.array().buffer(); };
  const Tensor m = reshape(x, {2, 3, 4});
  EXPECT_TRUE(shares(m, x));
  EXPECT_TRUE(shares(permute(m, {2, 0, 1}), x));
  EXPECT_TRUE(shares(flip(m, {1, 2}), x));
  EXPECT_TRUE(shares(m[1], x));
  EXPECT_TRUE(shares(expand(unsqueeze(x, 0), {5, 24}), x));
  EXPECT_TRUE(shares(reshape(transpose(m, 0, 1), {3, 2, 2, 2}), x));  // splits an axis: still even steps
  EXPECT_FALSE(shares(reshape(T(m), {24}), x));                       // cannot be a view
  EXPECT_EQ(reshape(T(m), {24}).to_vector()[1], 4);
  EXPECT_FALSE(shares(concat(Tensors{x}), x));
  EXPECT_FALSE(shares(x + 0, x));
}

TEST(View, no_write_is_ever_visible_elsewhere) {
  const Tensor x = Tensor::arange(12, Dtype::f32), kept = contiguous(flip(x, 0));
  const Numbers before = x.to_vector();
  const Tensor views[] = {x, x[{2, 9}], flip(x, 0), expand(x, {3, 12}), T(reshape(x, {3, 4}))};
  for (const Tensor& v : views) {
    const Numbers own = v.to_vector();
    for (const Tensor& y : {neg(v), relu(v), v * v, exp(v), contiguous(v), concat({v, v}), cast(v, Dtype::f64), sum(v, 0), softmax(v), pad(v, 0, 1, 1)}) {
      EXPECT_TRUE(y.defined());
      EXPECT_EQ(v.to_vector(), own);
      EXPECT_EQ(x.to_vector(), before);
    }
  }
  Tensor a = x, b = a;
  a = a + 1;  // a is another tensor now
  EXPECT_EQ(b.to_vector(), before);
  EXPECT_EQ(kept.to_vector().front(), 11);
}

TEST(View, ranks_and_sizes_at_the_edges) {
  const Tensor x = reshape(Tensor::arange(256), {2, 2, 2, 2, 2, 2, 2, 2});
  EXPECT_EQ(permute(x, {7, 6, 5, 4, 3, 2, 1, 0})[1].to_vector()[0], 1);
  EXPECT_EQ(sum(x, {0, 2, 4, 6}).shape(), (Shape{2, 2, 2, 2}));
  EXPECT_EQ((x + permute(x, {7, 6, 5, 4, 3, 2, 1, 0})).to_vector()[1], 1 + 128);
  EXPECT_EQ(reshape(Tensor(3.5), {1, 1, 1}).item(), 3.5);
  EXPECT_EQ(reshape(Tensor::zeros({0, 3}), {5, 0}).shape(), (Shape{5, 0}));
  EXPECT_EQ(message_of([] { reshape(Tensor{1}, Shape(65, 1)); }), "[reshape] rank 65 is above the limit of 64");
  EXPECT_EQ(message_of([] { reshape(Tensor{1}, Shape(300, 1)); }), "[reshape] rank 300 is above the limit of 64");
  EXPECT_EQ(message_of([] { reshape(Tensor::zeros({0}), {0, std::int64_t{1} << 40, std::int64_t{1} << 40}); }),
            "[reshape] shape [0, 1099511627776, 1099511627776] is too large to address");
  EXPECT_EQ(message_of([] { pad(Tensor{1}, 0, INT64_MAX, INT64_MAX); }),
            "[pad] 9223372036854775807 before and 9223372036854775807 after make axis 0 of [1] too large to address");
  EXPECT_EQ(sum(Tensor::zeros({3, 0})).item(), 0);
  EXPECT_EQ(sum(Tensor::zeros({3, 0}), 1).to_vector(), (Numbers{0, 0, 0}));
  EXPECT_TRUE(std::isnan(mean(Tensor::zeros({0})).item()));
  EXPECT_EQ(max(Tensor::zeros({3, 0}), 0).shape(), Shape{0});
  EXPECT_EQ(matmul(Tensor::ones({2, 0}), Tensor::ones({0, 3})).to_vector(), Numbers(6, 0));
}

// Elements under a shape, and nothing else.
struct Model {
  Shape shape;
  Numbers data;
};

// A new model whose element at `at` is source(at).
Model build(const Shape& shape, const std::function<double(const Shape&)>& source) {
  Model out{shape, {}};
  Shape at(shape.size());
  for (std::int64_t left = numel(shape); left > 0; --left) {
    out.data.push_back(source(at));
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (++at[i] < shape[i]) break;
      at[i] = 0;
    }
  }
  return out;
}
double element(const Model& m, const Shape& at) {
  std::int64_t place = 0;
  for (std::size_t i = 0; i < m.shape.size(); ++i) place = place * m.shape[i] + at[i];
  return m.data[static_cast<std::size_t>(place)];
}

// One random move on both.
std::string step(Random& random, Tensor& x, Model& m) {
  const std::int64_t rank = x.rank();
  const auto axis = static_cast<std::size_t>(rank ? random.below(static_cast<std::uint64_t>(rank)) : 0);
  const auto signed_axis = static_cast<std::int64_t>(axis) - (random.below(2) ? rank : 0);
  switch (random.below(rank ? 8 : 2)) {
    case 0: {
      const std::size_t place = random.below(m.shape.size() + 1);
      x = unsqueeze(x, static_cast<std::int64_t>(place));
      m.shape.insert(place, 1);
      return "unsqueeze";
    }
    case 1: {  // expand: every axis of size 1 to 1..3, perhaps a new one
      Shape to = m.shape;
      for (auto& n : to) n = n == 1 ? 1 + static_cast<std::int64_t>(random.below(3)) : n;
      if (random.below(3) == 0) to.insert(0, 2);
      const std::size_t lead = to.size() - m.shape.size();
      x = expand(x, to);
      m = build(to, [&](const Shape& at) {
        Shape from;
        for (std::size_t i = 0; i < m.shape.size(); ++i) from.push_back(m.shape[i] == 1 ? 0 : at[i + lead]);
        return element(m, from);
      });
      return "expand";
    }
    case 2: {
      Shape order;
      for (std::int64_t i = 0; i < rank; ++i) order.insert(random.below(order.size() + 1), i);
      x = permute(x, order);
      Shape to;
      for (const std::int64_t i : order) to.push_back(m.shape[static_cast<std::size_t>(i)]);
      m = build(to, [&](const Shape& at) {
        Shape from(at.size());
        for (std::size_t i = 0; i < at.size(); ++i) from[static_cast<std::size_t>(order[i])] = at[i];
        return element(m, from);
      });
      return "permute";
    }
    case 3: {
      x = flip(x, signed_axis);
      m = build(m.shape, [&](Shape at) {
        at[axis] = m.shape[axis] - 1 - at[axis];
        return element(m, at);
      });
      return "flip";
    }
    case 4: {
      const std::int64_t n = m.shape[axis], first = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n + 1))),
                         last = first + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(n - first + 1))), by = 1 + static_cast<std::int64_t>(random.below(3));
      x = slice(x, signed_axis, {first, last, by});
      Shape to = m.shape;
      to[axis] = (last - first + by - 1) / by;
      m = build(to, [&](Shape at) {
        at[axis] = first + at[axis] * by;
        return element(m, at);
      });
      return "slice";
    }
    case 5: {  // reshape: two axes become one, or all become one
      Shape to = m.shape;
      if (to.size() > 1 && random.below(2)) {
        const std::size_t i = random.below(to.size() - 1);
        to[i] *= to[i + 1];
        to.erase(i + 1);
      } else {
        to = {numel(m.shape)};
      }
      x = reshape(x, to);
      m.shape = to;
      return "reshape";
    }
    case 6: {  // reshape: one axis becomes as many as it has factors, and ones
      Shape to = m.shape;
      for (std::int64_t factor = 2; factor <= to[axis]; ++factor) {
        while (to[axis] > factor && to[axis] % factor == 0) {
          to[axis] /= factor;
          to.insert(axis + random.below(2), factor);
          if (random.below(3) == 0) to.insert(axis + random.below(2), 1);
        }
      }
      x = reshape(x, to);
      m.shape = to;
      return "split";
    }
    default: {
      const auto before = static_cast<std::int64_t>(random.below(2)), after = static_cast<std::int64_t>(random.below(2));
      x = pad(x, signed_axis, before, after);
      Shape to = m.shape;
      to[axis] += before + after;
      m = build(to, [&](Shape at) {
        at[axis] -= before;
        return at[axis] < 0 || at[axis] >= m.shape[axis] ? 0.0 : element(m, at);
      });
      return "pad";
    }
  }
}

TEST(View, random_chains_of_moves) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    const Shape shapes[] = {{}, {5}, {2, 3}, {3, 1, 4}, {2, 2, 2, 3}, {4, 6}, {1, 1}};
    Model m{shapes[random.below(std::size(shapes))], {}};
    const std::int64_t n = numel(m.shape);
    for (std::int64_t i = 0; i < n; ++i) m.data.push_back(static_cast<double>(i + 1));
    const Dtype dtype = random.below(2) ? Dtype::f32 : Dtype::i64;
    Tensor x = reshape(Tensor::arange(n, dtype) + 1, m.shape);
    std::string moves;
    for (std::uint64_t k = 0, wanted = 1 + random.below(7); k < wanted && numel(m.shape) < 3000; ++k) {
      moves += step(random, x, m) + " ";
      SCOPED_TRACE("seed " + std::to_string(seed) + ": " + moves);
      ASSERT_EQ(to_string(x.shape()), to_string(m.shape));
      ASSERT_EQ(x.to_vector(), m.data);
      // The kernels see the same elements.
      ASSERT_EQ(contiguous(x).to_vector(), m.data);
      ASSERT_EQ((x + 0).to_vector(), m.data);
      ASSERT_EQ(cast(x, Dtype::f64).to_vector(), m.data);
      double total = 0;
      for (const double v : m.data) total += v;
      ASSERT_EQ(sum(x).item(), total);
      if (x.rank()) {
        ASSERT_EQ(sum(sum(x, -1)).item(), total);
        ASSERT_EQ(sum(sum(x, 0)).item(), total);
        ASSERT_EQ(concat(Tensors{x, x}, -1).numel(), 2 * x.numel());
      }
      ASSERT_TRUE(contiguous(x).is_contiguous());
    }
  }
}

}  // namespace
}  // namespace gradus
