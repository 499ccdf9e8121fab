// run.json: what a run ran on, and how it ended. It is there from the start, so that a killed run has it too.
#pragma once
#include <string>

#include "run_folder.hpp"

namespace gradus::train {

class RunNotes {
 public:
  // `from`: where a continued run goes on; what is said of its first part stays.
  RunNotes(const RunFolder& folder, const Job& job, const std::string& data, std::int64_t batches, const Position& from);
  void ended(const Summary& summary);
  void diverged(const std::string& how, const std::string& origin);  // origin: the operation that was the first, or empty

 private:
  void write(const std::string& text, const char* hint) const;
  std::string path_, start_, before_;  // JSON: of this part; as it was when there is nothing left to do
  std::int64_t from_;
};

}  // namespace gradus::train
