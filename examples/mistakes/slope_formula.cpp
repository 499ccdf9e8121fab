// s'(z) taken as 1 - z, or as s(z)
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{1.5}, {-2}}, Dtype::f64), t({{0}, {1}}, Dtype::f64), W({{0.4, -0.3}, {-0.2, 0.5}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return sum(square(sigmoid(matmul(p[0], x)) - t)) / 2; };

  const Tensor z = matmul(W, x), y = sigmoid(z);
  const auto dW = [&](const Tensor& slope) { return matmul((y - t) * slope, T(x)); };

  print("1 - z:       {}", gradcheck(loss, {W}, {dW(1 - z)}).message);
  print("s(z):        {}", gradcheck(loss, {W}, {dW(y)}).message);
  print("s (1 - s):   {}", gradcheck(loss, {W}, {dW(y * (1 - y))}).ok);
}
