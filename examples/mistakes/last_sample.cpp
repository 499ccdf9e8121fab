// the last sample's loss printed as the epoch's
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor X({{0, 0}, {0, 1}, {1, 0}, {1, 1}}, Dtype::f64), t({0, 1, 1, 1}, Dtype::f64);  // OR
  Tensor w({0, 0}, Dtype::f64), b({0}, Dtype::f64);
  for (int epoch = 1; epoch <= 30; ++epoch) {
    double last = 0, all = 0;
    for (int i = 0; i < 4; ++i) {  // one sample at a time
      const auto loss = [&](Tensor weights, Tensor bias) { return sum(square(sigmoid(sum(weights * X[i]) + bias) - t[i])); };
      const auto [value, g] = value_and_grad(loss)(w, b);
      w = w - 2 * g[0], b = b - 2 * g[1];
      last = value.item();
      all += value.item() / 4;
    }
    if (epoch % 10 == 0) print("epoch {}: last sample {:.6f}, mean over the epoch {:.6f}", epoch, last, all);
  }
}
