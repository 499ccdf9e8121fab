// The memory of a plan: which values it gives out, for how long, and what is computed again to fit a budget.
#include <gradus/ops.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "plan/memory.hpp"
#include "plan/plan.hpp"

namespace gradus::plan {

std::unordered_set<const Buffer*> inside_groups(const Program& program, const Groups& groups) {
  std::unordered_map<const Buffer*, std::size_t> made_in;
  std::unordered_set<const Buffer*> inside;
  for (std::size_t task = 0; task < groups.size(); ++task) {
    if (groups[task].size() == 1) continue;
    for (const std::size_t i : groups[task]) {
      if (program.code[i].op->info().family != Family::map) continue;  // a sum at the end of a group has its own place
      made_in[value_of(*program.code[i].out)] = task;
      inside.insert(value_of(*program.code[i].out));
    }
  }
  for (std::size_t task = 0; task < groups.size(); ++task) {
    for (const std::size_t i : groups[task]) {
      for (const Tensor& x : program.code[i].in) {
        if (const auto at = made_in.find(value_of(x)); at != made_in.end() && at->second != task) inside.erase(value_of(x));
      }
    }
  }
  for (const Ref<Array>& y : program.outputs) inside.erase(value_of(*y));
  for (const auto& [slot, value] : program.writes) inside.erase(value_of(*value));
  return inside;
}

// Which values the plan gives memory to, for how long.
struct Plan::Values {
  std::vector<Buffer*> buffers;
  std::vector<Lifetime> lives;
  std::size_t bytes = 0;  // of all, placed
};

Plan::Values Plan::values_of(const Program& program, const Groups& groups, const Options& options) {
  Values out;
  std::unordered_map<const Buffer*, std::size_t> index;
  std::unordered_set<const Buffer*> elsewhere;  // what has memory of its own
  for (const Ref<Array>& x : program.inputs) elsewhere.insert(value_of(*x));
  for (const SlotUse& use : program.slots) elsewhere.insert(value_of(use.value));
  for (const Ref<Array>& y : program.outputs) elsewhere.insert(value_of(*y));
  const auto touch = [&](const Ref<Buffer>& value, std::size_t task) {
    if (value->data() || elsewhere.contains(value.get())) return;
    const auto [at, fresh] = index.try_emplace(value.get(), out.lives.size());
    if (fresh) {
      out.lives.push_back({(value->bytes() + 63) / 64 * 64 + 64, options.reuse ? task : 0, task});
      out.buffers.push_back(value.get());
    }
    out.lives[at->second].last = options.reuse ? task : groups.size();
  };
  for (const Ref<Array>& key : program.keys) touch(key->buffer(), 0);
  const auto inside = inside_groups(program, groups);
  for (std::size_t task = 0; task < groups.size(); ++task) {
    for (const std::size_t i : groups[task]) {
      const Instruction& step = program.code[i];
      for (const Tensor& x : step.in) {
        if (!inside.contains(value_of(x))) touch(x.array().buffer(), task);
      }
      if (step.out && !inside.contains(value_of(*step.out))) touch(step.out->buffer(), task);
    }
  }
  for (const auto& [slot, value] : program.writes) touch(value->buffer(), groups.size());
  out.bytes = place(out.lives);
  return out;
}

namespace {

std::size_t bytes_outside(const Program& program) {
  std::size_t bytes = 0;
  for (const Instruction& step : program.code) bytes += step.keeps;
  for (const Ref<Array>& x : program.inputs) bytes += x->buffer()->bytes();
  for (const Ref<Array>& y : program.outputs) bytes += y->buffer()->bytes();
  for (const SlotUse& use : program.slots) bytes += use.value.array().buffer()->bytes();
  return bytes;
}

}  // namespace

// The program that computes as little again as the budget allows.
void Plan::fit_into(std::size_t budget, const Options& options) {
  const std::size_t outside = bytes_outside(program_);
  std::size_t least = outside + values_of(program_, groups_, options).bytes;
  int worse = 0;  // more and more segments help, then they do not
  for (std::size_t segments = 2; least > budget && segments <= program_.code.size() && worse < 6; segments += (segments + 3) / 4) {
    Program other = program_;
    if (!rematerialise(other, segments)) break;
    Groups groups = group(other, options.fusion);
    const std::size_t bytes = outside + values_of(other, groups, options).bytes;
    if (bytes >= least) {
      ++worse;
      continue;
    }
    worse = 0;
    least = bytes;
    if (bytes > budget) continue;
    program_ = std::move(other);
    groups_ = std::move(groups);
    return;
  }
  if (least > budget) {
    fail<UsageError>("compile", fmt::format("a memory budget of {} bytes is too small: a call needs at least {} bytes", budget, least),
                     "raise the budget, or take smaller batches");
  }
}

void Plan::give_memory(const Options& options) {
  const Values values = values_of(program_, groups_, options);
  arena_bytes_ = values.bytes;
  for (std::size_t k = 0; k < values.buffers.size(); ++k) places_.emplace_back(values.buffers[k], values.lives[k]);
  arena_ = Arena::of(arena_bytes_);
  const Turn turn(arena_, arena_bytes_);
  settle();
}

void Plan::settle() {
  void* const data = arena_->data();
  if (data == placed_at_) return;
  for (const auto& [value, life] : places_) value->place(static_cast<std::byte*>(data) + life.offset);
  placed_at_ = data;
}

}  // namespace gradus::plan
