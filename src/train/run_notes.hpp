// run.json: what a run ran on, and how it ended. It is there from the start, so that a killed run has it too.
#pragma once
#include <string>

#include "run_folder.hpp"

namespace gradus::train {

class RunNotes {
 public:
  RunNotes(const RunFolder& folder, const Job& job, const std::string& data, std::int64_t batches);
  void ended(const Summary& summary);
  void diverged(const std::string& how, const std::string& origin);  // origin: the operation that was the first, or empty

 private:
  std::string path_, start_;  // JSON
};

}  // namespace gradus::train
