// Of some rows: which class was taken for which, true numbers beside predicted ones, and the rows with the largest loss, with what they show.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <gradus/train/job.hpp>

namespace gradus::train {

// The run's own loss of each row, whose mean is the loss that the run tells; of a text of each place.
Tensor losses_of(const Job& job, const Tensor& prediction, const Tensor& target);

// Which rows, and when: "train", "valid" or "test", after this step.
struct Moment {
  std::string part;
  std::int64_t step = 0;
  double epoch = 0;  // with its fraction
};

// One number that is predicted, in its own unit: value = number * scale + shift.
struct Line {
  double scale = 1, shift = 0;
  double absolute = 0, squared = 0, sum = 0, squares = 0;  // over the rows: |error|, error^2, and of the true values
  std::vector<std::pair<double, double>> pairs = {};       // true and predicted, of some rows
};

class Samples {
 public:
  Samples(const Job& job, const data::Dataset& rows, Moment moment);
  // What the network made of the next rows of the data set.
  void add(const Tensor& prediction, const Tensor& target);
  std::string to_json() const;  // samples.json

 private:
  struct Wrong {
    std::int64_t row = 0;
    double loss = 0, probability = -1;  // of what was predicted; below 0: it is none
    double error = 0;                   // of one number: by how much too large, in its own unit
    std::string target = {}, prediction = {};
    std::vector<double> losses = {};    // of each place of a text
  };
  void count(const Tensor& prediction, const Tensor& target);
  void compare(const Tensor& prediction, const Tensor& target);
  std::string shown(const Tensor& outputs) const;
  const Job& job_;
  const data::Dataset& rows_;
  Moment moment_;
  std::int64_t seen_ = 0, without_ = 0;               // rows; those whose outputs were not finite
  std::vector<std::string> classes_;
  std::vector<std::vector<std::int64_t>> confusion_;  // [target][prediction]
  std::optional<Line> line_;
  std::vector<Wrong> worst_;
};

// A network that is watched while it predicts: evaluate(watched(net, samples), ...) needs no second pass over the rows.
std::function<Tensor(const Tensor&)> watched(const std::function<Tensor(const Tensor&)>& net, Samples& samples, const data::Dataset& rows);

// Some training rows, for as long as a run goes on and has no others: test rows are read once, at its end.
data::Dataset some_of(const data::Dataset& all);

}  // namespace gradus::train
