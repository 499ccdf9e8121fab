// The sets of shared/data/README.md at full size; each is skipped by name where it is not there.
#include <cmath>
#include <gradus/data/source.hpp>

#include "files.hpp"

namespace gradus::data {
namespace {

bool is_here(const std::string& name) {
  for (const Listing& item : list()) {
    if (item.name == name) return item.here;
  }
  return false;
}
#define NEEDS(name) \
  if (!is_here(name)) GTEST_SKIP() << "the data set " << name << " is not here (GRADUS_DATA)"

std::vector<std::int64_t> counts(const Dataset& d) {
  std::vector<std::int64_t> n(d.classes.size());
  for (const std::int64_t y : d.y.values<std::int64_t>()) ++n[static_cast<std::size_t>(y)];
  return n;
}

struct Moments {
  double mean = 0, deviation = 0;
};
Moments moments(const Tensor& x) {
  double sum = 0, squares = 0;
  for (const float v : x.values<float>()) sum += v, squares += static_cast<double>(v) * v;
  const double n = static_cast<double>(x.numel()), mean = sum / n;
  return {mean, std::sqrt(squares / n - mean * mean)};
}

TEST(Real, Mnist) {
  NEEDS("mnist");
  const Split s = load({.set = "mnist"});
  EXPECT_EQ(to_string(s.train.x.shape()), "[60000, 1, 28, 28]");
  EXPECT_EQ(counts(s.train), (std::vector<std::int64_t>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}));
  EXPECT_EQ(counts(s.test), (std::vector<std::int64_t>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}));
  const auto [mean, deviation] = moments(s.train.x);
  EXPECT_NEAR(mean, 0.1307, 5e-5);  // the figures everybody normalises with
  EXPECT_NEAR(deviation, 0.3081, 5e-5);
  EXPECT_EQ(s.train.y[0].item(), 5);
  EXPECT_EQ(s.test.y[0].item(), 7);
}

TEST(Real, FashionMnist) {
  NEEDS("fashion_mnist");
  const Split s = load({.set = "fashion_mnist"});
  EXPECT_EQ(counts(s.train), std::vector<std::int64_t>(10, 6000));
  EXPECT_EQ(counts(s.test), std::vector<std::int64_t>(10, 1000));
  const auto [mean, deviation] = moments(s.train.x);
  EXPECT_NEAR(mean, 0.28604, 5e-6);
  EXPECT_NEAR(deviation, 0.35302, 5e-6);
  EXPECT_EQ(s.train.classes[static_cast<std::size_t>(s.train.y[0].item())], "Ankle boot");
}

TEST(Real, Iris) {
  NEEDS("iris");
  for (const Split& s : {load({.set = "iris"}), load({.file = "tabular/iris.csv"})}) {
    EXPECT_EQ(to_string(s.train.x.shape()), "[120, 4]");
    EXPECT_EQ(counts(s.train), std::vector<std::int64_t>(3, 40));
    EXPECT_EQ(counts(s.test), std::vector<std::int64_t>(3, 10));
    EXPECT_EQ(s.train.classes, (std::vector<std::string>{"Iris-setosa", "Iris-versicolor", "Iris-virginica"}));
    const auto [mean, deviation] = moments(s.train.x);
    EXPECT_NEAR(mean, 0, 1e-6);
    EXPECT_NEAR(deviation, 1, 1e-6);
  }
}

// Rows, columns, classes and missing values of the tables, as shared/data/README.md gives them.
TEST(Real, Tables) {
  struct Expected {
    const char* name;
    std::int64_t train, test, width;
    std::size_t classes, notes;
  };
  const Expected all[] = {{"wine", 143, 35, 13, 3, 0},          {"wine_quality", 1280, 319, 11, 6, 0},
                          {"breast_cancer", 560, 139, 9, 2, 1}, {"wdbc", 456, 113, 30, 2, 0},
                          {"optdigits", 3823, 1797, 64, 10, 0}, {"titanic", 713, 178, 10, 2, 2},
                          {"auto_mpg", 319, 79, 9, 0, 1},       {"concrete", 824, 206, 8, 0, 0},
                          {"abalone", 3342, 835, 10, 0, 0},     {"california_housing", 16512, 4128, 13, 0, 1}};
  std::string missing;
  for (const Expected& e : all) {
    SCOPED_TRACE(e.name);
    if (!is_here(e.name)) {
      missing += std::string(" ") + e.name;
      continue;
    }
    const Split s = load({.set = e.name});
    EXPECT_EQ(s.train.size(), e.train);
    EXPECT_EQ(s.test.size(), e.test);
    EXPECT_EQ(s.train.x.size(1), e.width);
    EXPECT_EQ(s.train.classes.size(), e.classes);
    EXPECT_EQ(s.train.notes.size(), e.notes) << (s.train.notes.empty() ? "" : s.train.notes.back());
    for (const float v : s.train.x.values<float>()) ASSERT_TRUE(std::isfinite(v));
  }
  if (!missing.empty()) GTEST_SKIP() << "not here (GRADUS_DATA):" << missing;
}

// The built-in digits are the test part of optdigits.
TEST(Real, DigitsAreThoseOfUci) {
  NEEDS("optdigits");
  const Split s = load({.set = "digits"});
  const Dataset uci = load({.set = "optdigits"}).test;
  for (std::int64_t i = 4, k = 0; i < uci.size(); i += 5, ++k) {
    ASSERT_EQ(uci.y[i].item(), s.test.y[k].item());
    const auto a = uci.x[i].to_vector(), b = s.test.x[k].to_vector();
    for (std::size_t p = 0; p < 64; ++p) ASSERT_EQ(a[p], 16 * b[p]);
  }
}

}  // namespace
}  // namespace gradus::data
