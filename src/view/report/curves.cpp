// What a run learned, over its epochs; of a run of one or two over its steps.
#include <algorithm>
#include <cmath>

#include "report.hpp"

namespace gradus::inspect {
namespace {

std::vector<Series> by_epoch(const RunData& run) {
  std::vector<Series> out;
  for (const std::string& figure : figures_of(run)) out.push_back(series_of(run, figure));
  return out;
}

// Training from flow.jsonl; what is told of whole epochs alone, from there.
std::vector<Series> by_step(const RunData& run) {
  std::vector<Series> out;
  const auto add = [&](const std::vector<Json>& lines, const std::string& prefix) {
    for (const Json& line : lines) {
      for (const auto& [name, value] : line.items()) {
        const bool wanted = name.starts_with(prefix) || (prefix == "train_" && (name == "loss" || name == "lr"));
        if (!wanted || !(value.is_number() || value.is_null())) continue;
        const std::string figure = name == "loss" ? "look_loss" : name;
        auto curve = std::ranges::find(out, figure, &Series::name);
        if (curve == out.end()) curve = out.insert(out.end(), {figure, {}, {}});
        const double step = number_of(line["step"]);
        if (!curve->x.empty() && curve->x.back() == step) continue;  // a run that was stopped there has a second line
        curve->x.push_back(step);
        curve->y.push_back(number_of(value));
      }
    }
  };
  add(run.means, "train_");
  add(run.metrics, "valid_");
  std::ranges::stable_sort(out, {}, [](const Series& c) { return c.name == "lr" ? 2 : c.name.starts_with("look") ? 1 : 0; });
  return out;
}

}  // namespace

bool is_short(const RunData& run) { return run.metrics.size() < 3 && run.means.size() > 1; }
std::vector<Series> curves_of(const RunData& run, bool over_steps) { return over_steps ? by_step(run) : by_epoch(run); }

std::string curves_section(const RunData& run, Language language) {
  const bool steps = is_short(run);
  // By the last word of a name: train_loss and valid_loss share a chart.
  std::vector<std::pair<std::string, std::vector<Series>>> charts;
  for (Series& curve : curves_of(run, steps)) {
    const std::size_t underscore = curve.name.find('_');
    const std::string title = underscore == std::string::npos ? curve.name : curve.name.substr(underscore + 1);
    if (title == "error") continue;  // 1 - accuracy
    auto chart = std::ranges::find(charts, title, [](const auto& c) { return c.first; });
    if (chart == charts.end()) chart = charts.insert(charts.end(), {title, {}});
    curve.name = figure_name(curve.name, language);
    chart->second.push_back(std::move(curve));
  }
  std::string body;
  for (const auto& [title, series] : charts) {
    body += line_chart(title == "lr" ? std::string(text_of(Word::learning_rate, language)) : figure_name(title, language), std::string(text_of(steps ? Word::step : Word::epoch, language)), series,
                       {.language = language, .id = "curve-" + title});
  }
  return body.empty() ? body : section(Word::curves, std::string(text_of(steps ? Word::curves_by_step : Word::curves_about, language)), "<div class=\"charts\">" + body + "</div>\n", language);
}

}  // namespace gradus::inspect
