#include <gradus/ops.hpp>
#include <fmt/format.h>
#include <gradus/autodiff/grad.hpp>
#include <gradus/autodiff/gradcheck.hpp>

#include <algorithm>
#include <cmath>

namespace gradus {
namespace {

// x with element `at` (row-major) moved by `by`. The layout of x is kept: a strided input stays strided.
Tensor moved(const Tensor& x, std::int64_t at, double by) {
  std::vector<double> one(static_cast<std::size_t>(x.numel()), 0.0);
  one[static_cast<std::size_t>(at)] = by;
  return x + Tensor::from(one, x.shape());
}

std::vector<double> evaluate(const TensorFunction& f, Tensors x, std::size_t input, std::int64_t at, double by) {
  x[input] = moved(x[input], at, by);
  return f(x).to_vector();
}

std::string place(std::int64_t i, const Shape& shape) {
  Shape at(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; i /= shape[d]) at[d] = i % shape[d];
  return to_string(at);
}

// A NaN has a sign, by chance; it is not printed.
double unsigned_nan(double v) { return std::isnan(v) ? std::abs(v) : v; }

bool near(double a, double b, double tolerance) { return std::abs(a - b) <= tolerance * std::max(1e-3, std::abs(b)); }

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
bool same(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double p, double q) { return same(p, q); });
}

// Whether each line of a matrix is the right one times a number of its own. Lines are rows or, with the strides exchanged, columns.
bool lines_scaled(const std::vector<double>& claimed, const std::vector<double>& right, std::size_t lines, std::size_t line_stride, std::size_t length,
                  std::size_t stride, double tolerance) {
  for (std::size_t l = 0; l < lines; ++l) {
    double product = 0, square = 0;
    for (std::size_t k = 0; k < length; ++k) {
      const std::size_t i = l * line_stride + k * stride;
      product += claimed[i] * right[i];
      square += right[i] * right[i];
    }
    for (std::size_t k = 0; k < length; ++k) {
      const std::size_t i = l * line_stride + k * stride;
      if (!near(claimed[i], square > 0 ? product / square * right[i] : 0, tolerance)) return false;
    }
  }
  return true;
}

// What a wrong gradient looks like, in words: the usual slips leave a pattern.
std::string pattern(const std::vector<double>& claimed, const std::vector<double>& right, const Shape& shape, double tolerance) {
  const auto all = [&](auto&& same) {
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (!same(i)) return false;
    }
    return true;
  };
  const auto finite = [](double v) { return std::isfinite(v); };
  if (!std::all_of(right.begin(), right.end(), finite)) return "the function itself is not finite near this point";
  if (!std::all_of(claimed.begin(), claimed.end(), finite)) return "something overflows on the way, or it is 0 / 0 or log(0): the function is finite here";
  if (all([&](std::size_t i) { return claimed[i] == 0; })) return "it is zero everywhere: was this input forgotten?";
  if (all([&](std::size_t i) { return near(claimed[i], -right[i], tolerance); })) return "it has the opposite sign everywhere";
  double ratio = 0;
  for (std::size_t i = 0; i < right.size() && ratio == 0; ++i) {
    if (std::abs(right[i]) > 1e-8) ratio = claimed[i] / right[i];
  }
  if (ratio != 0 && all([&](std::size_t i) { return near(claimed[i], ratio * right[i], tolerance); })) {
    return right.size() > 1 ? fmt::format("it is {:.6g} times the right one everywhere: a missing or extra factor", ratio) : "";
  }
  if (shape.size() == 2) {
    const auto rows = static_cast<std::size_t>(shape[0]), columns = static_cast<std::size_t>(shape[1]);
    if (rows == columns && all([&](std::size_t i) { return near(claimed[i], right[i % columns * columns + i / columns], tolerance); })) {
      return "it is the transpose of the right one";
    }
    if (rows > 1 && columns > 1 && lines_scaled(claimed, right, rows, columns, columns, 1, tolerance)) {
      return "each row is a multiple of the right one; in dW = delta x^T that means: x is right, delta is wrong";
    }
    if (rows > 1 && columns > 1 && lines_scaled(claimed, right, columns, 1, rows, columns, tolerance)) {
      return "each column is a multiple of the right one; in dW = delta x^T that means: delta is right, x is wrong";
    }
  }
  return "";
}

void report(GradcheckReport& out, std::size_t input, const std::vector<double>& claimed, const std::vector<double>& right, const Shape& shape, double tolerance) {
  double scale = 1e-3, worst = 0;
  for (double r : right) scale = std::max(scale, std::abs(r));
  std::size_t at = 0;
  for (std::size_t i = 0; i < right.size(); ++i) {
    const double error = std::abs(claimed[i] - right[i]) / scale;
    if (!(error <= worst)) {  // a NaN is the worst of all
      worst = std::isnan(error) ? INFINITY : error;
      at = i;
    }
  }
  out.worst = std::max(out.worst, worst);
  if (worst <= tolerance || !out.ok) return;
  out.ok = false;
  out.message = fmt::format("[gradcheck] input {}: the gradient at {} is {:.6g}, the central difference is {:.6g} (relative error {:.2g})", input,
                            place(static_cast<std::int64_t>(at), shape), unsigned_nan(claimed[at]), unsigned_nan(right[at]), worst);
  if (const std::string hint = pattern(claimed, right, shape, tolerance); !hint.empty()) out.message += ". Hint: " + hint;
}

void check_inputs(const Tensors& x) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].dtype() == Dtype::f32) fail<DtypeError>("gradcheck", fmt::format("input {} is f32, too coarse for differences", i), "cast(x, Dtype::f64)");
  }
}

// Differences of a function that answers differently each time are noise.
bool repeats(const TensorFunction& f, const Tensors& x, GradcheckReport& out) {
  const std::vector<double> first = f(x).to_vector(), second = f(x).to_vector();
  if (same(first, second)) return true;
  std::size_t at = 0;
  while (at < first.size() && at < second.size() && same(first[at], second[at])) ++at;
  const std::string values = at < first.size() && at < second.size() ? fmt::format("{:.6g}, then {:.6g}", first[at], second[at])
                                                                     : fmt::format("{} numbers, then {}", first.size(), second.size());
  out = {false, INFINITY, fmt::format("[gradcheck] the function gives {} for the same inputs. Hint: draw random numbers once, outside, and pass them in", values)};
  return false;
}

}  // namespace

Jacobian numeric_jacobian(const TensorFunction& f, const Tensors& x, std::size_t input) {
  Jacobian out;
  out.columns = x[input].numel();
  const std::vector<double> values = x[input].to_vector();
  for (std::int64_t j = 0; j < out.columns; ++j) {
    // The truncation error falls with h^4, the rounding error grows with 1 / h: near 1e-3 both are about 1e-12.
    const double h = 2e-3 * std::max(1.0, std::abs(values[static_cast<std::size_t>(j)]) / 4);
    const auto a = evaluate(f, x, input, j, h), b = evaluate(f, x, input, j, -h);
    const auto c = evaluate(f, x, input, j, h / 2), d = evaluate(f, x, input, j, -h / 2);
    if (j == 0) {
      out.rows = static_cast<std::int64_t>(a.size());
      out.values.resize(a.size() * static_cast<std::size_t>(out.columns));
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double coarse = (a[i] - b[i]) / (2 * h), fine = (c[i] - d[i]) / h;
      out.values[i * static_cast<std::size_t>(out.columns) + static_cast<std::size_t>(j)] = (4 * fine - coarse) / 3;
    }
  }
  if (out.columns == 0) out.rows = f(x).numel();
  return out;
}

Jacobian autodiff_jacobian(const TensorFunction& f, const Tensors& x, std::size_t input) {
  const GradScope scope;
  Tensors inputs = x;
  inputs[input] = variable(x[input]);
  const Tensor y = f(inputs);
  Jacobian out{y.numel(), x[input].numel(), {}};
  for (std::int64_t i = 0; i < out.rows; ++i) {
    std::vector<double> one(static_cast<std::size_t>(out.rows), 0.0);
    one[static_cast<std::size_t>(i)] = 1;
    const Tensors g = pullback(y, Tensor::from(one, y.shape()), Inputs(&inputs[input], 1));
    if (!(g[0].shape() == x[input].shape())) {
      fail<GradError>("gradcheck", fmt::format("the gradient of input {} is {}, the input is {}", input, to_string(g[0].shape()), to_string(x[input].shape())));
    }
    const std::vector<double> row = g[0].to_vector();
    out.values.insert(out.values.end(), row.begin(), row.end());
  }
  return out;
}

double relative_error(const Jacobian& found, const Jacobian& expected) {
  if (found.rows != expected.rows || found.columns != expected.columns) return INFINITY;
  double scale = 1e-3, worst = 0;
  for (double e : expected.values) scale = std::max(scale, std::abs(e));
  for (std::size_t i = 0; i < found.values.size(); ++i) {
    const double error = std::abs(found.values[i] - expected.values[i]) / scale;
    if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
  }
  return worst;
}

GradcheckReport gradcheck(const TensorFunction& f, const Tensors& x, double tolerance) {
  check_inputs(x);
  GradcheckReport out;
  if (!repeats(f, x, out)) return out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!is_float(x[i].dtype())) continue;
    const Jacobian right = numeric_jacobian(f, x, i), found = autodiff_jacobian(f, x, i);
    Shape shape{right.rows};
    const Shape own = x[i].shape();
    shape.append(own.begin(), own.end());
    report(out, i, found.values, right.values, right.rows == 1 ? own : shape, tolerance);
  }
  return out;
}

GradcheckReport gradcheck(const TensorFunction& f, const Tensors& x, const Tensors& claimed, double tolerance) {
  check_inputs(x);
  if (claimed.size() != x.size()) {
    fail<ValueError>("gradcheck", fmt::format("{} gradients are claimed for {} inputs", claimed.size(), x.size()), "one for each; an undefined Tensor is not checked");
  }
  GradcheckReport out;
  if (!repeats(f, x, out)) return out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!claimed[i].defined()) continue;
    const Jacobian right = numeric_jacobian(f, x, i);
    if (right.rows != 1) fail<GradError>("gradcheck", fmt::format("the function gives {} numbers; a claimed gradient needs one", right.rows), "return the loss");
    if (claimed[i].shape() == x[i].shape()) {
      report(out, i, claimed[i].to_vector(), right.values, x[i].shape(), tolerance);
      continue;
    }
    out.worst = INFINITY;
    if (!out.ok) continue;
    out.ok = false;
    out.message = fmt::format("[gradcheck] input {}: the gradient is {}, the input is {}", i, to_string(claimed[i].shape()), to_string(x[i].shape()));
    if (claimed[i].rank() == 2 && x[i].rank() == 2 && claimed[i].size(0) == x[i].size(1) && claimed[i].size(1) == x[i].size(0)) {
      out.message += ". Hint: it looks transposed";
    }
  }
  return out;
}

}  // namespace gradus
