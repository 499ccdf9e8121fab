#include "run_data.hpp"

#include <algorithm>
#include <cmath>

#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>

namespace gradus::inspect {
namespace {

Json read_object(const std::string& path) {
  if (path_kind(path) != PathKind::file) return Json::object();
  Json found = Json::parse(read_file(path), nullptr, false);
  return found.is_object() ? found : Json::object();
}

}  // namespace

double number_of(const Json& value) { return value.is_number() ? value.get<double>() : NAN; }
double number_of(const Json& object, const char* key) { return object.is_object() && object.contains(key) ? number_of(object[key]) : NAN; }
std::string text_of_json(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}
std::string RunData::how_ended() const { return !failure.empty() || notes.contains("diverged") ? "diverged" : text_of_json(notes, "ended"); }
double RunData::number(const char* key) const { return number_of(notes, key); }

std::vector<Json> read_lines(const std::string& path) {
  std::vector<Json> out;
  if (path_kind(path) != PathKind::file) return out;
  const std::string text = read_file(path);
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (line.is_object()) out.push_back(std::move(line));
  }
  return out;
}

RunData read_run(const std::string& path) {
  RunData run;
  run.path = path;
  while (run.path.size() > 1 && run.path.ends_with("/")) run.path.pop_back();
  if (path_kind(path) != PathKind::folder) {
    fail<UsageError>("run folder", quoted(path) + (path_kind(path) == PathKind::nothing ? " is not there" : " is no folder"), "a run is the folder that gradus train made, such as runs/digits-1");
  }
  if (path_kind(run.path + "/config.toml") == PathKind::nothing) fail<UsageError>("run folder", quoted(path) + " holds no run: there is no config.toml");
  run.config = read_file(run.path + "/config.toml", 1 << 20);
  run.recipe = train::parse_recipe(run.config, run.path + "/config.toml", "");
  run.metrics = read_lines(run.path + "/metrics.jsonl");
  std::erase_if(run.metrics, [](const Json& line) { return !std::isfinite(number_of(line, "epoch")); });
  run.means = read_lines(run.path + "/flow.jsonl");
  std::erase_if(run.means, [](const Json& line) { return !std::isfinite(number_of(line, "step")); });
  std::ranges::copy_if(run.means, std::back_inserter(run.looks), [](const Json& line) { return line.contains("layers") && line["layers"].is_array(); });
  run.notes = read_object(run.path + "/run.json");
  run.samples = read_object(run.path + "/samples.json");
  if (path_kind(run.path + "/failure.txt") == PathKind::file) run.failure = read_file(run.path + "/failure.txt", 1 << 16);
  return run;
}

Series series_of(const RunData& run, const std::string& figure) {
  Series out{figure, {}, {}};
  for (const Json& line : run.metrics) {
    if (!line.contains(figure)) continue;
    out.x.push_back(number_of(line["epoch"]));
    out.y.push_back(number_of(line[figure]));
  }
  return out;
}

std::vector<std::string> figures_of(const RunData& run) {
  std::vector<std::string> out;
  for (const Json& line : run.metrics) {
    for (const auto& [name, value] : line.items()) {
      const bool shown = name != "epoch" && name != "step" && name != "seconds" && (value.is_number() || value.is_null());
      if (shown && std::ranges::find(out, name) == out.end()) out.push_back(name);
    }
  }
  return out;
}

std::string layer_name(const Json& layer) { return text_of_json(layer, "name") + " " + text_of_json(layer, "text"); }

std::string part_name(const Json& layer, const Json& part) { return text_of_json(layer, "name") + " " + text_of_json(part, "name"); }

std::vector<Series> flow_of(const RunData& run, const char* key, bool parts) {
  std::vector<Series> out;
  const auto add = [&](const Json& look, const Json& from, const std::string& name) {
    if (!from.is_object() || !from.contains(key)) return;
    auto series = std::ranges::find(out, name, &Series::name);
    if (series == out.end()) series = out.insert(out.end(), {name, {}, {}});
    series->x.push_back(number_of(look["step"]));
    series->y.push_back(number_of(from[key]));
  };
  for (const Json& look : run.looks) {
    for (const Json& layer : look["layers"]) {
      if (!parts) add(look, layer, layer_name(layer));
      else if (layer.is_object() && layer.contains("parts") && layer["parts"].is_array()) {
        for (const Json& part : layer["parts"]) add(look, part, part_name(layer, part));
      }
    }
  }
  return out;
}

std::string best_by(const RunData& run) { return series_of(run, "valid_loss").x.empty() ? "train_loss" : "valid_loss"; }

std::int64_t best_epoch(const RunData& run) {
  const Series losses = series_of(run, best_by(run));
  std::size_t best = losses.y.size();
  for (std::size_t i = 0; i < losses.y.size(); ++i) {
    if (std::isfinite(losses.y[i]) && (best == losses.y.size() || losses.y[i] < losses.y[best])) best = i;
  }
  return best < losses.x.size() ? static_cast<std::int64_t>(losses.x[best]) : 0;
}

}  // namespace gradus::inspect
