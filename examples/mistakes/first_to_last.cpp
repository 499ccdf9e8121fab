// the layers walked from the first to the last on the way back
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{1}, {-0.5}}, Dtype::f64), t({{1}, {0}}, Dtype::f64);
  const Tensor W1({{0.5, -0.2}, {-0.3, 0.4}}, Dtype::f64), W2({{0.6, -0.4}, {0.2, 0.9}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return sum(square(sigmoid(matmul(p[1], sigmoid(matmul(p[0], x)))) - t)) / 2; };

  const Tensor a1 = sigmoid(matmul(W1, x)), a2 = sigmoid(matmul(W2, a1));
  const Tensor slope1 = a1 * (1 - a1), slope2 = a2 * (1 - a2);

  const Tensor first = (a2 - t) * slope1, second = matmul(T(W1), first) * slope2;    // wrong: from layer 1 to layer 2
  const Tensor delta2 = (a2 - t) * slope2, delta1 = matmul(T(W2), delta2) * slope1;  // right: from layer 2 to layer 1

  print("wrong, W1: {}", gradcheck(loss, {W1, W2}, {matmul(first, T(x)), Tensor()}).message);
  print("wrong, W2: {}", gradcheck(loss, {W1, W2}, {Tensor(), matmul(second, T(a1))}).message);
  print("right: {}", gradcheck(loss, {W1, W2}, {matmul(delta1, T(x)), matmul(delta2, T(a1))}).ok);
}
