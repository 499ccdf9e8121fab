// exp that overflows in sigmoid(-800)
#include <cmath>
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({0.5, -800}, Dtype::f64);
  const auto plain = [](Inputs in) { return 1 / (1 + exp(-in[0])); };          // exp(800) is infinite
  const auto other = [](Inputs in) { return exp(in[0]) / (1 + exp(in[0])); };  // the same for +800
  const auto guarded = [](Inputs in) {
    const Tensor e = exp(-abs(in[0]));  // at most 1
    return where(in[0] < 0, e, 1) / (1 + e);
  };

  print("1 / (1 + exp(-x)) at -800: {}", plain({&x, 1})[1].item());
  print("wrong: {}", gradcheck(plain, {x}).message);
  const Tensor opposite = -x;
  print("exp(x) / (1 + exp(x)) at 800 is a number: {}", !std::isnan(other({&opposite, 1})[1].item()));
  print("right: {}", gradcheck(guarded, {x}).ok);
  print("the library's: {}", gradcheck([](Inputs in) { return sigmoid(in[0]); }, {x}).ok);
}
