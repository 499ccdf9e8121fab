// a missing factor 2/N
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor X({{1, 2}, {0.5, -1}, {-1, 0}, {2, 1}, {0, 1}}, Dtype::f64);  // five samples
  const Tensor t({{1}, {0}, {0}, {1}, {1}}, Dtype::f64), w({{0.4}, {-0.3}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return nn::mse(matmul(X, p[0]), t); };

  const Tensor error = matmul(X, w) - t;
  const Tensor wrong = matmul(T(X), error);
  const Tensor right = 2.0 / 5 * matmul(T(X), error);

  print("wrong: {}", gradcheck(loss, {w}, {wrong}).message);
  print("right: {}", gradcheck(loss, {w}, {right}).ok);
}
