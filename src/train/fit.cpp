#include <cmath>

#include <fmt/format.h>
#include <gradus/base/clock.hpp>
#include <gradus/train/fit.hpp>

namespace gradus::train {

std::string to_string(Ending ending) {
  switch (ending) {
    case Ending::epochs: return "all epochs are done";
    case Ending::steps: return "all steps are done";
    case Ending::target_loss: return "the target loss is reached";
    case Ending::max_seconds: return "the time is up";
    case Ending::stopped: break;
  }
  return "interrupted";
}

Tally::Tally(const FitOptions& options, const data::Batches& batches, double lr)
    : options_(options), batches_(batches.size()), seed_(batches.options().seed), lr_(lr), clock_(now()), at_(options.from) {
  if (options.schedule) lr_ = options.schedule->rate(at_.step);
  if (at_.epoch > 0 && at_.batch == 0 && at_.last.loss < options.target_loss) ended_ = Ending::target_loss;
  else if (options.steps > 0 && at_.step >= options.steps) ended_ = Ending::steps;
  else if (options.steps == 0 && at_.epoch >= options.epochs) ended_ = Ending::epochs;
  else if (options.stop && options.stop()) ended_ = Ending::stopped;
}

void Tally::check(double loss) const {
  if (std::isfinite(loss)) return;
  fail<DivergedError>("train", fmt::format("the loss became {} in step {} (epoch {})", std::isnan(loss) ? NAN : loss, at_.step + 1, at_.epoch + 1),
                      "try a smaller optim.lr, clip the gradients (optim.clip_norm=1), or look for extreme values in the data");
}

bool Tally::step(double loss, const Tensor& prediction, const Tensor& target) {
  at_.rows += target.size(0);
  at_.loss_sum += loss * static_cast<double>(target.size(0));
  at_.metric_sum += options_.metric.sum(prediction, target);
  ++at_.step;
  ++at_.batch;
  const double time = now();
  at_.seconds += time - clock_;
  clock_ = time;
  if (at_.epoch == 0) at_.last = means();
  report(options_.on_step, means());
  if (options_.schedule) lr_ = options_.schedule->rate(at_.step);
  if (options_.steps > 0 && at_.step >= options_.steps) {
    ended_ = Ending::steps;
    at_.last = means();  // of the part of an epoch that there is
  } else if (options_.stop && options_.stop()) ended_ = Ending::stopped;
  else if (at_.seconds >= options_.max_seconds) ended_ = Ending::max_seconds;
  return !ended_ || at_.batch == batches_;  // a whole epoch is closed first
}

void Tally::epoch() {
  const Figures whole = means();
  at_.last = whole;
  ++at_.epoch;
  at_.batch = at_.rows = 0;
  at_.loss_sum = at_.metric_sum = 0;
  report(options_.on_epoch, whole);
  if (ended_) return;
  if (whole.loss < options_.target_loss) ended_ = Ending::target_loss;
  else if (options_.steps == 0 && at_.epoch >= options_.epochs) ended_ = Ending::epochs;
}

RandomState random_of_step(std::uint64_t seed, std::int64_t step) {
  return {seed, std::uint64_t{0xF} << 60 | static_cast<std::uint64_t>(step) << 24};  // the high bits: no other stream has them
}

Figures Tally::means() const {
  const auto rows = static_cast<double>(at_.rows > 0 ? at_.rows : 1);
  return {at_.loss_sum / rows, options_.metric.finish(at_.metric_sum / rows)};
}

void Tally::report(const std::function<void(const Progress&)>& callback, const Figures& means) {
  if (!callback) return;
  const std::int64_t steps = options_.steps > 0 ? options_.steps : options_.epochs * batches_;
  const std::int64_t epochs = options_.steps > 0 ? (steps + batches_ - 1) / batches_ : options_.epochs;
  callback({at_, epochs, batches_, steps, means, lr_});
  clock_ = now();  // what the callback took is not training
}

}  // namespace gradus::train
