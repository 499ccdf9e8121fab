// cross-entropy without brackets round its sum
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor z({0.5, -1, 2}, Dtype::f64), t({1, 0, 0}, Dtype::f64);
  const auto wrong = [&](Inputs in) {
    const Tensor p = sigmoid(in[0]);
    return sum(-t * log(p) + (1 - t) * log(1 - p));
  };
  const auto right = [&](Inputs in) {
    const Tensor p = sigmoid(in[0]);
    return sum(-(t * log(p) + (1 - t) * log(1 - p)));
  };

  const Tensor gradient = sigmoid(z) - t;  // of the right loss
  print("wrong: {}", gradcheck(wrong, {z}, {gradient}).message);
  print("right: {}", gradcheck(right, {z}, {gradient}).ok);
  const Tensor worse = z + Tensor({0, 5, 5}, Dtype::f64);  // surer of the wrong answer
  print("wrong loss: {:.4f}, of a worse output: {:.4f}", wrong({&z, 1}).item(), wrong({&worse, 1}).item());
  print("right loss: {:.4f}, of a worse output: {:.4f}", right({&z, 1}).item(), right({&worse, 1}).item());
  print("autodiff of the wrong loss: {}", gradcheck(wrong, {z}).ok);
}
