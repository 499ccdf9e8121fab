#include <gradus/view/report.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <nlohmann/json.hpp>

#include "chart.hpp"

namespace gradus::inspect {
namespace {

constexpr auto head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2em auto; padding: 0 1em }}
  h1 {{ font-size: 1.4em }}
  table {{ border-collapse: collapse }}
  td, th {{ padding: .2em 1.2em .2em 0; text-align: left; font-weight: normal }}
  td {{ font-variant-numeric: tabular-nums }}
  figure {{ margin: 1.5em 0 }}
  figcaption span {{ margin-left: 1em }}
  svg {{ width: 100%; height: auto; font-size: 12px }}
  svg text {{ fill: currentColor }}
  .grid {{ stroke: currentColor; stroke-opacity: .15 }}
  .line {{ fill: none; stroke-width: 2; stroke-linejoin: round }}
  pre {{ overflow-x: auto; padding: 1em; background: #8881; font-size: 13px }}
</style></head><body>
<h1>{0}</h1>
)";

// Curves by the last word of their name: train_loss and valid_loss share a chart.
struct Chart {
  std::string title;
  std::vector<Series> series;
};

// One line of metrics.jsonl an epoch. A last line that was cut off by a kill is no fault.
std::vector<Chart> charts_of(const std::string& metrics) {
  std::vector<Chart> charts;
  for (std::size_t at = 0, end; (end = metrics.find('\n', at)) != std::string::npos; at = end + 1) {
    const auto line = nlohmann::ordered_json::parse(metrics.substr(at, end - at), nullptr, false);
    if (!line.is_object() || !line.contains("epoch") || !line["epoch"].is_number()) continue;
    for (const auto& [name, value] : line.items()) {
      if (name == "epoch" || name == "step" || name == "seconds") continue;
      const auto underscore = name.find('_');
      const std::string title = underscore == std::string::npos ? name : name.substr(underscore + 1);
      if (title == "error") continue;  // 1 - accuracy
      auto chart = std::ranges::find(charts, title, &Chart::title);
      if (chart == charts.end()) chart = charts.insert(charts.end(), {title, {}});
      auto series = std::ranges::find(chart->series, name, &Series::name);
      if (series == chart->series.end()) series = chart->series.insert(series, {name, {}, {}});
      series->x.push_back(line["epoch"].get<double>());
      series->y.push_back(value.is_number() ? value.get<double>() : NAN);
    }
  }
  return charts;
}

}  // namespace

std::string report_page(const std::string& run_folder, const train::NamedFigures& figures) {
  const std::string config = read_file(run_folder + "/config.toml"), metrics = read_file(run_folder + "/metrics.jsonl");
  std::string page = fmt::format(head, escaped(run_folder));
  if (!figures.empty()) {
    page += "<table>\n";
    for (const auto& [name, value] : figures) page += fmt::format("<tr><th>{}</th><td>{:.6g}</td></tr>\n", escaped(name), value);
    page += "</table>\n";
  }
  for (const Chart& chart : charts_of(metrics)) page += line_chart(chart.title, "epoch", chart.series);
  return page + fmt::format("<h2>Recipe</h2>\n<pre>{}</pre>\n</body></html>\n", escaped(config));
}

void write_report(const std::string& run_folder, const train::NamedFigures& figures) {
  write_file_atomically(run_folder + "/report.html", report_page(run_folder, figures));
}

}  // namespace gradus::inspect
