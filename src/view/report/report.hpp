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
// The same as numbers, by the names of the figures: over the epochs, or over the steps, as fits a run of one or two epochs.
bool is_short(const RunData& run);
std::vector<Series> curves_of(const RunData& run, bool over_steps);
std::string numbers_section(const RunData& run, Language language);  // of a number: predicted against true
std::string confusion_section(const RunData& run, Language language);
std::string worst_section(const RunData& run, Language language);
std::string flow_section(const RunData& run, Language language);
std::string histogram_section(const RunData& run, Language language);
std::string section(Word title, const std::string& about, const std::string& body, Language language);

std::string_view report_style();

// The word for a part of the data: train, valid, test.
std::string part_word(const std::string& part, Language language);
// `gradus train ...` that does the same again, as a shell takes it; or that goes on with an interrupted run.
std::string command_of(const RunData& run, bool goes_on = false);

// When the rows were looked at, as a paragraph; empty: the run does not say.
std::string looked_at(const RunData& run, Language language);
// The number that is predicted: the name of its column.
std::string target_of(const RunData& run, Language language);

// What the run's own texts say, in the language of the page.
std::string figure_name(const std::string& name, Language language);  // "valid_loss"; in Chinese its words
std::string counted_epochs(double count, Language language);          // "1 epoch"
std::string counted_steps(double count, Language language);
std::string ending_of(const std::string& ended, Language language);  // "The target loss is reached"
std::string failure_of(const RunData& run, Language language);  // how it diverged, empty: it did not
std::string origin_of(const RunData& run, Language language);   // the anomaly finder's words

// Points [true, predicted] with the line on which both are equal.
std::string scatter(const std::string& title, const std::string& x_label, const std::string& y_label, const std::vector<std::pair<double, double>>& points);

}  // namespace gradus::inspect
