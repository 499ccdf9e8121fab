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

constexpr std::string_view page_head =
    R"(# Operations

Made by `./run ops --markdown > docs/ops.md` from the list of operations. A function of the same name applies each to tensors
(`include/gradus/ops` has the signatures), the elementwise ones also to the scalar engine's `Value`.

In derivatives, `x` (or `a`, `b`, `c`) are the inputs, `y` is the result, and `t` is what arrives from the loss: the text is what flows
on to each input. An input without one is a constant.
)";

struct FamilyPage {
  Family family;
  std::string_view title, about;
};
constexpr FamilyPage pages[] = {
    {Family::map, "Elementwise", "Shapes broadcast as in NumPy; integers become f32 where the function needs it."},
    {Family::move, "Moves", "The same elements in another place. The gradient is the inverse move."},
    {Family::reduce, "Reductions", "Over any axes, `keepdims` leaves them with size 1."},
    {Family::contract, "Products", "The gradient is two products of the same kind."},
    {Family::index, "Indexing", "By integers; one outside its axis is an error."},
    {Family::row, "Along one axis", "Fused; the same from plain operations is the oracle in tests."},
};

std::string derivatives_of(const OpEntry& entry) {
  if (!entry.info.differentiable) return "none";
  std::string out;
  for (const std::string& text : entry.derivatives) out += (out.empty() ? "" : ", ") + (text.empty() ? "none" : code(text));
  return out;
}

// The reference page: by family, in the order of the list.
std::string markdown() {
  std::string out(page_head);
  for (const FamilyPage& page : pages) {
    const bool formulas = page.family == Family::map;
    out += fmt::format("\n## {}\n\n{}\n\n", page.title, page.about);
    out += formulas ? "| operation | what it is | formula | derivatives |\n|---|---|---|---|\n" : "| operation | what it is | differentiable |\n|---|---|---|\n";
    for (const OpEntry& entry : registry()) {
      if (entry.info.family != page.family) continue;
      out += fmt::format("| `{}` | {} |", entry.info.name, cell(std::string(entry.info.doc)));
      out += formulas ? fmt::format(" {} | {} |\n", code(entry.info.math), derivatives_of(entry))
                      : fmt::format(" {} |\n", entry.info.differentiable ? "to any order" : "no");
    }
  }
  out.pop_back();
  return out;
}

int run_ops(bool as_markdown, const Common& common) {
  if (as_markdown) {
    refuse_json("--markdown", common);
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
                                  [as_markdown, &program] { return run_ops(*as_markdown, program.common); },
                                  "  gradus ops --json\n"
                                  "  gradus ops --markdown > ops.md\n");
  command->add_flag("--markdown", *as_markdown, "as a page, with formulas and derivatives");
}

}  // namespace gradus::cli
