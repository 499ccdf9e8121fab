// The training loop. It is short enough to be copied and changed; Tally keeps the counts and the clock.
//   optim::Adam opt{net, {.lr = 0.001}};
//   data::Batches batches(data::flat(data::load({.set = "digits"}).train), {.size = 32});
//   auto result = train::fit(net, nn::loss_by_name("cross_entropy"), opt, batches, {.epochs = 10});
#pragma once
#include <limits>
#include <optional>

#include "../base/random.hpp"
#include "../optim.hpp"
#include "../plan.hpp"
#include "metric.hpp"

namespace gradus::train {

// Where a run stands. Together with the network and the optimizer it is all that a continued run needs.
struct Position {
  std::int64_t epoch = 0;  // epochs that are done
  std::int64_t batch = 0;  // batches of the next one that are done
  std::int64_t step = 0;   // steps in all
  std::int64_t rows = 0;   // rows seen in this epoch, and their sums
  double loss_sum = 0, metric_sum = 0;
  double seconds = 0;      // of training alone
  Figures last = {};       // means over the last whole epoch; over what there is before one has ended
};

struct Progress {
  Position at;
  std::int64_t epochs = 0, batches = 0;  // in all; of an epoch
  std::int64_t steps = 0;                // in all
  Figures means;                         // over this epoch so far, or over the one that has just ended
  double lr = 0;
};

enum class Ending { epochs, steps, target_loss, max_seconds, stopped };
std::string to_string(Ending ending);  // "all epochs are done", "the target loss is reached", ...

struct FitOptions {
  std::int64_t epochs = 10;
  std::int64_t steps = 0;                                        // above 0: ends after so many, whatever epochs says
  double target_loss = 0;                                        // ends after an epoch with a mean loss below this
  double max_seconds = std::numeric_limits<double>::infinity();  // of training; what callbacks take does not count
  double clip_norm = 0;                                          // 0: gradients are not clipped
  std::optional<optim::Schedule> schedule = {};                  // else the optimizer's rate stays
  Metric metric = {};
  std::function<void(const Progress&)> on_step = {}, on_epoch = {};
  std::function<bool()> stop = {};  // asked before the first and after every step; true ends the run there
  Position from = {};               // where an interrupted run stood
  bool compile = true;              // the step as a plan; off for losses and networks that look at numbers while they run
  plan::Options plan = {};
};

struct FitResult {
  Ending ending = Ending::epochs;
  Position at;
};

// What dropout and its like draw from in a step: a pure function of the seed of the batches and of the steps before it.
RandomState random_of_step(std::uint64_t seed, std::int64_t step);

class Tally {
 public:
  Tally(const FitOptions& options, const data::Batches& batches, double lr);
  const Position& at() const { return at_; }
  bool running() const { return !ended_; }
  double lr() const { return lr_; }                                       // for the next step
  RandomState random() const { return random_of_step(seed_, at_.step); }  // for the next step
  void check(double loss) const;                                          // DivergedError unless it is finite
  bool step(double loss, const Tensor& prediction, const Tensor& target);  // false: stop here
  void epoch();
  FitResult result() const { return {ended_.value_or(Ending::epochs), at_}; }

 private:
  void report(const std::function<void(const Progress&)>& callback, const Figures& means);
  Figures means() const;
  const FitOptions& options_;
  std::int64_t batches_;
  std::uint64_t seed_;
  double lr_, clock_;
  Position at_;
  std::optional<Ending> ended_;
};

// One step as a function of a batch: it moves `net` and gives the loss and the prediction. The arguments stay in use.
template <class Net, class Loss>
auto update_step(Net& net, const Loss& loss, optim::Optimizer& optimizer, double clip_norm) {
  return [&net, &loss, &optimizer, clip_norm](const Tensor& x, const Tensor& target) {
    Tensor prediction;
    auto [value, grads] = value_and_grad(net, [&](const Net& n) {
      const Tensor y = n(x);
      prediction = stop_gradient(y);
      return loss(y, target);
    });
    if (clip_norm > 0) optim::clip_by_norm(grads, clip_norm);
    optimizer.update(net, grads, isfinite(value));  // a run that diverges leaves the network as it was
    return std::pair(value, prediction);
  };
}

template <class Net, class Loss>
FitResult fit(Net& net, const Loss& loss, optim::Optimizer& optimizer, const data::Batches& batches, const FitOptions& options = {}) {
  Tally tally(options, batches, optimizer.lr());
  auto update = update_step(net, loss, optimizer, options.clip_norm);
  auto step = compile(update, options.plan);
  while (tally.running()) {
    for (const data::Batch& batch : batches.epoch(tally.at().epoch, tally.at().batch)) {
      const RandomScope random(tally.random());
      optimizer.set_lr(tally.lr());
      const auto [value, prediction] = options.compile ? step(batch.x, batch.y) : update(batch.x, batch.y);
      tally.check(value.item());
      if (!tally.step(value.item(), prediction, batch.y)) return tally.result();
    }
    tally.epoch();
  }
  return tally.result();
}

}  // namespace gradus::train
