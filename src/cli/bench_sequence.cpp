// Training steps of networks for text.
#include "bench_step.hpp"

namespace gradus::cli {
namespace {

constexpr std::int64_t symbols = 65;
using Batch = std::array<Tensor, 2>;

struct LstmChar {
  nn::Sequential net{nn::Embedding{symbols, 64}, nn::LSTM{64, 256, {.batch_first = true}}, nn::Linear{256, symbols}};
  optim::Adam opt{net, {.lr = 1e-3}};
  std::vector<Batch> batches{{randint({32, 64}, 0, symbols), randint({32, 64}, 0, symbols)}};

  Tensor operator()(const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const nn::Sequential& n) { return nn::cross_entropy(n(x), y); });
    opt.update(net, g);
    return loss;
  }
};

struct GptSmall {
  struct Net {
    nn::Embedding token{symbols, 128};
    nn::Positions place{128, 128};
    std::vector<nn::TransformerBlock> blocks;
    nn::LayerNorm norm{128};
    nn::Linear out{128, symbols, {.bias = false}};

    Net() {
      for (int i = 0; i < 4; ++i) blocks.emplace_back(128, 4);
    }
    Tensor operator()(const Tensor& x) const {
      Tensor y = place(token(x));
      for (const nn::TransformerBlock& block : blocks) y = block(y);
      return out(norm(y));
    }
    static constexpr auto fields() { return fields_of<&Net::token, &Net::place, &Net::blocks, &Net::norm, &Net::out>{}; }
  };
  Net net;
  optim::AdamW opt{net, {.lr = 1e-3}};
  std::vector<Batch> batches{{randint({16, 128}, 0, symbols), randint({16, 128}, 0, symbols)}};

  Tensor operator()(const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const Net& n) { return nn::cross_entropy(n(x), y); });
    opt.update(net, g);
    return loss;
  }
};

double adam_gbytes(double parameters) { return 4 * 7 * parameters / 1e9; }

Json lstm_char(const BenchOptions& options) {
  constexpr double all = 32.0 * 64 * (4 * 256 * (64 + 256) + 256 * 65);
  return bench_step<LstmChar>({.name = "lstm_char", .gflop = 6 * all / 1e9, .gbytes = adam_gbytes(350'593)}, options);
}

// Attention is counted as if every place saw every other, as its usual implementation computes it.
Json gpt_small(const BenchOptions& options) {
  constexpr double tokens = 16 * 128, width = 128;
  constexpr double all = tokens * (4 * 12 * width * width + width * 65) + 4.0 * 16 * 2 * 128 * 128 * 128;
  return bench_step<GptSmall>({.name = "gpt_small", .gflop = 6 * all / 1e9, .gbytes = adam_gbytes(826'368)}, options);
}

}  // namespace

const std::vector<Workload>& sequence_workloads() {
  static const std::vector<Workload> all = {{"lstm_char", "256 hidden, 64 steps, batch 32, Adam", &lstm_char},
                                            {"gpt_small", "4 layers, 128 wide, 128 tokens, batch 16, AdamW", &gpt_small}};
  return all;
}

}  // namespace gradus::cli
