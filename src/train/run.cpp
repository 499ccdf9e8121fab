// A recipe carried out: the folder, the loop, checkpoints on the way, the last figures.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gradus/base/clock.hpp>
#include <gradus/base/file.hpp>
#include <gradus/base/sha256.hpp>
#include <gradus/base/text.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/train/checkpoint.hpp>
#include <nlohmann/json.hpp>

#include "gather.hpp"
#include "run_notes.hpp"
#include "settings.hpp"

namespace gradus::train {
namespace {

// What may change between the parts of one run: when it ends and what is shown and kept, but no number on the way.
const std::vector<std::string> free_keys{"about",           "data.path",         "train.epochs",            "train.steps", "train.target_loss",
                                         "train.max_seconds", "train.print_every", "train.checkpoint_seconds", "train.memory_budget",
                                         "train.report"};

void apply(Recipe& recipe, const RunOptions& options) {
  for (const std::string& assignment : options.sets) set(recipe, assignment);
  if (options.seed) set(recipe, fmt::format("train.seed={}", *options.seed));
  if (!options.data.empty()) recipe.data.path.value = options.data;
}

// The recipe of a continued run is the one in its folder; --set may change only what leaves its numbers alone.
Recipe continued(const Recipe& given, const RunFolder& folder, const RunOptions& options) {
  const Recipe stored = load_recipe(folder.config());
  if (stored.name.value != given.name.value) {
    fail<UsageError>("run folder", fmt::format("{} holds a run of '{}', not of '{}'", quoted(folder.path),
                                               stored.name.value, given.name.value));
  }
  Recipe recipe = stored;
  apply(recipe, options);
  recipe = resolved(recipe);
  for (const std::string& key : differences(stored, recipe)) {
    const std::string& schedule = stored.schedule.name;
    const bool moves_rate = (key == "train.epochs" || key == "train.steps") && schedule != "constant";
    if (!moves_rate && std::ranges::find(free_keys, key) != free_keys.end()) continue;
    std::string before, after;
    for_each_setting(stored, [&](const std::string& name, const auto& setting) { if (name == key) before = toml_text(setting.value); });
    for_each_setting(recipe, [&](const std::string& name, const auto& setting) { if (name == key) after = toml_text(setting.value); });
    fail<UsageError>("run folder",
                     fmt::format("the run in {} has {} = {}; it cannot go on with {}{}", quoted(folder.path), key, before, after,
                                 moves_rate ? ", because the rate follows a " + schedule + " schedule over all of the run" : ""),
                     "start a new one, or leave that out");
  }
  return recipe;
}

// What the checkpoint and the recipe must have in common.
void check_continues(const Checkpoint& checkpoint, const std::string& data, const Recipe& recipe, const RunFolder& folder) {
  if (checkpoint.data != data) {
    fail<UsageError>("run folder",
                     fmt::format("the training data are not those of the run in {}: {} then, {} now", quoted(folder.path),
                                 checkpoint.data, data),
                     "--overwrite starts anew; --data says where the old data are");
  }
  const std::int64_t begun = checkpoint.at.epoch + (checkpoint.at.batch > 0 ? 1 : 0);
  if (recipe.train.steps > 0) {
    if (recipe.train.steps >= checkpoint.at.step) return;
    fail<UsageError>("run folder",
                     fmt::format("the run in {} has done {} steps; it cannot end after {}", quoted(folder.path), checkpoint.at.step, recipe.train.steps.value),
                     fmt::format("train.steps = {} or more", checkpoint.at.step));
  }
  if (recipe.train.epochs >= begun) return;
  fail<UsageError>("run folder",
                   fmt::format("the run in {} has begun epoch {}; it cannot end after {}", quoted(folder.path), begun, recipe.train.epochs.value),
                   fmt::format("train.epochs = {} or more", begun));
}

// The parts of a run that callbacks of the loop need.
struct Runner {
  const RunOptions& options;
  Job& job;
  RunFolder folder;
  optim::Optimizer& optimizer;
  std::string data;  // fingerprint
  AppendFile metrics{folder.metrics()};
  std::function<Tensor(const Tensor&)> forward = make_forward(job.recipe, job.net);
  std::optional<Gatherer> gatherer = {};
  Position reached = {};  // after the last step
  double saved_at = now();

  void save(const Position& at) {
    save_checkpoint(folder.checkpoints(), {at, tensors_of(job.net), optimizer.state(), data});
    saved_at = now();
  }
  void save_when_due(const Position& at) {
    if (now() - saved_at >= job.recipe.train.checkpoint_seconds) save(at);
  }
  void step(const Progress& progress) {
    reached = progress.at;
    if (gatherer) gatherer->step(progress);
    if (options.on_step) options.on_step(progress);
    save_when_due(progress.at);
  }
  void epoch(const Progress& progress) {
    reached = progress.at;
    const bool has_validation = job.validation.size() > 0;
    Figures valid;
    if (has_validation && gatherer && gatherer->has_looked(progress.at)) valid = gatherer->evaluated(job.validation, "valid", progress.at);
    else if (has_validation) valid = evaluate(forward, job.loss, job.metric, job.validation);
    if (gatherer) gatherer->epoch(progress);
    nlohmann::ordered_json line{{"epoch", progress.at.epoch}, {"step", progress.at.step}};
    for (const auto& [name, value] : progress.means.named("train_", job.metric)) line[name] = value;
    if (has_validation) {
      for (const auto& [name, value] : valid.named("valid_", job.metric)) line[name] = value;
    }
    line["lr"] = progress.lr;
    line["seconds"] = progress.at.seconds;
    metrics.write(line.dump() + "\n");
    if (options.on_epoch) options.on_epoch(progress, has_validation ? &valid : nullptr);
    save_when_due(progress.at);
  }
};

std::int64_t steps_of(const TrainKeys& keys, std::int64_t batches) { return keys.steps > 0 ? keys.steps.value : keys.epochs * batches; }

FitOptions fit_options(Runner& runner, const data::Batches& batches, const Position& from) {
  const TrainKeys& keys = runner.job.recipe.train;
  FitOptions options;
  options.epochs = keys.epochs;
  options.target_loss = keys.target_loss;
  if (keys.max_seconds > 0) options.max_seconds = keys.max_seconds;
  options.steps = keys.steps;
  options.clip_norm = runner.job.recipe.optim.clip_norm;
  options.schedule = make_schedule(runner.job.recipe, steps_of(keys, batches.size()));
  options.metric = runner.job.metric;
  options.on_step = [&runner](const Progress& progress) { runner.step(progress); };
  options.on_epoch = [&runner](const Progress& progress) { runner.epoch(progress); };
  options.stop = runner.options.stop;
  options.from = from;
  options.compile = keys.compile;
  options.plan.memory_budget = static_cast<std::size_t>(keys.memory_budget.value);
  return options;
}

// Of training, validation and test, by name; without the test's when the run was stopped. The loss tells of an update in the
// step after it; after the last there is none, so these figures have to.
NamedFigures last_figures(Runner& runner, const FitResult& result) {
  Job& job = runner.job;
  NamedFigures all = result.at.last.named("train_", job.metric);
  const auto add = [&](const char* prefix, const data::Dataset& rows) {
    const bool last = &rows == &job.test;
    const Figures figures = runner.gatherer && last ? runner.gatherer->evaluated(rows, "test", result.at) : evaluate(runner.forward, job.loss, job.metric, rows);
    if (!std::isfinite(figures.loss)) {
      fail<DivergedError>("train", fmt::format("the {}loss was no longer finite after the last update (step {})", prefix, result.at.step),
                          "try a smaller optim.lr, clip the gradients (optim.clip_norm=1), or look for extreme values in the data");
    }
    for (auto& figure : figures.named(prefix, job.metric)) all.push_back(std::move(figure));
  };
  if (job.validation.size() > 0) add("valid_", job.validation);
  if (result.ending != Ending::stopped) add("test_", job.test);
  return all;
}

// On for one run.
struct Deterministic {
  const bool before = deterministic();
  explicit Deterministic(bool on) { set_deterministic(on); }
  ~Deterministic() { set_deterministic(before); }
  Deterministic(const Deterministic&) = delete;
  Deterministic& operator=(const Deterministic&) = delete;
};

}  // namespace

Summary run(const Recipe& given, const RunOptions& options) {
  Recipe recipe = given;
  apply(recipe, options);
  recipe = resolved(recipe);
  const Place place = find_place(recipe.name, options);
  if (place.goes_on) recipe = continued(recipe, place.folder, options);

  const Deterministic same(deterministic() || recipe.train.deterministic);
  Job job = make_job(recipe);
  const auto optimizer = make_optimizer(job.recipe, job.net);
  const data::Batches batches = make_batches(job);
  Started started{job.recipe, {}, nn::count_parameters(job.net), job.train.size(), job.test.size(), job.metric.name(), job.train.notes, 0};
  const std::string data = data::fingerprint(job.train);
  Position from;
  if (place.goes_on) {
    if (const auto checkpoint = load_checkpoint(place.folder.checkpoints(), started.notes)) {
      check_continues(*checkpoint, data, job.recipe, place.folder);
      assign(job.net, checkpoint->network, place.folder.checkpoints());
      optimizer->load_state(checkpoint->optimizer);
      from = checkpoint->at;
    } else {
      started.notes.push_back(
          fmt::format("the run in {} has no checkpoint yet, so it starts from the beginning", quoted(place.folder.path)));
    }
  }
  if (job.recipe.train.memory_budget > 0) {  // too little is found out before anything is written
    const plan::Options budget{.memory_budget = static_cast<std::size_t>(job.recipe.train.memory_budget.value)};
    for (const data::Batch& batch : batches.epoch(0)) {
      compile(update_step(job.net, job.loss, *optimizer, job.recipe.optim.clip_norm), budget).prepare(batch.x, batch.y);
      break;
    }
  }
  const RunFolder folder = start_folder(place, job.recipe);
  trim_lines(folder, from);
  started.folder = folder.path;
  started.from_step = from.step;
  RunNotes notes(folder, job, data, batches.size(), from);
  if (options.on_start) options.on_start(started);

  Runner runner{.options = options, .job = job, .folder = folder, .optimizer = *optimizer, .data = data, .reached = from};
  if (job.recipe.train.report) runner.gatherer.emplace(job, runner.forward, runner.folder, steps_of(job.recipe.train, batches.size()), batches.size(), from);
  Summary summary;
  const FitResult result = [&] {
    try {
      const FitResult done = fit(job.net, job.loss, *optimizer, batches, fit_options(runner, batches, from));
      summary.figures = last_figures(runner, done);
      if (runner.gatherer) runner.gatherer->end(done.at, done.ending != Ending::stopped);
      return done;
    } catch (const DivergedError& error) {
      try {
        write_file_atomically(folder.failure(), error.detail() + "\n");
        notes.diverged(error.detail(), runner.gatherer ? runner.gatherer->origin(batches, runner.reached) : "");
      } catch (const DataError&) {  // a full disk must not hide why the run ended
      }
      if (runner.gatherer) runner.gatherer->end(runner.reached, false);
      throw;
    }
  }();
  runner.save(result.at);
  save(job.net, folder.model(), to_metadata(job));

  summary.recipe = job.recipe.name;
  summary.run = folder.path;
  summary.ending = result.ending;
  summary.steps = result.at.step;
  summary.epochs = result.at.epoch;
  summary.parameters = started.parameters;
  summary.seed = job.recipe.train.seed;
  summary.seconds = result.at.seconds;
  summary.train_loss = result.at.last.loss;
  summary.threads = threads();
  summary.digest = sha256(read_file(folder.model()));
  notes.ended(summary);
  return summary;
}

}  // namespace gradus::train
