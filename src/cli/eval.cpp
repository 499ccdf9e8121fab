// gradus eval RUN
#include <memory>

#include <fmt/format.h>
#include <gradus/train.hpp>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

struct Wanted {
  std::string run, data;
};

int run_eval(const Wanted& wanted, const Common& common) {
  const train::Evaluated found = train::evaluate_run(wanted.run, wanted.data);
  if (common.json) {
    Json out{{"recipe", found.recipe}, {"rows", found.rows}};
    for (const auto& [name, value] : found.figures) out[name] = value;
    out["digest"] = found.digest;
    out["run"] = wanted.run;
    say_json(out);
    return fine;
  }
  say(fmt::format("{}: {}", found.recipe, counted(found.rows, "test row")));
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : found.figures) rows.push_back({"  " + name, fmt::format("{:.6g}", value)});
  say(table(rows));
  return fine;
}

}  // namespace

void add_eval(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "eval", "test a trained network on the test rows of its data",
                                 [wanted, &program] { return run_eval(*wanted, program.common); },
                                 "  gradus eval runs/digits-1\n"
                                 "  gradus eval runs/iris-1 --data newer.csv --json\n");
  command->add_option("RUN", wanted->run, "a run's folder, such as runs/digits-1")->type_name("")->required();
  command->add_option("--data", wanted->data, "where the data are now, if not where they were")->type_name("PATH");
}

}  // namespace gradus::cli
