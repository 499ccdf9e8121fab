// What the folder of a run holds, for whoever shows it: no more than the files themselves, so that a killed run has it too.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <gradus/train/run.hpp>
#include <nlohmann/json.hpp>

#include "view/page/chart.hpp"

namespace gradus::inspect {

using Json = nlohmann::ordered_json;

struct RunData {
  std::string path, config, failure;
  train::Recipe recipe;
  std::vector<Json> metrics, means, looks;  // the whole lines of metrics.jsonl and flow.jsonl; looks: those of the latter that tell of layers
  Json notes = Json::object();       // run.json
  Json samples = Json::object();     // samples.json

  std::string name() const { return recipe.name.value.empty() ? path : recipe.name.value; }
  bool ended() const { return notes.contains("ended"); }
  bool stopped() const { return notes.contains("stopped") && notes["stopped"] == true; }
  std::string how_ended() const;  // "all epochs are done", "interrupted", "diverged"; empty: not yet
  double number(const char* key) const;  // of run.json; NAN when it is not there
};
// UsageError when this is no run's folder; files that are not there yet, or were cut off by a kill, are no fault.
RunData read_run(const std::string& path);
std::vector<Json> read_lines(const std::string& path);

double number_of(const Json& value);                       // NAN for null
double number_of(const Json& object, const char* key);     // and for what is not there
std::string text_of_json(const Json& object, const char* key);  // empty for what is no text

// One figure over the epochs: "train_loss".
Series series_of(const RunData& run, const std::string& figure);
std::vector<std::string> figures_of(const RunData& run);  // their names, as they come; without epoch, step and seconds

// The layers that have `key` in some look, with its value over the steps; or the parts of those that consist of several.
std::vector<Series> flow_of(const RunData& run, const char* key, bool parts = false);
std::string layer_name(const Json& layer);  // "0 linear 64 -> 32"
std::string part_name(const Json& layer, const Json& part);  // "2 attention.qkv"

// The epoch (from 1) with the least validation loss, or training loss where there is no other; 0: there is none.
std::int64_t best_epoch(const RunData& run);
std::string best_by(const RunData& run);  // which of the two

}  // namespace gradus::inspect
