// the activation applied twice: on the way back, and on the way there
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{1.5}, {-2}}, Dtype::f64), t({{0}, {1}}, Dtype::f64), W({{0.4, -0.3}, {-0.2, 0.5}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return sum(square(sigmoid(matmul(p[0], x)) - t)) / 2; };
  const auto slope_at = [](const Tensor& z) { return sigmoid(z) * (1 - sigmoid(z)); };  // for z
  const auto slope_of = [](const Tensor& y) { return y * (1 - y); };                    // for y = s(z)

  const Tensor y = sigmoid(matmul(W, x));
  print("wrong: {}", gradcheck(loss, {W}, {matmul((y - t) * slope_at(y), T(x))}).message);
  print("right: {}", gradcheck(loss, {W}, {matmul((y - t) * slope_of(y), T(x))}).ok);

  const auto twice = [](Inputs p) { return sum(sigmoid(sigmoid(p[0]))); };
  print("s(s(z)) for z = -20 and 20: {:.4f} and {:.4f}; gradcheck: {}", sigmoid(sigmoid(Tensor(-20.0))).item(),
        sigmoid(sigmoid(Tensor(20.0))).item(), gradcheck(twice, {W}).ok);
}
