// The scalar engine by itself: known expressions, one variable used many times, tapes that end, and what must be an error.
#include <gtest/gtest.h>

#include <gradus/base/error.hpp>
#include <gradus/scalar.hpp>

#include <cmath>
#include <thread>
#include <vector>

namespace gradus {

struct ValueTestSwish {  // as a user writes it
  using family = ops::Map<1>;
  static constexpr auto name = "swish", doc = "x * sigmoid(x)", math = "x / (1 + exp(-x))";
  static constexpr lang::Range domain{-4, 4};
  static constexpr auto f(auto x) { return x / (1 + exp(-x)); }
  static constexpr auto df(auto x, auto y, auto t) { return t * (y + (1 - y) / (1 + exp(-x))); }
};

namespace {

std::string message_of(auto&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(Value, the_expression_of_the_micrograd_readme) {
  Value a = -4, b = 2;
  Value c = a + b, d = a * b + pow(b, 3);
  c += c + 1;
  c += 1 + c + (-a);
  d += d * 2 + relu(b + a);
  d += 3 * d + relu(b - a);
  Value e = c - d;
  Value f = pow(e, 2);
  Value g = f / 2.0;
  g += 10.0 / f;
  g.backward();
  EXPECT_NEAR(g.value(), 24.70408163265306, 1e-13);
  EXPECT_NEAR(a.grad(), 138.8338192419825, 1e-12);
  EXPECT_NEAR(b.grad(), 645.5772594752186, 1e-12);
}

TEST(Value, a_variable_that_is_used_many_times_gets_the_sum) {
  Tape tape;
  Value x = 3;
  Value y = x * x;  // twice in one operation
  y.backward();
  EXPECT_EQ(x.grad(), 6);
  Value left = x * 2, right = x + 1, top = left * right;  // a diamond: 2x (x + 1)
  top.backward();
  EXPECT_EQ(top.value(), 24);
  EXPECT_EQ(x.grad(), 14);
  Value ladder = x;  // 2^50 ways from the bottom to the top
  for (int i = 0; i < 50; ++i) ladder = ladder + ladder;
  ladder.backward();
  EXPECT_EQ(x.grad(), 0x1p50);
}

TEST(Value, every_backward_starts_from_zero) {
  Tape tape;
  Value x = 2, unused = 5;
  Value y = x * x, z = 3 * x;
  y.backward();
  EXPECT_EQ(x.grad(), 4);
  y.backward();
  EXPECT_EQ(x.grad(), 4);
  EXPECT_EQ(y.grad(), 1);
  EXPECT_EQ(z.grad(), 0);
  z.backward();
  EXPECT_EQ(x.grad(), 3);
  EXPECT_EQ(y.grad(), 0);
  EXPECT_EQ(unused.grad(), 0);
  backward({y, z, y});
  EXPECT_EQ(x.grad(), 11);  // of y + z + y
  Value later = x + 1;
  EXPECT_EQ(later.grad(), 0);  // made after the sweep
}

TEST(Value, numbers_mix_on_both_sides) {
  Tape tape;
  Value x = 2;
  const auto slope = [&](Value y) {
    y.backward();
    return x.grad();
  };
  EXPECT_EQ(slope(x + 1), 1);
  EXPECT_EQ(slope(1 + x), 1);
  EXPECT_EQ(slope(x - 1.5f), 1);
  EXPECT_EQ(slope(1 - x), -1);
  EXPECT_EQ(slope(x * 3), 3);
  EXPECT_EQ(slope(3 * x), 3);
  EXPECT_EQ(slope(x / 4), 0.25);
  EXPECT_EQ(slope(4 / x), -1);
  EXPECT_EQ(slope(pow(x, 3)), 12);
  EXPECT_NEAR(slope(pow(3, x)), 9 * std::log(3), 1e-14);
  EXPECT_EQ(slope(maximum(x, 1)), 1);
  EXPECT_EQ(slope(maximum(3, x)), 0);
  EXPECT_EQ(slope(where(1, x, 7)), 1);
  EXPECT_EQ(slope(where(0, x, 7)), 0);
  EXPECT_EQ(slope(where(0, 7, x * x)), 4);
  EXPECT_EQ(slope(where(less(x, 3), x, -x)), 1);
  x = Value(2);
  Value y = x;
  y += 1, y -= 0.5, y *= x, y /= 2;  // (x + 0.5) x / 2
  EXPECT_EQ(y.value(), 2.5);
  EXPECT_EQ(slope(y), 2.25);
}

TEST(Value, set_changes_what_comes_after) {
  Tape tape;
  Value w = 3;
  Value before = w * w;
  w.set(5);
  Value after = w * w;
  EXPECT_EQ(before.value(), 9);
  EXPECT_EQ(after.value(), 25);
  after.backward();
  EXPECT_EQ(w.grad(), 10);
}

TEST(Value, a_tape_per_step_trains_and_keeps_no_more_than_one_step) {
  Tape parameters;
  Value w = 0, b = 0;
  const std::size_t alone = parameters.size();
  for (int step = 0; step < 2000; ++step) {
    Tape tape;
    Value loss = 0;
    for (double x = -1; x <= 1; x += 0.25) loss += pow(w * x + b - (2 * x - 1), 2);
    loss.backward();
    w.set(w.value() - 0.05 * w.grad());
    b.set(b.value() - 0.05 * b.grad());
  }
  EXPECT_EQ(parameters.size(), alone);
  EXPECT_NEAR(w.value(), 2, 1e-12);
  EXPECT_NEAR(b.value(), -1, 1e-12);
}

TEST(Value, gradients_do_not_leak_from_one_tape_to_the_next) {
  {
    Tape tape;
    Value x = 2;
    (x * x).backward();
  }
  Tape tape;
  Value fresh = 7;  // at the place where x was
  EXPECT_EQ(fresh.grad(), 0);
}

TEST(Value, growing_moves_nothing) {
  Tape tape;
  std::vector<Value> x;
  for (int i = 0; i < 5000; ++i) x.push_back(i);
  Value sum = 0;
  for (const Value& v : x) sum += v * v;
  sum.backward();
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(x[static_cast<std::size_t>(i)].grad(), 2 * i);
}

TEST(Value, a_long_chain) {
  Tape tape;
  Value x = 1, v = x;
  for (int i = 0; i < 1000000; ++i) v = sin(v) + x;
  v.backward();
  double y = 1, slope = 1;
  for (int i = 0; i < 1000000; ++i) slope = std::cos(y) * slope + 1, y = std::sin(y) + 1;
  EXPECT_NEAR(v.value(), y, 1e-10);
  EXPECT_NEAR(x.grad(), slope, 1e-10);
}

TEST(Value, errors_name_the_operation_and_the_cause) {
  Tape tape;
  Value gone, x = 1;
  EXPECT_EQ(message_of([&] { gone + x; }), "[add] a Value that holds nothing was used. Hint: a default-constructed Value must be assigned first");
  {
    Tape inner;
    gone = x * 2;
    EXPECT_EQ((gone + x).value(), 3);
  }
  const char* text = "a Value was used whose Tape is gone, or that belongs to another thread. Hint: make it before the Tape, in the same thread";
  const std::size_t size = tape.size();
  EXPECT_EQ(message_of([&] { exp(gone); }), std::string("[exp] ") + text);
  EXPECT_EQ(message_of([&] { x * gone; }), std::string("[mul] ") + text);
  EXPECT_EQ(message_of([&] { where(x, x, gone); }), std::string("[where] ") + text);
  EXPECT_EQ(message_of([&] { gone.backward(); }), std::string("[backward] ") + text);
  EXPECT_EQ(message_of([&] { static_cast<void>(gone.grad()); }), std::string("[grad] ") + text);
  EXPECT_EQ(tape.size(), size);  // a failed operation leaves nothing behind
  Value y = x * x;
  y.backward();
  EXPECT_EQ(x.grad(), 2);
  tape.reset();
  EXPECT_EQ(message_of([&] { x + 1; }), std::string("[add] ") + text);
  std::string elsewhere;
  Value z = 1, nothing;
  std::thread([&] { elsewhere = message_of([&] { z + z; }); }).join();
  EXPECT_EQ(elsewhere, std::string("[add] ") + text);
  std::thread([&] {
    for (int i = 0; i < 5; ++i) elsewhere = message_of([&] { where(nothing, nothing, nothing); });
  }).join();
  EXPECT_EQ(elsewhere, "[where] a Value that holds nothing was used. Hint: a default-constructed Value must be assigned first");
  Tape inner;
  EXPECT_EQ(message_of([&] { tape.reset(); }), "[tape] reset while a Tape within it lives");
}

TEST(Value, threads_have_tapes_of_their_own) {
  const auto work = [](double& slope) {
    Tape tape;
    Value x = 0.5, v = x;
    for (int i = 0; i < 20000; ++i) v = tanh(v) * x + x;
    v.backward();
    slope = x.grad();
  };
  double alone = 0, first = 0, second = 0;
  work(alone);
  std::thread a(work, std::ref(first)), b(work, std::ref(second));
  a.join();
  b.join();
  EXPECT_EQ(first, alone);
  EXPECT_EQ(second, alone);
}

TEST(Value, an_operation_of_the_user) {
  Tape tape;
  Value x = 1.5;
  Value y = Value::apply<ValueTestSwish>(x);
  y.backward();
  const double s = 1 / (1 + std::exp(-1.5));
  EXPECT_NEAR(y.value(), 1.5 * s, 1e-15);
  EXPECT_NEAR(x.grad(), s + 1.5 * s * (1 - s), 1e-15);
}

TEST(Value, infinite_slopes_do_not_reach_the_constants_and_back) {
  Tape tape;
  Value x = 0;
  Value y = 3 * sqrt(x) + 0 * x;
  y.backward();
  EXPECT_EQ(x.grad(), INFINITY);
}

}  // namespace
}  // namespace gradus
