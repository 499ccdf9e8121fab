// Runs side by side: what differs in their recipes, how they ended, and their curves.
//   puts(inspect::comparison_text(inspect::compare({"runs/a", "runs/b"})).c_str());
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "words.hpp"

namespace gradus::inspect {

struct ComparedRun {
  std::string path, recipe, digest;          // digest: empty unless it has ended
  std::string ended = {};                    // how, as run.json says it: "all epochs are done", "interrupted", "diverged"; empty: not yet
  std::string best_by = {};                  // the figure that was least in the best epoch
  std::int64_t epochs = 0, steps = 0, best_epoch = 0;  // 0: none
  double seconds = 0;
  std::vector<std::pair<std::string, double>> figures;  // the last there are
};

struct Comparison {
  std::vector<ComparedRun> runs;
  // Keys of the recipes whose values are not all equal, with the value of each run as TOML writes it.
  std::vector<std::pair<std::string, std::vector<std::string>>> differences;
};

Comparison compare(const std::vector<std::string>& run_folders);  // UsageError for a folder that holds no run

std::string comparison_text(const Comparison& comparison, Language language = Language::english);
std::string comparison_json(const Comparison& comparison);  // one line
std::string comparison_page(const Comparison& comparison, Language language);

}  // namespace gradus::inspect
