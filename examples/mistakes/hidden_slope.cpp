// the hidden delta multiplied by the output layer's s'
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor W1({{0.5, -0.2}, {-0.2, 0.4}, {0.3, -0.6}}, Dtype::f64), W2({{0.6, -0.4, 0.8}}, Dtype::f64);
  const Tensor x({{1}, {2}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return square(sigmoid(matmul(W2, sigmoid(matmul(p[0], x)))) - 1); };

  const Tensor a1 = sigmoid(matmul(W1, x)), a2 = sigmoid(matmul(W2, a1));
  const Tensor delta2 = 2 * (a2 - 1) * a2 * (1 - a2), error1 = matmul(T(W2), delta2);
  const Tensor wrong = error1 * a2 * (1 - a2);
  const Tensor right = error1 * a1 * (1 - a1);

  print("wrong: {}", gradcheck(loss, {W1}, {matmul(wrong, T(x))}).message);
  print("right: {}", gradcheck(loss, {W1}, {matmul(right, T(x))}).ok);
}
