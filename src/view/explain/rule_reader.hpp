// What operations and rules do, as formulas: watched while they run on tensors without numbers.
#pragma once
#include <map>

#include <gradus/ops.hpp>
#include <gradus/tensor/node.hpp>
#include <gradus/tensor/watch.hpp>

#include "formula.hpp"

namespace gradus::inspect {

// The entry of an operation, or of what an elementwise derivative is the derivative of.
const OpEntry* entry_of(const Op& op);
bool only_moves(const Op& op);  // the numbers stay what they are
// An operation on formulas, as its struct tells it.
Formula applied(const Op& op, std::int64_t rank, std::vector<Formula> arguments);

// What a rule does, as a formula: it runs on tensors without numbers, and whatever it applies is put together.
class RuleReader final : public Watcher {
 public:
  int longest = 10, operations = 0;

  Tensor stand_in(const Tensor& like, Formula f) {
    const Tensor t(Array::abstract(like.spec()));
    name(t, std::move(f));
    return t;
  }
  const Formula* find(const Tensor& t) const {
    const auto found = known_.find(&t.array());
    return found == known_.end() ? nullptr : &found->second;
  }
  void pulled(const Node&, const Tensor&, Inputs) override {}
  void applied(const Ref<const Op>& op, Inputs x, const Tensor& y) override {
    if (find(y)) return;
    if (operations > longest) fail<ValueError>("explain", "a rule that is no formula");  // each formula holds those it is made of
    std::vector<Formula> arguments;
    for (const Tensor& t : x) arguments.push_back(of(t));
    if (only_moves(*op)) return name(y, arguments[0]);
    ++operations;
    if (op->info().part > 0) return name(y, part_of(*op, arguments));
    if (op->info().name.ends_with("_grad") && expanded(*op, x, y)) return;
    name(y, inspect::applied(*op, y.rank(), std::move(arguments)));
  }

 private:
  void name(const Tensor& t, Formula f) {
    known_.insert_or_assign(&t.array(), std::move(f));
    held_.push_back(t);
  }
  Formula of(const Tensor& t) const {
    if (const Formula* known = find(t)) return *known;
    return t.numel() == 1 && !t.array().is_abstract() ? Formula(t.item()) : Formula::name(to_string(t.shape()));
  }
  // A kernel of a derivative, by what it is made of, if that is short.
  bool expanded(const Op& op, Inputs x, const Tensor& y) {
    RuleReader inner;
    for (const Tensor& t : x) inner.name(t, of(t));
    Tensor made;
    try {
      const Watch watch(inner);
      made = op.expand(x);
    } catch (const Error&) {
      return false;
    }
    const Formula* found = made.defined() ? inner.find(made) : nullptr;
    if (!found || inner.operations > inner.longest) return false;
    operations += inner.operations;
    name(y, *found);
    return true;
  }
  // The kernel of an elementwise derivative takes what its formula reads of the inputs, the result and t, in this order.
  static Formula part_of(const Op& op, const std::vector<Formula>& arguments) {
    const OpEntry* entry = entry_of(op);
    const auto input = static_cast<std::size_t>(op.info().part - 1);
    if (!entry || entry->derivatives.size() <= input) return Formula::call(std::string(op.info().name), arguments);
    const Expression text = parse_expression(entry->derivatives[input]);
    std::map<std::string, Formula> values;
    std::size_t next = 0;
    for (const std::string name : {"x", "a", "b", "c", "y", "t"}) {
      if (std::ranges::find(text.names(), name) != text.names().end() && next < arguments.size()) values.emplace(name, arguments[next++]);
    }
    return Formula::of(text).with(values).folded();
  }

  std::map<const Array*, Formula> known_;
  std::vector<Tensor> held_;
};

}  // namespace gradus::inspect
