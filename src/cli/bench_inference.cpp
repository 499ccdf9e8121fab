// One sample through a trained network: latency.
#include "bench_step.hpp"

namespace gradus::cli {
namespace {

struct InferMlp {
  nn::Sequential net{nn::Linear{784, 512}, nn::Relu{}, nn::Linear{512, 256}, nn::Relu{}, nn::Linear{256, 10}};
  std::vector<std::array<Tensor, 1>> batches{{Tensor::randn({1, 784})}};
  Tensor operator()(const Tensor& x) const { return net(x); }
};

struct InferLenet {
  nn::Sequential net{nn::Conv2d{1, 32, 3}, nn::Relu{},    nn::Conv2d{32, 64, 3},         nn::Relu{}, nn::MaxPool2d{2},
                     nn::Dropout{0.5},     nn::Flatten{}, nn::Linear{64 * 12 * 12, 128}, nn::Relu{}, nn::Linear{128, 10}};
  std::vector<std::array<Tensor, 1>> batches{{Tensor::randn({1, 1, 28, 28})}};
  Tensor operator()(const Tensor& x) const { return net(x); }
};

// Every weight is read once, from the cache that holds them all.
Json infer_mlp_b1(const BenchOptions& options) {
  return bench_step<InferMlp>({.name = "infer_mlp_b1", .gflop = 2e-9 * (784 * 512 + 512 * 256 + 256 * 10), .gbytes = 4e-9 * 535'818}, options);
}
Json infer_lenet_b1(const BenchOptions& options) {
  constexpr double all = 32.0 * 26 * 26 * 9 + 64 * 24 * 24 * 32 * 9 + 9216 * 128 + 128 * 10;
  return bench_step<InferLenet>({.name = "infer_lenet_b1", .gflop = 2e-9 * all, .gbytes = 4e-9 * 1'199'882}, options);
}

}  // namespace

const std::vector<Workload>& inference_workloads() {
  static const std::vector<Workload> all = {{"infer_mlp_b1", "one sample through the net of mlp", &infer_mlp_b1},
                                            {"infer_lenet_b1", "one picture through the net of lenet", &infer_lenet_b1}};
  return all;
}

}  // namespace gradus::cli
