// What a plan says it takes is what it takes, and its ledger names what it keeps.
#include <algorithm>

#include <gradus/base/memory.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

namespace gradus {
namespace {

TEST(Memory, large_blocks_are_hardly_larger_than_asked_for) {
  for (std::size_t bytes = 1; bytes < (std::size_t{1} << 34); bytes += bytes / 7 + 1) {
    if (bytes > (std::size_t{1} << 26) && bytes % 5) continue;
    const Allocation block = allocate(bytes);
    EXPECT_GE(block.bytes, bytes);
    EXPECT_LE(static_cast<double>(block.bytes), std::max(64.0, static_cast<double>(bytes) * (bytes > (1 << 20) ? 1.035 : 1.25) + 1)) << bytes;
    deallocate(block);
    if (bytes > (std::size_t{1} << 26)) trim();
  }
}

TEST(Memory, a_plan_takes_what_it_says) {
  for (const auto& [batch, width] : {std::pair<std::int64_t, std::int64_t>{64, 256}, {700, 100}, {33, 77}, {900, 300}}) {
    nn::Sequential net{nn::Linear{width, width}, nn::Gelu{}, nn::LayerNorm{width}, nn::Linear{width, 3 * width}, nn::Tanh{}, nn::Linear{3 * width, width},
                       nn::Relu{},               nn::Linear{width, 10}};
    optim::Adam opt{net, {}};
    const Tensor x = Tensor::randn({batch, width}), y = randint({batch}, 0, 10);
    const auto f = [&](const Tensor& in, const Tensor& target) {
      auto [loss, g] = value_and_grad(net, [&](const nn::Sequential& n) { return nn::cross_entropy(n(in), target); });
      opt.update(net, g);
      return loss;
    };
    std::size_t inside = 0;  // parameters and states were there before
    for (const auto& [path, p] : parameters(net)) inside += static_cast<std::size_t>(p->value().numel()) * 4;
    for (const auto& [path, state] : opt.state()) inside += static_cast<std::size_t>(state.numel()) * size_of(state.dtype());
    inside += static_cast<std::size_t>(x.numel()) * 4 + static_cast<std::size_t>(y.numel()) * 8;
    const std::size_t before = memory_use().live;
    auto step = compile(f);
    for (int i = 0; i < 3; ++i) step(x, y);
    const plan::Report report = step.report();
    const double taken = static_cast<double>(memory_use().live - before + inside), said = static_cast<double>(report.arena_bytes + report.outside_bytes);
    EXPECT_NEAR(said / taken, 1, 0.05) << said << " and " << taken;
  }
}

TEST(Memory, the_ledger_names_makers_and_readers) {
  auto f = compile([](const Tensor& x) {
    const std::string path = "net.first";
    Tensor a;
    {
      const ModuleScope layer(path);
      a = matmul(x, x);
    }
    const Tensor b = cumsum(a, 0), c = cumsum(b, 1);
    return matmul(a, c) + sum(b);
  });
  const Tensor x = Tensor::ones({40, 40});
  f(x);
  const plan::Report report = f.report();
  ASSERT_GE(report.kept.size(), 3u);
  const auto made = [&](const std::string& text) {
    return std::ranges::find_if(report.kept, [&](const plan::KeptValue& value) { return value.made == text; });
  };
  const auto a = made("matmul -> f32 [40, 40], in net.first");
  ASSERT_NE(a, report.kept.end());
  EXPECT_EQ(a->read, "matmul -> f32 [40, 40]");
  EXPECT_EQ(a->bytes, 6400u);
  EXPECT_LT(a->first, a->last);
  std::size_t all = 0;
  for (const plan::KeptValue& value : report.kept) all += value.bytes;
  EXPECT_LE(all, report.arena_bytes);
  EXPECT_GE(all * 10, report.arena_bytes * 8);  // 64 bytes behind each
}

}  // namespace
}  // namespace gradus
