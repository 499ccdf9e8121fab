// The report of a run: one page that opens offline, with its curves, what it gets wrong, what goes on in its layers, and how to repeat it.
//   inspect::write_report(summary.run, inspect::Language::english);
#pragma once
#include <string>
#include <vector>

#include "words.hpp"

namespace gradus::inspect {

// HTML made from the folder's files alone, so it may be made anew at any time, also of a run that was killed. It asks for nothing from
// outside and can be read without scripts. UsageError when this is no run's folder.
std::string report_page(const std::string& run_folder, Language language = Language::english);

void write_report(const std::string& run_folder, Language language = Language::english);  // as report.html in the folder

// What stands out in a run, in plain words.
std::vector<std::string> report_warnings(const std::string& run_folder);

// The page of a run that goes on: written after its first epoch, and after later ones whenever half a hundredth of the time allows it.
class LiveReport {
 public:
  LiveReport(std::string folder, Language language);
  void epoch();
  void end();  // whatever the time; as epoch, it is silent when the page cannot be written

 private:
  std::string folder_;
  Language language_;
  double begun_, spent_ = 0;
  int pages_ = 0;
};

}  // namespace gradus::inspect
