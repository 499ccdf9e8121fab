// delta * W^T as an elementwise product, which works for one output only
#include <gradus/gradus.hpp>
using namespace gradus;

void check(const char* name, const Tensor& W1, const Tensor& W2, const Tensor& x, const Tensor& t) {
  const auto loss = [&](Inputs p) { return sum(square(matmul(W2, tanh(matmul(p[0], x))) - t)) / 2; };
  const Tensor a1 = tanh(matmul(W1, x)), delta2 = matmul(W2, a1) - t;
  try {
    const Tensor wrong = delta2 * T(W2) * (1 - a1 * a1);
    const GradcheckReport report = gradcheck(loss, {W1}, {matmul(wrong, T(x))});
    print("{}: {}", name, report.ok ? "agrees" : report.message);
  } catch (const ShapeError& e) {
    print("{}: {}", name, e.what());
  }
  const Tensor right = matmul(T(W2), delta2) * (1 - a1 * a1);
  print("  with matmul: {}", gradcheck(loss, {W1}, {matmul(right, T(x))}).ok);
}

int main() {
  manual_seed(1);
  const auto draw = [](Shape shape) { return Tensor::randn(shape, Dtype::f64); };
  check("3 hidden, 1 output, 1 sample", draw({3, 2}), draw({1, 3}), draw({2, 1}), draw({1, 1}));
  check("3 hidden, 2 outputs, 1 sample", draw({3, 2}), draw({2, 3}), draw({2, 1}), draw({2, 1}));
  check("2 hidden, 2 outputs, 2 samples", draw({2, 2}), draw({2, 2}), draw({2, 2}), draw({2, 2}));
}
