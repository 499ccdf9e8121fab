// Event files for TensorBoard, written from the folder of a run: a scalar for each figure, and histograms of the weights and of what
// the layers give. One file for each run, in a folder of its name, so that several runs lie beside each other in one page.
//   inspect::EventFile events("runs/digits-1", "boards");   // boards/digits-1/events.out.tfevents.gradus
//   events.update();                                        // what is new in the folder of the run
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "../base/file.hpp"

namespace gradus::inspect {

class EventFile {
 public:
  // Begins the file anew. DataError when it cannot be written.
  EventFile(std::string run_folder, const std::string& folder);
  void update();  // appends the lines that metrics.jsonl and flow.jsonl have got since
  void end();     // and the last figures, of a run that has ended
  const std::string& path() const { return path_; }

 private:
  void add(const std::string& summary, std::int64_t step);
  std::string run_, path_;
  std::unique_ptr<AppendFile> file_;
  std::uint64_t metrics_read_ = 0, flow_read_ = 0;  // bytes
  double started_ = 0, seconds_ = 0;                // when it was, and how long it has trained by then
};

// For tests: CRC-32C (Castagnoli) of these bytes.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace gradus::inspect
