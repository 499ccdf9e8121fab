#include "plan/trace.hpp"

#include "plan/layout.hpp"

#include <gradus/base/random.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/define.hpp>
#include <gradus/tensor/node.hpp>

#include <algorithm>
#include <deque>

namespace gradus::plan {
namespace {

class Trace final : public Tracer {
 public:
  Trace() : outer_(current_), random_(random_state()) { current_ = this; }
  ~Trace() override { current_ = outer_; }

  Ref<Array> record(const Ref<const Op>& op, const Spec& spec, Inputs x) override {
    Instruction step{op, plain(x), planned_result(*op, spec, x), nullptr, {}, {}, region_, 0, module()};
    const bool has_code = op->info().computes || (op->info().family != Family::map && op->info().family != Family::move && ops::has_half(spec.dtype, x)) || cpu_backend().prepare(*op, x, *step.out).run;
    if (!has_code) {
      const Recording off(false);
      const Tensor same = op->expand(x);
      if (!same.defined()) fail<InternalError>(std::string(op->info().name), "no kernel and no expansion");
      return same.array_ref();
    }
    program_.code.push_back(std::move(step));
    return program_.code.back().out;
  }

  void record(std::function<void(Inputs)> work, Inputs x, const std::vector<Ref<Slot>>& slots, std::size_t bytes) override {
    Instruction step{nullptr, plain(x), nullptr, std::move(work), {}, {}, region_, bytes, module()};
    for (const Ref<Slot>& slot : slots) {
      if (pending(*slot)) fail<TraceError>("compile", "a parameter is set and then trained in one function", "set it in another one");
      read(*slot);
      const std::size_t use = uses_.at(slot.get());
      step.changes.push_back(use);
      uses_.erase(slot.get());  // who reads it from now on reads what was written
      changed_by_[slot.get()] = old_[value_of(program_.slots[use].value)] = program_.code.size();
    }
    program_.code.push_back(std::move(step));
  }

  const Tensor& read(Slot& slot) override {
    for (auto& [written, value] : writes_) {
      if (written.get() == &slot) return value;
    }
    const auto [at, fresh] = uses_.try_emplace(&slot, program_.slots.size());
    if (fresh) {
      program_.slots.push_back({Ref<Slot>(&slot), Tensor(Array::planned(slot.value.spec()))});
      values_.push_back(program_.slots.back().value);
      if (const auto by = changed_by_.find(&slot); by != changed_by_.end()) program_.code[by->second].renews.push_back(at->second);
    }
    return values_[at->second];
  }

  void write(Slot& slot, const Tensor& value) override {
    const Tensor plain(value.array_ref());
    for (auto& [written, old] : writes_) {
      if (written.get() == &slot) {
        old = plain;
        return;
      }
    }
    writes_.emplace_back(Ref<Slot>(&slot), plain);
  }

  Tensor random_key() override {
    const RandomState now = random_state();
    static_cast<void>(next_random());
    if (now.seed != random_.seed || now.stream < random_.stream) fail<TraceError>("compile", "manual_seed was called in the function", "call it outside");
    const std::size_t place = now.stream - random_.stream;
    while (program_.keys.size() <= place) program_.keys.push_back(Array::planned({{2}, Dtype::i64}));
    return Tensor(program_.keys[place]);
  }

  void again(bool begins) override {
    if (begins) {
      regions_.push_back(std::exchange(region_, ++last_region_));
    } else {
      region_ = regions_.back();
      regions_.pop_back();
    }
  }

  Program finish(const Tensors& results) {
    for (const Tensor& y : results) program_.outputs.push_back(copied(y));
    for (auto& [slot, value] : writes_) program_.writes.emplace_back(slot, copied(value));
    return std::move(program_);
  }

 private:
  static std::string module() { return ModuleScope::current() ? *ModuleScope::current() : ""; }
  Tensors plain(Inputs x) {
    Tensors out;
    for (const Tensor& t : x) out.push_back(Tensor(kept(t.array_ref())));
    return out;
  }
  // A parameter's value from before the step that changed it: a copy made before that step.
  Ref<Array> kept(const Ref<Array>& x) {
    const auto at = old_.find(value_of(*x));
    if (at == old_.end()) return x;
    Ref<Array> copy = Array::planned(x->spec());
    program_.code.insert(program_.code.begin() + static_cast<std::ptrdiff_t>(at->second),
                         {ops::make_op(ops::Contiguous{}), {Tensor(x)}, copy, nullptr, {}, {}, region_, 0, module()});
    const std::size_t place = at->second;
    for (auto& [slot, position] : changed_by_) position += position >= place;
    for (auto& [value, position] : old_) position += position >= place;
    return copy;
  }
  bool pending(const Slot& slot) const {
    return std::ranges::any_of(writes_, [&](const auto& write) { return write.first.get() == &slot; });
  }
  // The value in memory of its own: itself if an instruction made it and nobody else has claimed it. It may be a part of what was made,
  // as of a packed result, if that holds little else.
  Ref<Array> copied(const Tensor& y) {
    const Array& a = y.array();
    const auto same = [&](const Array& other) { return value_of(other) == value_of(a); };
    const bool made = std::ranges::any_of(program_.code, [&](const Instruction& i) { return i.out && same(*i.out); });
    const bool taken = std::ranges::any_of(program_.outputs, [&](const Ref<Array>& other) { return same(*other); }) ||
                       std::ranges::any_of(program_.writes, [&](const auto& write) { return same(*write.second); });
    if (made && !taken && a.contiguous() && 2 * static_cast<std::size_t>(a.numel()) * size_of(a.dtype()) >= a.buffer()->bytes()) return y.array_ref();
    Instruction copy{ops::make_op(ops::Contiguous{}), {Tensor(kept(y.array_ref()))}, Array::planned(y.spec()), nullptr, {}, {}, region_, 0, module()};
    program_.code.push_back(std::move(copy));
    return program_.code.back().out;
  }

  Tracer* outer_;
  RandomState random_;
  Program program_;
  std::unordered_map<const Slot*, std::size_t> uses_;        // what a read gives now
  std::unordered_map<const Slot*, std::size_t> changed_by_;  // the last work that writes it
  std::unordered_map<const Buffer*, std::size_t> old_;       // values that are gone after this instruction
  std::deque<Tensor> values_;                          // by slot use; addresses stay, as they do in writes_
  std::deque<std::pair<Ref<Slot>, Tensor>> writes_;
  std::vector<int> regions_;
  int region_ = 0, last_region_ = 0;

 public:
  std::vector<Ref<Array>>& inputs() { return program_.inputs; }
};

}  // namespace

Program trace(std::span<const Spec> specs, const std::function<Tensors(Inputs)>& f) {
  const RandomScope same(random_state());  // tracing draws nothing
  Trace trace;
  Tensors x;
  for (const Spec& spec : specs) {
    trace.inputs().push_back(Array::planned(spec));
    x.push_back(Tensor(trace.inputs().back()));
  }
  return trace.finish(f(x));
}

}  // namespace gradus::plan
