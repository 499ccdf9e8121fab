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

struct LayerLook {
  std::string name, text;      // "0", "linear 64 -> 32"
  std::int64_t parameters = 0;
  double gradient = 0, weight = 0;            // root mean squares over the parameters of the layer
  std::optional<double> update = {};          // that of the last step's change, divided by `weight`; not before the first step
  double mean = 0, deviation = 0;             // of what the layer gives
  std::optional<double> dead = {};            // of activations such as relu: units whose slope is 0 for every row, a share
  std::optional<double> saturated = {};       // of those such as tanh: numbers where the slope is under a twentieth of the largest
  Histogram weights = {}, activations = {};
};

struct Look {
  std::int64_t step = 0;
  double epoch = 0;  // with its fraction
  double loss = 0;
  std::vector<LayerLook> layers;
};
std::string to_json(const Look& look);  // one line of flow.jsonl

// One look at `job.net` with these rows. `before`: the parameters before the last step, in the order of the walk, or none.
Look look_at(const Job& job, const data::Batch& rows, const std::vector<Tensor>& before = {});
data::Batch rows_to_look_at(const Job& job);

// When to look: before the first step, after the last, after each of the first 31 epochs and then 16 times while their number doubles; within the
// epochs of a run of few, so that there are a dozen looks at least.
class LookTimes {
 public:
  LookTimes(std::int64_t steps, std::int64_t batches);  // in all; of an epoch
  bool due(std::int64_t step) const;
  bool last(std::int64_t step) const { return step == steps_; }

 private:
  std::int64_t steps_, batches_, every_;
};

// Of the operations of a loss that is no longer finite the first that made it so, in words; empty when done again it is finite.
std::string origin_of_nan(const Job& job, const data::Batch& batch, const RandomState& random);

}  // namespace gradus::train
