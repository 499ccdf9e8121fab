// dz/db taken as 1 when z already is the activation
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{1.5}, {-2}}, Dtype::f64), t({{0}, {1}}, Dtype::f64);
  const Tensor W({{0.4, -0.3}, {-0.2, 0.5}}, Dtype::f64), b({{0.1}, {-0.3}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return sum(square(sigmoid(matmul(W, x) + p[0]) - t)) / 2; };

  const Tensor z = sigmoid(matmul(W, x) + b);  // the name says z, the value is s(z)
  const Tensor wrong = z - t;                  // dL/dz * 1
  const Tensor right = (z - t) * z * (1 - z);

  print("wrong: {}", gradcheck(loss, {b}, {wrong}).message);
  print("right: {}", gradcheck(loss, {b}, {right}).ok);
}
