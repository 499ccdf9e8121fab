// The layers over time: gradient flow, and how weights and activations lie.
#include <algorithm>
#include <cmath>

#include "report.hpp"

namespace gradus::inspect {
namespace {

std::string cell(double value, const char* form = "{:.3g}") { return "<td class=\"num\">" + (std::isfinite(value) ? fmt::format(fmt::runtime(form), value) : std::string()) + "</td>"; }

// Of a run that ended at a step that nobody had foreseen the change of that step is not known, but that of a look before.
const Json* look_with_update(const RunData& run) {
  for (std::size_t i = run.looks.size(); i-- > 0;) {
    for (const Json& layer : run.looks[i]["layers"]) {
      if (layer.is_object() && layer.contains("update")) return &run.looks[i];
    }
  }
  return nullptr;
}

std::string head(std::initializer_list<Word> words, Language language) {
  std::string out;
  for (const Word word : words) out += "<th scope=\"col\">" + std::string(text_of(word, language)) + "</th>";
  return "<div class=\"scroll\" tabindex=\"0\"><table><tr>" + out + "</tr>\n";
}

std::string last_look(const RunData& run, Language language) {
  const Json &look = run.looks.back(), *moved = look_with_update(run);
  std::string out = "<h3>" + text_of(Word::last_look, language, number_of(look["step"])) + "</h3>\n" +
                    head({Word::layer, Word::parameters, Word::gradient_rms, Word::update_to_weight, Word::output_word, Word::dead_word, Word::saturated_word}, language);
  std::size_t at = 0;
  for (const Json& layer : look["layers"]) {
    const double update = moved && at < (*moved)["layers"].size() ? number_of((*moved)["layers"][at], "update") : NAN;
    ++at;
    out += "<tr><th scope=\"row\">" + escaped(layer_name(layer)) + "</th>" + cell(number_of(layer, "parameters"), "{:.0f}") + cell(number_of(layer, "gradient")) + cell(update);
    const double mean = number_of(layer, "mean"), deviation = number_of(layer, "deviation");
    out += "<td class=\"num\">" + (std::isfinite(mean) && std::isfinite(deviation) ? fmt::format("{:.3g} ± {:.3g}", mean, deviation) : std::string("nan")) + "</td>";
    out += cell(100 * number_of(layer, "dead"), "{:.1f} %") + cell(100 * number_of(layer, "saturated"), "{:.1f} %") + "</tr>\n";
  }
  out += "</table></div>\n";
  if (moved && moved != &look) out += "<p class=\"note\">" + text_of(Word::update_before, language, number_of((*moved)["step"])) + "</p>\n";
  return out;
}

// The modules within layers that are made of several, such as transformer blocks: folded away where they are many.
std::string parts_of(const RunData& run, Language language) {
  constexpr std::size_t few = 8;
  std::string rows;
  std::size_t count = 0;
  for (const Json& layer : run.looks.back()["layers"]) {
    if (!layer.is_object() || !layer.contains("parts") || !layer["parts"].is_array()) continue;
    rows += "<tr><th scope=\"row\">" + escaped(layer_name(layer)) + "</th><td></td>" + cell(number_of(layer, "parameters"), "{:.0f}") + cell(number_of(layer, "gradient")) + cell(number_of(layer, "update")) + "</tr>\n";
    for (const Json& part : layer["parts"]) {
      rows += "<tr><td></td><th scope=\"row\">" + escaped(text_of_json(part, "name")) + "</th>" + cell(number_of(part, "parameters"), "{:.0f}") + cell(number_of(part, "gradient")) + cell(number_of(part, "update")) + "</tr>\n";
      ++count;
    }
  }
  if (count == 0) return {};
  const auto chart = [&](Word title, const char* key) {
    const std::vector<Series> series = flow_of(run, key, true);
    return series.empty() ? std::string() : line_chart(std::string(text_of(title, language)), std::string(text_of(Word::step, language)), series, {.language = language, .id = std::string("parts-") + key, .log_first = true, .ordered = true});
  };
  return fmt::format("<details class=\"parts\"{}><summary>{} ({})</summary>\n<div class=\"charts\">", count <= few ? " open" : "", text_of(Word::parts, language), count) + chart(Word::flow_gradient_parts, "gradient") +
         chart(Word::flow_update_parts, "update") + "</div>\n" + head({Word::layer, Word::part_word, Word::parameters, Word::gradient_rms, Word::update_to_weight}, language) + rows + "</table></div></details>\n";
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
  body += last_look(run, language) + parts_of(run, language);
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
