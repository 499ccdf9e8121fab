// gradus ops: the list of operations, for people, scripts and the reference page
#include <memory>

#include <fmt/format.h>
#include <gradus/ops/registry.hpp>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

// How many times it can be differentiated, as far as the generated check proves it.
int orders(const OpInfo& info) { return info.differentiable ? 2 : 0; }

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.replace(at, 1, "\\|");
  return text;
}
std::string code(std::string_view text) { return text.empty() ? "" : "`" + cell(std::string(text)) + "`"; }

// By family, in the order of the list: the reference page.
std::string markdown() {
  std::string out, family;
  std::vector<Family> families;
  for (const OpEntry& entry : registry()) {
    if (std::find(families.begin(), families.end(), entry.info.family) == families.end()) families.push_back(entry.info.family);
  }
  for (const Family one : families) {
    out += fmt::format("{}## {}\n\n| op | what it is | formula | derivatives |\n|---|---|---|---|\n", out.empty() ? "" : "\n", name(one));
    for (const OpEntry& entry : registry()) {
      if (entry.info.family != one) continue;
      std::string derivatives;
      for (const std::string& text : entry.derivatives) {
        if (!text.empty()) derivatives += (derivatives.empty() ? "" : ", ") + code(text);
      }
      if (!entry.info.differentiable) derivatives = "none";
      out += fmt::format("| `{}` | {} | {} | {} |\n", entry.info.name, cell(std::string(entry.info.doc)), code(entry.info.math), derivatives);
    }
  }
  out.pop_back();
  return out;
}

int run_ops(bool as_markdown, const Common& common) {
  if (as_markdown) {
    say(markdown());
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
  CLI::App* command = add_command(program, program.app, "ops", "list every operation",
                                  [as_markdown, &program] { return run_ops(*as_markdown, program.common); });
  command->add_flag("--markdown", *as_markdown, "as a page, with formulas and derivatives");
}

}  // namespace gradus::cli
