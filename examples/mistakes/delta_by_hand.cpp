// deltas given by hand: right at one point, and nowhere else
#include <gradus/gradus.hpp>
using namespace gradus;

int main() {
  const Tensor x({1, 2}, Dtype::f64), start({0.2, 0.4}, Dtype::f64);
  const auto output = [&](const Tensor& w) { return sigmoid(sum(w * x)); };
  const auto loss = [&](Inputs p) { return square(output(p[0]) - 0.6) / 2; };  // one sigmoid neuron, target 0.6

  const auto given = [&](const Tensor&) { return 0.0257676805 * x; };  // delta, worked out on paper for the first weights
  const auto computed = [&](const Tensor& w) {
    const Tensor y = output(w);
    return (y - 0.6) * y * (1 - y) * x;
  };
  const auto follow = [&](const char* name, auto gradient) {
    Tensor w = start;
    print("{}, at the start: {}", name, gradcheck(loss, {w}, {gradient(w)}).ok);
    w = w - gradient(w);
    const GradcheckReport report = gradcheck(loss, {w}, {gradient(w)});
    print("{}, one step later: {}", name, report.ok ? "true" : report.message);
    for (int i = 1; i < 100; ++i) w = w - gradient(w);
    print("{}, loss after 100 steps: {:.6f}", name, loss({&w, 1}).item());
  };
  follow("given", given);
  follow("computed", computed);
}
