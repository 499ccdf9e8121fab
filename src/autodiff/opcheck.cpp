#include <gradus/ops.hpp>
#include <fmt/format.h>
#include <gradus/autodiff/forward.hpp>
#include <gradus/autodiff/opcheck.hpp>

#include <algorithm>
#include <cmath>

#include "autodiff/opcheck_cases.hpp"

namespace gradus {
namespace {

using opcheck::Variant;

// Failures of one op are told with the variant that showed them.
class Checker {
 public:
  Checker(const OpEntry& entry, OpcheckReport& report) : entry_(entry), report_(report) {}

  void run(const Variant& v) {
    ++report_.cases;
    try {
      values(v);
      if (entry_.info.differentiable) derivatives(v);
    } catch (const Error& e) {
      failed(v, e.what());
    }
  }

 private:
  void failed(const Variant& v, const std::string& what) {
    ++report_.failures;
    report_.messages.push_back(fmt::format("{} [{}]: {}", entry_.info.name, v.name, what));
  }

  void compare(const Variant& v, const char* what, const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
    double scale = 1e-3, worst = found.size() == expected.size() ? 0 : INFINITY;
    for (double e : expected) scale = std::max(scale, std::abs(e));
    for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
      const double error = std::abs(found[i] - expected[i]) / scale;
      if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
    }
    if (worst > tolerance) failed(v, fmt::format("{}: relative error {:.2g} is above {:.2g}", what, worst, tolerance));
  }

  void values(const Variant& v) {
    const Tensor y = gradus::apply(v.op, v.inputs);
    const std::vector<double> found = y.to_vector();
    Tensors plain;
    for (const Tensor& x : v.inputs) plain.push_back(contiguous(x));
    compare(v, "value in this layout against contiguous", found, gradus::apply(v.op, plain).to_vector(), 0);
    if (entry_.value) compare(v, "value against the formula on single numbers", found, formula(y.shape(), plain), 0);
    if (const Tensor expanded = entry_.info.composite ? Tensor() : v.op->expand(plain); expanded.defined()) compare(v, "fused form against plain ops", found, expanded.to_vector(), 1e-13);
    examples(v, "vmap", [&](Inputs x) { return gradus::apply(v.op, x); });
    if (std::ranges::none_of(v.inputs, [](const Tensor& x) { return is_float(x.dtype()); })) return;
    floats(v);
    if (entry_.value && gradus::apply(v.op, converted(plain, Dtype::i64)).dtype() != Dtype::f32) integers(v, y.shape(), plain);
  }

  // The narrower floats against float64, on inputs that they hold exactly, so that only the arithmetic differs: one rounding of
  // the result, and in an operation made of others one at every step.
  void floats(const Variant& v) {
    struct Width {
      Dtype dtype;
      double rounding;
    };
    for (const Width& w : {Width{Dtype::f32, 0x1p-18}, {Dtype::f16, 0x1p-11}, {Dtype::bf16, 0x1p-8}}) {
      Tensors narrow, wide;
      for (const Tensor& x : v.inputs) {
        narrow.push_back(x.dtype() == Dtype::f64 ? cast(x, w.dtype) : x);
        wide.push_back(x.dtype() == Dtype::f64 ? cast(narrow.back(), Dtype::f64) : x);
      }
      const double tolerance = w.rounding * (entry_.info.composite && w.dtype != Dtype::f32 ? 32 : 1.01);
      compare(v, name(w.dtype).data(), gradus::apply(v.op, narrow).to_vector(), gradus::apply(v.op, wide).to_vector(), tolerance);
    }
  }

  // i64 against the formula, the smaller integers against what i64 gives when it is cut to their width.
  void integers(const Variant& v, const Shape& shape, const Tensors& x) {
    const Tensors whole = converted(x, Dtype::i64);
    const Tensor y = gradus::apply(v.op, whole);
    compare(v, "i64 against the formula", y.to_vector(), formula(shape, whole), 0);
    for (const Dtype dtype : {Dtype::u8, Dtype::i8, Dtype::i16, Dtype::i32}) {
      const Tensors small = converted(converted(x, dtype), Dtype::i64);
      const Tensor wide_result = gradus::apply(v.op, small), narrow_result = gradus::apply(v.op, converted(small, dtype));
      compare(v, name(dtype).data(), narrow_result.to_vector(), cast(wide_result, narrow_result.dtype()).to_vector(), 0);
    }
  }

  static Tensors converted(const Tensors& x, Dtype dtype) {
    Tensors out;
    for (const Tensor& t : x) out.push_back(cast(t, dtype));
    return out;
  }

  // An elementwise op without its kernels: one element after the other.
  std::vector<double> formula(const Shape& shape, const Tensors& x) {
    std::vector<std::vector<double>> in;
    for (const Tensor& t : x) in.push_back(expand(t, shape).to_vector());
    std::vector<double> out;
    for (std::int64_t i = 0; i < numel(shape); ++i) {
      double at[4];
      for (std::size_t k = 0; k < in.size(); ++k) at[k] = in[k][static_cast<std::size_t>(i)];
      out.push_back(entry_.value(at));
    }
    return out;
  }

  // Backward and forward mode against differences.
  void slope(const Variant& v, const char* what, std::size_t input, const TensorFunction& f) {
    const Jacobian numeric = numeric_jacobian(f, v.inputs, input);
    judge(v, fmt::format("{} of input {} against differences", what, input), relative_error(autodiff_jacobian(f, v.inputs, input), numeric));

    const Tensor along = opcheck::fixed_numbers(v.inputs[input].shape(), 7);
    Tensors x(v.inputs.begin(), v.inputs.end());
    const Level level;
    x[input] = detail::with_tangent(x[input], along, level.number());
    const std::vector<double> direction = along.to_vector();
    Jacobian found{numeric.rows, 1, detail::split_tangent(f(x), level.number()).tangent.to_vector()}, expected{numeric.rows, 1, {}};
    for (std::int64_t i = 0; i < numeric.rows; ++i) {
      expected.values.push_back(0);
      for (std::int64_t j = 0; j < numeric.columns; ++j) expected.values.back() += numeric.at(i, j) * direction[static_cast<std::size_t>(j)];
    }
    judge(v, fmt::format("forward mode: {} of input {} against differences", what, input), relative_error(found, expected));
  }

  void judge(const Variant& v, const std::string& what, double error) {
    if (error > report_.worst_rel) {
      report_.worst_rel = error;
      report_.worst_op = entry_.info.name;
    }
    if (error > opcheck_tolerance) failed(v, fmt::format("{}: relative error {:.2g}", what, error));
  }

  // vmap against one example after the other: of all inputs, and of each alone.
  void examples(const Variant& v, const char* what, const TensorFunction& f) {
    if (entry_.sized_by_data) return;  // examples would have results of different sizes
    for (std::size_t only = 0; only <= v.inputs.size(); ++only) {
      if (only == 1 && v.inputs.size() == 1) break;
      const Level level;
      Tensors first, second, both;
      for (std::size_t i = 0; i < v.inputs.size(); ++i) {
        const Tensor& x = v.inputs[i];
        const bool mapped = only == 0 || only == i + 1;
        const Tensor other = mapped ? flip(x, {}) : x;  // other numbers of the same domain
        first.push_back(x);
        second.push_back(other);
        both.push_back(mapped ? detail::with_examples(stack({x, other}), level.number()) : x);
      }
      const Tensor all = detail::join_examples(f(both), level.number(), 2);
      compare(v, what, all.to_vector(), stack({f(first), f(second)}).to_vector(), 1e-12);
    }
  }

  void derivatives(const Variant& v) {
    const TensorFunction f = [&](Inputs x) { return gradus::apply(v.op, x); };
    const Tensor y = f(v.inputs);
    const Tensor weights = opcheck::fixed_numbers(y.shape(), 1);
    // A number that depends on all first derivatives; its gradient holds the second ones.
    const TensorFunction mixed = [&](Inputs x) {
      const GradScope scope;
      Tensors inputs(x.begin(), x.end()), variables;
      for (Tensor& t : inputs) {
        if (is_float(t.dtype())) variables.push_back(t = variable(t));
      }
      const Tensors g = pullback(f(inputs), weights, variables);
      Tensor total = Tensor::zeros({}, Dtype::f64);
      for (std::size_t i = 0; i < g.size(); ++i) total = total + sum(g[i] * opcheck::fixed_numbers(g[i].shape(), 2 + i));
      return total;
    };
    examples(v, "gradients under vmap", mixed);
    for (std::size_t i = 0; i < v.inputs.size(); ++i) {
      if (!is_float(v.inputs[i].dtype())) continue;
      slope(v, "gradient", i, f);
      slope(v, "second derivative", i, mixed);
    }
    if (v.inputs.size() > 1 && v.same) {  // f(x, x): one variable in all places
      const TensorFunction twin = [&](Inputs x) { return f(Tensors(v.inputs.size(), x[0])); };
      const Variant one{v.name, v.op, {v.inputs[0]}, false};
      slope(one, "gradient of f(x, x)", 0, twin);
    }
  }

  const OpEntry& entry_;
  OpcheckReport& report_;
};

}  // namespace

void check_op(const OpEntry& entry, OpcheckReport& report) {
  const std::int64_t before = report.cases;
  Checker checker(entry, report);
  for (const Variant& v : opcheck::variants(entry)) checker.run(v);
  if (!entry.info.differentiable) {
    report.skipped.push_back({std::string(entry.info.name), "no derivative: the result is constant almost everywhere or an integer; values are checked"});
    return;
  }
  ++report.ops;
  const std::int64_t cases = report.cases - before;
  report.min_cases = report.ops == 1 ? cases : std::min(report.min_cases, cases);
}

OpcheckReport check_ops(const std::vector<std::string>& names, const std::function<void(std::size_t, std::size_t, std::string_view)>& progress) {
  std::vector<const OpEntry*> entries;
  for (const std::string& name : names) entries.push_back(&find_op(name));
  if (names.empty()) {
    for (const OpEntry& entry : registry()) entries.push_back(&entry);
  }
  OpcheckReport report;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (progress) progress(i, entries.size(), entries[i]->info.name);
    check_op(*entries[i], report);
  }
  return report;
}

}  // namespace gradus
