// a target of shape (N,) that broadcasts against (N, 1) to (N, N)
#include <array>
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({{0}, {1}, {2}, {3}}, Dtype::f64), t({0, 2, 4, 6}, Dtype::f64);  // t = 2 x, but [4] and not [4, 1]
  const auto output = [&](Inputs p) { return x * p[0] + p[1]; };
  const auto wrong = [&](Inputs p) { return mean(square(output(p) - t)); };
  const auto right = [&](Inputs p) { return nn::mse(output(p), reshape(t, {4, 1})); };
  const Tensor start({0.5}, Dtype::f64);
  print("output - t: {}, gradcheck: {}", to_string((x * start - t).shape()), gradcheck(wrong, {start, start}).ok);

  const auto train = [&](const char* name, const TensorFunction& loss) {
    Tensor w = start, b = start;
    const auto step = value_and_grad([&](Tensor slope, Tensor shift) { return loss(std::array{slope, shift}); });
    for (int i = 0; i < 500; ++i) {
      const auto [value, g] = step(w, b);
      w = w - 0.1 * g[0], b = b - 0.1 * g[1];
      if (i % 250 == 0 || i == 499) print("{}, step {:3}: {:.4f}", name, i, value.item());
    }
    const Tensor y = output(std::array{w, b});
    print("{}, outputs for x = 1 and 3: {:.4f} and {:.4f}", name, y[1].item(), y[3].item());
  };
  train("wrong", wrong);
  train("right", right);
  try {
    nn::mse(x, t);
  } catch (const ShapeError& e) {
    print("nn::mse: {}", e.what());
  }
}
