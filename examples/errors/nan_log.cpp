// NaN: the logarithm of 0, and who finds it
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor score{-200, 3}, target{1, 1};
  const auto wrong = [&](const Tensor& s) {
    const Tensor p = sigmoid(s);
    return -mean(target * log(p) + (1 - target) * log(1 - p));
  };
  const auto right = [&](const Tensor& s) { return nn::bce_with_logits(s, target); };

  print("wrong: loss {}, gradient {}", wrong(score).item(), grad(wrong)(score));
  try {
    const AnomalyScope scope;
    wrong(score);
  } catch (const DivergedError& error) {
    print("{}", error.what());
  }
  print("right: loss {:.4f}, gradient {}", right(score).item(), grad(right)(score));
}
