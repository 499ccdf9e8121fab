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
    const double a = newton.item(), b = descent.item();
    print("{:4} {:17.12f} {:11.1e} {:18.12f} {:11.1e}", i, a, std::abs(a - best), b, std::abs(b - best));
    newton = newton - slope(newton) / curvature(newton);
    descent = descent - 0.2 * slope(descent);
  }
  const auto third = grad(curvature);
  print("second and third derivative there: {:.6f}, {:.6f}; both are exp(x) = 3", curvature(newton).item(), third(newton).item());
  return std::abs(newton.item() - best) < 1e-12 ? 0 : 1;
}
