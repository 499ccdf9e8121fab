// Work without products: long chains over many numbers, where memory rules, and a thousand operations on one number.
#include "bench_step.hpp"

namespace gradus::cli {
namespace {

constexpr std::int64_t many = 10'000'000;

struct Chain {
  std::vector<std::array<Tensor, 3>> batches{{Tensor::randn({many}), Tensor::randn({many}), Tensor::randn({many})}};
  static Tensor loss(const Tensor& x, const Tensor& a, const Tensor& b) { return sum(tanh(x * a + b) * sigmoid(x) + square(x)); }
};

struct ChainWithGradients : Chain {
  Tensors operator()(const Tensor& x, const Tensor& a, const Tensor& b) const {
    const auto [value, g] = value_and_grad(&loss)(x, a, b);
    return {value, g[0], g[1], g[2]};
  }
};

struct ChainForward : Chain {
  Tensor operator()(const Tensor& x, const Tensor& a, const Tensor& b) const { return loss(x, a, b); }
};

// v * c, v + c, 500 times over, and the gradient of the first v. c is an input: as a constant of the plan it would be known beforehand.
struct ScalarChain {
  std::vector<std::array<Tensor, 2>> batches{{Tensor::full({}, 1), Tensor::full({}, 1.0001)}};
  Tensors operator()(const Tensor& first, const Tensor& c) const {
    const auto [value, g] = value_and_grad([&](Tensor v) {
      for (int i = 0; i < 500; ++i) {
        v = v * c;
        v = v + c;
      }
      return v;
    })(first);
    return {value, g};
  }
};

struct LnGeluDrop {
  nn::LayerNorm net{1024};
  std::vector<std::array<Tensor, 2>> batches{{Tensor::randn({4096, 1024}), Tensor::randn({4096, 1024})}};
  Tensors operator()(const Tensor& x, const Tensor& g) const {
    const auto f = [](const Tensor& t, const Tensor& weight, const Tensor& bias) { return dropout(gelu(layer_norm(t, 1, weight, bias)), 0.1); };
    const auto [y, pull] = vjp(f, x, net.weight, net.bias);
    const auto [dx, dweight, dbias] = pull(g);
    return {y, dx, dweight, dbias};
  }
};

// Fused as far as it goes: three inputs read, three gradients written, and the loss in the same pass.
Json eltwise10m(const BenchOptions& options) { return bench_step<ChainWithGradients>({.name = "eltwise10m", .gbytes = 24e-9 * many}, options); }
Json eltwise10m_nograd(const BenchOptions& options) { return bench_step<ChainForward>({.name = "eltwise10m_nograd", .gbytes = 12e-9 * many}, options); }
// Times are of one operation, as the peer's.
Json scalar_chain1000(const BenchOptions& options) { return bench_step<ScalarChain>({.name = "scalar_chain1000", .parts = 1000}, options); }
// Forward reads x and writes y; backward reads x and g and writes the gradient of x.
Json ln_gelu_drop(const BenchOptions& options) { return bench_step<LnGeluDrop>({.name = "ln_gelu_drop", .gbytes = 5 * 4 * 4096 * 1024 / 1e9}, options); }

}  // namespace

const std::vector<Workload>& elementwise_workloads() {
  static const std::vector<Workload> all = {{"eltwise10m", "sum(tanh(x a + b) sigmoid(x) + x^2) of 10,000,000, and three gradients", &eltwise10m},
                                            {"eltwise10m_nograd", "the same without gradients", &eltwise10m_nograd},
                                            {"scalar_chain1000", "1,000 operations on one number and back, as a plan; time of one", &scalar_chain1000},
                                            {"ln_gelu_drop", "layer norm, gelu, dropout 0.1 of 4096 x 1024, and back", &ln_gelu_drop}};
  return all;
}

}  // namespace gradus::cli
