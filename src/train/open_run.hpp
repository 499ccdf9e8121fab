// A finished run, read from its folder.
#pragma once
#include <gradus/formats/safetensors.hpp>

#include "run_folder.hpp"

namespace gradus::train {

struct OpenedRun {
  RunFolder folder;
  Recipe recipe;
};
OpenedRun open_run(const std::string& path);  // UsageError unless it has a model

// The network of a run, with what its file says.
struct OpenedModel {
  nn::Sequential net;
  ModelNotes notes;
};
OpenedModel open_model(const OpenedRun& run);

// For a run of text: the likeliest character after each line of a file.
std::vector<std::string> predict_text(const OpenedModel& model, const std::string& file);

}  // namespace gradus::train
