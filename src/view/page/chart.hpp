// Line charts as SVG within <figure>, for any page: readable without scripts, from 360 px on, light and dark, with a switch to a
// logarithmic scale (plain radio buttons), a table of the values, and, where the script is, the values under the pointer or by the
// arrow keys. A page that shows charts has chart_style() behind the shared style, and chart_script() at its end:
//   page_with(title, language, line_chart("loss", "epoch", {{"train_loss", x, y}}), chart_style(), chart_script())
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <gradus/view/words.hpp>

namespace gradus::inspect {

struct Series {
  std::string name;
  std::vector<double> x, y;  // of equal length, x rising; numbers that are not finite interrupt the line
};

struct ChartOptions {
  Language language = Language::english;
  std::string id = {};     // of the figure, another one for each in a page; empty: made of the title
  bool log_first = false;  // begins on the logarithmic scale, where there is one: some number must be above 0
  bool ordered = false;    // series are first to last of something, such as layers: their colours follow a rainbow
};

std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Series>& series, const ChartOptions& options = {});

// One or two histograms of the same thing over one axis, small: the first as an outline, the last filled.
struct Bars {
  double low = 0, high = 0;    // the range that `counts` divides evenly
  std::vector<double> counts;
};
std::string histogram(const std::string& title, const Bars& before, const Bars& after);  // empty counts: none

std::string_view chart_style();
std::string_view chart_script();

std::string short_number(double value);        // "0.001234", "12345", "1.2e-7", "nan"
std::string escaped(const std::string& text);  // for HTML and SVG

}  // namespace gradus::inspect
