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
      task.text = fmt::format("update of {} parameters", first.changes.size());
      if (first.changes.empty()) task.text = "observed " + shapes(first);
      // Parameters and what the optimizer keeps are read and written.
      for (const std::size_t use : first.changes) task.bytes += 2 * bytes_of(program_.slots[use].value.array());
      if (!first.changes.empty()) task.bytes += 2 * static_cast<double>(program_.work_bytes);
    } else if (group.size() == 1) {
      task.text = fmt::format("{} {} -> {}", first.op->text(), shapes(first), type_of(*first.out));
    } else {
      for (const std::size_t i : group) task.text += (task.text.empty() ? "" : ", ") + std::string(program_.code[i].op->info().name);
      task.text = fmt::format("{} together: {} -> {}", group.size(), task.text, type_of(*first.out));
    }
    out.tasks.push_back(std::move(task));
  }
  out.arena_bytes = arena_bytes_;
  for (const Ref<Array>& x : program_.inputs) out.outside_bytes += static_cast<std::size_t>(bytes_of(*x));
  for (const Ref<Array>& y : program_.outputs) out.outside_bytes += y->buffer()->bytes();
  for (const SlotUse& use : program_.slots) out.outside_bytes += static_cast<std::size_t>(bytes_of(use.value.array()));
  out.outside_bytes += program_.work_bytes;
  return out;
}

Report Plan::measure(Inputs x, int runs) {
  Report out = report();
  for (TaskReport& task : out.tasks) task.seconds = INFINITY;
  out.seconds = INFINITY;
  for (int r = 0; r < runs; ++r) {
    Tensors held;
    const double start = now();
    take(x, held);
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
  }
  return out;
}

}  // namespace gradus::plan
