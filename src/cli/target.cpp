#include "target.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>
#include <gradus/train.hpp>

namespace gradus::cli {

Option* add_target(Command& command, Target& target, const std::string& about) {
  Option* what = command.add_option("WHAT", target.what, about)->type_name("")->required();
  command.add_option("NAME=VALUE", target.values, "of an expression: what its names are, as x=2 or w=[[1,2],[3,4]]")->type_name("");
  const auto read = [&target](const std::string& text) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), target.sample);
    if (error != std::errc() || end != text.data() + text.size() || target.sample < 0) fail<UsageError>("--sample", quoted(text) + " is not a whole number from 0");
  };
  command.add_option_function("--sample", read, "of a network: which row of the data, from 0")->type_name("N");
  command.add_option("--data", target.data, "of a network: where the data are, if not where they were")->type_name("PATH");
  command.add_option("--set", target.sets, "of a recipe: another value for a key; may be repeated")->type_name("KEY=VALUE")->allow_extra_args(false);
  return what;
}

TargetKind kind_of(const Target& target) {
  const std::string& what = target.what;
  if (!target.values.empty()) return TargetKind::expression;
  constexpr std::size_t longest_name = 255;  // the system refuses to look for longer ones
  if (what.size() <= longest_name && path_kind(what) == PathKind::folder) return TargetKind::run;
  if (what.ends_with(".toml")) return TargetKind::recipe;
  std::vector<std::string> recipes;
  for (const train::BuiltIn& recipe : train::built_in_recipes()) recipes.emplace_back(recipe.name);
  if (std::ranges::find(recipes, what) != recipes.end()) return TargetKind::recipe;
  const std::string near(nearest(what, recipes));
  if (!near.empty() || what.starts_with("runs/") || what.starts_with("./") || what.starts_with("/")) {
    fail<UsageError>("explain", fmt::format("{} is no recipe, no run's folder, and no expression", quoted(what)),
                     near.empty() ? "a run is the folder that gradus train made, such as runs/digits-1" : fmt::format("did you mean '{}'?", near));
  }
  return TargetKind::expression;
}

inspect::Explanation explanation_of(const Target& target, const Common& common, const std::optional<inspect::UpdateOptions>& update) {
  const TargetKind kind = kind_of(target);
  if (kind == TargetKind::expression) {
    if (target.sample >= 0 || !target.data.empty() || !target.sets.empty()) {
      fail<UsageError>("explain", "--sample, --data and --set are for networks, and " + quoted(target.what) + " is an expression");
    }
    if (common.seed) fail<UsageError>("--seed", "nothing is random in the expression " + quoted(target.what));
    return inspect::explain_expression(target.what, target.values, update.value_or(inspect::UpdateOptions{}));
  }
  if (update) fail<UsageError>("explain", "--train, --optim and --option are for expressions; " + quoted(target.what) + " has its own optimizer", "--set optim.lr=0.01, for example, where it is a recipe");
  inspect::SampleOptions options{.sample = target.sample, .data = target.data, .sets = target.sets, .seed = common.seed};
  if (kind == TargetKind::run) {
    if (common.seed) fail<UsageError>("--seed", "a run keeps its seed", "explain the recipe, or train another run");
    if (!target.sets.empty()) fail<UsageError>("--set", "a run keeps its recipe", "explain the recipe, or train another run");
    return inspect::explain_run(target.what, options);
  }
  return inspect::explain_recipe(train::load_recipe(target.what), options);
}

}  // namespace gradus::cli
