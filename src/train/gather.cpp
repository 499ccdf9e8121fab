#include "gather.hpp"

#include <utility>

#include <gradus/base/clock.hpp>
#include <gradus/ops.hpp>

#include "gathered.hpp"
#include "samples.hpp"

namespace gradus::train {
namespace {

// Memory of their own: a run writes its parameters where they lie.
std::vector<Tensor> copies_of(const nn::Sequential& net) {
  std::vector<Tensor> out;
  const_cast<nn::Sequential&>(net).walk({.param = [&](const std::string&, Param& p) { out.push_back(p.value() + 0.0); }, .names = false});
  return out;
}

constexpr std::int64_t first_epochs = 3;

// Adds the time until its end.
struct Stopwatch {
  double& sum;
  double from = now();
  ~Stopwatch() { sum += now() - from; }
};

}  // namespace

Gatherer::Gatherer(const Job& job, const std::function<Tensor(const Tensor&)>& forward, const RunFolder& folder, std::int64_t steps, std::int64_t batches, const Position& from)
    : job_(job), forward_(forward), folder_(folder), batches_(std::max<std::int64_t>(1, batches)), rows_(rows_to_look_at(job)),
      times_(steps, batches, affordable_looks(job, rows_.x.size(0), steps)), means_every_(std::max<std::int64_t>(1, std::min(first_epochs * batches_, steps) / 100)), flow_(folder.flow()), last_(from) {
  if (job.validation.size() == 0) some_ = some_of(job.train);
  if (from.step == 0) look(from);
  else if (times_.due(from.step + 1)) before_ = copies_of(job.net);
}

double Gatherer::epoch_of(const Position& at) const { return static_cast<double>(at.epoch) + static_cast<double>(at.batch) / static_cast<double>(batches_); }

void Gatherer::look(const Position& at) {
  const std::vector<Tensor> before = std::exchange(before_, {});
  Look found;
  try {
    found = look_at(job_, rows_, before);
  } catch (const Error&) {  // such as a loss that refuses what the network gives: the run itself will say so
    return;
  }
  write(std::move(found), at);
  looked_ = at.step;
  if (times_.due(at.step + 1)) before_ = copies_of(job_.net);
}

void Gatherer::write(Look look, const Position& at) {
  look.step = at.step;
  look.epoch = epoch_of(at);
  look.lr = lr_;
  if (since_.rows > 0) {
    const auto rows = static_cast<double>(since_.rows);
    look.means = Figures{since_.loss_sum / rows, job_.metric.finish(since_.metric_sum / rows)}.named("train_", job_.metric);
  }
  since_ = {};
  written([&] { flow_.write(to_json(look) + "\n"); });
}

void Gatherer::step(const Progress& progress) {
  if (full_) return;
  const Position& at = progress.at;
  if (at.batch <= last_.batch) last_.rows = 0, last_.loss_sum = last_.metric_sum = 0;  // sums begin anew with each epoch
  since_.rows += at.rows - last_.rows;
  since_.loss_sum += at.loss_sum - last_.loss_sum;
  since_.metric_sum += at.metric_sum - last_.metric_sum;
  last_ = at;
  lr_ = progress.lr;
  if (!before_.empty()) {
    look(at);
    return;
  }
  if (at.step <= first_epochs * batches_ && at.step % means_every_ == 0) write({}, at);
  if (times_.due(at.step + 1)) before_ = copies_of(job_.net);
}

void Gatherer::epoch(const Progress& progress) {
  // These rows are passed once more for the report alone; the first time always, so that a page has them.
  if (some_.size() == 0 || !has_looked(progress.at) || (progress.at.epoch > 1 && spent_ > 0.005 * progress.at.seconds)) return;
  const Stopwatch watch{spent_};
  evaluated(some_, "train", progress.at);
}

void Gatherer::end(const Position& at, bool tested) {
  if (!full_ && !has_looked(at)) look(at);
  if (tested) return;
  try {
    if (some_.size() > 0) evaluated(some_, "train", at);
    else evaluated(job_.validation, "valid", at);
  } catch (const Error&) {  // a network that has diverged may give what its loss refuses
  }
}

// A full disk ends no training for want of a report: nothing more is gathered then.
void Gatherer::written(const std::function<void()>& write) {
  if (full_) return;
  try {
    write();
  } catch (const DataError&) {
    full_ = true;
  }
}

bool Gatherer::has_looked(const Position& at) const { return looked_ == at.step; }

Figures Gatherer::evaluated(const data::Dataset& rows, const std::string& part, const Position& at) {
  Samples samples(job_, rows, {part, at.step, epoch_of(at)});
  const Figures figures = evaluate(watched(forward_, samples, rows), job_.loss, job_.metric, rows);
  written([&] { write_file_atomically(folder_.samples(), samples.to_json()); });
  return figures;
}

std::string Gatherer::origin(const data::Batches& batches, const Position& at) const {
  for (const data::Batch& batch : batches.epoch(at.epoch, at.batch)) return origin_of_nan(job_, batch, random_of_step(batches.options().seed, at.step));
  return {};
}

}  // namespace gradus::train
