// gradus plan RECIPE: what a step of training consists of, and where its time goes.
#include <memory>

#include <fmt/format.h>
#include <gradus/base/clock.hpp>
#include <gradus/base/error.hpp>
#include <gradus/base/memory.hpp>
#include <gradus/base/threads.hpp>
#include <gradus/train.hpp>

#include <algorithm>

#include "command.hpp"
#include "machine.hpp"
#include "output.hpp"
#include "tasks.hpp"

namespace gradus::cli {
namespace {

constexpr std::size_t most_kept = 12;

struct Wanted {
  std::string recipe, data;
  std::vector<std::string> sets;
};

int run_plan(const Wanted& wanted, const Common& common) {
  train::Recipe recipe = train::load_recipe(wanted.recipe);
  for (const std::string& assignment : wanted.sets) train::set(recipe, assignment);
  if (common.seed) train::set(recipe, fmt::format("train.seed={}", *common.seed));
  if (!wanted.data.empty()) recipe.data.path.value = wanted.data;
  train::Job job = train::make_job(recipe);
  const auto optimizer = train::make_optimizer(job.recipe, job.net);
  auto step = compile(train::update_step(job.net, job.loss, *optimizer, job.recipe.optim.clip_norm));
  const data::Batches batches = train::make_batches(job);
  data::Epoch epoch = batches.epoch(0);
  const data::Batch batch = *epoch.begin();

  static_cast<void>(step(batch.x, batch.y));
  double start = now();
  static_cast<void>(step(batch.x, batch.y));
  const double once = now() - start;
  const int runs = static_cast<int>(std::clamp(1 / std::max(once, 1e-9), 5.0, 1000.0));  // about a second
  const plan::Report report = step.measure(runs, batch.x, batch.y);
  start = now();
  for (int i = 0; i < runs; ++i) static_cast<void>(step(batch.x, batch.y));
  const double whole = std::min(report.seconds, (now() - start) / runs);

  const std::size_t work = memory_use().work;
  const double memory = static_cast<double>(report.arena_bytes + report.outside_bytes);
  const Limits limits = measure_limits(memory);
  const TaskTable tasks(report, limits);
  const std::int64_t params = nn::count_parameters(job.net);
  Json kept = Json::array();
  for (const plan::KeptValue& value : report.kept) {
    kept.push_back({{"bytes", value.bytes}, {"made", value.made}, {"read", value.read}, {"first", value.first}, {"last", value.last}});
  }
  if (common.json) {
    say_json(Json{{"recipe", job.recipe.name.value},
                  {"threads", threads()},
                  {"params", params},
                  {"batch", batch.x.size(0)},
                  {"ms", whole * 1000},
                  {"predicted_ms", tasks.predicted() * 1000},
                  {"arena_bytes", report.arena_bytes},
                  {"outside_bytes", report.outside_bytes},
                  {"work_bytes", work},
                  {"peak_gflops", limits.flops / 1e9},
                  {"peak_gbytes_per_s", limits.bandwidth / 1e9},
                  {"kept", kept},
                  {"kinds", tasks.kinds()},
                  {"tasks", tasks.in_order()}});
    return fine;
  }
  say(tasks.text());
  say("\n" + tasks.kinds_text());
  std::vector<std::vector<std::string>> rows{{"bytes", "tasks", "made by", "last read by"}};
  for (const plan::KeptValue& value : report.kept) {
    if (rows.size() <= most_kept) rows.push_back({grouped(static_cast<std::int64_t>(value.bytes)), fmt::format("{} to {}", value.first + 1, value.last + 1), value.made, value.read});
  }
  say(fmt::format("\nWhere the plan needs most memory it keeps {}:", counted(static_cast<std::int64_t>(report.kept.size()), "value")));
  say(table(rows));
  say(fmt::format("\n{}: a step of {} in {}, {}; at the limits of this machine {} ({:.4g} GFLOP/s, {:.4g} GB/s with {})", job.recipe.name.value,
                  counted(batch.x.size(0), "row"), counted(static_cast<std::int64_t>(report.tasks.size()), "task"), short_time(whole),
                  short_time(tasks.predicted()), limits.flops / 1e9, limits.bandwidth / 1e9, counted(threads(), "thread")));
  say(fmt::format("memory: {} bytes of the plan's own, {} of inputs, parameters, optimizer and results; {}; besides {} that kernels work in",
                  grouped(static_cast<std::int64_t>(report.arena_bytes)), grouped(static_cast<std::int64_t>(report.outside_bytes)), counted(params, "parameter"),
                  grouped(static_cast<std::int64_t>(work))));
  return fine;
}

}  // namespace

void add_plan(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "plan", "what a step of training consists of, and where its time goes",
                                 [wanted, &program] { return run_plan(*wanted, program.common); },
                                 "  gradus plan digits\n"
                                 "  gradus plan mnist-cnn --data ~/mnist --set train.batch=256 --threads 1\n\n"
                                 "One line for each task of the plan: the time it takes (the longest, half of the step together, are marked),\n"
                                 "the time that its operations and bytes need at best on this machine, and what they are. Nothing is saved.\n");
  command->add_option("RECIPE", wanted->recipe, "a built-in recipe (see `gradus recipes`) or the path of a TOML file")->type_name("")->required();
  command->add_option("--data", wanted->data, "where the data are: a set's folder, the one above it, or a table's file")->type_name("PATH");
  command->add_option("--set", wanted->sets, "key=value: another value for a key of the recipe; may be repeated")->type_name("KEY=VALUE")->allow_extra_args(false);
}

}  // namespace gradus::cli
