// s'(x) in place of s'(z)
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{1.5}, {-2}}, Dtype::f64), t({{0}, {1}}, Dtype::f64), W({{0.4, -0.3}, {-0.2, 0.5}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return sum(square(sigmoid(matmul(p[0], x)) - t)) / 2; };
  const auto slope = [](const Tensor& at) { return sigmoid(at) * (1 - sigmoid(at)); };

  const Tensor z = matmul(W, x), y = sigmoid(z);
  const Tensor wrong = matmul((y - t) * slope(x), T(x));
  const Tensor right = matmul((y - t) * slope(z), T(x));

  print("wrong: {}", gradcheck(loss, {W}, {wrong}).message);
  print("right: {}", gradcheck(loss, {W}, {right}).ok);
}
