// The folder of a run: what is in it, and who may write there.
//   config.toml  run.json  metrics.jsonl  flow.jsonl  samples.json  model.safetensors  checkpoints/  failure.txt
// and report.html, which `view` makes of the others.
#pragma once
#include <string>
#include <vector>

#include <gradus/base/file.hpp>
#include <gradus/train/job.hpp>
#include <gradus/train/run.hpp>

namespace gradus::train {

struct RunFolder {
  std::string path;
  std::shared_ptr<const FolderLock> lock = {};  // two runs must not write here at once
  std::string config() const { return path + "/config.toml"; }
  std::string metrics() const { return path + "/metrics.jsonl"; }
  std::string notes() const { return path + "/run.json"; }        // what it ran on, and how it ended
  std::string flow() const { return path + "/flow.jsonl"; }       // a line for each look at the layers, see flow.hpp
  std::string samples() const { return path + "/samples.json"; }  // confusions, and the rows that are most wrong, see samples.hpp
  std::string model() const { return path + "/model.safetensors"; }
  std::string checkpoints() const { return path + "/checkpoints"; }
  std::string report() const { return path + "/report.html"; }
  std::string failure() const { return path + "/failure.txt"; }  // of a run that diverged: how
};

// Where the run will be written. Nothing is made yet; UsageError when `out` holds something and may not be used.
struct Place {
  RunFolder folder;     // path is empty: a new runs/NAME-N
  bool goes_on = false;  // it holds a run that is continued
};
Place find_place(const std::string& name, const RunOptions& options);

// Makes the folder, or empties it of what an earlier run left there, and writes config.toml.
RunFolder start_folder(const Place& place, const Recipe& recipe);
// Drops the lines of what will be run again.
void trim_lines(const RunFolder& folder, const Position& from);

// What a model's file says beside its numbers, so that it can be used without its data.
struct ModelNotes {
  Shape sample;
  std::vector<std::string> classes;
  bool binary = false;  // outputs are read as 0 or 1
  bool text = false;    // samples are numbers of symbols, and classes are those symbols
  data::Preprocessing preprocessing;
};
std::map<std::string, std::string> to_metadata(const Job& job);
ModelNotes from_metadata(const std::map<std::string, std::string>& metadata, const std::string& path);

}  // namespace gradus::train
