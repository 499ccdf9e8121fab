// gradus data list
#include <memory>

#include <fmt/format.h>
#include <gradus/data.hpp>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

int run_list(const std::string& path, const Common& common) {
  std::vector<std::vector<std::string>> rows;
  Json list = Json::array();
  for (const data::Listing& set : data::list(path)) {
    rows.push_back({set.name, set.kind, set.here ? "here" : "missing", set.size, set.about});
    list.push_back({{"name", set.name}, {"kind", set.kind}, {"about", set.about}, {"size", set.size}, {"licence", set.licence},
                    {"here", set.here}, {"where", set.where}, {"hint", set.hint}});
  }
  if (common.json) say_json(Json{{"sets", list}});
  else say(table(rows));
  return fine;
}

}  // namespace

void add_data(Program& program) {
  Command* command = add_command(program, program.app, "data", "what there is to learn from", {}, "  gradus data list\n");
  auto path = std::make_shared<std::string>();
  Command* list = add_command(program, *command, "list", "the data sets that are known by name, and whether they are here",
                              [path, &program] { return run_list(*path, program.common); },
                              "  gradus data list --data ~/sets\n");
  list->add_option("--data", *path, "look here instead of in $GRADUS_DATA and /usr/share/datasets")->type_name("PATH");
}

}  // namespace gradus::cli
