// The parts of a run's page.
#pragma once
#include <string>
#include <vector>

#include "view/words/catalogue.hpp"
#include "run_data.hpp"

namespace gradus::inspect {

std::vector<std::string> warnings_of(const RunData& run, Language language);

// Sections, each empty when there is nothing to show.
std::string curves_section(const RunData& run, Language language);
std::string confusion_section(const RunData& run, Language language);
std::string worst_section(const RunData& run, Language language);
std::string flow_section(const RunData& run, Language language);
std::string histogram_section(const RunData& run, Language language);
std::string section(Word title, const std::string& about, const std::string& body, Language language);

std::string_view report_style();

// The word for a part of the data: train, valid, test.
std::string part_word(const std::string& part, Language language);
// `gradus train ...` that does the same again, as a shell takes it.
std::string command_of(const RunData& run);

}  // namespace gradus::inspect
