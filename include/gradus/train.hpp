// Layer 10: the training loop, metrics, recipes, runs.
//   auto summary = train::run(train::load_recipe("digits"), {});
#pragma once
#include "train/checkpoint.hpp"
#include "train/fit.hpp"
#include "train/job.hpp"
#include "train/metric.hpp"
#include "train/recipe.hpp"
#include "train/run.hpp"
