// Checkpoints: all that a run needs to go on with the same bits. Each is one safetensors file; `latest` lists them, newest
// first, with their SHA-256 (`sha256sum -c latest` checks them).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fit.hpp"

namespace gradus::train {

struct Checkpoint {
  Position at;
  std::map<std::string, Tensor> network, optimizer;
  std::string data = {};  // fingerprint() of the training rows: another table must not be taken for the same run
};

// Writes `folder`/step-N.safetensors, then `latest`, and only then removes all but the newest two. When this returns, the
// checkpoint survives a power cut; when it throws, the ones before are still good.
void save_checkpoint(const std::string& folder, const Checkpoint& checkpoint);

// The newest one that is as it was written; older ones stand in for damaged ones, and `notes` then says so. Nothing when the
// folder holds none at all; DataError when there are only damaged ones.
std::optional<Checkpoint> load_checkpoint(const std::string& folder, std::vector<std::string>& notes);

}  // namespace gradus::train
