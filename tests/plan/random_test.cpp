// What a compiled function draws is what the function draws, call after call, and leaves the generator where the function would.
#include <gradus/gradus.hpp>
#include <gtest/gtest.h>

#include "messages/messages.hpp"

namespace gradus {
namespace {

bool equal_bits(const Tensor& a, const Tensor& b) { return a.spec() == b.spec() && a.to_vector() == b.to_vector(); }

template <class F>
void expect_the_same_numbers(const std::string& what, const F& f) {
  const Tensor p = Tensor::from(std::vector<float>{0, 0.25, 0.5, 0.75, 1, 0.999}, {2, 3});
  auto compiled = compile(f);
  std::vector<Tensor> eager, plan;
  manual_seed(5);
  for (int i = 0; i < 4; ++i) eager.push_back(f(p));
  const RandomState end = random_state();
  manual_seed(5);
  for (int i = 0; i < 4; ++i) plan.push_back(compiled(p));
  for (std::size_t i = 0; i < eager.size(); ++i) EXPECT_TRUE(equal_bits(eager[i], plan[i])) << what << i;
  EXPECT_FALSE(equal_bits(eager[0], eager[1])) << what;
  EXPECT_EQ(random_state().stream, end.stream) << what;
  EXPECT_EQ(compiled.traces(), 1) << what;
}

TEST(PlanRandom, draws_what_eager_draws) {
  expect_the_same_numbers("bernoulli", [](const Tensor& p) { return concat({bernoulli(tile(p, {40, 1})), bernoulli(tile(p, {40, 1}))}, 0); });
  expect_the_same_numbers("randint", [](const Tensor& p) { return randint({50}, -3, 1000) + cast(sum(p), Dtype::i64); });
  expect_the_same_numbers("randint u8", [](const Tensor&) { return randint({3, 7}, 0, 256, Dtype::u8); });
  expect_the_same_numbers("truncated_normal", [](const Tensor& p) { return truncated_normal({30}, 0, 1, -1, 3) + sum(p); });
  expect_the_same_numbers("truncated_normal f64", [](const Tensor&) { return truncated_normal({30}, 1, 2, 4, 5, Dtype::f64); });
  expect_the_same_numbers("all", [](const Tensor& p) {
    return concat({flatten(bernoulli(tile(p, {9, 1}))), uniform({4}), cast(randint({4}, 0, 9), Dtype::f32), truncated_normal({4}), normal({4}), dropout(Tensor::ones({90}), 0.5)}, 0);
  });
}

TEST(PlanRandom, what_draws_one_number_after_the_other_says_so) {
  const std::string advice =
      " draws one number after the other: a plan would give the same ones in every call. Hint: call it outside and make the result an input of the function; argsort(uniform({n})) is a permutation that a plan can draw";
  EXPECT_MESSAGE(TraceError, compile([](const Tensor& x) { return index_select(x, permutation(3)); })(Tensor{1, 2, 3}), "[compile] permutation" + advice);
  EXPECT_MESSAGE(TraceError, compile([](const Tensor& x) { return multinomial(Tensor{0.5, 0.5}, 4) + x; })(Tensor(1)), "[compile] multinomial" + advice);
  EXPECT_MESSAGE(TraceError, compile([](const Tensor& x) { return categorical(x, 4); })(Tensor{0.5, 0.5}), "[compile] categorical" + advice);
  auto shuffled = compile([](const Tensor& x) { return sum(index_select(x, argsort(uniform({3})))); });
  EXPECT_EQ(shuffled(Tensor{1, 2, 3}).item(), 6);
}

}  // namespace
}  // namespace gradus
