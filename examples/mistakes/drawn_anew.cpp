// weights drawn anew in every call
#include <algorithm>
#include <gradus/gradus.hpp>
using namespace gradus;

const Tensor inputs({{0, 0}, {0, 1}, {1, 0}, {1, 1}}, Dtype::f64), targets({{0}, {1}, {1}, {0}}, Dtype::f64);
using Draw = Tensor (*)(Shape shape, Dtype dtype);

Tensors start(Draw draw) {
  return {draw({2, 2}, Dtype::f64), draw({2}, Dtype::f64), draw({2, 1}, Dtype::f64), draw({1}, Dtype::f64)};
}
Tensor cost(const Tensor& W1, const Tensor& b1, const Tensor& W2, const Tensor& b2) {
  return nn::mse(sigmoid(matmul(sigmoid(matmul(inputs, W1) + b1), W2) + b2), targets);
}
double step(Tensors& p) {
  const auto [value, g] = value_and_grad(cost)(p[0], p[1], p[2], p[3]);
  for (std::size_t i = 0; i < 4; ++i) p[i] = p[i] - 5 * g[i];
  return value.item();
}

int main() {
  manual_seed(0);
  const auto compare = [](const char* name, Draw draw) {
    double smallest = 1, all = 0, last = 0;
    for (int i = 0; i < 1000; ++i) {
      Tensors p = start(draw);  // wrong: inside of the loop, so each step is lost
      const double value = step(p);
      smallest = std::min(smallest, value), all += value / 1000;
    }
    Tensors p = start(draw);  // right: once
    for (int i = 0; i < 5000; ++i) last = step(p);
    print("{:<5}: drawn in each of 1000 calls: smallest cost {:.4f}, mean {:.4f}", name, smallest, all);
    print("{:<5}: drawn once: cost after 5000 steps {:.4f}", name, last);
  };
  compare("rand", Tensor::rand);
  compare("randn", Tensor::randn);
  const auto wrong = [](Inputs in) {
    return nn::mse(sigmoid(matmul(inputs, Tensor::rand({2, 1}, Dtype::f64)) + in[0]), targets);
  };
  print("wrong: {}", gradcheck(wrong, {Tensor({0}, Dtype::f64)}).message);
}
