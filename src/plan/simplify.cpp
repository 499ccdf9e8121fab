// Operations that change nothing: x * 1, x / 1, x - 0, -(-x), and the derivative of a product for a slope of 1.
#include <gradus/ops.hpp>
#include <gradus/ops/define.hpp>

#include <algorithm>
#include <cmath>

#include "plan/passes.hpp"
#include "plan/replace.hpp"

namespace gradus::plan {
namespace {

// Whether every element of x, known beforehand, is this number.
bool is_number(const Tensor& x, double number) {
  if (x.is_abstract() || x.numel() == 0 || !x.array().data()) return false;
  const Array& a = x.array();
  const bool one = a.numel() == 1 || std::ranges::all_of(a.strides(), [](std::int64_t step) { return step == 0; });
  return one && Tensor(Array::view(a.dtype(), {}, {}, a.offset(), a.buffer())).item() == number;
}

// The input that the result is equal to, bit by bit; -1: none.
int unchanged(const Instruction& step) {
  const Op& op = *step.op;
  if (ops::as<ops::Mul>(op)) return is_number(step.in[1], 1) ? 0 : is_number(step.in[0], 1) ? 1 : -1;
  if (op.info().type == &ops::type_of<ops::Mul> && op.info().part > 0) return is_number(step.in[1], 1) ? 0 : -1;
  if (ops::as<ops::Div>(op)) return is_number(step.in[1], 1) ? 0 : -1;
  if (ops::as<ops::Sub>(op)) return is_number(step.in[1], 0) && !std::signbit(Tensor(step.in[1].array_ref()).item()) ? 0 : -1;
  if (ops::as<ops::Pow>(op)) return is_number(step.in[1], 1) ? 0 : -1;
  return -1;
}

}  // namespace

void simplify(Program& program) {
  std::unordered_map<const Buffer*, const Instruction*> made_by;
  for (const Instruction& step : program.code) {
    if (step.op) made_by[value_of(*step.out)] = &step;
  }
  Replacements same;
  // Only what an instruction made can stand in: memory of inputs and parameters may change before it is read.
  const auto replace = [&](const Instruction& step, const Tensor& by) {
    const Array& a = by.array();
    if (!made_by.contains(value_of(a)) || !(a.spec() == step.out->spec()) || !a.contiguous() || a.literal) return;
    same.add(*step.out, by.array_ref());
  };
  for (Instruction& step : program.code) {
    same.apply(step);
    if (!step.op) continue;
    if (const int k = unchanged(step); k >= 0) replace(step, step.in[static_cast<std::size_t>(k)]);
    if (!ops::as<ops::Neg>(*step.op)) continue;
    const auto inner = made_by.find(value_of(step.in[0]));
    if (inner != made_by.end() && ops::as<ops::Neg>(*inner->second->op) && inner->second->out == step.in[0].array_ref()) replace(step, inner->second->in[0]);
  }
  same.apply(program);
}

}  // namespace gradus::plan
