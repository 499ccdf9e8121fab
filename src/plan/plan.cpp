#include "plan/plan.hpp"

#include <gradus/base/random.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "plan/memory.hpp"

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
  const auto own = [&](Ref<Array>& x) {
    if (x->buffer()->data()) return;
    Ref<Buffer>& buffer = renewed[value_of(*x)];
    if (!buffer) buffer = Buffer::planned(x->buffer()->bytes());
    x = Array::view(x->dtype(), x->shape(), x->strides(), x->offset(), buffer);
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

Plan::Plan(Program program, const Options& options) : program_(std::move(program)), training_(Mode::training()), threads_(threads()) {
  if (options.dead_code) remove_dead_code(program_);
  if (options.algebra) simplify(program_);
  if (options.common) merge_common(program_);
  if (options.dead_code) remove_dead_code(program_);
  renew(program_);
  groups_ = group(program_, options.fusion);
  make_tasks();  // while what is not known has no memory
  give_memory(options);
}

Plan::~Plan() { deallocate(arena_); }

void Plan::give_memory(const Options& options) {
  std::unordered_map<const Buffer*, std::size_t> index;
  std::vector<Lifetime> lives;
  std::vector<Buffer*> values;
  std::unordered_set<const Buffer*> elsewhere;  // what has memory of its own
  for (const Ref<Array>& x : program_.inputs) elsewhere.insert(value_of(*x));
  for (const SlotUse& use : program_.slots) elsewhere.insert(value_of(use.value));
  for (const Ref<Array>& y : program_.outputs) elsewhere.insert(value_of(*y));
  const auto touch = [&](const Ref<Buffer>& value, std::size_t task) {
    if (value->data() || elsewhere.contains(value.get())) return;
    const auto [at, fresh] = index.try_emplace(value.get(), lives.size());
    if (fresh) {
      lives.push_back({(value->bytes() + 63) / 64 * 64 + 64, options.reuse ? task : 0, task});
      values.push_back(value.get());
    }
    lives[at->second].last = options.reuse ? task : groups_.size();
  };
  for (const Ref<Array>& key : program_.keys) touch(key->buffer(), 0);
  for (std::size_t task = 0; task < groups_.size(); ++task) {
    for (const std::size_t i : groups_[task]) {
      for (const Tensor& x : program_.code[i].in) touch(x.array().buffer(), task);
      if (program_.code[i].out) touch(program_.code[i].out->buffer(), task);
    }
  }
  for (const auto& [slot, value] : program_.writes) touch(value->buffer(), groups_.size());
  arena_bytes_ = place(lives);
  arena_ = allocate(std::max<std::size_t>(64, arena_bytes_));
  for (std::size_t k = 0; k < values.size(); ++k) values[k]->place(static_cast<std::byte*>(arena_.data) + lives[k].offset);
}

bool Plan::read_outside(const Array& value, const std::vector<std::size_t>& group) const {
  const Buffer* buffer = value_of(value);
  const auto holds = [&](const Ref<Array>& a) { return value_of(*a) == buffer; };
  if (std::ranges::any_of(program_.outputs, holds)) return true;
  if (std::ranges::any_of(program_.writes, [&](const auto& write) { return holds(write.second); })) return true;
  for (std::size_t i = 0; i < program_.code.size(); ++i) {
    if (std::ranges::find(group, i) != group.end()) continue;
    for (const Tensor& x : program_.code[i].in) {
      if (value_of(x) == buffer) return true;
    }
  }
  return false;
}

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
    steps.push_back({step.op, step.in, step.out, read_outside(*step.out, group)});
  }
  return cpu_backend().fuse(std::move(steps));
}

void Plan::make_tasks() {
  for (const auto& group : groups_) tasks_.push_back(task_for(group));
  std::vector<bool> later(program_.slots.size());
  for (const Instruction& step : program_.code) {
    for (const std::size_t use : step.renews) later[use] = true;
  }
  for (std::size_t use = 0; use < later.size(); ++use) {
    if (!later[use]) first_uses_.push_back(use);
  }
}

bool Plan::fits(Inputs x) const {
  if (x.size() != program_.inputs.size() || training_ != Mode::training() || threads_ != threads()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Array &a = x[i].array(), &b = *program_.inputs[i];
    if (a.dtype() != b.dtype() || !std::ranges::equal(a.shape(), b.shape())) return false;
  }
  return true;
}

// Puts everything in place. `held`: copies of inputs that cannot be read in place.
void Plan::prepare(Inputs x, Tensors& held) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    Buffer& to = *program_.inputs[i]->buffer();
    const Array& a = x[i].array();
    if (a.contiguous() && a.buffer()->padded()) {
      to.place(const_cast<void*>(a.data()));
    } else {
      held.push_back(settled(x[i]));
      to.place(held.back().array().data());
    }
  }
  for (const std::size_t use : first_uses_) put(program_.slots[use]);
  for (const Ref<Array>& key : program_.keys) {
    const RandomState state = random_state();
    static_cast<void>(next_random());
    auto* numbers = static_cast<std::uint64_t*>(key->data());
    numbers[0] = state.seed;
    numbers[1] = state.stream;
  }
  results_.resize(program_.outputs.size());
  for (std::size_t i = 0; i < results_.size(); ++i) {
    const Array& y = *program_.outputs[i];
    Tensor& result = results_[i];
    const auto first = static_cast<std::size_t>(std::ranges::find(program_.outputs, program_.outputs[i]) - program_.outputs.begin());
    if (first < i) {
      result = results_[first];
      continue;
    }
    if (!result.defined() || !result.array().unique() || !result.array().buffer()->unique()) {
      result = Tensor(Array::make({Shape(y.shape().begin(), y.shape().end()), y.dtype()}));
    }
    y.buffer()->place(result.array().data());
  }
}

Tensors Plan::run(Inputs x) {
  Tensors held;
  prepare(x, held);
  for (const auto& task : tasks_) task->run();
  finish();
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
