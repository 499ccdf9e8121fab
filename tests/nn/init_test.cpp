#include <algorithm>
#include <cmath>
#include <gradus/nn/init.hpp>

#include "nn/near.hpp"

namespace gradus::nn {
namespace {

struct Moments {
  double mean = 0, deviation = 0, least = 0, most = 0;
  explicit Moments(const Tensor& x) {
    const std::vector<double> values = x.to_vector();
    for (const double v : values) mean += v / double(values.size());
    for (const double v : values) deviation += (v - mean) * (v - mean) / double(values.size());
    deviation = std::sqrt(deviation);
    least = std::ranges::min(values), most = std::ranges::max(values);
  }
};

// A kernel [out, in, 2, 2]: the field of 4 belongs to both fans, so in = 200 and out = 400.
const Shape kernel{100, 50, 2, 2};

TEST(Init, fans) {
  EXPECT_EQ(init::fans(kernel).in, 200);
  EXPECT_EQ(init::fans(kernel).out, 400);
  EXPECT_EQ(init::fans({7, 3}).in, 3);
  EXPECT_EQ(message<ShapeError>([] { init::fans({5}); }), "[init] a weight of shape [5] has no fans: [out, in, ...] is needed");
}

TEST(Init, deviations_are_those_of_the_papers) {
  manual_seed(0);
  struct Row {
    Tensor values;
    double deviation, bound;
  };
  const Row rows[] = {
      {init::xavier_uniform(kernel), std::sqrt(2.0 / 600), std::sqrt(6.0 / 600)},
      {init::xavier_normal(kernel), std::sqrt(2.0 / 600), 0},
      {init::he_uniform(kernel), std::sqrt(2.0 / 200), std::sqrt(6.0 / 200)},
      {init::he_normal(kernel), std::sqrt(2.0 / 200), 0},
      {init::fan_in_uniform(kernel), std::sqrt(1.0 / 600), std::sqrt(1.0 / 200)},
      {init::normal(kernel, 0, 3), 3, 0},
  };
  for (const Row& row : rows) {
    const Moments m(row.values);
    EXPECT_NEAR(m.deviation, row.deviation, 0.02 * row.deviation);  // 20,000 draws: about 0.5 %
    EXPECT_NEAR(m.mean, 0, 0.03 * row.deviation);
    if (row.bound > 0) {
      EXPECT_LE(m.most, row.bound);
      EXPECT_GE(m.least, -row.bound);
      EXPECT_GT(m.most, 0.99 * row.bound);
      EXPECT_LT(m.least, -0.99 * row.bound);
    } else {
      EXPECT_GT(m.most, 3 * row.deviation);  // normal numbers go far out
    }
  }
}

TEST(Init, the_rest) {
  const Moments m(init::uniform({10000}, 2, 3, Dtype::f64));
  EXPECT_GE(m.least, 2);
  EXPECT_LT(m.most, 3);
  EXPECT_NEAR(Moments(init::normal({10000}, 5, 0.1)).mean, 5, 0.01);
  expect_near(init::zeros({2}), {0, 0}, 0);
  expect_near(init::constant({2}, 1.5, Dtype::f64), {1.5, 1.5}, 0);
  EXPECT_EQ(message<DtypeError>([] { init::normal({2}, 0, 1, Dtype::i64); }),
            "[normal] weights of dtype i64 cannot be trained. Hint: use Dtype::f32 or Dtype::f64");
  EXPECT_EQ(message<ValueError>([] { init::uniform({2}, 1, 0); }), "[uniform] the range 1.000000..0.000000 is empty");
}

TEST(Init, by_name) {
  for (const std::string& name : init::names()) EXPECT_EQ(init::by_name(name)({3, 4}, Dtype::f64).spec(), (Spec{{3, 4}, Dtype::f64})) << name;
  manual_seed(9);
  const Tensor named = init::by_name("he_normal")({5, 5}, Dtype::f32);
  manual_seed(9);
  EXPECT_EQ(named.to_vector(), init::he_normal({5, 5}).to_vector());
  EXPECT_NEAR(Moments(init::by_name("normal 2 0.01")({100, 100}, Dtype::f32)).mean, 2, 0.001);
  EXPECT_NEAR(Moments(init::by_name("normal")({100, 100}, Dtype::f32)).deviation, 1, 0.03);
  expect_near(init::by_name(" constant  -0.5 ")({2}, Dtype::f32), {-0.5, -0.5}, 0);
  EXPECT_EQ(message<UsageError>([] { init::by_name("he_norml"); }), "[init] there is no initialiser 'he_norml'. Hint: did you mean 'he_normal'?");
  EXPECT_EQ(message<UsageError>([] { init::by_name("normal 0.1"); }), "[init] 'normal 0.1' gives 1 numbers; normal takes 2");
  EXPECT_EQ(message<UsageError>([] { init::by_name("constant x"); }), "[init] constant is 'x'; it must be a number");
  EXPECT_THROW(init::by_name(""), UsageError);
}

}  // namespace
}  // namespace gradus::nn
