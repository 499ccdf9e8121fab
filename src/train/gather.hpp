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
  // However the run ended: a last look. `tested`: the rows for the last figures were told of already; else those that may be read are now.
  void end(const Position& at, bool tested);
  bool has_looked(const Position& at) const;  // after this very step
  // Evaluates as `evaluate` does, and keeps what is most wrong; `part`: "valid", "test".
  Figures evaluated(const data::Dataset& rows, const std::string& part, const Position& at);
  // Where a loss that is not finite came from, given the step in which it appeared; empty: unknown.
  std::string origin(const data::Batches& batches, const Position& at) const;

 private:
  void look(const Position& at);
  void write(Look look, const Position& at);
  double epoch_of(const Position& at) const;  // with its fraction
  void written(const std::function<void()>& write);
  const Job& job_;
  const std::function<Tensor(const Tensor&)>& forward_;  // the run's
  const RunFolder& folder_;
  std::int64_t batches_;
  data::Batch rows_;
  LookTimes times_;
  std::int64_t means_every_;    // steps, within the first epochs: what a run of one or two has as a curve
  data::Dataset some_;  // of the training rows, where no others may be read yet
  AppendFile flow_;
  std::vector<Tensor> before_;  // the parameters before the step that is under way
  std::int64_t looked_ = -1;    // the last step that has its line
  std::optional<double> lr_;    // of the last step
  Position last_, since_;       // the last step; rows and sums since the last look
  double spent_ = 0;            // on training rows that are passed once more
  bool full_ = false;  // the disk
};

}  // namespace gradus::train
