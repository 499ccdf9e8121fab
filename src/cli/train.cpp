// gradus train RECIPE
#include <memory>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/train.hpp>
#include <gradus/view.hpp>

#include "command.hpp"
#include "interrupt.hpp"
#include "output.hpp"
#include "progress.hpp"

namespace gradus::cli {
namespace {

struct Wanted {
  std::string recipe, tensorboard;
  train::RunOptions run;
};

Json to_json(const train::Summary& summary) {
  Json out{{"recipe", summary.recipe}, {"steps", summary.steps},           {"epochs", summary.epochs},
           {"seconds", summary.seconds}, {"params", summary.parameters}};
  for (const auto& [name, value] : summary.figures) out[name] = value;
  out["threads"] = summary.threads;
  out["seed"] = summary.seed;
  out["digest"] = summary.digest;
  out["run"] = summary.run;
  out["ended"] = to_string(summary.ending);
  return out;
}

void tell(const train::Summary& summary, bool reported) {
  say(fmt::format("{} after {} ({}) and {} of training", to_string(summary.ending), counted(summary.epochs, "epoch"),
                  counted(summary.steps, "step"), duration(summary.seconds)));
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : summary.figures) {
    if (!name.ends_with("error")) rows.push_back({"  " + name, fmt::format("{:.6g}", value)});
  }
  rows.push_back({"  digest", summary.digest.substr(0, 12)});
  rows.push_back({"  run", summary.run});
  if (reported) rows.push_back({"  report", summary.run + "/report.html"});
  say(table(rows));
}

int run_train(const Wanted& wanted, const Common& common) {
  catch_signals();
  train::RunOptions options = wanted.run;
  options.seed = common.seed;
  options.stop = [] { return caught_signal() != 0; };
  std::unique_ptr<Progress> progress;
  std::string folder;
  const inspect::Language language = inspect::language_by_name("auto");
  std::unique_ptr<inspect::LiveReport> report;
  std::unique_ptr<inspect::EventFile> events;
  options.on_start = [&](const train::Started& started) {
    if (!wanted.tensorboard.empty()) events = std::make_unique<inspect::EventFile>(started.folder, wanted.tensorboard);  // refused before anything is shown
    progress = std::make_unique<Progress>(started);
    folder = started.folder;
    if (started.recipe.train.report) report = std::make_unique<inspect::LiveReport>(started.folder, language);
  };
  options.on_step = [&](const train::Progress& at) { progress->step(at); };
  options.on_epoch = [&](const train::Progress& at, const train::Figures* validation) {
    progress->epoch(at, validation);
    if (report) report->epoch();
    if (events) events->update();
  };
  train::Summary summary;
  try {
    summary = train::run(train::load_recipe(wanted.recipe), options);
  } catch (const DivergedError&) {
    if (progress) progress->end();
    if (report) {
      report->end();
      note(fmt::format("report: {}/report.html", folder));
    }
    throw;
  } catch (const DataError& error) {
    if (!progress) throw;  // the user's data
    progress->end();
    if (report) report->end();
    note(fmt::format("gradus: {}", error.what()));  // once a run goes, it is the run that failed
    return run_failed;
  } catch (...) {
    if (progress) progress->end();
    if (report) report->end();
    throw;
  }
  progress->end();
  int status = fine;
  try {
    if (report) inspect::write_report(summary.run, language);
    if (events) events->end();
  } catch (const std::exception& error) {  // the run itself is done and saved
    note(fmt::format("gradus: the report could not be written: {}", error.what()));
    status = run_failed;
  }
  const bool stopped = summary.ending == train::Ending::stopped;
  if (stopped) note(fmt::format("Saved. To go on: gradus train {} --out {} --resume", wanted.recipe, summary.run));
  if (common.json) say_json(to_json(summary));
  else tell(summary, report != nullptr);
  return stopped ? 128 + caught_signal() : status;
}

}  // namespace

void add_train(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "train", "train a network as a recipe says",
                                 [wanted, &program] { return run_train(*wanted, program.common); },
                                 "  gradus train digits --seed 3\n"
                                 "  gradus train my.toml --data my.csv --set optim.lr=0.01 --out runs/a\n"
                                 "  gradus train my.toml --out runs/a --resume      go on where an interrupted run stopped\n\n"
                                 "Keys of a recipe: docs/recipes.md. Ctrl-C finishes the step, saves and ends; --resume goes on from there.\n");
  command
      ->add_option("RECIPE", wanted->recipe,
                   "a built-in recipe (see `gradus recipes`) or the path of a TOML file")
      ->type_name("")
      ->required();
  command
      ->add_option("--data", wanted->run.data,
                   "where the data are: a set's folder, the one above it, or a table's file")
      ->type_name("PATH");
  command->add_option("--set", wanted->run.sets, "key=value: another value for a key of the recipe; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option_function(
          "--memory-budget", [wanted](const std::string& bytes) { wanted->run.sets.push_back("train.memory_budget=" + bytes); },
          "bytes that a step may take; what does not fit is computed again instead of kept")
      ->type_name("BYTES");
  command->add_option("--tensorboard", wanted->tensorboard, "write an event file for TensorBoard too, in a folder of the run's name there")->type_name("DIR");
  command->add_option("--out", wanted->run.out, "the run's folder (runs/NAME-N)")->type_name("DIR");
  command->add_flag_callback("--no-report", [wanted] { wanted->run.sets.push_back("train.report=false"); },
                             "gather nothing for a report, and write none");
  command->add_flag("--resume", wanted->run.resume, "go on with the interrupted run in that folder");
  command->add_flag("--overwrite", wanted->run.overwrite, "replace the run in that folder");
}

}  // namespace gradus::cli
