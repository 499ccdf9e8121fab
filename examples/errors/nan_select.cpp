// NaN: where() hides it from the value and not from the gradient
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x{0, 4};
  const auto wrong = [](const Tensor& t) { return sum(where(t > 0, sqrt(t), 0)); };
  const auto right = [](const Tensor& t) { return sum(where(t > 0, sqrt(where(t > 0, t, 1)), 0)); };

  print("wrong: {} {}", wrong(x).item(), grad(wrong)(x));
  try {
    const AnomalyScope scope;
    grad(wrong)(x);
  } catch (const DivergedError& error) {
    print("{}", error.what());
  }
  print("right: {} {}", right(x).item(), grad(right)(x));
}
