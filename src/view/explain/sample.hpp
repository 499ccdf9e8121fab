// One row of the data, as people read it: a picture, a text, or the columns of a table; its class, and the one that the network says.
#pragma once
#include <gradus/train/job.hpp>
#include <gradus/view/explain.hpp>

namespace gradus::inspect {

// Fills in what row `view.index` shows, and what the network says of it; `prediction`: [1, ...].
void describe_sample(SampleView& view, const train::Job& job, const data::Dataset& rows, const Tensor& prediction);

std::vector<std::string> sample_lines(const SampleView& sample, Language language);  // where it comes from; what it is and is taken for
std::vector<std::pair<std::string, std::string>> sample_texts(const SampleView& sample, Language language);  // of a text: it, what comes next, what the network says
std::vector<std::string> picture_lines(const SampleView& sample);                    // its picture in characters; none where it has none
std::string column_text(const SampleView& sample, const std::string& name, Language language);  // "petal_length", or "column 2" of a table without names
std::string sample_html(const SampleView& sample, Language language);

}  // namespace gradus::inspect
