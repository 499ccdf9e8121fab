// Gradients against central differences, in float64.
//   auto report = gradcheck([](Inputs x) { return nn::mse(x[0], x[1]); }, {a, b});
//   auto report = gradcheck(loss, {w}, {claimed});            // a gradient that was derived by hand
//   if (!report.ok) puts(report.message.c_str());
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "../tensor.hpp"

namespace gradus {

using TensorFunction = std::function<Tensor(Inputs)>;

struct GradcheckReport {
  bool ok = true;
  double worst = 0;     // max |gradient - difference| / max(1e-3, max |difference|) over the inputs
  std::string message;  // where it is wrong and what it looks like; empty when all is well
};

// The gradients that Gradus finds for f at x, which are f64, against differences: the whole Jacobian.
GradcheckReport gradcheck(const TensorFunction& f, const Tensors& x, double tolerance = 1e-6);

// Claimed gradients of f, which returns one number, one for each input; an undefined one is not checked.
GradcheckReport gradcheck(const TensorFunction& f, const Tensors& x, const Tensors& claimed, double tolerance = 1e-6);

// d f / d x[input] by central differences with five points (Richardson's extrapolation of two step sizes):
// [outputs, inputs], row-major.
struct Jacobian {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> values;
  double at(std::int64_t i, std::int64_t j) const { return values[static_cast<std::size_t>(i * columns + j)]; }
};
Jacobian numeric_jacobian(const TensorFunction& f, const Tensors& x, std::size_t input);
Jacobian autodiff_jacobian(const TensorFunction& f, const Tensors& x, std::size_t input);  // by one pullback per output
double relative_error(const Jacobian& found, const Jacobian& expected);

}  // namespace gradus
