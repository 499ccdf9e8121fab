#include "run_folder.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>
#include <nlohmann/json.hpp>

namespace gradus::train {
namespace {

constexpr auto op = "run folder";

// The highest N of runs/NAME-N, or 0.
std::int64_t last_number(const std::string& name) {
  std::int64_t last = 0;
  if (path_kind("runs") != PathKind::folder) return last;
  for (const std::string& entry : list_folder("runs")) {
    std::int64_t number = 0;
    const std::string prefix = name + "-";
    if (!entry.starts_with(prefix)) continue;
    const auto [end, error] = std::from_chars(entry.data() + prefix.size(), entry.data() + entry.size(), number);
    if (error == std::errc() && end == entry.data() + entry.size()) last = std::max(last, number);
  }
  return last;
}

}  // namespace

Place find_place(const std::string& name, const RunOptions& options) {
  if (options.resume && options.overwrite) fail<UsageError>(op, "--resume and --overwrite contradict each other");
  std::string path = options.out;
  if (path.empty()) {
    if (!options.resume) return {};
    const std::int64_t number = last_number(name);
    if (number == 0)
      fail<UsageError>(op, fmt::format("there is no run of '{}' in the folder 'runs' to go on with", name),
                       "name it: --out DIR");
    path = fmt::format("runs/{}-{}", name, number);
  }
  while (path.size() > 1 && path.ends_with("/")) path.pop_back();
  Place place{{path}, false};
  const PathKind kind = path_kind(path);
  if (kind == PathKind::nothing && !options.resume) return place;
  if (kind == PathKind::nothing) {
    fail<UsageError>("run folder", fmt::format("{} is not there, so there is no run to go on with", quoted(path)),
                     "leave --resume out");
  }
  if (kind != PathKind::folder) fail<UsageError>(op, fmt::format("{} is there and is no folder", quoted(path)), "choose another --out");
  place.folder.lock = std::make_shared<FolderLock>(path);
  if (!options.resume && list_folder(path).empty()) return place;
  const bool has_run = path_kind(place.folder.config()) == PathKind::file;
  if (options.resume) {
    if (!has_run) fail<UsageError>(op, fmt::format("{} holds no run to go on with: there is no config.toml", quoted(path)));
    return {place.folder, true};
  }
  if (!options.overwrite) {
    fail<UsageError>(op, fmt::format("{} is not empty", quoted(path)), "--resume goes on with it, --overwrite replaces it");
  }
  return place;
}

RunFolder start_folder(const Place& place, const Recipe& recipe) {
  RunFolder folder = place.folder;
  if (folder.path.empty()) {
    const std::string& name = recipe.name;
    std::int64_t number = last_number(name);
    do folder.path = fmt::format("runs/{}-{}", name, ++number);
    while (!make_new_folder(folder.path));  // another run may take the number at the same moment
  } else {
    make_folder(folder.path);
  }
  if (!folder.lock) {
    folder.lock = std::make_shared<FolderLock>(folder.path);
    if (!list_folder(folder.path).empty()) {
      fail<UsageError>(op, fmt::format("{} was filled by another run in the meantime", quoted(folder.path)), "choose another --out");
    }
  }
  remove_temporary_files(folder.path);
  if (path_kind(folder.checkpoints()) == PathKind::folder) {
    remove_temporary_files(folder.checkpoints());
    if (!place.goes_on) {
      remove_file(folder.checkpoints() + "/latest");  // first, so that what is left can never be taken for a run's state
      for (const std::string& file : list_folder(folder.checkpoints())) remove_file(folder.checkpoints() + "/" + file);
    }
  }
  if (!place.goes_on) {
    for (const std::string& file : {folder.notes(), folder.metrics(), folder.flow(), folder.samples(), folder.model(), folder.report()}) remove_file(file);
  }
  remove_file(folder.failure());
  write_file_atomically(folder.config(), to_toml(recipe));
  return folder;
}

namespace {

// Keeps the whole lines whose number `key` is `most` or less.
void trim(const std::string& path, const char* key, std::int64_t most) {
  if (path_kind(path) == PathKind::nothing) return;
  const std::string text = read_file(path);
  std::string kept;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = text.substr(at, end - at);
    const auto value = nlohmann::json::parse(line, nullptr, false);
    const auto number = value.is_object() ? value.find(key) : value.end();
    if (!value.is_object() || number == value.end() || !number->is_number_integer() || number->get<std::int64_t>() > most) continue;
    kept += line + "\n";
  }
  if (kept != text) write_file_atomically(path, kept);
}

}  // namespace

void trim_lines(const RunFolder& folder, const Position& from) {
  trim(folder.metrics(), "epoch", from.epoch);
  trim(folder.flow(), "step", from.step);
}

std::map<std::string, std::string> to_metadata(const Job& job) {
  const auto list = [](const auto& values) { return nlohmann::json(values).dump(); };
  std::map<std::string, std::string> out{
      {"recipe", job.recipe.name},
      {"layers", list(job.recipe.model.layers.value)},
      {"loss", job.recipe.loss},
      {"sample", list(std::vector<std::int64_t>(job.sample.begin(), job.sample.end()))},
      {"classes", list(job.classes)},
      {"binary", job.metric.kind == Metric::Kind::binary_accuracy ? "true" : "false"},
  };
  if (job.train.is_text()) out["text"] = "true";
  if (job.preprocessing.empty()) return out;
  const data::Preprocessing::Stored stored = job.preprocessing.stored();
  out.insert(stored.strings.begin(), stored.strings.end());
  for (const auto& [name, tensor] : stored.tensors) out.emplace(name, list(tensor.to_vector()));
  return out;
}

ModelNotes from_metadata(const std::map<std::string, std::string>& metadata, const std::string& path) {
  ModelNotes notes;
  try {
    data::Preprocessing::Stored stored;
    for (const auto& [name, text] : metadata) {
      if (!name.starts_with("data.")) continue;
      const auto value = nlohmann::json::parse(text, nullptr, false);
      const bool numbers = value.is_array() && std::ranges::all_of(value, [](const auto& item) { return item.is_number(); });
      if (numbers) {
        const auto list = value.template get<std::vector<double>>();
        stored.tensors.emplace(name, Tensor::from(list, {static_cast<std::int64_t>(list.size())}));
      } else {
        stored.strings.emplace(name, text);
      }
    }
    if (!stored.strings.empty() || !stored.tensors.empty()) notes.preprocessing = data::Preprocessing::from(stored);
    for (const std::int64_t size : nlohmann::json::parse(metadata.at("sample")).get<std::vector<std::int64_t>>()) {
      notes.sample.push_back(size);
    }
    if (const auto text = metadata.find("text"); text != metadata.end()) notes.text = text->second == "true";
    notes.binary = metadata.at("binary") == "true";
    notes.classes = nlohmann::json::parse(metadata.at("classes")).get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    fail<DataError>("model", "what it says of its samples and classes cannot be read", {}, path);
  } catch (const std::out_of_range&) {
    fail<DataError>("model", "it does not say what its samples and classes are, so it was not written by this version of gradus train", {}, path);
  }
  return notes;
}

}  // namespace gradus::train
