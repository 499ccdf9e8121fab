// A vector that is added to every row of a product: the product adds it when it writes its result. Small products are left alone: there
// the sum runs in one task with what comes after it.
#include <gradus/ops.hpp>
#include <gradus/ops/define.hpp>

#include <algorithm>

#include "plan/passes.hpp"

namespace gradus::plan {
namespace {

constexpr std::int64_t least_work = 1 << 15;  // multiply-adds

bool is_product(const Instruction& step) {
  if (!step.op || !ops::as<ops::Matmul>(*step.op) || step.out->dtype() != Dtype::f32 || step.in[1].rank() != 2) return false;
  const std::int64_t k = step.in[1].size(0), n = step.in[1].size(1), m = n > 0 ? step.out->numel() / n : 0;
  const bool plain = std::ranges::all_of(step.in, [](const Tensor& x) { return x.dtype() == Dtype::f32 && !x.array().literal; });
  return plain && m > 1 && m * n * k > least_work;
}

}  // namespace

void add_epilogues(Program& program) {
  std::unordered_map<const Buffer*, std::size_t> made_by, uses;
  for (const Instruction& step : program.code) {
    for (const Tensor& x : step.in) ++uses[value_of(x)];
  }
  for (const Ref<Array>& y : program.outputs) ++uses[value_of(*y)];
  for (const auto& [slot, value] : program.writes) ++uses[value_of(*value)];
  for (std::size_t i = 0; i < program.code.size(); ++i) {
    Instruction& sum = program.code[i];
    if (!sum.op) {
      made_by.clear();  // what the work changes would be read after it, not before
      continue;
    }
    made_by[value_of(*sum.out)] = i;
    if (!ops::as<ops::Add>(*sum.op)) continue;
    for (std::size_t side : {0u, 1u}) {
      const Tensor &x = sum.in[side], &bias = sum.in[1 - side];
      const auto at = made_by.find(value_of(x));
      if (at == made_by.end() || uses.at(value_of(x)) != 1) continue;
      const Instruction& made = program.code[at->second];
      if (!is_product(made) || made.out != x.array_ref() || made.region != sum.region || !(made.out->spec() == sum.out->spec())) continue;
      if (bias.rank() != 1 || bias.dtype() != Dtype::f32 || bias.array().literal || bias.size(0) != made.out->shape().back()) continue;
      sum.in = Tensors{bias, made.in[0], made.in[1]};  // the product is dead now
      sum.op = ops::make_op(ops::Addmm{});
      break;
    }
  }
}

}  // namespace gradus::plan
