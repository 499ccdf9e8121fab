// 1. One sigmoid neuron.
//
//   z = w x + b          y = s(z) = 1 / (1 + exp(-z))          L = 1/2 (y - t)^2
//
// The chain rule, from the end to the beginning:
//   dL/dy = y - t                      the 1/2 cancels the 2
//   dy/dz = s'(z) = s(z) (1 - s(z))    at z, which is the input of the activation
//   dz/dw = x,   dz/db = 1
// so that
//   dL/dw = (y - t) s'(z) x,   dL/db = (y - t) s'(z).
#include <cmath>

#include "textbook.hpp"

namespace textbook {

bool one_neuron() {
  const double x = 1.5, w = 0.8, b = -0.4, t = 1;

  // forward
  const double z = w * x + b;
  const double y = 1 / (1 + std::exp(-z));
  const double loss = 0.5 * (y - t) * (y - t);
  // backward
  const double slope = y * (1 - y);  // s'(z)
  const double dw = (y - t) * slope * x;
  const double db = (y - t) * slope;

  print("1. One sigmoid neuron: z = w x + b, y = s(z), L = 1/2 (y - t)^2");
  print("   x = {}, w = {}, b = {}, t = {}  ->  z = {:.6f}, y = {:.6f}, L = {:.6f}", x, w, b, t, z, y, loss);
  const auto machine = [&](Inputs p) { return 0.5 * square(sigmoid(p[0] * x + p[1]) - t); };
  const auto number = [](double value) { return Tensor::full({}, value, f64); };
  Table table(machine, {number(w), number(b)});
  table.row("dL/dw = (y - t) s'(z) x", 0, number(dw));
  table.row("dL/db = (y - t) s'(z)", 1, number(db));
  return table.agrees();
}

}  // namespace textbook
