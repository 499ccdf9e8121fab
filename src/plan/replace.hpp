// Values that other values take the place of.
#pragma once
#include "plan/program.hpp"

namespace gradus::plan {

class Replacements {
 public:
  void add(const Array& from, const Ref<Array>& to) { to_[value_of(from)] = to; }  // both contiguous, of one shape
  bool empty() const { return to_.empty(); }
  // `x`, or the same window on what its value was replaced by.
  Ref<Array> operator()(const Ref<Array>& x) const {
    Ref<Array> now = x;
    for (auto at = to_.find(value_of(*now)); at != to_.end(); at = to_.find(value_of(*now))) {
      const Array& to = *at->second;
      now = Array::view(now->dtype(), now->shape(), now->strides(), now->offset() + to.offset(), to.buffer());
    }
    return now;
  }
  void apply(Instruction& step) const {
    for (Tensor& x : step.in) {
      if (to_.contains(value_of(x))) x = Tensor((*this)(x.array_ref()));
    }
  }
  void apply(Program& program) const {
    for (Instruction& step : program.code) apply(step);
    for (Ref<Array>& y : program.outputs) y = (*this)(y);
    for (auto& [slot, value] : program.writes) value = (*this)(value);
  }

 private:
  std::unordered_map<const Buffer*, Ref<Array>> to_;
};

}  // namespace gradus::plan
