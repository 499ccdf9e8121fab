// What index operations give: places named twice, order of equals and of NaN, sizes that depend on the data.
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/ops.hpp>

#include <cmath>

namespace gradus {
namespace {

using Numbers = std::vector<double>;

Tensor integers(std::initializer_list<Literal> values) { return Tensor(values, Dtype::i64); }

TEST(Indexing, rows_and_their_gradient) {
  const Tensor table{{0, 1}, {10, 11}, {20, 21}};
  EXPECT_EQ(embedding(table, integers({2, 0, 2})).to_vector(), (Numbers{20, 21, 0, 1, 20, 21}));
  EXPECT_EQ(embedding(table, integers({{2}, {0}})).shape(), (Shape{2, 1, 2}));
  EXPECT_EQ(index_select(table, integers({1}), 1).to_vector(), (Numbers{1, 11, 21}));
  EXPECT_EQ(index_select(T(table), integers({2}), 1).to_vector(), (Numbers{20, 21}));
  EXPECT_EQ(take(table, integers({5, 0})).to_vector(), (Numbers{21, 0}));
  EXPECT_EQ(index_add(Tensor{{1, 2}, {3, 4}, {5, 6}}, integers({1, 1, 0}), 0, 3).to_vector(), (Numbers{5, 6, 4, 6, 0, 0}));
  const Tensor slopes = grad([](const Tensor& w) { return sum(embedding(w, integers({2, 0, 2}))); })(table);
  EXPECT_EQ(slopes.to_vector(), (Numbers{1, 1, 0, 0, 2, 2}));
  EXPECT_EQ(embedding(cast(table, Dtype::bf16), integers({1})).dtype(), Dtype::bf16);
  // Wide rows, so that threads share them.
  const Tensor wide = Tensor::randn({50, 3000}, Dtype::f64), index = concat({Tensor::arange(50), Tensor::arange(50)});
  EXPECT_EQ(index_select(wide, index)[99].to_vector(), wide[49].to_vector());
  EXPECT_EQ(index_add(index_select(wide, index), index, 0, 50).to_vector(), (2 * wide).to_vector());
}

TEST(Indexing, gather_and_scatter_take_a_smaller_index) {
  const Tensor x{{1, 2, 3}, {4, 5, 6}};
  EXPECT_EQ(gather(x, integers({{2}}), 1).to_vector(), Numbers{3});
  EXPECT_EQ(scatter(x, integers({{2}}), Tensor{{9, 8}, {7, 6}}, 1).to_vector(), (Numbers{1, 2, 9, 4, 5, 6}));
  EXPECT_EQ(scatter(x, integers({{0, 1, 1}}), 7, 0).to_vector(), (Numbers{7, 2, 3, 4, 7, 7}));
}

TEST(Indexing, of_entries_for_one_place_the_last_stays) {
  const Tensor x = Tensor::zeros({3}), index = integers({1, 1, 0});
  EXPECT_EQ(scatter(x, index, Tensor{5, 6, 7}).to_vector(), (Numbers{7, 6, 0}));
  EXPECT_EQ(grad([&](const Tensor& src) { return sum(scatter(x, index, src)); })(Tensor{5, 6, 7}).to_vector(), (Numbers{0, 1, 1}));
  EXPECT_EQ(grad([&](const Tensor& z) { return sum(scatter(z, index, Tensor{5, 6, 7})); })(x).to_vector(), (Numbers{0, 0, 1}));
  EXPECT_EQ(scatter_add(Tensor({1, 1, 0}, Dtype::boolean), integers({0, 0, 1}), 0, 2).to_vector(), (Numbers{1, 0}));  // true or true
}

TEST(Indexing, entries_for_one_place_are_combined) {
  const Tensor x{1, 2, 3}, index = integers({0, 0, 2}), src{5, -6, 7};
  const auto of = [&](const char* mode) { return scatter_reduce(x, index, src, 0, mode).to_vector(); };
  EXPECT_EQ(of("sum"), (Numbers{0, 2, 10}));
  EXPECT_EQ(of("mean"), (Numbers{0, 2, 5}));
  EXPECT_EQ(of("prod"), (Numbers{-30, 2, 21}));
  EXPECT_EQ(of("amax"), (Numbers{5, 2, 7}));
  EXPECT_EQ(of("amin"), (Numbers{-6, 2, 3}));
  EXPECT_EQ(scatter_reduce(cast(x, Dtype::u8), index, cast(abs(src), Dtype::u8), 0, "amin").to_vector(), (Numbers{1, 2, 3}));
  EXPECT_EQ(scatter_reduce(Tensor::zeros({3}, Dtype::boolean), index, Tensor::zeros({3}, Dtype::boolean), 0, "amax").to_vector(), Numbers(3, 0));
  EXPECT_EQ(scatter_reduce(cast(x, Dtype::i16), index, cast(src, Dtype::i16), 0, "mean").dtype(), Dtype::i16);
}

TEST(Indexing, places_of_what_is_not_zero) {
  EXPECT_EQ(nonzero(Tensor{{0, 2}, {NAN, 0}}).to_vector(), (Numbers{0, 1, 1, 0}));
  EXPECT_EQ(nonzero(Tensor::ones({})).shape(), (Shape{1, 0}));
  EXPECT_EQ(nonzero(Tensor::zeros({3, 2})).shape(), (Shape{0, 2}));
  EXPECT_EQ(nonzero(T(Tensor{{0, 1}, {1, 1}})).to_vector(), (Numbers{0, 1, 1, 0, 1, 1}));
  const Tensor x{{1, -2}, {-3, 4}};
  EXPECT_EQ(masked_select(x, x > 0).to_vector(), (Numbers{1, 4}));
  EXPECT_EQ(masked_select(x, Tensor({1, 0}, Dtype::boolean)).to_vector(), (Numbers{1, -3}));
  EXPECT_EQ(grad([](const Tensor& z) { return sum(square(masked_select(z, z > 0))); })(x).to_vector(), (Numbers{2, 0, 0, 8}));
}

TEST(Indexing, coordinates) {
  const Tensor x{{1, 2}, {3, 4}};
  EXPECT_EQ(ravel_index(integers({{1, 2}, {0, 1}}), {2, 3}).to_vector(), (Numbers{5, 1}));
  EXPECT_EQ(gather_nd(x, integers({{0, 1}, {1, 0}})).to_vector(), (Numbers{2, 3}));
  EXPECT_EQ(gather_nd(x, integers({{1}})).to_vector(), (Numbers{3, 4}));
  EXPECT_EQ(gather_nd(x, integers({{1}, {0}}), 1).to_vector(), (Numbers{2, 3}));
  EXPECT_EQ(scatter_nd(x, integers({{1}}), Tensor{{8, 9}}).to_vector(), (Numbers{1, 2, 8, 9}));
}

TEST(Indexing, order_of_equals_and_nan) {
  const Tensor x{2, NAN, 1, 2, -INFINITY};
  EXPECT_EQ(argsort(x).to_vector(), (Numbers{4, 2, 0, 3, 1}));
  EXPECT_EQ(argsort(x, 0, true).to_vector(), (Numbers{1, 0, 3, 2, 4}));
  EXPECT_EQ(argsort(Tensor({3, 1, 2}, Dtype::u8)).to_vector(), (Numbers{1, 2, 0}));
  const auto [values, places] = sort(Tensor{{3, 1}, {2, 4}}, 0);
  EXPECT_EQ(values.to_vector(), (Numbers{2, 1, 3, 4}));
  EXPECT_EQ(places.to_vector(), (Numbers{1, 0, 0, 1}));
  EXPECT_EQ(topk(x, 2).second.to_vector(), (Numbers{1, 0}));
  EXPECT_EQ(topk(x, 3, 0, false).first.to_vector(), (Numbers{-INFINITY, 1, 2}));
  EXPECT_EQ(grad([](const Tensor& z) { return sum(topk(z, 2).first * Tensor{1, 10}); })(Tensor{1, 3, 2}).to_vector(), (Numbers{0, 1, 10}));
  const Tensor many = Tensor::randn({3, 5000});
  const Tensor sorted = sort(many).first;
  EXPECT_TRUE(all(slice(sorted, 1, {1}) >= slice(sorted, 1, {0, 4999})).item() == 1);
  EXPECT_EQ(topk(many, 7).first.to_vector(), slice(sorted, 1, {{}, -8, -1}).to_vector());
}

TEST(Indexing, different_elements) {
  const UniqueElements u = unique(Tensor({{3, 1}, {3, 2}, {1, 3}}, Dtype::i32));
  EXPECT_EQ(u.values.to_vector(), (Numbers{1, 2, 3}));
  EXPECT_EQ(u.inverse.to_vector(), (Numbers{2, 0, 2, 1, 0, 2}));
  EXPECT_EQ(u.inverse.shape(), (Shape{3, 2}));
  EXPECT_EQ(u.counts.to_vector(), (Numbers{2, 1, 3}));
  EXPECT_EQ(u.first.to_vector(), (Numbers{1, 3, 0}));
  EXPECT_EQ(unique(Tensor{NAN, 1, NAN}).values.numel(), 3);  // as in PyTorch
  const UniqueElements none = unique(Tensor::zeros({0, 2}));
  EXPECT_EQ(none.values.shape(), Shape{0});
  EXPECT_EQ(none.inverse.shape(), (Shape{0, 2}));
  EXPECT_EQ(none.counts.shape(), Shape{0});
}

TEST(Indexing, search_and_counts) {
  const Tensor sorted{1, 3, 3, 5};
  EXPECT_EQ(searchsorted(sorted, Tensor{{0, 3}, {5, 6}}).to_vector(), (Numbers{0, 1, 3, 4}));
  EXPECT_EQ(searchsorted(sorted, Tensor{{0, 3}, {5, 6}}, true).to_vector(), (Numbers{0, 3, 4, 4}));
  EXPECT_EQ(searchsorted(sorted, Tensor{NAN}).item(), 4);
  EXPECT_EQ(searchsorted(sorted, 4).item(), 3);
  EXPECT_EQ(searchsorted(Tensor{{1, 2}, {3, 4}}, Tensor{{2}, {2}}).to_vector(), (Numbers{1, 0}));
  EXPECT_EQ(bincount(integers({1, 1, 3})).to_vector(), (Numbers{0, 2, 0, 1}));
  EXPECT_EQ(bincount(integers({1, 1, 3}), 6).numel(), 6);
  EXPECT_EQ(bincount(integers({1, 1, 3}), Tensor{1, 2, 4}).to_vector(), (Numbers{0, 3, 0, 4}));
  EXPECT_EQ(bincount(Tensor::zeros({0}, Dtype::i64)).numel(), 0);
}

TEST(Indexing, per_example_gradients_of_an_embedding) {
  const Tensor table = Tensor::randn({5, 2}, Dtype::f64), words = integers({{0, 1, 1}, {4, 4, 4}});
  const Tensor all = vmap([&](const Tensor& one) { return grad([&](const Tensor& w) { return sum(square(embedding(w, one))); })(table); })(words);
  for (std::int64_t i = 0; i < 2; ++i) {
    const Tensor alone = grad([&](const Tensor& w) { return sum(square(embedding(w, words[i]))); })(table);
    EXPECT_EQ(all[i].to_vector(), alone.to_vector());
  }
}

}  // namespace
}  // namespace gradus
