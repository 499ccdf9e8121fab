#include <gradus/train/recipe.hpp>

namespace gradus::train {

const std::vector<BuiltIn>& built_in_recipes() {
  static const std::vector<BuiltIn> recipes = {
#include <recipes.inc>  // made by cmake/GradusRecipes.cmake from recipes/*.toml
  };
  return recipes;
}

}  // namespace gradus::train
