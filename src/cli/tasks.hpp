// The tasks of a plan beside what the machine could do at best.
#pragma once
#include <gradus/plan/report.hpp>

#include "machine.hpp"

namespace gradus::cli {

std::string short_time(double seconds);  // "41.2 ns", "3.05 us", "12.31 ms"

class TaskTable {
 public:
  TaskTable(plan::Report report, const Limits& limits) : report_(std::move(report)), limits_(limits) {}

  double seconds() const;    // of all tasks together
  double predicted() const;  // the same at the limits
  Json in_order() const;     // text, bytes, flops, predicted_ms, ms, part (of the whole time) of each
  Json longest(std::size_t most) const;
  // For people, in order; the longest tasks, which are half of the time together, are marked. `most`: so many of the longest alone; 0: all.
  std::string text(std::size_t most = 0) const;

 private:
  Json json_of(const plan::TaskReport& task) const;
  double predicted(const plan::TaskReport& task) const { return limits_.seconds(task.flops, task.bytes); }
  std::vector<std::size_t> by_time() const;
  plan::Report report_;
  Limits limits_;
};

}  // namespace gradus::cli
