// a missing bias gradient
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{1, 2, -1}, {0.5, -1, 0}}, Dtype::f64), t({{1, 0, 0}, {0, 1, 1}}, Dtype::f64);  // three samples as columns
  const Tensor W({{0.4, 0.3}, {-0.2, 0.5}}, Dtype::f64), b({{0.1}, {-0.3}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return sum(square(matmul(p[0], x) + p[1] - t)) / 2; };

  const Tensor delta = matmul(W, x) + b - t, dW = matmul(delta, T(x));
  const Tensor wrong = Tensor::zeros({2, 1}, Dtype::f64);  // never added to
  const Tensor right = sum(delta, 1, true);                // summed over the batch

  print("wrong: {}", gradcheck(loss, {W, b}, {dW, wrong}).message);
  print("right: {}", gradcheck(loss, {W, b}, {dW, right}).ok);
}
