// linear and activation backward swapped
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{1.5}, {-2}}, Dtype::f64), t({{0}, {1}}, Dtype::f64), W({{0.4, -0.3}, {-0.2, 0.5}}, Dtype::f64);
  const auto loss = [&](Inputs p) { return sum(square(sigmoid(matmul(p[0], p[1])) - t)) / 2; };

  const Tensor a = sigmoid(matmul(W, x)), da = a - t, slope = a * (1 - a);  // forward: first linear, then the activation
  const Tensor wrong_W = matmul(da, T(x)), wrong_x = matmul(T(W), da) * slope;
  const Tensor dz = da * slope;  // backward: first the activation, then linear
  const Tensor right_W = matmul(dz, T(x)), right_x = matmul(T(W), dz);

  print("wrong, W: {}", gradcheck(loss, {W, x}, {wrong_W, Tensor()}).message);
  print("wrong, x: {}", gradcheck(loss, {W, x}, {Tensor(), wrong_x}).message);
  print("right: {}", gradcheck(loss, {W, x}, {right_W, right_x}).ok);
}
