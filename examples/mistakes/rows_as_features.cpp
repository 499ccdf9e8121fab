// rows taken for features: the formulas for samples as columns, with samples as rows
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor X({{1, 2}, {0.5, -1}}, Dtype::f64), t({{1, 0}, {0, 1}}, Dtype::f64);  // two samples as rows, two features
  const Tensor W({{0.4, 0.3}, {-0.2, 0.5}}, Dtype::f64), b({0.1, -0.3}, Dtype::f64);
  const auto loss = [&](Inputs p) { return sum(square(matmul(X, T(p[0])) + p[1] - t)) / 2; };

  const Tensor delta = matmul(X, T(W)) + b - t;                           // [samples, out]
  const Tensor wrong_W = matmul(delta, T(X)), wrong_b = sum(delta, 1);    // as if it were [out, samples]
  const Tensor right_W = matmul(T(delta), X), right_b = sum(delta, 0);

  print("wrong, W: {}", gradcheck(loss, {W, b}, {wrong_W, Tensor()}).message);
  print("wrong, b: {}", gradcheck(loss, {W, b}, {Tensor(), wrong_b}).message);
  print("right: {}", gradcheck(loss, {W, b}, {right_W, right_b}).ok);

  const Tensor xor_inputs{{0, 0, 1, 1}, {0, 1, 0, 1}};  // two features as rows, four samples
  try {
    nn::Linear{2, 3}(xor_inputs);
  } catch (const ShapeError& e) {
    print("a layer: {}", e.what());
  }
}
