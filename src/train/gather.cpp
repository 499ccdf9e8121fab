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

// Adds the time until its end.
struct Stopwatch {
  double& sum;
  double from = now();
  ~Stopwatch() { sum += now() - from; }
};

}  // namespace

Gatherer::Gatherer(const Job& job, const std::function<Tensor(const Tensor&)>& forward, const RunFolder& folder, std::int64_t steps, std::int64_t batches, const Position& from)
    : job_(job), forward_(forward), folder_(folder), times_(steps, batches), rows_(rows_to_look_at(job)), flow_(folder.flow()) {
  if (job.validation.size() == 0) some_ = some_of(job.train);
  if (from.step == 0) {
    Progress start;
    start.at = from;
    look(start);
  } else if (times_.due(from.step + 1)) {
    before_ = copies_of(job.net);
  }
}

// Short runs may be looked at for a quarter of a second, long ones for a fiftieth of their time; the end is looked at in any case.
bool Gatherer::affordable(double seconds) const { return spent_ <= 0.25 + 0.02 * seconds; }

void Gatherer::look(const Progress& progress) {
  const Stopwatch watch{spent_};
  const std::vector<Tensor> before = std::exchange(before_, {});
  Look found;
  try {
    found = look_at(job_, rows_, before);
  } catch (const Error&) {  // such as a loss that refuses what the network gives: the run itself will say so
    return;
  }
  found.step = progress.at.step;
  found.epoch = static_cast<double>(progress.at.epoch) + static_cast<double>(progress.at.batch) / static_cast<double>(std::max<std::int64_t>(1, progress.batches));
  written([&] { flow_.write(to_json(found) + "\n"); });
  looked_ = found.step;
  if (times_.due(found.step + 1)) before_ = copies_of(job_.net);
}

void Gatherer::step(const Progress& progress) {
  if (full_) return;
  const std::int64_t step = progress.at.step;
  if (!before_.empty()) {
    look(progress);
  } else if (times_.due(step + 1) && (affordable(progress.at.seconds) || times_.last(step + 1))) {
    const Stopwatch watch{spent_};
    before_ = copies_of(job_.net);
  }
}

void Gatherer::epoch(const Progress& progress) {
  // These rows are passed once more for the report alone; the first time always, so that a page has them.
  if (some_.size() == 0 || !has_looked(progress) || (progress.at.epoch > 1 && spent_ > 0.01 * progress.at.seconds)) return;
  const Stopwatch watch{spent_};
  evaluated(some_, "train");
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

bool Gatherer::has_looked(const Progress& progress) const { return looked_ == progress.at.step; }

Figures Gatherer::evaluated(const data::Dataset& rows, const std::string& part) {
  Samples samples(job_, rows, part);
  const Figures figures = evaluate(watched(forward_, samples, rows), job_.loss, job_.metric, rows);
  written([&] { write_file_atomically(folder_.samples(), samples.to_json()); });
  return figures;
}

std::string Gatherer::origin(const data::Batches& batches, const Position& at) const {
  for (const data::Batch& batch : batches.epoch(at.epoch, at.batch)) return origin_of_nan(job_, batch, random_of_step(batches.options().seed, at.step));
  return {};
}

}  // namespace gradus::train
