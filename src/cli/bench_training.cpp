// Training steps of networks for numbers and pictures: forward, gradient of every parameter, update.
#include "bench_step.hpp"

namespace gradus::cli {
namespace {

using Batch = std::array<Tensor, 2>;

// One step of training with cross entropy.
template <class Net, class Optimizer>
Tensor classify(Net& net, Optimizer& opt, const Tensor& x, const Tensor& y) {
  auto [loss, g] = value_and_grad(net, [&](const Net& n) { return nn::cross_entropy(n(x), y); });
  opt.update(net, g);
  return loss;
}

// Multiply-adds of all layers, of the first alone -> 10^9 operations of a step: forward, gradient of the weights, gradient of the input.
double training_gflop(double all, double first) { return (6 * all - 2 * first) / 1e9; }
// What a step of a network cannot do without: parameters, their gradients and the optimizer's states, each read or written once.
double update_gbytes(double parameters, int touched) { return 4.0 * touched * parameters / 1e9; }
constexpr int adam = 7, momentum = 5, plain = 3;  // p, g and states read; p and states written

struct Xor {
  struct Net {
    nn::Linear hidden{2, 3}, out{3, 1};
    Tensor operator()(const Tensor& x) const { return sigmoid(out(sigmoid(hidden(x)))); }
  };
  Net net;
  optim::SGD opt{net, {.lr = 0.1}};
  std::vector<Batch> batches{{Tensor{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, Tensor{{0}, {1}, {1}, {0}}}};

  Tensor operator()(const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const Net& n) { return nn::mse(n(x), y); });
    opt.update(net, g);
    return loss;
  }
};

struct XorOneByOne : Xor {
  XorOneByOne() {
    batches.clear();
    for (const auto& [a, b] : {std::pair{0, 0}, {0, 1}, {1, 0}, {1, 1}}) batches.push_back({Tensor{{a, b}}, Tensor{{a ^ b}}});
  }
};

struct Mlp {
  nn::Sequential net{nn::Linear{784, 512}, nn::Relu{}, nn::Linear{512, 256}, nn::Relu{}, nn::Linear{256, 10}};
  optim::Adam opt{net, {.lr = 1e-3}};
  std::vector<Batch> batches{{Tensor::randn({128, 784}), randint({128}, 0, 10)}};
  Tensor operator()(const Tensor& x, const Tensor& y) { return classify(net, opt, x, y); }
};

struct Lenet {
  nn::Sequential net{nn::Conv2d{1, 32, 3}, nn::Relu{},    nn::Conv2d{32, 64, 3},         nn::Relu{}, nn::MaxPool2d{2},
                     nn::Dropout{0.5},     nn::Flatten{}, nn::Linear{64 * 12 * 12, 128}, nn::Relu{}, nn::Linear{128, 10}};
  optim::Adam opt{net, {.lr = 1e-3}};
  std::vector<Batch> batches{{Tensor::randn({64, 1, 28, 28}), randint({64}, 0, 10)}};
  Tensor operator()(const Tensor& x, const Tensor& y) { return classify(net, opt, x, y); }
};

struct Resnet18 {
  static nn::Sequential make() {
    nn::Sequential net{nn::Conv2d{3, 64, 3, {.padding = 1, .bias = false}}, nn::BatchNorm2d{64}, nn::Relu{}};
    std::int64_t in = 64;
    const auto block = [&](std::int64_t out, std::int64_t stride) {
      nn::Residual part{.body = {nn::Conv2d{in, out, 3, {.stride = stride, .padding = 1, .bias = false}}, nn::BatchNorm2d{out}, nn::Relu{},
                                 nn::Conv2d{out, out, 3, {.padding = 1, .bias = false}}, nn::BatchNorm2d{out}}};
      if (stride != 1 || in != out) part.shortcut = {nn::Conv2d{in, out, 1, {.stride = stride, .bias = false}}, nn::BatchNorm2d{out}};
      net.push_back(std::move(part));
      net.push_back(nn::Relu{});
      in = out;
    };
    for (const auto& [width, stride] : {std::pair<std::int64_t, std::int64_t>{64, 1}, {128, 2}, {256, 2}, {512, 2}}) block(width, stride), block(width, 1);
    for (nn::AnyModule last : {nn::AnyModule(nn::GlobalAvgPool{}), nn::AnyModule(nn::Flatten{}), nn::AnyModule(nn::Linear{512, 10})}) net.push_back(last);
    return net;
  }
  nn::Sequential net = make();
  optim::SGD opt{net, {.lr = 0.1, .momentum = 0.9, .weight_decay = 5e-4}};
  std::vector<Batch> batches{{Tensor::randn({32, 3, 32, 32}), randint({32}, 0, 10)}};
  Tensor operator()(const Tensor& x, const Tensor& y) { return classify(net, opt, x, y); }
  // Of some ten million inputs of relu a few lie so near to 0 that rounding decides their sign, and each moves the gradients by a
  // thousandth of their norm. At a rate of 0.1 five steps make of that another loss, whoever computes it.
  void prepare_check() { opt.set_lr(1e-3); }
};

struct Chain1000 {
  struct Net {
    std::vector<nn::Linear> layers;
    Net() {
      for (int i = 0; i < 1000; ++i) layers.emplace_back(256, 256);
    }
    Tensor operator()(Tensor x) const {
      for (const nn::Linear& layer : layers) x = tanh(layer(x));
      return x;
    }
    static constexpr auto fields() { return fields_of<&Net::layers>{}; }
  };
  Net net;
  optim::SGD opt{net, {.lr = 0.1}};
  std::vector<Batch> batches{{Tensor::randn({256, 256}), Tensor::randn({256, 256})}};

  Tensor operator()(const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const Net& n) { return nn::mse(n(x), y); });
    opt.update(net, g);
    return loss;
  }
};

Json xor_full4(const BenchOptions& options) { return bench_step<Xor>({.name = "xor_full4", .gflop = training_gflop(36, 24), .gbytes = update_gbytes(13, plain)}, options); }
Json xor_batch1(const BenchOptions& options) {
  return bench_step<XorOneByOne>({.name = "xor_batch1", .gflop = training_gflop(9, 6), .gbytes = update_gbytes(13, plain)}, options);
}

Json mlp(const BenchOptions& options) {
  constexpr double first = 128 * 784 * 512, all = first + 128 * (512 * 256 + 256 * 10);
  return bench_step<Mlp>({.name = "mlp", .gflop = training_gflop(all, first), .gbytes = update_gbytes(535'818, adam)}, options);
}

Json lenet(const BenchOptions& options) {
  constexpr double first = 64.0 * 32 * 26 * 26 * 9, all = first + 64.0 * (64 * 24 * 24 * 32 * 9 + 9216 * 128 + 128 * 10);
  return bench_step<Lenet>({.name = "lenet", .gflop = training_gflop(all, first), .gbytes = update_gbytes(1'199'882, adam)}, options);
}

Json resnet18(const BenchOptions& options) {
  constexpr double first = 32.0 * 64 * 32 * 32 * 3 * 9;
  double all = first, in = 64, side = 32;
  for (const double width : {64.0, 128.0, 256.0, 512.0}) {
    if (width > 64) side /= 2;
    const double places = 32 * side * side;
    all += places * 9 * (in * width + 3 * width * width);
    if (width > 64) all += places * in * width;
    in = width;
  }
  all += 32 * 512 * 10;
  return bench_step<Resnet18>({.name = "resnet18", .gflop = training_gflop(all, first), .gbytes = update_gbytes(11'173'962, momentum)}, options);
}

Json chain1000(const BenchOptions& options) {
  constexpr double first = 256.0 * 256 * 256;
  return bench_step<Chain1000>({.name = "chain1000", .gflop = training_gflop(1000 * first, first), .gbytes = update_gbytes(65'792'000, plain)}, options);
}

}  // namespace

const std::vector<Workload>& training_workloads() {
  static const std::vector<Workload> all = {{"xor_full4", "a 2-3-1 net, four samples, SGD", &xor_full4},
                                            {"xor_batch1", "the same net, one sample", &xor_batch1},
                                            {"mlp", "784-512-256-10, batch 128, Adam", &mlp},
                                            {"lenet", "two convolutions and two layers, 64 pictures of 28x28, Adam", &lenet},
                                            {"resnet18", "residual net of 18 layers, 32 pictures of 3x32x32, SGD with momentum", &resnet18},
                                            {"chain1000", "a thousand layers of 256 with tanh, batch 256, SGD", &chain1000}};
  return all;
}

}  // namespace gradus::cli
