// A recipe made real: data, network, loss, metric, update rule. What training, evaluation and prediction share.
#pragma once
#include <memory>
#include <optional>

#include "../optim.hpp"
#include "metric.hpp"
#include "recipe.hpp"

namespace gradus::train {

// Defaults that depend on other keys are filled in (the loss, what the rule takes), and relative paths are made absolute, so
// that a run folder can be read from anywhere. UsageError for keys that contradict each other.
Recipe resolved(Recipe recipe);

struct Job {
  Recipe recipe;  // resolved
  data::Dataset train, validation, test;  // in the form that the loss takes; validation is empty unless data.holdout is given, or the set has one
  data::Preprocessing preprocessing;
  std::vector<std::string> classes;       // their names; empty when numbers are predicted
  Shape sample;                           // what the network takes, without the batch axis
  nn::Sequential net;                     // freshly started from train.seed
  nn::Loss loss;
  Metric metric;
};

// Loads the data and builds the network. Every check that needs no training is made here, before anything is written.
// `fitted`: what a trained network makes of rows, to be used as it is; otherwise it is learned from the training rows.
// `symbols`: of text, those that a trained network knows.
Job make_job(const Recipe& recipe, const data::Preprocessing* fitted = nullptr, const std::vector<std::string>* symbols = nullptr);

// symbols: how many there are of text; 0: samples are numbers.
nn::Sequential make_net(const Recipe& recipe, const Shape& sample, std::int64_t symbols = 0);
nn::Loss make_loss(const Recipe& recipe);
std::unique_ptr<optim::Optimizer> make_optimizer(const Recipe& recipe, const std::vector<NamedParam>& parameters);
// The network as a function for rows that are only looked at: compiled, unless the recipe says no. It refers to `net`.
std::function<Tensor(const Tensor&)> make_forward(const Recipe& recipe, const nn::Sequential& net);
inline std::unique_ptr<optim::Optimizer> make_optimizer(const Recipe& recipe, nn::Sequential& net) { return make_optimizer(recipe, parameters(net)); }
data::Batches make_batches(const Job& job);  // of the training rows, as the recipe wants them
optim::Schedule make_schedule(const Recipe& recipe, std::int64_t steps);

// The outputs of a network as people read them: the names of classes, 0 or 1 for outputs with a threshold, or numbers, which
// are in the unit of the target: output * scale + shift.
struct Reading {
  std::vector<std::string> classes;
  std::optional<double> threshold = {};
  double scale = 1, shift = 0;
};
std::vector<std::string> readable(const Tensor& outputs, const Reading& reading);
// On which side of it an output of a loss on numbers from 0 to 1 means 1.
double threshold_of(const Recipe& recipe);

}  // namespace gradus::train
