// What a run gathers for its report: flow.jsonl, a line for each look at the layers, and samples.json. Off with train.report = false.
#pragma once
#include <functional>

#include "flow.hpp"
#include "run_folder.hpp"

namespace gradus::train {

class Gatherer {
 public:
  Gatherer(const Job& job, const std::function<Tensor(const Tensor&)>& forward, const RunFolder& folder, std::int64_t steps, std::int64_t batches, const Position& from);
  void step(const Progress& progress);
  void epoch(const Progress& progress);
  bool has_looked(const Progress& progress) const;  // after this very step
  // Evaluates as `evaluate` does, and keeps what is most wrong; `part`: "valid", "test".
  Figures evaluated(const data::Dataset& rows, const std::string& part);
  // Where a loss that is not finite came from, given the step in which it appeared; empty: unknown.
  std::string origin(const data::Batches& batches, const Position& at) const;

 private:
  void look(const Progress& progress);
  bool affordable(double seconds) const;
  void written(const std::function<void()>& write);
  const Job& job_;
  const std::function<Tensor(const Tensor&)>& forward_;  // the run's
  const RunFolder& folder_;
  LookTimes times_;
  data::Batch rows_;
  data::Dataset some_;  // of the training rows, where no others may be read yet
  AppendFile flow_;
  std::vector<Tensor> before_;  // the parameters before the step that is under way
  std::int64_t looked_ = -1;    // the last step that has its line
  double spent_ = 0;
  bool full_ = false;  // the disk
};

}  // namespace gradus::train
