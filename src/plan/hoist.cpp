// Work is done as soon as what it rests on is there: a parameter moves when its gradient is known, and the gradient's memory is free
// for what comes next. All work stays in its order. Single numbers, such as "the loss is finite", are computed as soon as possible.
#include <algorithm>
#include <numeric>

#include "plan/passes.hpp"

namespace gradus::plan {

void hoist_work(Program& program) {
  std::vector<Instruction>& code = program.code;
  std::unordered_map<const Buffer*, std::size_t> made, read;  // the places of what makes a value, and of the last that reads it
  const auto after = [](const auto& known, const Tensor& x) {
    const auto at = known.find(value_of(x));
    return at == known.end() ? 0 : at->second;
  };
  std::vector<std::size_t> place(code.size());  // those of one place stay in the order in which they were written
  std::size_t work = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const Instruction& step = code[i];
    std::size_t ready = step.op ? 0 : work;
    for (const Tensor& x : step.in) ready = std::max(ready, after(made, x));
    for (const std::size_t use : step.changes) ready = std::max(ready, after(read, program.slots[use].value));
    const bool number = step.op && step.out->numel() == 1 && std::ranges::all_of(step.in, [](const Tensor& x) { return x.numel() == 1; });
    place[i] = number || !step.op ? ready : i;
    for (const Tensor& x : step.in) read[value_of(x)] = std::max(read[value_of(x)], place[i]);
    if (step.op) made[value_of(*step.out)] = place[i];
    else work = place[i];
    for (const std::size_t use : step.renews) made[value_of(program.slots[use].value)] = place[i];
  }
  std::vector<std::size_t> order(code.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return place[i]; });
  std::vector<Instruction> moved;
  for (const std::size_t i : order) moved.push_back(std::move(code[i]));
  code = std::move(moved);
}

}  // namespace gradus::plan
