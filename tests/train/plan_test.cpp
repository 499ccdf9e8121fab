// Every recipe trains the same as a plan and operation by operation.
#include <gradus/train.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus::train {
namespace {

std::vector<double> losses(const Recipe& recipe, bool compile) {
  Job job = make_job(recipe);
  const auto optimizer = make_optimizer(job.recipe, job.net);
  const data::Batches batches(job.train, {.size = 8, .seed = 1});
  std::vector<double> out;
  FitOptions options{.steps = 12, .clip_norm = recipe.optim.clip_norm, .on_step = [&](const Progress& at) { out.push_back(at.at.loss_sum); }, .compile = compile};
  fit(job.net, job.loss, *optimizer, batches, options);
  return out;
}

TEST(Recipes, train_the_same_as_plans_and_without) {
  std::string left_out;
  for (const BuiltIn& built_in : built_in_recipes()) {
    Recipe recipe;
    try {
      recipe = load_recipe(std::string(built_in.name));
      make_job(recipe);
    } catch (const Error&) {
      left_out += " " + std::string(built_in.name);  // its data are not here
      continue;
    }
    const std::vector<double> eager = losses(recipe, false), plan = losses(recipe, true);
    ASSERT_EQ(eager.size(), plan.size()) << built_in.name;
    for (std::size_t i = 0; i < eager.size(); ++i) EXPECT_NEAR(plan[i], eager[i], 1e-3 * std::abs(eager[i])) << built_in.name << ", step " << i;
  }
  RecordProperty("left_out", left_out);
}

}  // namespace
}  // namespace gradus::train
