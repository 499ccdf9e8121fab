// Ten million replays of a tiny plan leave nothing behind: no memory of the system's, and no allocation at all.
#include <gradus/base/memory.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdio>

namespace gradus {
namespace {

long resident_pages() {
  long size = 0, resident = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%ld %ld", &size, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return resident;
}

TEST(Replay, ten_million_leave_nothing_behind) {
  set_threads(1);
  nn::Sequential net{nn::Linear{2, 3}, nn::Sigmoid{}, nn::Dropout{0.1}, nn::Linear{3, 1}};
  optim::Adam opt{net, {.lr = 1e-4}};
  const Tensor x{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, y{{0}, {1}, {1}, {0}};
  auto step = compile([&](const Tensor& in, const Tensor& target) {
    auto [loss, g] = value_and_grad(net, [&](const nn::Sequential& n) { return nn::mse(n(in), target); });
    opt.update(net, g);
    return loss;
  });
  for (int i = 0; i < 1000; ++i) step(x, y);
  const long pages = resident_pages();
  const std::size_t live = memory_use().live, heap = mallinfo2().uordblks;
  for (int i = 0; i < 10'000'000; ++i) step(x, y);
  EXPECT_EQ(memory_use().live, live);
  EXPECT_LE(mallinfo2().uordblks, heap + 4096);
  EXPECT_LE(resident_pages(), pages + 256);  // which the system counts in lots; a byte each time would be 2441
  EXPECT_EQ(opt.steps(), 10'001'000);
  EXPECT_EQ(step.traces(), 1);
}

}  // namespace
}  // namespace gradus
