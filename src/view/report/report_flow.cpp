// The layers over time: gradient flow, and how weights and activations lie.
#include <algorithm>
#include <cmath>

#include "report.hpp"

namespace gradus::inspect {
namespace {

std::string cell(double value, const char* form = "{:.3g}") { return "<td class=\"num\">" + (std::isfinite(value) ? fmt::format(fmt::runtime(form), value) : std::string()) + "</td>"; }

std::string last_look(const RunData& run, Language language) {
  const Json& look = run.looks.back();
  const auto word = [&](Word w) { return "<th scope=\"col\">" + std::string(text_of(w, language)) + "</th>"; };
  std::string out = "<h3>" + text_of(Word::last_look, language, number_of(look["step"])) + "</h3>\n<div class=\"scroll\" tabindex=\"0\"><table><tr>" + word(Word::layer) + word(Word::parameters) +
                    word(Word::gradient_rms) + word(Word::update_to_weight) + word(Word::output_word) + word(Word::dead_word) + word(Word::saturated_word) + "</tr>\n";
  for (const Json& layer : look["layers"]) {
    out += "<tr><th scope=\"row\">" + escaped(layer_name(layer)) + "</th>" + cell(number_of(layer, "parameters"), "{:.0f}") + cell(number_of(layer, "gradient")) + cell(number_of(layer, "update"));
    out += fmt::format("<td class=\"num\">{:.3g} ± {:.3g}</td>", number_of(layer, "mean"), number_of(layer, "deviation"));
    out += cell(100 * number_of(layer, "dead"), "{:.1f} %") + cell(100 * number_of(layer, "saturated"), "{:.1f} %") + "</tr>\n";
  }
  return out + "</table></div>\n";
}

Bars bars_of(const Json& look, const std::string& name, const char* key) {
  for (const Json& layer : look["layers"]) {
    if (layer_name(layer) != name || !layer.contains(key) || !layer[key].is_object()) continue;
    Bars out{number_of(layer[key], "low"), number_of(layer[key], "high"), {}};
    if (layer[key].contains("counts") && layer[key]["counts"].is_array()) {
      for (const Json& count : layer[key]["counts"]) out.counts.push_back(number_of(count));
    }
    const bool sound = std::isfinite(out.low) && std::isfinite(out.high) && std::ranges::all_of(out.counts, [](double v) { return v >= 0; });
    return sound ? out : Bars{};
  }
  return {};
}

}  // namespace

std::string flow_section(const RunData& run, Language language) {
  if (run.looks.empty()) return {};
  const std::string step(text_of(Word::step, language));
  const auto chart = [&](Word title, const char* key, bool log) {
    const std::vector<Series> series = flow_of(run, key);
    return series.empty() ? std::string() : line_chart(std::string(text_of(title, language)), step, series, {.language = language, .id = std::string("flow-") + key, .log_first = log, .ordered = true});
  };
  const std::string update = chart(Word::flow_update, "update", true);
  std::string body = "<div class=\"charts\">" + chart(Word::flow_gradient, "gradient", true) + update + chart(Word::flow_dead, "dead", false) +
                     chart(Word::flow_saturated, "saturated", false) + "</div>\n";
  if (!update.empty()) body += "<p class=\"note\">" + std::string(text_of(Word::flow_update_about, language)) + "</p>";
  body += last_look(run, language);
  return section(Word::flow, std::string(text_of(Word::flow_about, language)), body, language);
}

std::string histogram_section(const RunData& run, Language language) {
  if (run.looks.empty()) return {};
  const Json &first = run.looks.front(), &last = run.looks.back();
  std::string body;
  for (const auto& [title, key] : {std::pair(Word::weights_word, "weights"), std::pair(Word::activations_word, "activations")}) {
    std::string all;
    for (const Json& layer : last["layers"]) {
      const std::string name = layer_name(layer);
      all += histogram(name, run.looks.size() > 1 ? bars_of(first, name, key) : Bars{}, bars_of(last, name, key));
    }
    if (!all.empty()) body += "<h3>" + std::string(text_of(title, language)) + "</h3>\n<div class=\"histograms\">" + all + "</div>\n";
  }
  if (body.empty()) return {};
  return section(Word::histograms, text_of(Word::histograms_about, language, number_of(first["step"]), number_of(last["step"])), body, language);
}

}  // namespace gradus::inspect
