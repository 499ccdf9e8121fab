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

  std::string rate() const { return short_number(run.recipe.optim.lr); }

  void diverged() {
    const std::string how = failure_of(run, language);
    if (how.empty()) return;
    say(Word::warn_diverged, how);
    out.back() += (language == Language::chinese ? "" : " ") + text_of(Word::diverged_help, language, rate());
    if (const std::string origin = origin_of(run, language); !origin.empty()) say(Word::warn_origin, origin);
  }
  // Numbers that were left in a unit of their own: what else stands out follows from it.
  bool scales() {
    const std::string loss = text_of_json(run.notes, "loss");
    if (run.looks.empty() || number_of(run.looks[0], "step") != 0) return false;
    const std::size_t before = out.size();
    const double begun = number_of(run.looks[0], "loss");
    if ((loss == "mse" || loss == "half_squared_error") && begun > 100) {
      say(Word::warn_target, number(begun), text_of(run.recipe.data.scale_target ? Word::warn_target_other : Word::warn_target_off, language));
    }
    const Json& layers = run.looks[0]["layers"];
    if (!run.recipe.data.standardize && !layers.empty() && number_of(layers[0], "deviation") > 20) say(Word::warn_inputs, layer_name(layers[0]), number(number_of(layers[0], "deviation")));
    return out.size() > before;
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
  // Saturated units of a network that has learned are no fault.
  void units() {
    if (run.looks.empty()) return;
    const bool learned = number_of(run.looks.back(), "loss") < 0.1 * number_of(run.looks.front(), "loss");
    for (const Json& layer : run.looks.back()["layers"]) {
      if (const double dead = number_of(layer, "dead"); dead > 0.5) say(Word::warn_dead, 100 * dead, layer_name(layer));
      if (const double saturated = number_of(layer, "saturated"); saturated > 0.5 && !learned) say(Word::warn_saturated, 100 * saturated, layer_name(layer));
    }
  }
  // The median over the looks: a rate that falls to 0 ends every run with small steps.
  void steps() {
    double most = 0;
    for (const Series& layer : flow_of(run, "update")) {
      std::vector<double> ratios;
      std::ranges::copy_if(layer.y, std::back_inserter(ratios), [](double v) { return std::isfinite(v); });
      if (ratios.size() < 3) return;
      std::ranges::nth_element(ratios, ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2));
      const double median = ratios[ratios.size() / 2];
      most = std::max(most, median);
      if (median > 0.1) say(Word::warn_steps_large, layer.name, median);
    }
    const double begun = run.looks.empty() ? NAN : number_of(run.looks.front(), "loss"), now = run.looks.empty() ? NAN : number_of(run.looks.back(), "loss");
    small_ = most > 0 && most < 2e-4 && now > 0.5 * begun;
    if (small_) {
      say(Word::warn_rate_small, most, number(begun), number(now), short_number(10 * run.recipe.optim.lr));
      return;
    }
    for (const Series& layer : flow_of(run, "update")) {
      if (!layer.y.empty() && std::ranges::max(layer.y) < 1e-7) say(Word::warn_steps_small, layer.name, std::ranges::max(layer.y));
    }
  }
  void losses() {
    const Series valid = series_of(run, "valid_loss"), train = series_of(run, "train_loss");
    const std::int64_t best = best_epoch(run);
    if (valid.y.size() > 2 && best > 0) {
      const double least = *std::ranges::min_element(valid.y, [](double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); }), now = valid.y.back();
      if (now > 1.1 * least && least > 0 && static_cast<double>(best) < valid.x.back() - 1) say(Word::warn_overfit, best, number(least), number(now));
    }
    if (!small_ && train.y.size() > 2 && train.y.back() > 0.98 * train.y.front()) say(Word::warn_stuck, number(train.y.front()), number(train.y.back()), rate());
  }
  bool small_ = false;  // the steps
};

}  // namespace

std::vector<std::string> warnings_of(const RunData& run, Language language) {
  Warner warner{run, language};
  warner.diverged();
  if (warner.scales()) return warner.out;
  warner.start();
  warner.gradients();
  warner.units();
  warner.steps();
  warner.losses();
  return warner.out;
}

}  // namespace gradus::inspect
