#include "plan/plan.hpp"

#include <gradus/base/random.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "plan/memory.hpp"
#include "plan/trace.hpp"

namespace gradus::plan {
namespace {

// Numbers as kernels take them: in rows without gaps, with room for whole vectors behind.
Tensor settled(const Tensor& x) {
  const Array& a = x.array();
  if (a.contiguous() && a.buffer()->padded()) return x;
  Ref<Array> copy = Array::make(x.spec());
  const Tensor rows = contiguous(x);
  if (x.numel() > 0) std::memcpy(copy->data(), rows.array().data(), static_cast<std::size_t>(x.numel()) * size_of(x.dtype()));
  return Tensor(std::move(copy));
}

void put(const SlotUse& use) {
  Tensor& value = use.slot->value;
  if (!value.array().contiguous() || !value.array().buffer()->padded()) value = settled(value);
  use.value.array().buffer()->place(value.array().data());
}

// A kernel that has no form of its own for plans.
std::unique_ptr<Task> plain_task(const Instruction& step) {
  const Ref<const Op> op = step.op;
  const auto run_op = [op, in = step.in, out = step.out] { static_cast<void>(op->compute(*out, in)); };
  const Kernel kernel = op->info().computes ? Kernel{} : cpu_backend().prepare(*op, step.in, *step.out);
  if (!kernel.run) return std::make_unique<TaskOf<decltype(run_op)>>(run_op);
  const auto run_kernel = [kernel, op, in = step.in, out = step.out] { kernel.run(kernel, in, *out); };
  return std::make_unique<TaskOf<decltype(run_kernel)>>(run_kernel);
}

// Values of the plan's own: tensors that the function let out of itself stay without numbers for ever.
void renew(Program& program) {
  std::unordered_map<const Buffer*, Ref<Buffer>> renewed;
  std::unordered_map<const Array*, Ref<Array>> arrays;  // one array in two places stays one
  std::vector<Ref<Array>> old;                          // whose addresses no other array may get
  const auto own = [&](Ref<Array>& x) {
    if (x->buffer()->data()) return;
    if (const auto known = arrays.find(x.get()); known != arrays.end()) {
      x = known->second;
      return;
    }
    old.push_back(x);
    Ref<Buffer>& buffer = renewed[value_of(*x)];
    if (!buffer) buffer = Buffer::planned(x->buffer()->bytes());
    x = arrays[x.get()] = Array::view(x->dtype(), x->shape(), x->strides(), x->offset(), buffer);
  };
  const auto own_tensor = [&](Tensor& x) {
    Ref<Array> array = x.array_ref();
    own(array);
    if (array != x.array_ref()) x = Tensor(std::move(array));
  };
  for (Ref<Array>& x : program.inputs) own(x);
  for (Ref<Array>& x : program.keys) own(x);
  for (SlotUse& use : program.slots) own_tensor(use.value);
  for (Instruction& step : program.code) {
    for (Tensor& x : step.in) own_tensor(x);
    if (step.out) own(step.out);
  }
  for (Ref<Array>& y : program.outputs) own(y);
  for (auto& [slot, value] : program.writes) own(value);
}

}  // namespace

Plan::Plan(Program program, const Options& options)
    : program_(std::move(program)), check_every_(options.check_every), training_(Mode::training()), threads_(threads()), deterministic_(deterministic()) {
  renew(program_);
  if (check_every_ > 0) traced_ = program_;
  if (options.dead_code) remove_dead_code(program_);
  if (options.algebra) {
    simplify(program_);
    join_pads(program_);
  }
  if (options.epilogues) add_epilogues(program_);
  if (options.common) merge_common(program_);
  if (options.dead_code) remove_dead_code(program_);
  if (options.hoist) hoist_work(program_);
  groups_ = group(program_, options.fusion);
  if (options.memory_budget > 0) fit_into(options.memory_budget, options);
  make_tasks();  // while what is not known has no memory
  give_memory(options);
}

Plan::~Plan() = default;

std::unique_ptr<Task> Plan::task_for(const std::vector<std::size_t>& group) {
  Instruction& first = program_.code[group.front()];
  if (!first.op) {
    std::vector<SlotUse> renewed;
    for (const std::size_t use : first.renews) renewed.push_back(program_.slots[use]);
    const auto run = [work = first.work, in = first.in, renewed] {
      work(in);
      for (const SlotUse& use : renewed) put(use);
    };
    return std::make_unique<TaskOf<decltype(run)>>(run);
  }
  const Fusion alone = cpu_backend().fusion(*first.op, first.in, *first.out);
  if (group.size() == 1 && (alone.kind == 0 || alone.tail)) {
    std::unique_ptr<Task> task = cpu_backend().task(*first.op, first.in, first.out);
    return task ? std::move(task) : plain_task(first);
  }
  std::vector<FusedStep> steps;
  for (const std::size_t i : group) {
    const Instruction& step = program_.code[i];
    steps.push_back({step.op, step.in, step.out, !inside_.contains(value_of(*step.out))});
  }
  return cpu_backend().fuse(std::move(steps));
}

void Plan::make_tasks() {
  inside_ = inside_groups(program_, groups_);
  for (const auto& group : groups_) tasks_.push_back(task_for(group));
  std::vector<bool> later(program_.slots.size());
  for (const Instruction& step : program_.code) {
    for (const std::size_t use : step.renews) later[use] = true;
  }
  for (std::size_t use = 0; use < later.size(); ++use) {
    if (!later[use]) first_uses_.push_back(use);
  }
}

bool Plan::made_for_now() const { return training_ == Mode::training() && threads_ == threads() && deterministic_ == deterministic(); }

bool Plan::fits(Given x) const {
  if (x.size() != program_.inputs.size() || !made_for_now()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Array &a = x[i]->array(), &b = *program_.inputs[i];
    if (a.dtype() != b.dtype() || !std::ranges::equal(a.shape(), b.shape())) return false;
  }
  return true;
}

// Inputs and results get their memory. An input may be a parameter that the plan writes.
void Plan::take(Given x) {
  held_.clear();
  for (std::size_t i = 0; i < x.size(); ++i) {
    held_.push_back(settled(*x[i]));
    program_.inputs[i]->buffer()->place(held_.back().array().data());
  }
  results_.resize(program_.outputs.size());
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const Array& y = *program_.outputs[i];
    Tensor& result = results_[i];
    const auto same = [&](const Ref<Array>& other) { return value_of(*other) == value_of(y); };  // merged: each is the whole value
    const auto first = static_cast<std::size_t>(std::ranges::find_if(program_.outputs, same) - program_.outputs.begin());
    if (first < i) {
      result = Tensor(Array::view(y.dtype(), y.shape(), y.strides(), y.offset(), results_[first].array().buffer()));
      continue;
    }
    if (!result.defined() || !result.array().unique() || !result.array().buffer()->unique()) {
      result = Tensor(Array::view(y.dtype(), y.shape(), y.strides(), y.offset(), Buffer::make(y.buffer()->bytes())));
    }
    y.buffer()->place(result.array().buffer()->data());
  }
}

// What may be new in every run: parameters in other memory, random numbers.
void Plan::prepare() {
  for (const std::size_t use : first_uses_) put(program_.slots[use]);
  for (const Ref<Array>& key : program_.keys) {
    const RandomState state = random_state();
    static_cast<void>(next_random());
    auto* numbers = static_cast<std::uint64_t*>(key->data());
    numbers[0] = state.seed;
    numbers[1] = state.stream;
  }
}

// The plan runs without the work on parameters, and what is read after an update is what was there before it: each operation is
// compared on the numbers that it was given, so any will do. The generator goes back to where it was.
void Plan::check(Function f) {
  const RandomScope again(random_state());
  prepare();
  Witness seen;
  for (const Ref<Array>& x : program_.inputs) seen.keep(*x);
  for (const Ref<Array>& key : program_.keys) seen.keep(*key);
  for (const std::size_t use : first_uses_) seen.keep(program_.slots[use].value.array());
  for (std::size_t k = 0; k < tasks_.size(); ++k) {
    const Instruction& first = program_.code[groups_[k].front()];
    if (!first.op) {  // stands alone
      for (const Tensor& x : first.in) seen.keep_read(x);
      for (const std::size_t use : first.renews) {
        put(program_.slots[use]);
        seen.keep(program_.slots[use].value.array());
      }
      continue;
    }
    tasks_[k]->run();
    for (const std::size_t i : groups_[k]) {
      const Instruction& step = program_.code[i];
      if (!inside_.contains(value_of(*step.out))) seen.keep(*step.out);
    }
  }
  for (const Ref<Array>& y : program_.outputs) seen.keep_result(*y);
  for (const auto& [slot, value] : program_.writes) seen.keep_result(*value);
  std::vector<Spec> specs;
  for (const Ref<Array>& x : program_.inputs) specs.push_back(x->spec());
  compare(traced_, trace(specs, f), seen);
}

Tensors Plan::run(Given x, std::int64_t times, Function f) {
  const Turn turn(arena_, arena_bytes_);
  settle();
  take(x);
  if (check_every_ > 0 && calls_++ % check_every_ == 0) check(f);
  for (; times > 0; --times) {
    prepare();
    for (const auto& task : tasks_) task->run();
    finish();
  }
  held_.clear();
  return Tensors(results_.begin(), results_.end());
}

void Plan::finish() {
  for (const auto& [slot, value] : program_.writes) {
    Tensor& to = slot->value;
    const Array& old = to.array();
    if (!(old.unique() && old.buffer()->unique() && old.buffer()->padded() && old.contiguous() && !to.node())) {
      to = Tensor(Array::make({Shape(value->shape().begin(), value->shape().end()), value->dtype()}));
    }
    std::memcpy(to.array().data(), value->data(), static_cast<std::size_t>(value->numel()) * size_of(value->dtype()));
    ++slot->version;
  }
}

}  // namespace gradus::plan
