#include <gradus/view/compare.hpp>

#include <algorithm>
#include <cmath>

#include "view/words/catalogue.hpp"
#include "view/page/html.hpp"
#include "report.hpp"
#include "train/settings.hpp"

namespace gradus::inspect {
namespace {

ComparedRun compared(const RunData& run) {
  ComparedRun out{.path = run.path, .recipe = run.name(), .digest = text_of_json(run.notes, "digest"), .ended = run.how_ended(), .best_by = best_by(run), .figures = {}};
  out.best_epoch = best_epoch(run);
  const bool has_line = !run.metrics.empty();
  const auto count = [&](const char* of_run, const char* of_line) {
    const double value = std::isfinite(run.number(of_run)) ? run.number(of_run) : has_line ? number_of(run.metrics.back(), of_line) : 0;
    return std::isfinite(value) ? value : 0;
  };
  out.epochs = static_cast<std::int64_t>(count("epochs", "epoch"));
  out.steps = static_cast<std::int64_t>(count("steps", "step"));
  out.seconds = count("seconds", "seconds");
  if (run.notes.contains("figures") && run.notes["figures"].is_object()) {
    for (const auto& [name, value] : run.notes["figures"].items()) out.figures.emplace_back(name, number_of(value));
  } else if (has_line) {
    for (const std::string& name : figures_of(run)) {
      if (name != "lr") out.figures.emplace_back(name, number_of(run.metrics.back(), name.c_str()));
    }
  }
  return out;
}

// The rows of the table: a name, and a text for each run.
using Rows = std::vector<std::pair<std::string, std::vector<std::string>>>;

Rows figure_rows(const Comparison& c, Language language) {
  Rows rows;
  std::vector<std::string> names;
  for (const ComparedRun& run : c.runs) {
    for (const auto& [name, value] : run.figures) {
      if (!name.ends_with("error") && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  for (const std::string& name : names) {
    rows.push_back({figure_name(name, language), {}});
    for (const ComparedRun& run : c.runs) {
      const auto found = std::ranges::find(run.figures, name, [](const auto& figure) { return figure.first; });
      rows.back().second.push_back(found == run.figures.end() ? "" : short_number(found->second));
    }
  }
  const auto add = [&](Word word, const auto& text) {
    rows.push_back({std::string(text_of(word, language)), {}});
    for (const ComparedRun& run : c.runs) rows.back().second.push_back(text(run));
  };
  add(Word::ended_word, [&](const ComparedRun& run) { return ending_of(run.ended, language); });
  add(Word::best_epoch_word, [&](const ComparedRun& run) { return run.best_epoch > 0 ? text_of(Word::best_by, language, run.best_epoch, figure_name(run.best_by, language)) : std::string(); });
  add(Word::epochs_word, [](const ComparedRun& run) { return std::to_string(run.epochs); });
  add(Word::steps, [](const ComparedRun& run) { return std::to_string(run.steps); });
  add(Word::seconds_word, [](const ComparedRun& run) { return short_number(run.seconds); });
  rows.push_back({std::string(text_of(Word::digest_word, language)), {}});
  for (const ComparedRun& run : c.runs) rows.back().second.push_back(run.digest.substr(0, 12));
  return rows;
}

// Columns of a terminal: a Chinese character takes two, and what begins a character of UTF-8 counts.
std::size_t columns(const std::string& text) {
  std::size_t n = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    n += (byte & 0xc0) == 0x80 ? 0 : byte >= 0xe3 ? 2 : 1;
  }
  return n;
}

std::string lines_of(const Rows& rows) {
  std::size_t name_width = 0;
  std::vector<std::size_t> widths;
  for (const auto& [name, cells] : rows) {
    name_width = std::max(name_width, columns(name));
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
  }
  std::string out;
  for (const auto& [name, cells] : rows) {
    std::string line = "  " + name + std::string(name_width - columns(name), ' ');
    for (std::size_t i = 0; i < cells.size(); ++i) line += "  " + cells[i] + std::string(widths[i] - columns(cells[i]), ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string html_table(const Comparison& c, const Rows& rows, Language language) {
  std::string out = "<div class=\"scroll\" tabindex=\"0\"><table><tr><th scope=\"col\">" + std::string(text_of(Word::run_word, language)) + "</th>";
  for (const ComparedRun& run : c.runs) out += "<th scope=\"col\">" + escaped(run.path) + "</th>";
  out += "</tr>\n";
  for (const auto& [name, cells] : rows) {
    out += "<tr><th scope=\"row\">" + escaped(name) + "</th>";
    for (const std::string& cell : cells) out += "<td class=\"num\">" + escaped(cell) + "</td>";
    out += "</tr>\n";
  }
  return out + "</table></div>\n";
}

std::vector<std::string> paths_of(const Comparison& c) {
  std::vector<std::string> out;
  for (const ComparedRun& run : c.runs) out.push_back(run.path);
  return out;
}

}  // namespace

Comparison compare(const std::vector<std::string>& run_folders) {
  Comparison out;
  std::vector<std::vector<std::pair<std::string, std::string>>> recipes;
  for (const std::string& folder : run_folders) {
    const RunData run = read_run(folder);
    out.runs.push_back(compared(run));
    recipes.emplace_back();
    train::for_each_setting(run.recipe, [&](const std::string& key, const auto& setting) { recipes.back().emplace_back(key, train::toml_text(setting.value)); });
  }
  for (std::size_t key = 0; !recipes.empty() && key < recipes[0].size(); ++key) {
    std::vector<std::string> values;
    for (const auto& recipe : recipes) values.push_back(recipe[key].second);
    const std::string& name = recipes[0][key].first;
    if (name != "about" && std::ranges::any_of(values, [&](const std::string& value) { return value != values[0]; })) out.differences.emplace_back(name, values);
  }
  return out;
}

std::string comparison_text(const Comparison& c, Language language) {
  Rows rows{{std::string(text_of(Word::run_word, language)), paths_of(c)}};
  for (const auto& [key, values] : c.differences) rows.push_back({key, values});
  const Rows figures = figure_rows(c, language);
  rows.insert(rows.end(), figures.begin(), figures.end());
  const std::string text = lines_of(rows);
  return c.differences.empty() ? std::string(text_of(Word::compare_same, language)) + "\n" + text : text;
}

std::string comparison_json(const Comparison& c) {
  Json out{{"runs", Json::array()}, {"differences", Json::object()}};
  for (const ComparedRun& run : c.runs) {
    Json one{{"run", run.path}, {"recipe", run.recipe}, {"epochs", run.epochs}, {"steps", run.steps}, {"seconds", run.seconds}, {"ended", run.ended}, {"best_epoch", run.best_epoch}, {"best_by", run.best_by}, {"digest", run.digest}, {"figures", Json::object()}};
    for (const auto& [name, value] : run.figures) one["figures"][name] = value;
    out["runs"].push_back(std::move(one));
  }
  for (const auto& [key, values] : c.differences) out["differences"][key] = values;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string comparison_page(const Comparison& c, Language language) {
  std::vector<RunData> runs;
  for (const ComparedRun& run : c.runs) runs.push_back(read_run(run.path));
  const bool steps = std::ranges::any_of(runs, is_short);
  std::vector<std::pair<std::string, std::vector<Series>>> figures;
  for (const RunData& run : runs) {
    for (Series& one : curves_of(run, steps)) {
      const std::string name = one.name;
      if (name.ends_with("error") || one.x.empty()) continue;
      auto figure = std::ranges::find(figures, name, [](const auto& f) { return f.first; });
      if (figure == figures.end()) figure = figures.insert(figures.end(), {name, {}});
      one.name = run.path;
      figure->second.push_back(std::move(one));
    }
  }
  std::string charts;
  for (const auto& [name, series] : figures) {
    charts += line_chart(name == "lr" ? std::string(text_of(Word::learning_rate, language)) : figure_name(name, language), std::string(text_of(steps ? Word::step : Word::epoch, language)), series, {.language = language, .id = "curve-" + name});
  }
  const std::string title(text_of(Word::compare_title, language));
  Rows differences(c.differences.begin(), c.differences.end());
  std::string body = "<header><h1>" + title + "</h1></header>\n<main>\n" + section(Word::compare_figures, "", html_table(c, figure_rows(c, language), language), language);
  body += section(Word::compare_differences, "", differences.empty() ? "<p>" + std::string(text_of(Word::compare_same, language)) + "</p>\n" : html_table(c, differences, language), language);
  if (!charts.empty()) body += section(Word::curves, std::string(text_of(steps ? Word::curves_by_step : Word::curves_about, language)), "<div class=\"charts\">" + charts + "</div>\n", language);
  return page_with(title, language, body + "</main>\n", std::string(chart_style()) + std::string(report_style()), chart_script());
}

}  // namespace gradus::inspect
