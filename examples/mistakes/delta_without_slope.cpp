// delta without s': the gradient of another loss than the one that is printed
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{1.5}, {-2}}, Dtype::f64), t({{0}, {1}}, Dtype::f64), W({{0.4, -0.3}, {-0.2, 0.5}}, Dtype::f64);
  const auto output = [&](Inputs p) { return sigmoid(matmul(p[0], x)); };
  const auto printed = [&](Inputs p) { return nn::mse(output(p), t); };
  const auto minimised = [&](Inputs p) { return nn::bce(output(p), t, nn::Reduction::sum); };

  const Tensor y = sigmoid(matmul(W, x));
  const Tensor wrong = matmul(y - t, T(x));
  const Tensor right = matmul(2.0 / 2 * (y - t) * y * (1 - y), T(x));  // two numbers: 2/N = 1

  print("wrong: {}", gradcheck(printed, {W}, {wrong}).message);
  print("right: {}", gradcheck(printed, {W}, {right}).ok);
  print("the wrong one, for summed cross-entropy: {}", gradcheck(minimised, {W}, {wrong}).ok);
}
