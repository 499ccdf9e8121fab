// Gradients of gradients: Newton's method. It divides the slope by the curvature, so near a minimum the number of right digits
// doubles with each step, where steepest descent adds about the same number each time.
#include <gradus/gradus.hpp>

#include <cmath>
using namespace gradus;

Tensor f(const Tensor& x) { return exp(x) - 3 * x; }  // smallest at x = log(3)

int main() {
  const auto slope = grad(f);
  const auto curvature = grad(slope);
  const double best = std::log(3.0);

  Tensor newton = Tensor::full({}, 0.5, Dtype::f64), descent = newton;
  print("step   Newton's method   its error   steepest descent   its error");
  for (int i = 0; i <= 6; ++i) {
    print("{:4} {:17.12f} {:11.1e} {:18.12f} {:11.1e}", i, newton.item(), std::abs(newton.item() - best), descent.item(), std::abs(descent.item() - best));
    newton = newton - slope(newton) / curvature(newton);
    descent = descent - 0.2 * slope(descent);
  }
  print("f'' at the minimum: {:.6f}, f''': {:.6f} (both are exp(x) = 3)", curvature(newton).item(), grad(curvature)(newton).item());
  return std::abs(newton.item() - best) < 1e-12 ? 0 : 1;
}
