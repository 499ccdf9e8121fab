#include <gradus/view/report.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <span>

#include <gradus/base/clock.hpp>
#include <gradus/base/error.hpp>
#include <gradus/base/file.hpp>
#include <gradus/base/text.hpp>

#include "view/page/html.hpp"
#include "report.hpp"
#include "train/gathered.hpp"

namespace gradus::embedded {
extern const std::span<const unsigned char> report_style;
}

namespace gradus::inspect {
namespace {

// A path as a shell takes it.
std::string in_shell(const std::string& text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("/._-+=,@%").find(c) != std::string_view::npos; });
  if (plain) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string state_of(const RunData& run, Language language) {
  if (const std::string how = failure_of(run, language); !how.empty()) return text_of(Word::state_diverged, language, how);
  if (!run.ended()) return text_of(Word::state_going, language, counted_epochs(run.metrics.empty() ? 0.0 : number_of(run.metrics.back(), "epoch"), language));
  if (run.stopped()) return text_of(Word::state_stopped, language, counted_steps(run.number("steps"), language));
  return text_of(Word::state_ended, language, ending_of(run.how_ended(), language), counted_epochs(run.number("epochs"), language), counted_steps(run.number("steps"), language), run.number("seconds"));
}

// The final figures; of a run without an end those of its last epoch.
std::string figures_of_page(const RunData& run, Language language) {
  std::vector<std::pair<std::string, double>> figures;
  if (run.notes.contains("figures") && run.notes["figures"].is_object()) {
    for (const auto& [name, value] : run.notes["figures"].items()) figures.emplace_back(name, number_of(value));
  } else if (!run.metrics.empty()) {
    for (const std::string& name : figures_of(run)) figures.emplace_back(name, number_of(run.metrics.back(), name.c_str()));
  }
  std::stable_partition(figures.begin(), figures.end(), [](const auto& figure) { return figure.first.starts_with("test_") || figure.first.find('_') == std::string::npos; });
  std::string out;
  for (const auto& [name, value] : figures) {
    if (name.ends_with("error") || name == "lr") continue;  // 1 - accuracy
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(figure_name(name, language)), short_number(value));
  }
  if (out.empty()) return out;
  out = "<dl class=\"figures\">\n" + out + "</dl>\n";
  const double deviation = run.samples.contains("numbers") ? number_of(run.samples["numbers"], "deviation") : NAN;
  if (std::isfinite(deviation) && deviation != 1) out += "<p class=\"note\">" + escaped(text_of(Word::numbers_unit, language, target_of(run, language), short_number(deviation))) + "</p>\n";
  return out;
}

std::string warnings_section(const RunData& run, Language language) {
  std::string list;
  for (const std::string& text : warnings_of(run, language)) list += "<li>" + escaped(text) + "</li>\n";
  if (list.empty() && run.looks.empty()) return {};
  return section(Word::warnings, "", list.empty() ? "<p class=\"fine\">" + std::string(text_of(Word::no_warnings, language)) + "</p>\n" : "<ul class=\"warnings\">\n" + list + "</ul>\n", language);
}

std::string repeat_section(const RunData& run, Language language) {
  std::string rows;
  const auto row = [&](Word name, const std::string& value) {
    if (!value.empty()) rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", text_of(name, language), escaped(value));
  };
  const auto whole = [&](const char* key) { return std::isfinite(run.number(key)) ? fmt::format("{:.0f}", run.number(key)) : std::string(); };
  row(Word::digest, text_of_json(run.notes, "digest"));
  row(Word::seed, fmt::format("{}", run.recipe.train.seed.value));
  row(Word::threads_word, whole("threads"));
  bool other = false;  // numbers of threads in its parts
  if (run.notes.contains("resumed") && run.notes["resumed"].is_array()) {
    std::string parts;
    for (const Json& part : run.notes["resumed"]) {
      parts += (parts.empty() ? "" : "; ") + text_of(Word::resumed_at, language, number_of(part, "step"), number_of(part, "threads"));
      other = other || (number_of(part, "threads") != run.number("threads") && !(run.notes.contains("deterministic") && run.notes["deterministic"] == true));
    }
    row(Word::resumed_word, parts);
  }
  if (run.notes.contains("gradus")) row(Word::version, fmt::format("gradus {}, {}", text_of_json(run.notes, "gradus"), text_of_json(run.notes, "compiler")));
  if (run.notes.contains("processor")) row(Word::machine, fmt::format("{} ({}), {} × CPU", text_of_json(run.notes, "processor"), text_of_json(run.notes, "target"), whole("cores")));
  row(Word::data_word, text_of_json(run.notes, "data"));
  row(Word::parameters, whole("params"));
  if (const double started = run.number("started"); std::isfinite(started) && std::abs(started) < 1e11) {
    const auto seconds = static_cast<std::time_t>(started);
    std::tm parts{};
    char text[32];
    if (gmtime_r(&seconds, &parts) && std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts) > 0) row(Word::started_word, text);
  }
  std::string body = "<pre tabindex=\"0\">" + escaped(command_of(run)) + "</pre>\n<div class=\"scroll\" tabindex=\"0\"><table class=\"notes\">" + rows + "</table></div>\n";
  body += "<details><summary>" + std::string(text_of(Word::configuration, language)) + " (config.toml)</summary><pre tabindex=\"0\">" + escaped(run.config) + "</pre></details>\n";
  return section(Word::repeat, std::string(text_of(other ? Word::repeat_other : Word::repeat_about, language)), body, language);
}

}  // namespace

std::string_view report_style() { return {reinterpret_cast<const char*>(embedded::report_style.data()), embedded::report_style.size()}; }

std::string section(Word title, const std::string& about, const std::string& body, Language language) {
  return "<section><h2>" + std::string(text_of(title, language)) + "</h2>\n" + (about.empty() ? "" : "<p class=\"about\">" + escaped(about) + "</p>\n") + body + "</section>\n";
}

std::string command_of(const RunData& run, bool goes_on) {
  const double threads = run.number("threads");
  return "gradus train " + in_shell(run.path + "/config.toml") + (goes_on ? " --out " + in_shell(run.path) + " --resume" : "") + (std::isfinite(threads) ? fmt::format(" --threads {:.0f}", threads) : "");
}

std::string report_page(const std::string& run_folder, Language language) {
  train::count_gathering();
  const RunData run = read_run(run_folder);
  std::string body = "<header><h1>" + escaped(run.name()) + "</h1>\n";
  if (!run.recipe.about.value.empty()) body += "<p class=\"about\">" + escaped(run.recipe.about.value) + "</p>\n";
  body += "<p class=\"state\">" + escaped(state_of(run, language)) + " <span class=\"note\">" + escaped(run.path) + "</span></p>\n";
  if (run.stopped()) body += "<pre tabindex=\"0\">" + escaped(command_of(run, true)) + "</pre>\n";
  body += figures_of_page(run, language) + "</header>\n<main>\n";
  body += warnings_section(run, language) + curves_section(run, language) + numbers_section(run, language) + confusion_section(run, language) + worst_section(run, language) + flow_section(run, language) + histogram_section(run, language) +
          repeat_section(run, language);
  body += "</main>\n<footer>" + text_of(Word::report_footer, language, GRADUS_VERSION) + "</footer>\n";
  return page_with(text_of(Word::report_title, language, run.name()), language, body, std::string(chart_style()) + std::string(report_style()), chart_script());
}

std::vector<std::string> report_warnings(const std::string& run_folder) { return warnings_of(read_run(run_folder), Language::english); }

void write_report(const std::string& run_folder, Language language) {
  write_file_atomically(run_folder + "/report.html", report_page(run_folder, language));
}

void LiveReport::epoch() {
  const double start = now();
  if (pages_ > 0 && spent_ > 0.005 * (start - begun_)) return;
  end();
  ++pages_;
  spent_ += now() - start;
}

void LiveReport::end() {
  try {
    write_report(folder_, language_);
  } catch (const std::exception&) {  // no training ends for want of a page; what is written at the end will say why there is none
  }
}

LiveReport::LiveReport(std::string folder, Language language) : folder_(std::move(folder)), language_(language), begun_(now()) {}

}  // namespace gradus::inspect
