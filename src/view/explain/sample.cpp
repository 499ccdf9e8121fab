#include "sample.hpp"

#include <algorithm>
#include <cmath>

#include <gradus/base/text.hpp>
#include <gradus/ops.hpp>
#include <nlohmann/json.hpp>

#include "describe.hpp"
#include "train/samples.hpp"
#include "view/page/html.hpp"
#include "view/report/png.hpp"

namespace gradus::inspect {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view shades = " .:-=+*#%@";
constexpr int most_columns = 100;  // of a picture on a terminal

std::string symbol_text(const std::string& symbol) { return symbol == "\n" ? "\u21b5" : symbol == "\t" ? "\u21e5" : printable(symbol); }

std::string text_from(const std::vector<std::string>& classes, const std::vector<double>& numbers) {
  std::string out;
  for (const double v : numbers) out += symbol_text(classes.at(static_cast<std::size_t>(v)));
  return out;
}

// A class by its name: a space can be seen.
std::string class_text(const std::string& name) { return name == " " ? "\u2423" : symbol_text(name); }

std::string says(const SampleView& sample, Language language) {
  if (!sample.classes) return text_of(Word::says_number, language, sample.target, sample.said);
  if (sample.probability < 0) return text_of(Word::says_class, language, sample.target, sample.said);
  return text_of(Word::says_probable, language, sample.target, sample.said, number_text(sample.probability, 3));
}

int side(const SampleView& sample, std::size_t axis) { return static_cast<int>(sample.picture[axis]); }

}  // namespace

void describe_sample(SampleView& view, const train::Job& job, const data::Dataset& rows, const Tensor& prediction) {
  const std::int64_t chosen[] = {view.index};
  const data::Dataset one = data::rows(rows, chosen);
  train::Samples gathered(job, one, train::Moment{"explain"});  // what a report shows of a row
  gathered.add(prediction, one.y);
  const Json found = Json::parse(gathered.to_json()), row = found["worst"][0];
  view.classes = !job.classes.empty() || (job.metric.kind == train::Metric::Kind::binary_accuracy && prediction.numel() == 1);
  view.windows = one.is_windows();
  if (one.is_text()) view.text = text_from(job.classes, one.x.to_vector());
  if (view.windows) {
    view.target = text_from(job.classes, one.y.to_vector());
    view.said = text_from(job.classes, argmax(prediction, -1).to_vector());
    return;
  }
  view.target = class_text(row.value("target", ""));
  view.said = class_text(row.value("prediction", ""));
  view.probability = row.value("probability", Json(-1)).is_number() ? row.value("probability", -1.0) : -1;
  if (view.probability > 1) view.probability = -1;
  if (found.contains("picture")) {
    for (const Json& size : found["picture"]) view.picture.push_back(size.get<std::int64_t>());
    for (const Json& pixel : row["pixels"]) view.pixels.push_back(static_cast<std::uint8_t>(pixel.get<int>()));
  }
  view.named = job.preprocessing.named || (job.preprocessing.empty() && !one.features.empty());
  for (const Json& cell : row.value("cells", Json::array())) view.cells.emplace_back(cell[0].get<std::string>(), cell[1].get<std::string>());
}

std::vector<std::string> sample_lines(const SampleView& sample, Language language) {
  const std::string weights = text_of(sample.trained ? Word::trained_weights : Word::start_weights, language, sample.source);
  std::vector<std::string> out{text_of(Word::sample_about, language, weights, sample.index, text_of(sample.trained ? Word::test_rows : Word::training_rows, language), sample.count)};
  if (!sample.windows) out.push_back(says(sample, language));
  return out;
}

std::vector<std::pair<std::string, std::string>> sample_texts(const SampleView& sample, Language language) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!sample.text.empty()) out.emplace_back(text_of(Word::text_given, language), sample.text);
  if (sample.windows) out.emplace_back(text_of(Word::text_next, language), sample.target), out.emplace_back(text_of(Word::text_said, language), sample.said);
  return out;
}

// Two rows of pixels in a line of small characters, or each pixel as two of them where there are few.
std::vector<std::string> picture_lines(const SampleView& sample) {
  std::vector<std::string> out;
  if (sample.picture.empty() || side(sample, 2) > most_columns) return out;
  const int channels = side(sample, 0), height = side(sample, 1), width = side(sample, 2);
  const bool wide = 2 * width <= 40;
  const auto light = [&](int y, int x) {
    double sum = 0;
    for (int c = 0; c < channels; ++c) sum += sample.pixels[static_cast<std::size_t>((c * height + std::min(y, height - 1)) * width + x)];
    return sum / channels / 255;
  };
  for (int y = 0; y < height; y += wide ? 1 : 2) {
    std::string line;
    for (int x = 0; x < width; ++x) {
      const double v = wide ? light(y, x) : (light(y, x) + light(y + 1, x)) / 2;
      line.append(wide ? 2 : 1, shades[static_cast<std::size_t>(std::lround(v * static_cast<double>(shades.size() - 1)))]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out.push_back(line);
  }
  return out;
}

std::string column_text(const SampleView& sample, const std::string& name, Language language) { return sample.named ? printable(name) : text_of(Word::column, language, name); }

std::string sample_html(const SampleView& sample, Language language) {
  std::string out;
  for (const std::string& line : sample_lines(sample, language)) out += fmt::format("<p class=\"{}\">{}</p>\n", out.empty() ? "about" : "says", escaped_text(line));
  if (!sample.picture.empty()) {
    out += fmt::format("<img alt=\"{}\" src=\"{}\" style=\"width:{}px\">\n", escaped_text(text_of(Word::sample_picture, language, sample.target)), png_uri(sample.pixels, side(sample, 0), side(sample, 1), side(sample, 2)),
                       side(sample, 2) * std::clamp(128 / side(sample, 2), 1, 16));
  }
  if (!sample.text.empty()) {
    out += "<dl>";
    for (const auto& [name, text] : sample_texts(sample, language)) out += fmt::format("<dt>{}</dt><dd class=\"text\" lang=\"und\">{}</dd>", name, escaped_text(text));
    out += "</dl>\n";
  }
  if (!sample.cells.empty()) {
    out += "<dl class=\"cells\">";
    for (const auto& [name, value] : sample.cells) out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", escaped_text(column_text(sample, name, language)), value.empty() ? "\u2013" : escaped_text(printable(value)));
    out += "</dl>\n";
  }
  return "<div class=\"sample\">\n" + out + "</div>\n";
}

}  // namespace gradus::inspect
