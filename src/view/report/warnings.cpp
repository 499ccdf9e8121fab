// What stands out in a run, in plain words. Each rule says what it saw, with the numbers, and what may help.
#include <algorithm>
#include <cmath>

#include "report.hpp"

namespace gradus::inspect {
namespace {

struct Warner {
  const RunData& run;
  Language language;
  std::vector<std::string> out = {};

  template <class... X>
  void say(Word word, const X&... x) {
    out.push_back(text_of(word, language, x...));
  }
  static std::string number(double value) { return fmt::format("{:.3g}", value); }

  void diverged() {
    if (const std::string how = text_of_json(run.notes, "diverged"); !how.empty()) say(Word::warn_diverged, how);
    else if (!run.failure.empty()) say(Word::warn_diverged, run.failure.substr(0, run.failure.find('\n')));
    if (const std::string origin = text_of_json(run.notes, "origin"); !origin.empty()) say(Word::warn_origin, origin);
  }
  // Without knowledge all C classes are as likely: the loss is ln C.
  void start() {
    const std::string loss = text_of_json(run.notes, "loss");
    const double classes = run.number("classes");
    const bool fits = loss.starts_with("cross_entropy") || (loss.starts_with("bce") && classes == 2);
    if (!fits || !(classes > 1) || run.looks.empty() || number_of(run.looks[0], "step") != 0) return;
    const double begun = number_of(run.looks[0], "loss"), fair = std::log(classes);
    if (begun > 1.5 * fair) say(Word::warn_start, number(begun), classes, classes, number(fair));
  }
  void gradients() {
    if (run.looks.empty()) return;
    std::vector<const Json*> layers;
    for (const Json& layer : run.looks.back()["layers"]) {
      if (layer.contains("gradient")) layers.push_back(&layer);
    }
    for (const Json& look : run.looks) {
      for (const Json& layer : look["layers"]) {
        if (!layer.contains("gradient") || !layer["gradient"].is_null()) continue;
        say(Word::warn_nan_gradient, layer_name(layer), number_of(look["step"]));
        return;
      }
    }
    double largest = 0;
    for (const Json* layer : layers) largest = std::max(largest, number_of(*layer, "gradient"));
    for (const Json* layer : layers) {
      const double g = number_of(*layer, "gradient");
      if (g == 0 && largest > 0) say(Word::warn_no_gradient, layer_name(*layer));
      if (g > 1000) say(Word::warn_exploding, layer_name(*layer), number(g));
    }
    // At the start: later a layer may have little left to learn.
    const Json& first_look = run.looks.front();
    const Json *first = nullptr, *last = nullptr;
    for (const Json& layer : first_look["layers"]) {
      if (!(number_of(layer, "gradient") > 0)) continue;
      if (!first) first = &layer;
      last = &layer;
    }
    if (!first || first == last) return;
    const double ratio = number_of(*first, "gradient") / number_of(*last, "gradient");
    if (ratio < 1e-4) say(Word::warn_vanishing, layer_name(*first), number(ratio), layer_name(*last));
  }
  void units() {
    if (run.looks.empty()) return;
    for (const Json& layer : run.looks.back()["layers"]) {
      if (const double dead = number_of(layer, "dead"); dead > 0.5) say(Word::warn_dead, 100 * dead, layer_name(layer));
      if (const double saturated = number_of(layer, "saturated"); saturated > 0.5) say(Word::warn_saturated, 100 * saturated, layer_name(layer));
    }
  }
  // The median over the looks: a rate that falls to 0 ends every run with small steps.
  void steps() {
    for (const Series& layer : flow_of(run, "update")) {
      std::vector<double> ratios;
      std::ranges::copy_if(layer.y, std::back_inserter(ratios), [](double v) { return std::isfinite(v); });
      if (ratios.size() < 3) continue;
      std::ranges::nth_element(ratios, ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2));
      const double median = ratios[ratios.size() / 2];
      if (median > 0.1) say(Word::warn_steps_large, layer.name, median);
      if (median < 1e-7) say(Word::warn_steps_small, layer.name, median);
    }
  }
  void losses() {
    const Series valid = series_of(run, "valid_loss"), train = series_of(run, "train_loss");
    const std::int64_t best = best_epoch(run);
    if (valid.y.size() > 2 && best > 0) {
      const double least = *std::ranges::min_element(valid.y, [](double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); }), now = valid.y.back();
      if (now > 1.1 * least && least > 0 && static_cast<double>(best) < valid.x.back() - 1) say(Word::warn_overfit, best, number(least), number(now));
    }
    if (train.y.size() > 2 && train.y.back() > 0.98 * train.y.front()) say(Word::warn_stuck, number(train.y.front()), number(train.y.back()));
  }
};

}  // namespace

std::vector<std::string> warnings_of(const RunData& run, Language language) {
  Warner warner{run, language};
  warner.diverged();
  warner.start();
  warner.gradients();
  warner.units();
  warner.steps();
  warner.losses();
  return warner.out;
}

}  // namespace gradus::inspect
