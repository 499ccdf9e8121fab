// gradus report RUN, gradus compare RUN RUN...
#include <memory>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <gradus/view.hpp>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

struct Wanted {
  std::string run, out, lang = "auto", tensorboard, html;
  std::vector<std::string> runs;
};

int run_report(const Wanted& wanted, const Common& common) {
  const inspect::Language language = inspect::language_by_name(wanted.lang);
  const std::string page = inspect::report_page(wanted.run, language), path = wanted.out.empty() ? wanted.run + "/report.html" : wanted.out;
  write_file_atomically(path, page);
  std::string events;
  if (!wanted.tensorboard.empty()) {
    inspect::EventFile file(wanted.run, wanted.tensorboard);
    file.end();
    events = file.path();
  }
  const std::vector<std::string> warnings = inspect::report_warnings(wanted.run);
  if (common.json) {
    Json out{{"run", wanted.run}, {"report", path}, {"bytes", page.size()}, {"warnings", warnings}};
    if (!events.empty()) out["tensorboard"] = events;
    say_json(out);
    return fine;
  }
  say(path);
  if (!events.empty()) say(events);
  for (const std::string& text : warnings) note("note: " + text);
  return fine;
}

int run_compare(const Wanted& wanted, const Common& common) {
  const inspect::Language language = inspect::language_by_name(wanted.lang);
  if (wanted.runs.size() < 2) fail<UsageError>("gradus compare", "one run alone cannot be compared", "name two or more folders of runs");
  const inspect::Comparison comparison = inspect::compare(wanted.runs);
  if (!wanted.html.empty()) write_file_atomically(wanted.html, inspect::comparison_page(comparison, language));
  std::string text = inspect::comparison_text(comparison, language);
  text.pop_back();
  say(common.json ? inspect::comparison_json(comparison) : text);
  if (!wanted.html.empty()) note(fmt::format("written: {}", wanted.html));
  return fine;
}

}  // namespace

void add_report(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "report", "make the report of a run anew: curves, errors, gradient flow, how to repeat it",
                                  [wanted, &program] { return run_report(*wanted, program.common); },
                                  "  gradus report runs/digits-1                     runs/digits-1/report.html, as training leaves it\n"
                                  "  gradus report runs/digits-1 --lang zh --out page.html\n"
                                  "  gradus report runs/digits-1 --tensorboard boards\n");
  command->add_option("RUN", wanted->run, "a run's folder, also of one that was interrupted or killed")->type_name("")->required();
  command->add_option("--out", wanted->out, "another place for the page")->type_name("FILE");
  command->add_option("--lang", wanted->lang, "en or zh; without it the locale decides")->type_name("LANG");
  command->add_option("--tensorboard", wanted->tensorboard, "write an event file for TensorBoard too, in a folder of the run's name there")->type_name("DIR");
}

void add_compare(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "compare", "lay runs side by side: what differs, how they ended, their curves",
                                  [wanted, &program] { return run_compare(*wanted, program.common); },
                                  "  gradus compare runs/digits-1 runs/digits-2\n"
                                  "  gradus compare runs/* --html page.html\n");
  command->add_option("RUN", wanted->runs, "folders of runs")->type_name("")->required();
  command->add_option("--html", wanted->html, "write a page with the curves, which opens offline")->type_name("FILE");
  command->add_option("--lang", wanted->lang, "en or zh; without it the locale decides")->type_name("LANG");
}

}  // namespace gradus::cli
