// Metrics: how good predictions are, in a number that people read. And the evaluation of a network on rows it is given.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "../data.hpp"
#include "../nn.hpp"

namespace gradus::train {

// A mean over rows. `accuracy`: prediction [n, classes] against class numbers [n], or against one-hot rows [n, classes].
// `symbols`: that of text, over all places of [n, T, symbols], or of [n, symbols]; with it goes the perplexity, exp(loss).
// `binary_accuracy`: every output of a row is on the side of `threshold` where its target of 0 or 1 is.
struct Metric {
  enum class Kind { none, accuracy, binary_accuracy, rmse, symbols };
  Kind kind = Kind::none;
  double threshold = 0.5;
  double scale = 1;  // rmse: the unit that targets were divided by

  std::string name() const;                                             // "accuracy", "rmse"; empty for none
  double sum(const Tensor& prediction, const Tensor& target) const;     // over the rows, of what is averaged
  double finish(double mean) const;                                     // rmse takes the root
};

struct Figures {
  double loss = 0, metric = 0;
  // By name, for people and scripts: with prefix "test_": test_loss, test_accuracy, test_error; or rmse; perplexity too, of text.
  std::vector<std::pair<std::string, double>> named(const std::string& prefix, const Metric& of) const;
};

// The mean loss and metric over all rows, in parts of `rows`, so that memory stays bounded. Nothing is trained or changed.
Figures evaluate(const std::function<Tensor(const Tensor&)>& net, const nn::Loss& loss, const Metric& metric,
                 const data::Dataset& dataset, std::int64_t rows = 1000);

}  // namespace gradus::train
