// Every rule against its published formula, written here anew for single numbers.
#include <cmath>
#include <gradus/nn.hpp>
#include <gradus/optim.hpp>

#include "nn/near.hpp"

namespace gradus::optim {
namespace {

using Formula = std::function<double(double p, double g, int t)>;  // one per element: it holds its own state

Formula sgd(double lr, double momentum, bool nesterov, double decay) {
  return [=, buffer = 0.0](double p, double g, int t) mutable {
    g += decay * p;
    if (momentum != 0) {
      buffer = t == 1 ? g : momentum * buffer + g;
      g = nesterov ? g + momentum * buffer : buffer;
    }
    return p - lr * g;
  };
}

Formula adam(double lr, double beta1, double beta2, double eps, double decay, bool decoupled) {
  return [=, m = 0.0, v = 0.0](double p, double g, int t) mutable {
    if (decoupled) p -= lr * decay * p;
    else g += decay * p;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const double mean = m / (1 - std::pow(beta1, t)), square = v / (1 - std::pow(beta2, t));
    return p - lr * mean / (std::sqrt(square) + eps);
  };
}

struct One {
  Param p;
};

// 12 steps on n numbers with changing gradients, all compared after each step.
template <class Rule>
void follow(const Rule& rule, const Formula& formula, Dtype dtype, std::int64_t n, double tolerance) {
  manual_seed(7);
  One net{Param(Tensor::randn({n}, dtype))};
  With<Rule> opt{net, rule};
  std::vector<double> wanted = net.p.value().to_vector();
  std::vector<Formula> formulas(static_cast<std::size_t>(n), formula);
  for (int t = 1; t <= 12; ++t) {
    const One grads{Param(Tensor::randn({n}, dtype))};
    const std::vector<double> g = grads.p.value().to_vector();
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = formulas[i](wanted[i], g[i], t);
    opt.update(net, grads);
    ASSERT_EQ(opt.steps(), t);
    const std::vector<double> found = net.p.value().to_vector();
    for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(found[i], wanted[i], tolerance) << "step " << t << ", element " << i;
  }
}

template <class Rule>
void follow_all(const Rule& rule, const Formula& formula) {
  for (const std::int64_t n : {1, 3, 8, 17, 100}) follow(rule, formula, Dtype::f64, n, 1e-14);
  follow(rule, formula, Dtype::f32, 37, 2e-6);
  follow(rule, formula, Dtype::f64, 100'000, 1e-14);  // several threads
}

TEST(Rules, sgd) { follow_all(rules::SGD{.lr = 0.1}, sgd(0.1, 0, false, 0)); }
TEST(Rules, sgd_with_weight_decay) { follow_all(rules::SGD{.lr = 0.1, .weight_decay = 0.05}, sgd(0.1, 0, false, 0.05)); }
TEST(Rules, momentum) { follow_all(rules::SGD{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01}, sgd(0.1, 0.9, false, 0.01)); }
TEST(Rules, nesterov) { follow_all(rules::SGD{.lr = 0.1, .momentum = 0.8, .nesterov = true, .weight_decay = 0.01}, sgd(0.1, 0.8, true, 0.01)); }
TEST(Rules, adam) { follow_all(rules::Adam{.lr = 0.01}, adam(0.01, 0.9, 0.999, 1e-8, 0, false)); }
TEST(Rules, adam_with_all_options) {
  follow_all(rules::Adam{.lr = 0.02, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-3, .weight_decay = 0.1}, adam(0.02, 0.8, 0.95, 1e-3, 0.1, false));
}
TEST(Rules, adamw) { follow_all(rules::AdamW{.lr = 0.02, .weight_decay = 0.3}, adam(0.02, 0.9, 0.999, 1e-8, 0.3, true)); }

TEST(Rules, defaults_are_those_of_pytorch) {
  EXPECT_EQ(rules::SGD{}.lr, 1e-3);
  EXPECT_EQ(rules::SGD{}.momentum, 0);
  EXPECT_EQ(rules::Adam{}.lr, 1e-3);
  EXPECT_EQ(rules::Adam{}.beta1, 0.9);
  EXPECT_EQ(rules::Adam{}.beta2, 0.999);
  EXPECT_EQ(rules::Adam{}.eps, 1e-8);
  EXPECT_EQ(rules::Adam{}.weight_decay, 0);
  EXPECT_EQ(rules::AdamW{}.weight_decay, 1e-2);
}

TEST(Rules, without_decay_an_infinite_parameter_spoils_nothing_but_itself) {
  One net{Param(Tensor{INFINITY, 1})};
  SGD opt{net, {.lr = 0.5}};
  opt.update(net, One{Param(Tensor{1, 1})});
  EXPECT_EQ(net.p.value().to_vector(), (std::vector<double>{INFINITY, 0.5}));
}

TEST(Rules, threads_do_not_change_a_bit) {
  const int before = threads();
  std::vector<std::vector<double>> results;
  for (const int count : {1, 3}) {
    set_threads(count);
    manual_seed(1);
    One net{Param(Tensor::randn({150'001}))};
    Adam opt{net, {.lr = 0.1}};
    for (int i = 0; i < 3; ++i) opt.update(net, One{Param(Tensor::randn({150'001}))});
    results.push_back(net.p.value().to_vector());
  }
  set_threads(before);
  EXPECT_EQ(results[0], results[1]);
}

}  // namespace
}  // namespace gradus::optim
