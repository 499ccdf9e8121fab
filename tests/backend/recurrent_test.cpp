// Fused recurrent layers against the same layers step by step, which is what they are with `lengths`.
#include <gradus/autodiff.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include <array>

namespace gradus {
namespace {

double distance(const Tensor& a, const Tensor& b) { return max(abs(cast(a, Dtype::f64) - cast(b, Dtype::f64))).item(); }

struct Network {
  const char* name;
  std::int64_t gates;
};
RecurrentResult run(const Network& net, const Tensor& x, const std::vector<RecurrentWeights>& w, const RecurrentOptions& how) {
  if (net.gates == 4) return lstm(x, w, how);
  return net.gates == 3 ? gru(x, w, how) : rnn(x, w, how, net.name[0] == 'r');
}

// Values, states at the end, and gradients of everything, through both ways out.
Tensors all_of(const Network& net, const Tensors& given, bool biases, bool by_steps) {
  const GradScope scope;
  Tensors v;
  for (const Tensor& t : given) v.push_back(variable(t));
  RecurrentOptions how{.bidirectional = true};
  const std::int64_t steps = v[0].size(0), n = v[0].size(1);
  if (by_steps) how.lengths = Tensor::full({n}, static_cast<double>(steps), Dtype::i64);
  how.h = v[1];
  if (net.gates == 4) how.c = v[2];
  std::vector<RecurrentWeights> w;
  for (std::size_t d = 0; d < 2; ++d) {
    const std::size_t at = 3 + 4 * d;
    w.push_back(biases ? RecurrentWeights{v[at], v[at + 1], v[at + 2], v[at + 3]} : RecurrentWeights{v[at], v[at + 1]});
  }
  const RecurrentResult y = run(net, v[0], w, how);
  Tensors out{stop_gradient(y.output), stop_gradient(y.h)};
  const Tensor weights = cos(reshape(Tensor::arange(y.output.numel(), v[0].dtype()), y.output.shape()));
  Tensor loss = sum(y.output * weights) + sum(square(y.h));
  if (y.c.defined()) {
    out.push_back(stop_gradient(y.c));
    loss = loss + sum(y.c * sin(y.c));
  }
  for (const Tensor& g : pullback(loss, Tensor::ones({}, loss.dtype()), v)) out.push_back(g);
  return out;
}

TEST(RecurrentKernels, AreTheStepsOneByOne) {
  manual_seed(3);
  for (const Network& net : {Network{"lstm", 4}, {"gru", 3}, {"tanh", 1}, {"relu", 1}}) {
    for (const auto& [T, N, C, H] : {std::array<std::int64_t, 4>{1, 1, 1, 1}, {4, 3, 2, 5}, {3, 9, 5, 16}, {5, 17, 3, 19}}) {
      for (const Dtype dtype : {Dtype::f64, Dtype::f32}) {
        for (const bool biases : {true, false}) {
          Tensors given{normal({T, N, C}, 0, 1, dtype), normal({2, N, H}, 0, 1, dtype), normal({2, N, H}, 0, 1, dtype)};
          for (int d = 0; d < 2; ++d) {
            for (const Shape& s : {Shape{net.gates * H, C}, Shape{net.gates * H, H}, Shape{net.gates * H}, Shape{net.gates * H}}) given.push_back(normal(s, 0, 0.3, dtype));
          }
          const Tensors a = all_of(net, given, biases, false), b = all_of(net, given, biases, true);
          for (std::size_t i = 0; i < a.size(); ++i) EXPECT_LT(distance(a[i], b[i]), dtype == Dtype::f64 ? 1e-11 : 2e-3) << net.name << " H " << H << " tensor " << i;
        }
      }
    }
  }
}

TEST(RecurrentKernels, GiveTheSameBitsForEveryNumberOfThreads) {
  manual_seed(4);
  const Network net{"lstm", 4};
  Tensors given{normal({3, 40, 8}), normal({2, 40, 64}), normal({2, 40, 64})};
  for (int d = 0; d < 2; ++d) {
    for (const Shape& s : {Shape{256, 8}, Shape{256, 64}, Shape{256}, Shape{256}}) given.push_back(normal(s, 0, 0.3));
  }
  const int before = threads();
  set_threads(1);
  const Tensors one = all_of(net, given, true, false);
  set_threads(2);
  const Tensors two = all_of(net, given, true, false);
  set_threads(before);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_EQ(distance(one[i], two[i]), 0) << i;
}

// The gradient of a gradient, and the gradient of what is kept for it: differences of the first gradient.
TEST(RecurrentKernels, CanBeDifferentiatedTwice) {
  manual_seed(5);
  const Tensor x = normal({3, 2, 2}, 0, 1, Dtype::f64), w = normal({12, 2}, 0, 0.5, Dtype::f64), u = normal({12, 3}, 0, 0.5, Dtype::f64);
  const auto slope = grad([&](Tensor t) { return sum(square(lstm(t, {{w, u}}).output)); });
  const Tensor along = normal({3, 2, 2}, 0, 1, Dtype::f64);
  const Tensor twice = grad([&](Tensor t) { return sum(slope(t) * along); })(x);
  const double step = 1e-5;
  const Tensor numeric = (slope(x + along * step) - slope(x - along * step)) / (2 * step);
  EXPECT_LT(distance(twice, numeric), 1e-7);
}

}  // namespace
}  // namespace gradus
