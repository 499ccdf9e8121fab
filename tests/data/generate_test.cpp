#include <cmath>
#include <gradus/data/generate.hpp>
#include <gradus/data/source.hpp>

#include "files.hpp"

namespace gradus::data {
namespace {

using test::expect_error;

std::vector<double> row(const Tensor& x, std::int64_t i) { return x[i].to_vector(); }

TEST(Generate, Xor) {
  const Dataset d = xor_table();
  EXPECT_EQ(d.x.to_vector(), (std::vector<double>{0, 0, 0, 1, 1, 0, 1, 1}));
  EXPECT_EQ(d.y.to_vector(), (std::vector<double>{0, 1, 1, 0}));
  EXPECT_EQ(to_string(d.y.shape()), "[4, 1]");
}

TEST(Generate, ParityCounts) {
  for (const std::int64_t bits : {1, 2, 5, 10}) {
    const Dataset d = parity(bits);
    ASSERT_EQ(d.size(), std::int64_t{1} << bits);
    double ones = 0;
    for (std::int64_t i = 0; i < d.size(); ++i) {
      double sum = 0;
      for (const double bit : row(d.x, i)) sum += bit;
      EXPECT_EQ(d.y[i].item(), std::fmod(sum, 2));
      ones += d.y[i].item();
    }
    EXPECT_EQ(ones, static_cast<double>(d.size()) / 2);
  }
}

TEST(Generate, SymmetryIsReadFromBothEnds) {
  for (const std::int64_t bits : {2, 5, 6}) {
    const Dataset d = symmetry(bits);
    double ones = 0;
    for (std::int64_t i = 0; i < d.size(); ++i) {
      const auto x = row(d.x, i);
      EXPECT_EQ(d.y[i].item(), x == std::vector<double>(x.rbegin(), x.rend()) ? 1 : 0);
      ones += d.y[i].item();
    }
    EXPECT_EQ(ones, std::exp2((bits + 1) / 2));
  }
}

TEST(Generate, EncoderIsTheIdentity) {
  const Dataset d = encoder(5);
  EXPECT_EQ(d.x.to_vector(), d.y.to_vector());
  for (std::int64_t i = 0; i < 5; ++i) {
    for (std::int64_t k = 0; k < 5; ++k) EXPECT_EQ(d.x[i][k].item(), i == k);
  }
  EXPECT_EQ(d.outputs(), 5);
}

TEST(Generate, PointsLieWhereTheyShould) {
  const Dataset m = moons(200, 0, 1), c = circles(200, 0, 1), s = spirals(300, 3, 0, 1);
  for (std::int64_t i = 0; i < 200; ++i) {
    const auto p = row(m.x, i), q = row(c.x, i);
    const bool upper = m.y[i].item() == 0;
    EXPECT_NEAR(upper ? std::hypot(p[0], p[1]) : std::hypot(p[0] - 1, p[1] - 0.5), 1, 1e-6);
    EXPECT_TRUE(upper ? p[1] >= -1e-6 : p[1] <= 0.5 + 1e-6);
    EXPECT_NEAR(std::hypot(q[0], q[1]), c.y[i].item() == 0 ? 1 : 0.5, 1e-6);
  }
  for (std::int64_t i = 0; i < 300; ++i) {
    const auto p = row(s.x, i);
    const double radius = std::hypot(p[0], p[1]),
                 turn = std::atan2(p[1], p[0]) - 3 * M_PI * radius - 2 * M_PI / 3 * s.y[i].item();
    EXPECT_NEAR(std::cos(turn), 1, 1e-4);
  }
}

TEST(Generate, ClassesAreBalancedAndSeedsMatter) {
  for (const std::int64_t n : {100, 101}) {
    for (const Dataset& d : {moons(n, 0.1, 3), circles(n, 0.1, 3), spirals(n, 3, 0.1, 3)}) {
      std::vector<std::int64_t> counts(d.classes.size());
      for (const double y : d.y.to_vector()) ++counts[static_cast<std::size_t>(y)];
      for (const std::int64_t count : counts)
        EXPECT_NEAR(static_cast<double>(count), static_cast<double>(n) / static_cast<double>(counts.size()), 1) << d.name;
      EXPECT_EQ(d.x.size(0), n);
    }
  }
  EXPECT_EQ(moons(50, 0.1, 3).x.to_vector(), moons(50, 0.1, 3).x.to_vector());
  EXPECT_NE(moons(50, 0.1, 3).x.to_vector(), moons(50, 0.1, 4).x.to_vector());
  EXPECT_NE(moons(50, 0, 3).x.to_vector(), moons(50, 0, 3, 1).x.to_vector());
}

TEST(Generate, Load) {
  const Split parity4 = load({.set = "parity"});
  EXPECT_EQ(parity4.train.size(), 16);
  EXPECT_EQ(parity4.test.size(), 16);
  EXPECT_EQ(load({.set = "symmetry"}).train.size(), 64);
  EXPECT_EQ(load({.set = "encoder", .size = 3}).train.size(), 3);
  const Split m = load({.set = "moons", .size = 40, .noise = 0, .seed = 2});
  EXPECT_EQ(m.train.size(), 40);
  EXPECT_EQ(m.test.size(), 40);
  EXPECT_NE(m.train.x.to_vector(), m.test.x.to_vector());
  EXPECT_EQ(load({.set = "moons"}).train.size(), 1000);
  EXPECT_EQ(load({.set = "spirals", .arms = 4}).train.classes.size(), 4u);

  const Dataset classes = load({.set = "xor", .task = Task::classification}).train;
  EXPECT_EQ(classes.y.dtype(), Dtype::i64);
  EXPECT_EQ(classes.y.to_vector(), (std::vector<double>{0, 1, 1, 0}));
  EXPECT_EQ(classes.outputs(), 2);
  EXPECT_EQ(load({.set = "encoder", .task = Task::classification, .size = 3}).train.y.to_vector(),
            (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(load({.set = "moons", .task = Task::regression, .size = 2}).train.y.to_vector(), (std::vector<double>{0, 1}));
}

TEST(Generate, OptionsOutOfRange) {
  expect_error<UsageError>([] { load({.set = "parity", .size = 17}); }, {"parity", "17", "1..16"});
  expect_error<UsageError>([] { load({.set = "xor", .size = 5}); }, {"data.size", "5"});
  expect_error<UsageError>([] { load({.set = "moons", .size = -1}); }, {"data.size", "-1"});
  expect_error<UsageError>([] { load({.set = "moons", .size = 1}); }, {"rows is 1"});
  expect_error<UsageError>([] { load({.set = "moons", .size = 10, .noise = INFINITY}); }, {"noise", "inf"});
  expect_error<UsageError>([] { load({.set = "circles", .arms = 3}); }, {"data.arms", "spirals"});
  expect_error<UsageError>([] { load({.set = "xor", .noise = 0.5}); }, {"data.noise", "xor"});
  expect_error<UsageError>([] { load({.set = "encoder", .size = 5000}); }, {"5000"});
}

}  // namespace
}  // namespace gradus::data
