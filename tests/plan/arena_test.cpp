// Plans take turns in one block of memory: it is as large as the largest needs, and no plan finds or leaves another's numbers.
#include <gradus/base/memory.hpp>
#include <gradus/gradus.hpp>
#include <gradus/ops/define.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

namespace gradus {
namespace {

bool equal_bits(const Tensor& a, const Tensor& b) { return a.spec() == b.spec() && a.to_vector() == b.to_vector(); }

// Needs several megabytes; sums of rows are not joined with what comes before.
Tensor heavy(const Tensor& x) {
  const Tensor a = cumsum(x, 0), b = cumsum(exp(x), 1);
  return cumsum(a * 0.5 + b, 0) + sum(b, 0);
}

TEST(Arena, is_as_large_as_the_largest_plan) {
  const std::vector<Tensor> inputs{Tensor::randn({300, 700}), Tensor::randn({400, 800}), Tensor::randn({250, 800})};
  std::vector<Tensor> expected, given;
  for (const Tensor& x : inputs) expected.push_back(heavy(x));
  auto first = compile(heavy), second = compile(heavy);
  const std::size_t before = memory_use().live;
  std::size_t largest = 0, results = 0, all = 0;
  for (int round = 0; round < 3; ++round) {
    given.clear();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      auto& f = i == 1 ? second : first;  // two functions, one with two shapes
      given.push_back(f(inputs[i]));
      if (round > 0) continue;
      largest = std::max(largest, f.report().arena_bytes), all += f.report().arena_bytes;
      results += static_cast<std::size_t>(inputs[i].numel()) * 4;
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_TRUE(equal_bits(given[i], expected[i])) << round << i;
  }
  const std::size_t taken = memory_use().live - before;
  EXPECT_GE(largest, std::size_t{1} << 21);
  EXPECT_LT(static_cast<double>(taken), 1.1 * static_cast<double>(largest + results));
  EXPECT_GT(static_cast<double>(all), 1.5 * static_cast<double>(largest));  // or nothing was shared here
}

TEST(Arena, plans_in_two_threads_do_not_meet) {
  const Tensor x = Tensor::randn({500, 600}), y = Tensor::randn({600, 500});
  const Tensor of_x = heavy(x), of_y = heavy(y);
  auto f = compile(heavy), g = compile(heavy);
  f(x), g(y);
  std::atomic<int> wrong{0};
  const auto work = [&](auto& plan, const Tensor& in, const Tensor& out) {
    for (int i = 0; i < 8; ++i) wrong += !equal_bits(plan(in), out);
  };
  std::thread other([&] { work(f, x, of_x); });
  work(g, y, of_y);
  other.join();
  EXPECT_EQ(wrong, 0);
}

// An operation that itself calls a compiled function.
struct Inner {
  using family = ops::Row;
  static constexpr auto name = "inner", doc = "heavy(x), as a plan.";
  static inline Compiled<Tensor (*)(const Tensor&)>* plan = nullptr;
  Spec shape(Inputs x) const { return x[0].spec(); }
  void compute(Array& y, Inputs x) const {
    const Tensor result = (*plan)(x[0]);
    std::memcpy(y.data(), result.array().data(), static_cast<std::size_t>(y.numel()) * 4);
  }
};

TEST(Arena, a_plan_within_a_plan_has_memory_of_its_own) {
  Compiled<Tensor (*)(const Tensor&)> inner(&heavy);
  Inner::plan = &inner;
  const Tensor x = Tensor::randn({500, 600}) * 0.01;
  inner(x);
  const auto outer = [](const Tensor& t) {
    const Tensor a = cumsum(t, 1), b = apply<Inner>(contiguous(a));
    return cumsum(a, 0) + b;
  };
  const Tensor a = cumsum(x, 1), expected = cumsum(a, 0) + heavy(a);
  auto compiled = compile(outer);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(equal_bits(compiled(x), expected)) << i;
}

}  // namespace
}  // namespace gradus
