// A plan as people read it.
#include <fmt/format.h>
#include <gradus/base/clock.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/define.hpp>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "plan/plan.hpp"

namespace gradus::plan {
namespace {

double bytes_of(const Array& x) { return static_cast<double>(x.numel()) * static_cast<double>(size_of(x.dtype())); }

double flops_of(const Instruction& step) {
  if (!step.op) return 0;
  const double n = static_cast<double>(step.out->numel());
  const Op& op = *step.op;
  if (ops::as<ops::Addmm>(op)) return 2 * n * static_cast<double>(step.in[1].size(-1));
  if (ops::as<ops::Matmul>(op)) return 2 * n * static_cast<double>(step.in[0].size(-1));
  // A convolution multiplies every weight with every place of the smaller image once for each example.
  const auto all = [&](std::size_t i) { return static_cast<double>(step.in[i].numel()); };
  if (ops::as<ops::Conv>(op)) return 2 * n * all(1) / static_cast<double>(step.in[1].size(0));
  if (ops::as<ops::ConvTranspose>(op)) return 2 * all(0) * all(1) / static_cast<double>(step.in[1].size(0));
  if (ops::as<ops::ConvWeight>(op)) return 2 * all(1) * n / static_cast<double>(step.out->shape()[0]);
  return op.info().family == Family::move ? 0 : n;
}

std::string shapes(const Instruction& step) {
  std::string text;
  for (const Tensor& x : step.in) text += (text.empty() ? "" : ", ") + to_string(x.shape());
  return text;
}

std::string type_of(const Array& y) { return fmt::format("{} {}", name(y.dtype()), to_string(Shape(y.shape().begin(), y.shape().end()))); }

std::string named(const Instruction& step) {
  std::string text = step.op ? fmt::format("{} -> {}", step.op->info().name, type_of(*step.out)) : step.changes.empty() ? "observed" : "update";
  return step.module.empty() ? text : text + ", in " + step.module;
}

// The values that live when most bytes do.
std::vector<KeptValue> kept_at_the_peak(const Program& program, const std::vector<std::pair<Buffer*, Lifetime>>& places, std::size_t tasks) {
  std::vector<std::size_t> alive(tasks + 2);
  for (const auto& [value, life] : places) {
    for (std::size_t t = life.first; t <= std::min(life.last, tasks); ++t) alive[t] += life.bytes;
  }
  const auto peak = static_cast<std::size_t>(std::ranges::max_element(alive) - alive.begin());
  std::unordered_map<const Buffer*, KeptValue> found;
  for (const auto& [value, life] : places) {
    if (life.first <= peak && peak <= life.last) found[value] = {"drawn for this call", "kept for a parameter or State", value->bytes(), life.first, life.last};
  }
  for (const Instruction& step : program.code) {
    for (const Tensor& x : step.in) {
      if (const auto at = found.find(value_of(x)); at != found.end()) at->second.read = named(step);
    }
    if (step.out) {
      if (const auto at = found.find(value_of(*step.out)); at != found.end()) at->second.made = named(step);
    }
  }
  std::vector<KeptValue> out;
  for (const auto& [value, life] : places) {
    if (const auto at = found.find(value); at != found.end()) out.push_back(at->second);
  }
  std::ranges::stable_sort(out, std::greater<>(), &KeptValue::bytes);
  return out;
}

}  // namespace

Report Plan::report() const {
  Report out;
  for (const auto& group : groups_) {
    TaskReport task;
    std::unordered_set<const Buffer*> seen;
    const auto touch = [&](const Array& x) {
      if (seen.insert(value_of(x)).second) task.bytes += bytes_of(x);
    };
    for (const std::size_t i : group) {
      const Instruction& step = program_.code[i];
      for (const Tensor& x : step.in) {
        if (!inside_.contains(value_of(x))) touch(x.array());
      }
      if (step.out && !inside_.contains(value_of(*step.out))) touch(*step.out);
      task.flops += flops_of(step);
    }
    const Instruction& first = program_.code[group.front()];
    if (!first.op) {
      task.text = fmt::format("update of {} parameter{} {}", first.changes.size(), first.changes.size() == 1 ? "" : "s", first.changes.size() == 1 ? shapes(first) : "");
      if (first.changes.empty()) task.text = "observed " + shapes(first);
      // Parameters and what the optimizer keeps are read and written.
      for (const std::size_t use : first.changes) task.bytes += 2 * bytes_of(program_.slots[use].value.array());
      task.bytes += 2 * static_cast<double>(first.keeps);
    } else if (group.size() == 1) {
      task.text = fmt::format("{} {} -> {}", first.op->text(), shapes(first), type_of(*first.out));
    } else {
      for (const std::size_t i : group) task.text += (task.text.empty() ? "" : ", ") + std::string(program_.code[i].op->info().name);
      task.text = fmt::format("{} together: {} -> {}", group.size(), task.text, type_of(*first.out));
    }
    out.tasks.push_back(std::move(task));
  }
  out.kept = kept_at_the_peak(program_, places_, tasks_.size());
  out.arena_bytes = arena_bytes_;
  for (const Ref<Array>& x : program_.inputs) out.outside_bytes += static_cast<std::size_t>(bytes_of(*x));
  for (const Ref<Array>& y : program_.outputs) out.outside_bytes += y->buffer()->bytes();
  for (const SlotUse& use : program_.slots) out.outside_bytes += static_cast<std::size_t>(bytes_of(use.value.array()));
  for (const Instruction& step : program_.code) out.outside_bytes += step.keeps;
  return out;
}

Report Plan::measure(Given x, int runs) {
  Report out = report();
  for (TaskReport& task : out.tasks) task.seconds = INFINITY;
  out.seconds = INFINITY;
  for (int r = 0; r < runs; ++r) {
    const double start = now();
    const Turn turn(arena_, arena_bytes_);
    settle();
    take(x);
    prepare();
    double last = now();
    for (std::size_t k = 0; k < tasks_.size(); ++k) {
      tasks_[k]->run();
      const double time = now();
      out.tasks[k].seconds = std::min(out.tasks[k].seconds, time - last);
      last = time;
    }
    finish();
    out.seconds = std::min(out.seconds, now() - start);
    held_.clear();
  }
  return out;
}

}  // namespace gradus::plan
