// Recurrent networks against loops over plain numbers that follow PyTorch's documentation.
#include <gradus/autodiff.hpp>
#include <gradus/autodiff/gradcheck.hpp>
#include <gradus/base/random.hpp>
#include <gtest/gtest.h>

#include <cmath>

#include "messages/messages.hpp"

namespace gradus {
namespace {

using Row = std::vector<double>;
enum class Net { tanh, relu, lstm, gru };

struct Numbers {
  std::vector<double> w_ih, w_hh, b_ih, b_hh;
};

double squashed(double x) { return 1 / (1 + std::exp(-x)); }
Row product(const std::vector<double>& w, const Row& x, const std::vector<double>& bias) {
  Row y(bias);
  for (std::size_t i = 0; i < y.size(); ++i) {
    for (std::size_t j = 0; j < x.size(); ++j) y[i] += w[i * x.size() + j] * x[j];
  }
  return y;
}

// One step of one sequence.
void step(Net net, const Numbers& w, const Row& x, Row& h, Row& c) {
  const Row a = product(w.w_ih, x, w.b_ih), b = product(w.w_hh, h, w.b_hh);
  const std::size_t n = h.size();
  for (std::size_t k = 0; k < n; ++k) {
    const auto both = [&](std::size_t gate) { return a[gate * n + k] + b[gate * n + k]; };
    if (net == Net::tanh) h[k] = std::tanh(both(0));
    else if (net == Net::relu) h[k] = std::max(0.0, both(0));
    else if (net == Net::lstm) {
      c[k] = squashed(both(1)) * c[k] + squashed(both(0)) * std::tanh(both(2));
      h[k] = squashed(both(3)) * std::tanh(c[k]);
    } else {
      const double z = squashed(both(1)), fresh = std::tanh(a[2 * n + k] + squashed(both(0)) * b[2 * n + k]);
      h[k] = (1 - z) * fresh + z * h[k];
    }
  }
}

struct Setting {
  Net net;
  std::int64_t steps = 5, batch = 3, features = 2, hidden = 4, layers = 2;
  bool both_ways = true;
  bool lengths = true;
};

RecurrentResult run(const Setting& s, const Tensor& x, const std::vector<RecurrentWeights>& w, const RecurrentOptions& how) {
  return s.net == Net::lstm ? lstm(x, w, how) : s.net == Net::gru ? gru(x, w, how) : rnn(x, w, how, s.net == Net::relu);
}

std::vector<RecurrentWeights> weights_for(const Setting& s) {
  const std::int64_t gates = s.net == Net::lstm ? 4 : s.net == Net::gru ? 3 : 1, directions = s.both_ways ? 2 : 1;
  std::vector<RecurrentWeights> out;
  for (std::int64_t layer = 0; layer < s.layers; ++layer) {
    for (std::int64_t d = 0; d < directions; ++d) {
      const std::int64_t in = layer ? directions * s.hidden : s.features;
      out.push_back({Tensor::randn({gates * s.hidden, in}, Dtype::f64), Tensor::randn({gates * s.hidden, s.hidden}, Dtype::f64), Tensor::randn({gates * s.hidden}, Dtype::f64), Tensor::randn({gates * s.hidden}, Dtype::f64)});
    }
  }
  return out;
}

TEST(Recurrent, EqualsTheDefinition) {
  manual_seed(1);
  for (const Net net : {Net::tanh, Net::relu, Net::lstm, Net::gru}) {
    for (const bool both_ways : {false, true}) {
      for (const bool with_lengths : {false, true}) {
        const Setting s{.net = net, .both_ways = both_ways, .lengths = with_lengths};
        const std::size_t directions = both_ways ? 2 : 1, hidden = static_cast<std::size_t>(s.hidden);
        const std::vector<RecurrentWeights> weights = weights_for(s);
        const auto states = static_cast<std::int64_t>(weights.size());
        const Tensor x = Tensor::randn({s.steps, s.batch, s.features}, Dtype::f64), h0 = Tensor::randn({states, s.batch, s.hidden}, Dtype::f64), c0 = Tensor::randn({states, s.batch, s.hidden}, Dtype::f64);
        const std::vector<std::int64_t> lengths = with_lengths ? std::vector<std::int64_t>{5, 1, 3} : std::vector<std::int64_t>{5, 5, 5};
        RecurrentOptions how{.bidirectional = both_ways, .h = h0};
        if (net == Net::lstm) how.c = c0;
        if (with_lengths) how.lengths = Tensor::from(lengths, {s.batch});
        const RecurrentResult found = run(s, x, weights, how);
        EXPECT_EQ(found.output.shape(), (Shape{s.steps, s.batch, static_cast<std::int64_t>(directions) * s.hidden}));

        std::vector<double> output(static_cast<std::size_t>(found.output.numel())), last_h(static_cast<std::size_t>(h0.numel())), last_c(last_h.size());
        for (std::size_t n = 0; n < static_cast<std::size_t>(s.batch); ++n) {
          std::vector<Row> sequence;
          for (std::int64_t t = 0; t < lengths[n]; ++t) sequence.push_back(x[t][static_cast<std::int64_t>(n)].to_vector());
          for (std::size_t layer = 0; layer < static_cast<std::size_t>(s.layers); ++layer) {
            std::vector<Row> next(sequence.size());
            for (std::size_t d = 0; d < directions; ++d) {
              const std::size_t at = layer * directions + d;
              const Numbers w{weights[at].w_ih.to_vector(), weights[at].w_hh.to_vector(), weights[at].b_ih.to_vector(), weights[at].b_hh.to_vector()};
              Row h = h0[static_cast<std::int64_t>(at)][static_cast<std::int64_t>(n)].to_vector(), c = c0[static_cast<std::int64_t>(at)][static_cast<std::int64_t>(n)].to_vector();
              for (std::size_t i = 0; i < sequence.size(); ++i) {
                const std::size_t t = d ? sequence.size() - 1 - i : i;
                step(net, w, sequence[t], h, c);
                if (d == 0) next[t] = h;
                else next[t].insert(next[t].end(), h.begin(), h.end());
              }
              std::copy(h.begin(), h.end(), last_h.begin() + static_cast<std::ptrdiff_t>((at * 3 + n) * hidden));
              std::copy(c.begin(), c.end(), last_c.begin() + static_cast<std::ptrdiff_t>((at * 3 + n) * hidden));
            }
            sequence = next;
          }
          for (std::size_t t = 0; t < sequence.size(); ++t) std::copy(sequence[t].begin(), sequence[t].end(), output.begin() + static_cast<std::ptrdiff_t>((t * 3 + n) * directions * hidden));
        }
        const auto compare = [&](const Tensor& a, const std::vector<double>& b) {
          const std::vector<double> values = a.to_vector();
          ASSERT_EQ(values.size(), b.size());
          for (std::size_t i = 0; i < b.size(); ++i) ASSERT_NEAR(values[i], b[i], 1e-12 * (1 + std::abs(b[i])));
        };
        compare(found.output, output);
        compare(found.h, last_h);
        if (net == Net::lstm) compare(found.c, last_c);
        else EXPECT_FALSE(found.c.defined());
      }
    }
  }
}

TEST(Recurrent, GradientsBatchFirstAndOneSequence) {
  manual_seed(2);
  const Setting s{.net = Net::lstm, .steps = 3, .batch = 2, .hidden = 2, .layers = 1};
  const std::vector<RecurrentWeights> w = weights_for(s);
  const Tensor x = Tensor::randn({3, 2, 2}, Dtype::f64), lengths = Tensor({3, 2}, Dtype::i64);
  EXPECT_TRUE(gradcheck([&](Inputs in) {
    std::vector<RecurrentWeights> own = w;
    own[0].w_hh = in[1];
    own[1].b_ih = in[2];
    const RecurrentResult y = lstm(in[0], own, {.bidirectional = true, .lengths = lengths});
    return sum(square(y.output)) + sum(y.h * y.c);
  }, {x, w[0].w_hh, w[1].b_ih}).ok);
  const RecurrentResult time_first = lstm(x, w, {.bidirectional = true}), batch_first = lstm(transpose(x, 0, 1), w, {.bidirectional = true, .batch_first = true});
  EXPECT_EQ(contiguous(transpose(batch_first.output, 0, 1)).to_vector(), time_first.output.to_vector());
  const RecurrentResult one = lstm(squeeze(slice(x, 1, {0, 1}), 1), w, {.bidirectional = true});
  EXPECT_EQ(one.output.shape(), (Shape{3, 4}));
  EXPECT_EQ(one.h.shape(), (Shape{2, 2}));
  EXPECT_EQ(one.output.to_vector(), slice(time_first.output, 1, {0, 1}).to_vector());
  // Per-example gradients.
  const Tensor each = vmap(grad([&](Tensor t) { return sum(lstm(t, w, {.bidirectional = true}).output); }))(stack({x, -x}));
  EXPECT_LT(max(abs(each[1] - grad([&](Tensor t) { return sum(lstm(t, w, {.bidirectional = true}).output); })(-x))).item(), 1e-13);
}

TEST(Recurrent, WrongCallsSayWhatToDo) {
  const Tensor x = Tensor::zeros({5, 3, 2});
  const RecurrentWeights w{Tensor::zeros({16, 2}), Tensor::zeros({16, 4})};
  EXPECT_MESSAGE(ShapeError, lstm(x, {{Tensor::zeros({16, 3}), w.w_hh}}), "[lstm] the weights of layer 0 are w_ih [16, 3] and w_hh [16, 4]; for inputs of 2 features they must be [4 H, 2] and [4 H, H]");
  EXPECT_MESSAGE(ShapeError, gru(x, {w}), "[gru] the weights of layer 0 are w_ih [16, 2] and w_hh [16, 4]; for inputs of 2 features they must be [3 H, 2] and [3 H, H]");
  EXPECT_MESSAGE(ValueError, lstm(x, {w}, {.bidirectional = true}), "[lstm] 1 sets of weights for 2 directions: each layer has 2");
  EXPECT_MESSAGE(ValueError, lstm(x, {{w.w_ih, w.w_hh, Tensor::zeros({16})}}), "[lstm] one bias of layer 0 is given and the other is not. Hint: both or neither; zeros where one is not wanted");
  EXPECT_MESSAGE(ShapeError, lstm(x, {w}, {.h = Tensor::zeros({1, 4})}), "[lstm] h is [1, 4], it must be [1, 3, 4]");
  EXPECT_MESSAGE(ShapeError, lstm(x, {w}, {.lengths = Tensor({5, 5}, Dtype::i64)}), "[lstm] lengths is [2], it must be [3]");
  EXPECT_MESSAGE(ShapeError, lstm(Tensor::zeros({0, 3, 2}), {w}), "[lstm] the sequence of x [0, 3, 2] has no steps");
  EXPECT_MESSAGE(ValueError, rnn(x, {{Tensor::zeros({4, 2}), Tensor::zeros({4, 4})}}, {.c = x}), "[rnn] has no c; only lstm has");
  EXPECT_MESSAGE(ValueError, lstm(x, {}), "[lstm] 0 sets of weights for 1 direction: each layer has 1");
}

}  // namespace
}  // namespace gradus
