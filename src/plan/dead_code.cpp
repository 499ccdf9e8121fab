#include <unordered_set>

#include "plan/passes.hpp"

namespace gradus::plan {

void remove_dead_code(Program& program) {
  std::unordered_set<const Buffer*> needed;
  for (const Ref<Array>& y : program.outputs) needed.insert(value_of(*y));
  for (const auto& [slot, value] : program.writes) needed.insert(value_of(*value));
  for (std::size_t i = program.code.size(); i-- > 0;) {
    Instruction& step = program.code[i];
    if (step.op && !needed.contains(value_of(*step.out))) {
      step.op = nullptr;
      step.out = nullptr;
      continue;
    }
    for (const Tensor& x : step.in) needed.insert(value_of(x));
  }
  std::erase_if(program.code, [](const Instruction& step) { return !step.op && !step.work; });
}

}  // namespace gradus::plan
