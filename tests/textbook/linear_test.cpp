// A linear layer Z = W A + b: dA = W^T dZ, dW = dZ A^T, db = row sums of dZ, element by element.
#include "plain.hpp"

namespace gradus::plain {
namespace {

struct Layer {
  std::size_t m, n, samples;
  Numbers W, A, b;

  Numbers forward() const {
    Numbers Z(m * samples);
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t k = 0; k < samples; ++k) {
        Z[i * samples + k] = b[i];
        for (std::size_t j = 0; j < n; ++j) Z[i * samples + k] += W[i * n + j] * A[j * samples + k];
      }
    }
    return Z;
  }
};

Layer drawn(std::size_t m, std::size_t n, std::size_t samples) {
  const auto numbers = [](std::size_t count) { return draw(static_cast<std::int64_t>(count)); };
  return {m, n, samples, numbers(m * n), numbers(n * samples), numbers(m)};
}

class Linear : public testing::TestWithParam<std::array<std::size_t, 3>> {};

// Any dZ: the loss is sum(G * Z), whose dZ is G.
TEST_P(Linear, BackwardOfAnyGradient) {
  manual_seed(2);
  const auto [m, n, samples] = GetParam();
  const Layer layer = drawn(m, n, samples);
  const Numbers dZ = draw(static_cast<std::int64_t>(m * samples));

  Numbers dW(m * n), dA(n * samples), db(m);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t k = 0; k < samples; ++k) {
      db[i] += dZ[i * samples + k];
      for (std::size_t j = 0; j < n; ++j) {
        dW[i * n + j] += dZ[i * samples + k] * layer.A[j * samples + k];
        dA[j * samples + k] += layer.W[i * n + j] * dZ[i * samples + k];
      }
    }
  }

  const auto M = static_cast<std::int64_t>(m), N = static_cast<std::int64_t>(n), S = static_cast<std::int64_t>(samples);
  const auto f = [](Tensor W, Tensor A, Tensor b) { return matmul(W, A) + b; };
  const auto [Z, pull] = vjp(f, tensor(layer.W, {M, N}), tensor(layer.A, {N, S}), tensor(layer.b, {M, 1}));
  expect_near(Z.to_vector(), layer.forward(), 1e-13, "Z");
  const auto slopes = pull(tensor(dZ, {M, S}));

  const auto differences = [&](Numbers Layer::*part) {
    const auto loss = [&](const Numbers& at) {
      Layer moved = layer;
      moved.*part = at;
      double sum = 0;
      const Numbers z = moved.forward();
      for (std::size_t i = 0; i < z.size(); ++i) sum += dZ[i] * z[i];
      return sum;
    };
    return central(loss, layer.*part);
  };
  expect_gradient(dW, slopes[0], differences(&Layer::W), "dW");
  expect_gradient(dA, slopes[1], differences(&Layer::A), "dA");
  expect_gradient(db, slopes[2], differences(&Layer::b), "db");
}

INSTANTIATE_TEST_SUITE_P(Sizes, Linear,
                         testing::Values(std::array<std::size_t, 3>{1, 1, 1}, std::array<std::size_t, 3>{3, 2, 1}, std::array<std::size_t, 3>{2, 3, 4},
                                         std::array<std::size_t, 3>{4, 4, 4}, std::array<std::size_t, 3>{1, 5, 7}, std::array<std::size_t, 3>{6, 1, 9}));

}  // namespace
}  // namespace gradus::plain
