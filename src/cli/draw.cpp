// gradus draw EXPR|RECIPE|RUN
#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <gradus/base/file.hpp>
#include <gradus/base/options.hpp>
#include <gradus/view/explain.hpp>

#include "command.hpp"
#include "output.hpp"
#include "target.hpp"

namespace gradus::cli {
namespace {

struct Wanted {
  Target target;
  std::string format = "svg", what, out, lang = "auto";
};

int run_draw(const Wanted& wanted, const Common& common) {
  const std::vector<std::string> formats{"svg", "dot", "mermaid"}, pictures{"network", "graph"};
  const auto format = std::ranges::find(formats, wanted.format);
  if (format == formats.end()) fail_unknown("--format", "format", wanted.format, formats);
  const bool network = wanted.what.empty() ? kind_of(wanted.target) != TargetKind::expression : wanted.what == "network";
  if (!wanted.what.empty() && std::ranges::find(pictures, wanted.what) == pictures.end()) fail_unknown("--picture", "picture", wanted.what, pictures);
  const inspect::Language language = inspect::language_by_name(wanted.lang);
  const inspect::Explanation e = explanation_of(wanted.target, common);
  std::string drawing = inspect::drawing_of(e, network ? inspect::Drawing::network : inspect::Drawing::graph, static_cast<inspect::DrawingFormat>(format - formats.begin()), language);
  if (!wanted.out.empty()) {
    write_file_atomically(wanted.out, drawing);
    note(fmt::format("written: {}", wanted.out));
  }
  if (common.json) say_json(Json{{"title", e.title}, {"format", wanted.format}, {"drawing", drawing}});
  else if (wanted.out.empty()) {
    drawing.pop_back();
    say(drawing);
  }
  return fine;
}

}  // namespace

void add_draw(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "draw", "a network or a computation graph as a picture",
                                  [wanted, &program] { return run_draw(*wanted, program.common); },
                                  "  gradus draw xor-2-3-1 --out xor.svg             neuron by neuron, with weights on the edges\n"
                                  "  gradus draw runs/digits-1 --picture graph --format dot | dot -Tpng > graph.png\n"
                                  "  gradus draw \"(x*w+b-t)^2\" x=2 w=-3 b=1 t=4 --format mermaid\n");
  add_target(*command, wanted->target, "an expression, a recipe, or a run's folder");
  command->add_option("--format", wanted->format, "svg, dot or mermaid (svg)")->type_name("FORMAT");
  command->add_option("--picture", wanted->what, "network (of recipes and runs) or graph (of expressions)")->type_name("PICTURE");
  command->add_option("--lang", wanted->lang, "en or zh; without it the locale decides")->type_name("LANG");
  command->add_option("--out", wanted->out, "the file; without it standard output")->type_name("FILE");
}

}  // namespace gradus::cli
