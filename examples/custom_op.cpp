// An operation of your own: one struct. The library derives the rest from it: the gradient of any order, the kernels, the
// formulas, and the check of all of them.
#include <gradus/autodiff/opcheck.hpp>
#include <gradus/gradus.hpp>
using namespace gradus;

struct Swish {
  using family = ops::Map<1>;  // elementwise, one input
  static constexpr auto name = "swish", doc = "x * sigmoid(x).", math = "x / (1 + exp(-x))";
  static constexpr lang::Range domain{-4, 4};  // where the generated tests sample
  static constexpr auto f(auto x) { return x / (1 + exp(-x)); }
  static constexpr auto df(auto x, auto y, auto t) { return t * (y + (1 - y) / (1 + exp(-x))); }  // t * swish'(x)
};

Tensor swish(const Tensor& x) { return apply<Swish>(x); }
Tensor total(const Tensor& x) { return sum(swish(x)); }

int main() {
  const Tensor x({-2, -1, 0, 1, 2}, Dtype::f64);
  print("x          {}", to_string(x));
  print("swish(x)   {}", to_string(swish(x)));
  print("first      {}", to_string(grad(total)(x)));
  print("second     {}", to_string(grad([](Tensor at) { return sum(grad(total)(at)); })(x)));

  const OpEntry entry = make_entry<Swish>();
  print("formula    {}", entry.formula);
  print("derivative {}", entry.derivatives[0]);

  OpcheckReport report;
  check_op(entry, report);
  print("checked in {} variants: {} failures, worst relative error {:.1e}", report.cases, report.failures, report.worst_rel);
  for (const std::string& message : report.messages) print("{}", message);
  return report.failures == 0 ? 0 : 1;
}
