// gradus predict RUN FILE
#include <memory>

#include <fmt/format.h>
#include <gradus/base/text.hpp>
#include <gradus/train.hpp>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

struct Wanted {
  std::string run, file;
};

int run_predict(const Wanted& wanted, const Common& common) {
  const train::Predicted found = train::predict(wanted.run, wanted.file);
  for (const std::string& text : found.notes) note("note: " + text);
  if (common.json) {
    say_json(Json{{"recipe", found.recipe}, {"rows", found.predictions.size()}, {"predictions", found.predictions}, {"run", wanted.run}});
    return fine;
  }
  for (const std::string& prediction : found.predictions) say(printable(prediction));
  return fine;
}

}  // namespace

void add_predict(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "predict", "what a trained network says about new rows, one line for each",
                                 [wanted, &program] { return run_predict(*wanted, program.common); },
                                 "  gradus predict runs/iris-1 new.csv\n"
                                 "  gradus predict runs/mnist-mlp-1 t10k-images-idx3-ubyte.gz --json\n");
  command->add_option("RUN", wanted->run, "a run's folder, such as runs/iris-1")->type_name("")->required();
  command
      ->add_option("FILE", wanted->file,
                   "a table like the one it learned from, with or without the target; or IDX images")
      ->type_name("")
      ->required();
}

}  // namespace gradus::cli
