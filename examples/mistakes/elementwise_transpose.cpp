// delta * W^T as an elementwise product, which works for one output only
#include <gradus/gradus.hpp>
using namespace gradus;

void check(std::int64_t hidden, std::int64_t outputs, std::int64_t samples) {
  const auto draw = [](Shape shape) { return Tensor::randn(shape, Dtype::f64); };
  const Tensor x = draw({2, samples}), W1 = draw({hidden, 2}), W2 = draw({outputs, hidden}), t = draw({outputs, samples});
  const auto loss = [&](Inputs p) { return sum(square(matmul(W2, tanh(matmul(p[0], x))) - t)) / 2; };
  const Tensor a1 = tanh(matmul(W1, x)), delta2 = matmul(W2, a1) - t;

  print("{} hidden, {} outputs, {} samples", hidden, outputs, samples);
  try {
    const Tensor wrong = delta2 * T(W2) * (1 - a1 * a1);
    const GradcheckReport report = gradcheck(loss, {W1}, {matmul(wrong, T(x))});
    print("  delta * T(W):        {}", report.ok ? "true" : report.message);
  } catch (const ShapeError& e) {
    print("  delta * T(W):        {}", e.what());
  }
  const Tensor right = matmul(T(W2), delta2) * (1 - a1 * a1);
  print("  matmul(T(W), delta): {}", gradcheck(loss, {W1}, {matmul(right, T(x))}).ok);
}

int main() {
  manual_seed(1);
  check(3, 1, 1);
  check(3, 2, 1);
  check(2, 2, 2);
}
