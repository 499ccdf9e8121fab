// Of some rows: which class was taken for which, and the rows where the network is most wrong, with what they show.
#pragma once
#include <string>
#include <vector>

#include <gradus/train/job.hpp>

namespace gradus::train {

class Samples {
 public:
  // `part`: "train", "valid" or "test".
  Samples(const Job& job, const data::Dataset& rows, std::string part);
  // What the network made of the next rows of the data set.
  void add(const Tensor& prediction, const Tensor& target);
  std::string to_json() const;  // samples.json

 private:
  struct Wrong {
    std::int64_t row = 0;
    double loss = 0, probability = -1;  // of what was predicted; below 0: it is none
    std::string target = {}, prediction = {};
    std::vector<double> losses = {};    // of each place of a text
  };
  void count(const Tensor& prediction, const Tensor& target);
  std::string shown(const Tensor& outputs) const;
  const Job& job_;
  const data::Dataset& rows_;
  std::string part_;
  std::int64_t seen_ = 0;
  std::vector<std::vector<std::int64_t>> confusion_;  // [target][prediction]
  std::vector<Wrong> worst_;
};

// A network that is watched while it predicts: evaluate(watched(net, samples), ...) needs no second pass over the rows.
std::function<Tensor(const Tensor&)> watched(const std::function<Tensor(const Tensor&)>& net, Samples& samples, const data::Dataset& rows);

// Some training rows, for as long as a run goes on and has no others: test rows are read once, at its end.
data::Dataset some_of(const data::Dataset& all);

}  // namespace gradus::train
