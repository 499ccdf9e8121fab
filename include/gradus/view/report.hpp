// The report of a run: one page that opens offline, with its figures, its curves and its recipe.
//   inspect::write_report(summary.run, summary.figures);
#pragma once
#include <string>

#include "../train/run.hpp"

namespace gradus::inspect {

// HTML without scripts or requests, made from the folder's config.toml and metrics.jsonl; `figures` are shown above the curves.
// DataError when these files cannot be read.
std::string report_page(const std::string& run_folder, const train::NamedFigures& figures = {});

void write_report(const std::string& run_folder, const train::NamedFigures& figures = {});  // as report.html in the folder

}  // namespace gradus::inspect
