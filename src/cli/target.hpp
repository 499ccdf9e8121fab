// What explain and draw are about: an expression, a recipe or a run.
#pragma once
#include <gradus/view/explain.hpp>

#include "command.hpp"

namespace gradus::cli {

struct Target {
  std::string what, data;
  std::vector<std::string> values, sets;
  std::int64_t sample = -1;
};

Option* add_target(Command& command, Target& target, const std::string& about);

enum class TargetKind { expression, recipe, run };
TargetKind kind_of(const Target& target);

inspect::Explanation explanation_of(const Target& target, const Common& common, const std::optional<inspect::UpdateOptions>& update = {});  // update: as it was asked for

}  // namespace gradus::cli
