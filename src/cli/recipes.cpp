// gradus recipes: what is built in, and the table of keys
#include <memory>

#include <fmt/format.h>
#include <gradus/train.hpp>

#include "command.hpp"
#include "output.hpp"

namespace gradus::cli {
namespace {

struct Wanted {
  std::string name;
  bool markdown = false;
};

int run_recipes(const Wanted& wanted, const Common& common) {
  if (wanted.markdown) {
    refuse_json("--markdown", common);
    std::string keys = train::recipe_keys_markdown();
    keys.pop_back();
    say(keys);
    return fine;
  }
  if (!wanted.name.empty()) {
    const std::string toml = train::to_toml(train::resolved(train::load_recipe(wanted.name)));
    if (common.json) say_json(Json{{"name", wanted.name}, {"toml", toml}});
    else say(std::string_view(toml).substr(0, toml.size() - 1));
    return fine;
  }
  std::vector<std::vector<std::string>> rows;
  Json list = Json::array();
  for (const train::BuiltIn& built_in : train::built_in_recipes()) {
    const train::Recipe recipe = train::load_recipe(std::string(built_in.name));
    rows.push_back({std::string(built_in.name), recipe.about});
    list.push_back({{"name", built_in.name}, {"about", recipe.about.value}});
  }
  if (common.json) say_json(Json{{"recipes", list}});
  else say(table(rows));
  return fine;
}

}  // namespace

void add_recipes(Program& program) {
  auto wanted = std::make_shared<Wanted>();
  Command* command = add_command(program, program.app, "recipes", "list the built-in recipes, or show one with every key",
                                 [wanted, &program] { return run_recipes(*wanted, program.common); },
                                 "  gradus recipes\n"
                                 "  gradus recipes xor > my.toml                    a recipe of your own to start from\n");
  command->add_option("NAME", wanted->name, "a recipe to show as TOML")->type_name("");
  command->add_flag("--markdown", wanted->markdown, "the table of keys, as in docs/recipes.md");
}

}  // namespace gradus::cli
