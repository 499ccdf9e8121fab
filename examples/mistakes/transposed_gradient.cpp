// dW1 transposed
#include <gradus/gradus.hpp>
using namespace gradus;

void check(const Tensor& W, const Tensor& x) {
  const auto loss = [&](Inputs p) { return sum(square(matmul(p[0], x))) / 2; };
  const Tensor delta = matmul(W, x);
  const Tensor wrong = matmul(x, T(delta));
  const Tensor right = matmul(delta, T(x));
  print("wrong: {}", gradcheck(loss, {W}, {wrong}).message);
  print("right: {}", gradcheck(loss, {W}, {right}).ok);
}

int main() {
  const Tensor x({{1}, {2}}, Dtype::f64);
  check(Tensor({{0.5, -0.2}, {-0.2, 0.4}, {0.3, -0.6}}, Dtype::f64), x);  // 2 inputs, 3 outputs
  check(Tensor({{0.5, -0.2}, {-0.2, 0.4}}, Dtype::f64), x);               // 2 inputs, 2 outputs: the shapes fit
}
