#include <algorithm>
#include <cmath>
#include <gradus/base/threads.hpp>
#include <gradus/data/batches.hpp>
#include <gradus/ops.hpp>
#include <set>

#include "files.hpp"

namespace gradus::data {
namespace {

using test::expect_error;

// x[i] = i, i + 0.25, ...; y[i] = i.
Dataset numbers(std::int64_t n, std::int64_t width = 3) {
  Dataset d;
  d.name = "numbers";
  std::vector<float> x;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < width; ++k) x.push_back(static_cast<float>(i) + 0.25f * static_cast<float>(k));
  }
  d.x = Tensor::from(x, {n, width});
  d.y = Tensor::arange(n);
  d.sample_shape = {width};
  d.classes = {"some"};
  return d;
}

std::vector<double> all_x(const Batches& batches, std::int64_t epoch, std::int64_t first = 0) {
  std::vector<double> out;
  for (auto& [x, y] : batches.epoch(epoch, first)) {
    const auto part = x.to_vector();
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

TEST(Batches, EveryRowOnceAndXWithItsY) {
  const Batches batches(numbers(103), {.size = 10, .seed = 5});
  EXPECT_EQ(batches.size(), 11);
  std::multiset<double> seen;
  std::vector<std::int64_t> sizes;
  for (auto& [x, y] : batches.epoch(2)) {
    sizes.push_back(x.size(0));
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      EXPECT_EQ(x[i][0].item(), y[i].item());
      EXPECT_EQ(x[i][2].item(), y[i].item() + 0.5);
      seen.insert(y[i].item());
    }
  }
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 3}));
  EXPECT_EQ(seen.size(), 103u);
  EXPECT_EQ(std::set<double>(seen.begin(), seen.end()).size(), 103u);
}

TEST(Batches, TheOrderIsAFunctionOfSeedAndEpoch) {
  const auto order = [](std::uint64_t seed, std::int64_t epoch, std::int64_t size = 10) {
    return Batches(numbers(100), {.size = size, .seed = seed}).order(epoch);
  };
  EXPECT_EQ(order(1, 0), order(1, 0));
  EXPECT_EQ(order(1, 0), order(1, 0, 32));  // the size of a batch does not change it
  EXPECT_NE(order(1, 0), order(1, 1));
  EXPECT_NE(order(1, 0), order(2, 0));
  EXPECT_NE(order(1, 0), order(0, 1));
  EXPECT_EQ(all_x(Batches(numbers(50), {.size = 7, .seed = 3}), 4), all_x(Batches(numbers(50), {.size = 7, .seed = 3}), 4));
}

// A shuffle that favours some places: every row should come first equally often.
TEST(Batches, TheOrderIsFair) {
  const std::int64_t n = 6, epochs = 6000;
  const Batches batches(numbers(n), {.seed = 9});
  std::vector<std::vector<int>> counts(6, std::vector<int>(6));
  for (std::int64_t e = 0; e < epochs; ++e) {
    const auto order = batches.order(e);
    for (std::size_t i = 0; i < 6; ++i) ++counts[i][static_cast<std::size_t>(order[i])];
  }
  for (const auto& row : counts) {
    for (const int count : row) EXPECT_NEAR(count, 1000, 150);  // five deviations
  }
}

TEST(Batches, TheSameForEveryNumberOfThreads) {
  const int before = threads();
  const Batches batches(numbers(400, 3000),
                        {.size = 300, .seed = 1, .transforms = {input_noise(0.5)}});  // large enough to be spread
  set_threads(1);
  const auto one = all_x(batches, 1);
  for (const int count : {2, 3}) {
    set_threads(count);
    EXPECT_TRUE(all_x(batches, 1) == one) << count;
  }
  set_threads(before);
}

TEST(Batches, Options) {
  EXPECT_EQ(Batches(numbers(103), {.size = 10, .drop_last = true}).size(), 10);
  EXPECT_EQ(Batches(numbers(100), {.size = 10, .drop_last = true}).size(), 10);
  EXPECT_EQ(Batches(numbers(5), {.size = 10}).size(), 1);
  EXPECT_EQ(all_x(Batches(numbers(5, 1), {.size = 2, .shuffle = false}), 3), (std::vector<double>{0, 1, 2, 3, 4}));
  EXPECT_EQ(all_x(Batches(numbers(5, 1), {.size = 2, .shuffle = false, .drop_last = true}), 3),
            (std::vector<double>{0, 1, 2, 3}));
  // The whole set as one batch is not copied.
  const Dataset d = numbers(5);
  const Batches whole(d, {.size = 5, .shuffle = false});
  for (auto& [x, y] : whole.epoch(0)) EXPECT_EQ(x.array_ref(), d.x.array_ref());
  expect_error<ValueError>([] { Batches(numbers(5), {.size = 0}); }, {"0 rows", "at least 1"});
  expect_error<ValueError>([] { Batches(numbers(0), {}); }, {"numbers has no rows"});
  expect_error<ValueError>([] { Batches(numbers(5), {.size = 6, .drop_last = true}); }, {"a batch of 6", "5 rows"});
  Dataset wrong = numbers(5);
  wrong.y = Tensor::arange(4);
  expect_error<ValueError>([&] { Batches(wrong, {}); }, {"x has 5 rows and y is [4]"});
}

TEST(Batches, AnEpochContinuesWhereItStopped) {
  const Batches batches(numbers(25, 1), {.size = 4, .seed = 2, .transforms = {input_noise(1)}});
  const auto all = all_x(batches, 3), tail = all_x(batches, 3, 2);
  ASSERT_EQ(tail.size(), 17u);
  EXPECT_TRUE(std::equal(tail.begin(), tail.end(), all.begin() + 8));
  EXPECT_TRUE(all_x(batches, 3, 7).empty());
  EXPECT_THROW(batches.epoch(0, 8), ValueError);
  EXPECT_THROW(batches.epoch(-1), ValueError);
}

TEST(Batches, AnEpochOutlivesItsBatches) {
  int rows = 0;
  for (auto& [x, y] : batches(numbers(9), {.size = 4}).epoch(0)) rows += static_cast<int>(x.size(0));
  EXPECT_EQ(rows, 9);
}

TEST(Batches, DataInAnyLayout) {
  Dataset plain = numbers(7), turned = plain, spread = plain;
  turned.x = T(contiguous(T(plain.x)));
  turned.y = flip(contiguous(flip(plain.y, 0)), 0);
  spread.x = expand(Tensor{{1, 2, 3}}, {7, 3});
  EXPECT_FALSE(turned.x.is_contiguous());
  EXPECT_EQ(all_x(Batches(turned, {.size = 3}), 1), all_x(Batches(plain, {.size = 3}), 1));
  const std::vector<std::int64_t> chosen{6, 0};
  EXPECT_EQ(rows(turned, chosen).x.to_vector(), rows(plain, chosen).x.to_vector());
  EXPECT_EQ(rows(turned, chosen).y.to_vector(), (std::vector<double>{6, 0}));
  EXPECT_EQ(rows(spread, chosen).x.to_vector(), (std::vector<double>{1, 2, 3, 1, 2, 3}));
}

TEST(Transforms, NoiseIsAFunctionOfSeedEpochAndRow) {
  const auto noise = [](std::uint64_t seed, std::int64_t epoch, std::int64_t size, bool shuffle) {
    std::vector<std::vector<double>> by_row(40);
    const Batches batches(numbers(40, 2), {.size = size, .shuffle = shuffle, .seed = seed, .transforms = {input_noise(0.5)}});
    for (auto& [x, y] : batches.epoch(epoch)) {
      for (std::int64_t i = 0; i < x.size(0); ++i) by_row[static_cast<std::size_t>(y[i].item())] = x[i].to_vector();
    }
    return by_row;
  };
  const auto base = noise(1, 2, 8, true);
  EXPECT_EQ(base, noise(1, 2, 8, true));
  EXPECT_EQ(base, noise(1, 2, 7, true));    // another batch
  EXPECT_EQ(base, noise(1, 2, 40, false));  // another order
  EXPECT_NE(base, noise(2, 2, 8, true));
  EXPECT_NE(base, noise(1, 3, 8, true));
  for (std::size_t i = 0; i < 39; ++i)
    EXPECT_NE(base[i][0] - static_cast<double>(i), base[i + 1][0] - static_cast<double>(i + 1));
}

TEST(Transforms, NoiseHasTheAskedDeviation) {
  const Dataset d = numbers(100, 200);
  const Batches batches(d, {.size = 100, .shuffle = false, .transforms = {input_noise(0.5)}});
  for (auto& [x, y] : batches.epoch(0)) {
    double sum = 0, squares = 0;
    const auto from = d.x.to_vector(), to = x.to_vector();
    for (std::size_t i = 0; i < to.size(); ++i) sum += to[i] - from[i], squares += (to[i] - from[i]) * (to[i] - from[i]);
    EXPECT_NEAR(sum / 20000, 0, 0.02);
    EXPECT_NEAR(std::sqrt(squares / 20000), 0.5, 0.02);
  }
  EXPECT_EQ(d.x.to_vector(), numbers(100, 200).x.to_vector());  // the data set itself is not touched
  EXPECT_THROW(input_noise(-1), ValueError);
  EXPECT_THROW(input_noise(std::nan("")), ValueError);
}

TEST(Transforms, MapSeesEveryBatch) {
  const Batches batches(numbers(4, 1),
                        {.size = 2,
                         .shuffle = false,
                         .transforms = {map([](const Tensor& x) { return x * 2; }), map([](const Tensor& x) { return x + 1; })}});
  EXPECT_EQ(all_x(batches, 0), (std::vector<double>{1, 3, 5, 7}));
}

TEST(Dataset, HeldOutRowsAreAFunctionOfTheSeed) {
  const Dataset d = numbers(100);
  const HeldOut a = validation(d, 0.2, 7), b = validation(d, 0.2, 7), c = validation(d, 0.2, 8);
  EXPECT_EQ(a.validation.size(), 20);
  EXPECT_EQ(a.train.size(), 80);
  EXPECT_EQ(a.validation.y.to_vector(), b.validation.y.to_vector());
  EXPECT_NE(a.validation.y.to_vector(), c.validation.y.to_vector());
  std::set<double> seen;
  for (const Dataset* part : {&a.train, &a.validation}) {
    const auto y = part->y.to_vector();
    EXPECT_TRUE(std::is_sorted(y.begin(), y.end()));
    seen.insert(y.begin(), y.end());
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(validation(numbers(2), 0.999, 0).train.size(), 1);
  EXPECT_EQ(validation(numbers(2), 0.001, 0).validation.size(), 1);
  for (const double fraction : {0.0, 1.0, -0.1, std::nan("")}) EXPECT_THROW(validation(d, fraction, 0), ValueError);
  EXPECT_THROW(validation(numbers(1), 0.5, 0), ValueError);
}

TEST(Dataset, RowsFlatAndNumbers) {
  Dataset d = numbers(4, 6);
  const std::int64_t chosen[] = {3, 0, 3};
  EXPECT_EQ(rows(d, chosen).y.to_vector(), (std::vector<double>{3, 0, 3}));
  const std::int64_t bad[] = {0, 4};
  expect_error<ValueError>([&] { rows(d, bad); }, {"row 4", "0..3"});
  d.x = Tensor::from(std::vector<float>(24, 2), {4, 1, 2, 3});
  d.sample_shape = {1, 2, 3};
  EXPECT_EQ(to_string(flat(d).x.shape()), "[4, 6]");
  EXPECT_EQ(flat(d).x.array().buffer(), d.x.array().buffer());
  EXPECT_EQ(to_string(flat(d).sample_shape), "[1, 2, 3]");
  const Dataset n = as_numbers(d);
  EXPECT_EQ(to_string(n.y.shape()), "[4, 1]");
  EXPECT_EQ(n.y.to_vector(), (std::vector<double>{0, 1, 2, 3}));
  EXPECT_FALSE(n.is_classification());
}

}  // namespace
}  // namespace gradus::data
