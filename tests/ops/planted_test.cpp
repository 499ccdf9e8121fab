// Whether the generated check can fail: faults that people make, planted in the derivative of every operation of the list.
//   sign, factor 1.01, a dropped term, swapped operands; each in the backward and in the forward rule alone
// Elementwise operations: the texts of their derivatives are parsed and altered, every sum and every difference in turn loses
// each of its terms, every operation with an order of operands gets them in the other one, and the derivatives of two inputs
// change places. A change that changes no value on the operation's domain is no fault. Of the others the gradients themselves
// are altered; operands are swapped where two inputs have the same shape.
#include <gradus/autodiff.hpp>
#include <gradus/autodiff/opcheck.hpp>
#include <gradus/base/random.hpp>
#include <gradus/ops/expression.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace gradus {
namespace {

enum class Rule { backward, forward };

// An operation with the values of another one. Its kernel is that of the other one too.
class Wrapped : public Op {
 public:
  explicit Wrapped(Ref<const Op> inner) : inner_(std::move(inner)), info_(inner_->info()) {
    info_.composite = false;  // so that the rule here is asked, and not those of the operations it is made of
  }
  const OpInfo& info() const override { return info_; }
  const void* attributes() const override { return inner_->attributes(); }
  Spec shape(Inputs x) const override { return inner_->shape(x); }
  TensorSet reads(TensorSet, std::size_t) const override { return {~std::uint64_t{0}}; }
  Tensor expand(Inputs x) const override { return inner_->expand(x); }
  bool compute(Array& y, Inputs x) const override { return inner_->compute(y, x); }
  Ref<Array> view(Inputs x) const override { return inner_->view(x); }
  SmallVec<Ref<Array>, 3> windows(Array& y, Inputs x) const override { return inner_->windows(y, x); }
  std::string text() const override { return inner_->text(); }

 protected:
  const Op& inner() const { return *inner_; }
  const Ref<const Op>& inner_ref() const { return inner_; }

 private:
  Ref<const Op> inner_;
  OpInfo info_;
};

bool caught(const OpEntry& entry) {
  OpcheckReport report;
  check_op(entry, report);
  return report.failures > 0;
}

// ---- elementwise operations

using Node = Expression::Node;
using Derivatives = std::map<std::size_t, Expression>;  // by input; none for a constant

class WithFormulas final : public Wrapped {
 public:
  WithFormulas(Ref<const Op> op, Derivatives formulas, Rule rule) : Wrapped(std::move(op)), formulas_(std::move(formulas)), rule_(rule) {}

  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const override {
    if (rule_ != Rule::backward) return inner().vjp(x, y, g, need);
    Tensors grads(x.size());
    for (const auto& [i, formula] : formulas_) {
      if (need.has_input(i)) grads[i] = sum_to(slope(formula, x, y, g), x[i].spec());
    }
    return grads;
  }
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const override {
    if (rule_ != Rule::forward) return inner().jvp(x, y, t);
    Tensor sum;
    for (const auto& [i, formula] : formulas_) {
      if (!t[i].defined()) continue;
      const Tensor part = slope(formula, x, y, t[i]);
      sum = sum.defined() ? sum + part : part;
    }
    return sum.defined() ? ops::fit(sum, y.spec()) : sum;
  }
  Tensor batched(Inputs x, TensorSet which, std::int64_t) const override { return gradus::apply(Ref<const Op>(this), ops::aligned(x, which)); }

 private:
  static Tensor slope(const Expression& formula, Inputs x, const Tensor& y, const Tensor& t) {
    Tensors values;
    for (const std::string& name : formula.names()) {
      if (name == "y") values.push_back(y);
      else if (name == "t") values.push_back(t);
      else values.push_back(x[name == "x" ? 0 : static_cast<std::size_t>(name[0] - 'a')]);
    }
    return formula(values);
  }

  Derivatives formulas_;
  Rule rule_;
};

Derivatives derivatives_of(const OpEntry& entry) {
  Derivatives out;
  for (std::size_t i = 0; i < entry.derivatives.size(); ++i) {
    if (!entry.derivatives[i].empty()) out.emplace(i, parse_expression(entry.derivatives[i]));
  }
  return out;
}

// A formula whose value is node `left` of these times a number.
Expression times(const Expression& e, std::vector<Node> nodes, std::size_t left, double factor) {
  nodes.push_back({.number = factor});
  Node product{.kind = Expression::Kind::call, .op = &find_op("mul")};
  product.inputs = {left, nodes.size() - 1};
  nodes.push_back(product);
  return Expression(e.names(), std::move(nodes));
}

struct Fault {
  std::string name;
  Derivatives formulas;
};

std::vector<Fault> faults_of(const OpEntry& entry) {
  const Derivatives right = derivatives_of(entry);
  std::vector<Fault> out;
  const auto plant = [&](std::string name, std::size_t i, Expression formula) {
    Fault fault{std::move(name) + " in the derivative of input " + std::to_string(i), right};
    fault.formulas.insert_or_assign(i, std::move(formula));
    out.push_back(std::move(fault));
  };
  for (const auto& [i, e] : right) {
    const std::vector<Node>& nodes = e.nodes();
    plant("the sign", i, times(e, nodes, nodes.size() - 1, -1));
    plant("the factor 1.01", i, times(e, nodes, nodes.size() - 1, 1.01));
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      if (nodes[k].kind != Expression::Kind::call) continue;
      const std::string_view op = nodes[k].op->info.name;
      if (op == "add" || op == "sub") {
        for (const std::size_t kept : {nodes[k].inputs[0], nodes[k].inputs[1]}) {
          std::vector<Node> rest = nodes;
          for (Node& node : rest) std::ranges::replace(node.inputs, k, kept);
          plant("a dropped term", i, times(e, rest, k + 1 == nodes.size() ? kept : nodes.size() - 1, 1));
        }
      }
      if (nodes[k].op->info.inputs == 2 && op != "add" && op != "mul") {
        std::vector<Node> swapped = nodes;
        std::swap(swapped[k].inputs[0], swapped[k].inputs[1]);
        plant("swapped operands of " + std::string(op), i, Expression(e.names(), std::move(swapped)));
      }
    }
  }
  if (right.size() > 1) {
    Fault fault{"the derivatives of the first two inputs in each other's place", right};
    const auto first = fault.formulas.begin(), second = std::next(first);
    std::swap(first->second, second->second);
    out.push_back(std::move(fault));
  }
  return out;
}

// Whether a derivative has other values somewhere in the domain.
bool changes_anything(const OpEntry& entry, const Derivatives& right, const Derivatives& wrong) {
  Random random(31, 0);
  double change = 0, size = 1e-3;
  for (int n = 0; n < 300; ++n) {
    double x[3] = {};
    for (std::size_t k = 0; k < entry.domains.size(); ++k) {
      const ops::Range& d = entry.domains[k];
      x[k] = d.lo + (d.hi - d.lo) * random.uniform();
      if (d.whole) x[k] = std::floor(x[k]);
    }
    const auto at = [&](const Expression& e) {
      std::vector<double> values;
      for (const std::string& name : e.names()) {
        values.push_back(name == "y" ? entry.value(x) : name == "t" ? 1 : x[name == "x" ? 0 : static_cast<std::size_t>(name[0] - 'a')]);
      }
      return e.value(values);
    };
    for (const auto& [i, formula] : right) {
      const double was = at(formula), is = at(wrong.at(i));
      change = std::max(change, std::isfinite(is) ? std::abs(is - was) : INFINITY);
      size = std::max(size, std::abs(was));
    }
  }
  return change > 1e-6 * size;
}

TEST(Planted, EveryFaultInAnElementwiseDerivativeIsCaught) {
  int planted = 0, none = 0, ops = 0;
  for (const OpEntry& entry : registry()) {
    if (!entry.op || !entry.info.differentiable) continue;
    ++ops;
    SCOPED_TRACE(std::string(entry.info.name));
    const Derivatives right = derivatives_of(entry);
    OpEntry altered = entry;
    for (const Rule rule : {Rule::backward, Rule::forward}) {
      altered.op = Ref<const Op>(new WithFormulas(entry.op, right, rule));
      EXPECT_FALSE(caught(altered)) << "a fault was found where none is";
    }
    for (const Fault& fault : faults_of(entry)) {
      if (!changes_anything(entry, right, fault.formulas)) {
        ++none;
        continue;
      }
      for (const Rule rule : {Rule::backward, Rule::forward}) {
        altered.op = Ref<const Op>(new WithFormulas(entry.op, fault.formulas, rule));
        EXPECT_TRUE(caught(altered)) << fault.name << (rule == Rule::backward ? ", backward" : ", forward");
        ++planted;
      }
    }
  }
  std::printf("%d faults in %d elementwise operations, all caught; %d changes were none\n", planted, ops, none);
  EXPECT_GT(planted, 8 * ops / 2);  // at least sign and factor, backward and forward
  EXPECT_LT(none, planted / 10);
}

// ---- all others

enum class Change { nothing, sign, factor, dropped, swapped };

class Altered final : public Wrapped {
 public:
  Altered(Ref<const Op> op, Change change, Rule rule) : Wrapped(std::move(op)), change_(change), rule_(rule) {}

  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const override {
    if (rule_ != Rule::backward) return inner().vjp(x, y, g, need);
    for (std::size_t i = 0; i < x.size(); ++i) {  // of all inputs, so that there is something to swap
      if (is_float(x[i].dtype())) need = need | TensorSet::input(i);
    }
    Tensors grads = inner().vjp(x, y, g, need);
    if (grads.empty()) {  // no rule: what its expansion gives
      const GradScope scope;
      Tensors inputs(x.begin(), x.end()), variables;
      std::vector<std::size_t> places;
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (!need.has_input(i) || !is_float(x[i].dtype())) continue;
        places.push_back(i);
        variables.push_back(inputs[i] = variable(x[i]));
      }
      const Tensors found = pullback(gradus::apply(inner_ref(), inputs), g, variables);
      grads.resize(x.size());
      for (std::size_t k = 0; k < places.size(); ++k) grads[places[k]] = found[k];
    }
    alter(grads);
    return grads;
  }
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const override {
    if (rule_ != Rule::forward) return inner().jvp(x, y, t);
    if (change_ == Change::swapped) {  // a tangent that comes in the place of another one
      Tensors tangents(t.begin(), t.end());
      for (std::size_t i = 1; i < tangents.size(); ++i) {
        if (x[i].shape() == x[0].shape() && is_float(x[i].dtype()) && is_float(x[0].dtype())) {
          std::swap(tangents[0], tangents[i]);
          break;
        }
      }
      return inner().jvp(x, y, tangents);
    }
    Tensors found{inner().jvp(x, y, t)};
    alter(found);
    return found[0];
  }
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const override { return inner().batched(x, which, n); }

 private:
  void alter(Tensors& grads) const {
    std::size_t last = grads.size();
    for (std::size_t i = 0; i < grads.size(); ++i) {
      if (!grads[i].defined()) continue;
      if (change_ == Change::sign) grads[i] = -grads[i];
      if (change_ == Change::factor) grads[i] = grads[i] * 1.01;
      if (change_ == Change::swapped && last < i && grads[i].shape() == grads[last].shape()) std::swap(grads[i], grads[last]);
      last = i;
    }
    if (change_ == Change::dropped && last < grads.size()) grads[last] = grads[last] * 0;  // the gradient of the last input
  }

  Change change_;
  Rule rule_;
};

bool has_twins(const OpEntry& entry) {
  return std::ranges::any_of(entry.cases, [](const ops::Case& c) {
    int twins = 0;
    for (std::size_t i = 1; i < c.inputs.size(); ++i) {
      twins += !c.inputs[i].below && !c.inputs[i - 1].below && c.inputs[i].shape == c.inputs[i - 1].shape && numel(c.inputs[i].shape) > 0;
    }
    return twins > 0;
  });
}

TEST(Planted, EveryFaultInAnotherDerivativeIsCaught) {
  struct Named {
    Change change;
    const char* name;
  };
  const Named changes[] = {{Change::nothing, "nothing"}, {Change::sign, "the sign"}, {Change::factor, "the factor 1.01"}, {Change::dropped, "a dropped term"}, {Change::swapped, "swapped operands"}};
  int planted = 0, ops = 0;
  for (const OpEntry& entry : registry()) {
    if (entry.op || !entry.info.differentiable || entry.sized_by_data) continue;  // the shape rule may not look at the numbers here
    ++ops;
    SCOPED_TRACE(std::string(entry.info.name));
    for (const Rule rule : {Rule::backward, Rule::forward}) {
      if (rule == Rule::forward && !entry.info.forward) continue;  // it goes through other operations, which are checked themselves
      for (const auto& [change, name] : changes) {
        if (change == Change::swapped && !has_twins(entry)) continue;
        OpEntry altered = entry;
        for (ops::Case& c : altered.cases) c.op = Ref<const Op>(new Altered(c.op, change, rule));
        EXPECT_EQ(caught(altered), change != Change::nothing) << name << (rule == Rule::backward ? ", backward" : ", forward");
        planted += change != Change::nothing;
      }
    }
  }
  std::printf("%d faults in %d other operations, all caught\n", planted, ops);
  EXPECT_GE(planted, 3 * ops);
}

}  // namespace
}  // namespace gradus
