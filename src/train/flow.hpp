// What a run's report shows of the network itself: at some steps one look at every layer, with a batch of training rows that is
// always the same. A look moves nothing: it works on a copy of the network and draws from a generator of its own.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gradus/train/fit.hpp>
#include <gradus/train/job.hpp>

namespace gradus::train {

struct Histogram {
  double low = 0, high = 0;              // the range that the counts divide evenly
  std::vector<std::int64_t> counts = {};  // empty: there was nothing finite to count
};
Histogram histogram_of(const Tensor& x);  // of every k-th number when there are many

// One module within a layer, such as the attention of a transformer block.
struct PartLook {
  std::string name;  // "attention.qkv", as the walk over the layer says it
  std::int64_t parameters = 0;
  double gradient = 0, weight = 0;
  std::optional<double> update = {};
};

struct LayerLook {
  std::string name, text;      // "0", "linear 64 -> 32"
  std::int64_t parameters = 0;
  double gradient = 0, weight = 0;            // root mean squares over the parameters of the layer
  std::optional<double> update = {};          // that of the last step's change, divided by `weight`; not before the first step
  double mean = 0, deviation = 0;             // of what the layer gives
  std::optional<double> dead = {};            // of activations such as relu: units whose slope is 0 for every row, a share
  std::optional<double> saturated = {};       // of those such as tanh: numbers where the slope is under a twentieth of the largest
  Histogram weights = {}, activations = {};
  std::vector<PartLook> parts = {};  // of a layer that is made of several
};

struct Look {
  std::int64_t step = 0;
  double epoch = 0;  // with its fraction
  double loss = 0;
  std::optional<double> lr = {};  // of the last step
  std::vector<std::pair<std::string, double>> means = {};  // of training since the line before: train_loss, train_accuracy, ...
  std::vector<LayerLook> layers;  // none: only the means were told
};
std::string to_json(const Look& look);  // one line of flow.jsonl

// One look at `job.net` with these rows. `before`: the parameters before the last step, in the order of the walk, or none.
Look look_at(const Job& job, const data::Batch& rows, const std::vector<Tensor>& before = {});
data::Batch rows_to_look_at(const Job& job);

// How many looks a run can afford: a look costs about as much as two steps with as many rows, and all together may take a hundredth of
// the steps. Where they take no more than a moment there may be more. Counted in work and not by the clock: equal runs look at the same steps.
std::int64_t affordable_looks(const Job& job, std::int64_t rows, std::int64_t steps);

// When to look: before the first step, after the last, after each of the first 31 epochs and then 16 times while their number doubles; within the
// epochs of a run of few, so that there are a dozen looks. Fewer where `most` says so.
class LookTimes {
 public:
  LookTimes(std::int64_t steps, std::int64_t batches, std::int64_t most = 1'000'000);  // in all; of an epoch
  bool due(std::int64_t step) const;

 private:
  std::int64_t steps_, batches_, every_, per_doubling_ = 16;
};

// Of the operations of a loss that is no longer finite the first that made it so, in words; empty when done again it is finite.
std::string origin_of_nan(const Job& job, const data::Batch& batch, const RandomState& random);

}  // namespace gradus::train
