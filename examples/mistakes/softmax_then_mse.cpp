// softmax followed by the mean squared error
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor start({{8, 0, 0}}, Dtype::f64);                        // sure of class 0 ...
  const Tensor t({{0, 1, 0}}, Dtype::f64), index({1}, Dtype::i64);  // ... but it is class 1
  const auto squared = [&](Inputs in) { return nn::mse(softmax(in[0]), t); };
  const auto entropy = [&](Inputs in) { return nn::cross_entropy(in[0], index); };

  const Tensor p = softmax(start), error = 2.0 / 3 * (p - t);
  print("p - t:         {}", gradcheck(squared, {start}, {p - t}).message);
  print("p (1 - p):     {}", gradcheck(squared, {start}, {error * p * (1 - p)}).message);
  print("the Jacobian:  {}", gradcheck(squared, {start}, {p * (error - sum(error * p))}).ok);
  print("cross-entropy: {}", gradcheck(entropy, {start}, {p - t}).ok);

  const auto descend = [&](const char* name, const TensorFunction& loss) {
    Tensor z = start;
    int steps = 0;
    for (; softmax(z)[0][1].item() < 0.9; ++steps) z = z - grad([&](Tensor at) { return loss({&at, 1}); })(z);
    print("{}: steps of rate 1 until p of the right class is 0.9: {}", name, steps);
  };
  descend("squared error", squared);
  descend("cross-entropy", entropy);
}
