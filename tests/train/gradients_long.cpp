// At 50 points of a run of every recipe the gradients of a plan are those of eager, to 1e-5 of their norm, in float64 to 1e-9; and the
// losses of the first 50 steps are those of eager to 1e-3.
#include <gradus/train.hpp>
#include <gtest/gtest.h>

#include <cmath>

namespace gradus::train {
namespace {

constexpr int points = 50;

Tensor in_dtype(const Tensor& x, Dtype dtype) { return is_float(x.dtype()) ? cast(x, dtype) : x; }

void convert(nn::Sequential& net, Dtype dtype) {
  const auto each = [dtype](const std::string&, auto& cell) { cell = std::remove_reference_t<decltype(cell)>(in_dtype(cell.value(), dtype)); };
  walk(net, Visitor{.param = [&](const std::string& path, Param& p) { each(path, p); }, .state = [&](const std::string& path, State& s) { each(path, s); }});
}

// How far apart two lists of tensors are, as a part of the norm of the second.
double apart(const Tensors& a, const Tensors& b) {
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Tensor x = cast(a[i], Dtype::f64), y = cast(b[i], Dtype::f64);
    difference += sum(square(x - y)).item();
    norm += sum(square(y)).item();
  }
  return norm > 0 ? std::sqrt(difference / norm) : std::sqrt(difference);
}

void gradients_agree(const Recipe& recipe, Dtype dtype, double allowed) {
  Job job = make_job(recipe);
  convert(job.net, dtype);
  const auto optimizer = make_optimizer(job.recipe, job.net);
  const data::Batches batches(job.train, {.size = 8, .seed = 1});
  const auto slopes = [&](const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(job.net, [&](const nn::Sequential& n) { return job.loss(n(x), y); });
    Tensors out{loss};
    for (const auto& [path, p] : parameters(g)) out.push_back(p->value());
    return out;
  };
  auto planned = compile(slopes);
  int point = 0;
  for (std::int64_t epoch = 0; point < points; ++epoch) {
    for (const data::Batch& batch : batches.epoch(epoch)) {
      if (point++ == points) return;
      const Tensor x = in_dtype(batch.x, dtype), y = in_dtype(batch.y, dtype);
      const RandomState random{7, static_cast<std::uint64_t>(point) << 24};
      Tensors eager, plan;
      {
        const RandomScope same(random);
        plan = planned(x, y);
      }
      {
        const RandomScope same(random);
        eager = slopes(x, y);
      }
      EXPECT_LE(apart(plan, eager), allowed) << recipe.name.value << ", point " << point << ", " << name(dtype);
      const RandomScope same(random);
      auto [loss, g] = value_and_grad(job.net, [&](const nn::Sequential& n) { return job.loss(n(x), y); });
      optimizer->update(job.net, g);
    }
  }
}

std::vector<double> losses(const Recipe& recipe, bool compile) {
  Job job = make_job(recipe);
  const auto optimizer = make_optimizer(job.recipe, job.net);
  const data::Batches batches(job.train, {.size = 8, .seed = 1});
  std::vector<double> out;
  double before = 0;
  const FitOptions options{.steps = points, .clip_norm = recipe.optim.clip_norm, .on_step = [&](const Progress& at) {
    out.push_back(at.at.loss_sum - (at.at.batch > 1 ? before : 0));
    before = at.at.loss_sum;
  }, .compile = compile};
  fit(job.net, job.loss, *optimizer, batches, options);
  return out;
}

TEST(Gradients, of_plans_are_those_of_eager_in_every_recipe) {
  for (const BuiltIn& built_in : built_in_recipes()) {
    Recipe recipe;
    try {
      recipe = load_recipe(std::string(built_in.name));
      make_job(recipe);
    } catch (const Error&) {
      continue;  // its data are not here
    }
    gradients_agree(recipe, Dtype::f32, 1e-5);
    gradients_agree(recipe, Dtype::f64, 1e-9);
    const std::vector<double> eager = losses(recipe, false), plan = losses(recipe, true);
    ASSERT_EQ(eager.size(), plan.size());
    for (std::size_t i = 0; i < eager.size(); ++i) EXPECT_NEAR(plan[i], eager[i], 1e-3 * std::abs(eager[i])) << built_in.name << ", step " << i + 1;
  }
}

}  // namespace
}  // namespace gradus::train
