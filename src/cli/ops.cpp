// gradus ops: the list of operations, for people, scripts and the reference page
#include <memory>

#include <fmt/format.h>
#include <gradus/ops/registry.hpp>

#include "command.hpp"
#include "ops_page.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

// How many times it can be differentiated, as far as the generated check proves it.
int orders(const OpInfo& info) { return info.differentiable ? 2 : 0; }

int run_ops(bool as_markdown, const Common& common) {
  if (as_markdown) {
    refuse_json("--markdown", common);
    say(ops_page());
    return fine;
  }
  std::vector<std::vector<std::string>> rows;
  Json list = Json::array();
  for (const OpEntry& entry : registry()) {
    const OpInfo& info = entry.info;
    rows.push_back({std::string(info.name), std::string(name(info.family)), std::string(info.doc)});
    list.push_back({{"name", info.name}, {"family", name(info.family)}, {"doc", info.doc}, {"math", info.math}, {"orders", orders(info)}});
  }
  if (common.json) say_json(list);
  else say(table(rows));
  return fine;
}

}  // namespace

void add_ops(Program& program) {
  auto as_markdown = std::make_shared<bool>(false);
  Command* command = add_command(program, program.app, "ops", "list every operation",
                                 [as_markdown, &program] { return run_ops(*as_markdown, program.common); },
                                 "  gradus ops --json\n"
                                 "  gradus ops --markdown > ops.md\n");
  command->add_flag("--markdown", *as_markdown, "as a page, with formulas and derivatives");
}

}  // namespace gradus::cli
