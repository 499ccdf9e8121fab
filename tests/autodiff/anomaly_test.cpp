// The anomaly finder names the operation, the place, the layer and the consumer, forward and backward.
#include <gtest/gtest.h>

#include <gradus/autodiff.hpp>
#include <gradus/nn.hpp>
#include <gradus/ops.hpp>

#include <cmath>

namespace gradus {
namespace {

std::string message_of(auto&& f) {
  try {
    const AnomalyScope scope;
    f();
  } catch (const DivergedError& e) {
    return e.what();
  }
  return "nothing";
}

const Tensor x{{1, 2}, {0, 4}};

TEST(Anomaly, names_the_first_operation_and_who_took_it_in) {
  EXPECT_EQ(message_of([] { static_cast<void>(sum(log(x) + 1)); }),
            "[log] made -inf at [1, 0] (1 of 4 elements are not finite) from input 0: f32 [2, 2], 0 .. 4; taken in by add");
  EXPECT_EQ(message_of([] { static_cast<void>(sqrt(-x)[0][0].item()); }),
            "[sqrt] made nan at [0, 0] (3 of 4 elements are not finite) from input 0: f32 [2, 2], -4 .. -0; taken in by slice(axis=0, first=0, last=1, step=1)");
  EXPECT_EQ(message_of([] { static_cast<void>(exp(Tensor(1000.0) * Tensor::ones({})).item()); }),
            "[exp] made inf at [] (1 of 1 elements are not finite) from input 0: f32 [], 1000; taken in by the program, which reads it");
}

TEST(Anomaly, says_when_it_is_the_way_back) {
  // sqrt is fine at 0, its slope is not.
  const std::string text = message_of([] { static_cast<void>(grad([](const Tensor& v) { return sum(3 * sqrt(v)); })(x)); });
  EXPECT_EQ(text,
            "[d sqrt] made inf at [1, 0] (1 of 4 elements are not finite) from input 0: f32 [2, 2], 0 .. 2; input 1: f32 [2, 2], 3; in the gradient of sqrt; taken in by the gradient that was asked for");
}

struct Net {
  nn::Linear hidden{2, 3}, out{3, 1};
  Tensor operator()(const Tensor& v) const { return out(log(hidden(v) * 0)); }
};
TEST(Anomaly, names_the_layer) {
  const Net net;
  const std::string text = message_of([&] { static_cast<void>(value_and_grad(net, [](const Net& n) { return sum(n(x)); })); });
  EXPECT_NE(text.find("[log] made -inf"), std::string::npos) << text;
  EXPECT_NE(text.find("taken in by matmul"), std::string::npos) << text;
  EXPECT_NE(text.find("in (after net.hidden)"), std::string::npos) << text;
}

TEST(Anomaly, leaves_infinities_that_were_there) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(message_of([&] {
              const Tensor masked = where(x > 1, x, -inf);
              static_cast<void>(sum(exp(masked)).item());
              static_cast<void>(softmax(masked).to_vector());
              static_cast<void>((Tensor::full({2}, NAN) + 1)[0].item());  // a NaN of the caller's
            }),
            "nothing");
}

TEST(Anomaly, off_when_no_scope_lives) {
  message_of([] { static_cast<void>(log(x)); });  // made, but never taken in
  EXPECT_FALSE(anomaly::on());
  EXPECT_EQ(log(x)[1][0].item(), -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace gradus
