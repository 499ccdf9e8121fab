// What of a recipe follows from the rest of it.
#include <array>
#include <cmath>
#include <sstream>

#include <fmt/format.h>
#include <gradus/base/file.hpp>
#include <gradus/base/options.hpp>
#include <gradus/base/text.hpp>
#include <gradus/train/job.hpp>

#include "settings.hpp"

namespace gradus::train {
namespace {

// From here, or beside the recipe; otherwise it stays a name to be looked for in folders of data.
void find_table(Text& file, const Recipe& recipe) {
  if (file.value.empty()) return;
  const std::size_t slash = recipe.origin.rfind('/');
  const std::string beside = slash == std::string::npos ? "" : recipe.origin.substr(0, slash + 1) + file.value;
  if (path_kind(file) != PathKind::nothing) file.value = absolute_path(file);
  else if (!beside.empty() && path_kind(beside) != PathKind::nothing) file.value = absolute_path(beside);
}

// The options that an update rule has, with its own defaults: its fields.
Options rule_options(const std::string& name) {
  Options out;
  const auto add = [&](auto rule) {
    if (rule.name != name) return;
    for_each_field(rule, [&](std::string_view key, const auto& value) { out.emplace(key, toml_text(value)); });
  };
#define GRADUS_RULE(R) add(optim::rules::R{});
  GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE
  if (out.empty()) {
    fail<UsageError>("recipe", fmt::format("optim.name = {} is not known", quoted(name)), did_you_mean(name, optim::names()));
  }
  return out;
}

template <class F>
void for_each_rule_setting(OptimKeys& optim, F&& f) {
  f("momentum", optim.momentum);
  f("nesterov", optim.nesterov);
  f("beta1", optim.beta1);
  f("beta2", optim.beta2);
  f("eps", optim.eps);
  f("weight_decay", optim.weight_decay);
}

void fill(Number& setting, const std::string& text) { setting.value = to_number("optim", "default", text); }
void fill(Switch& setting, const std::string& text) { setting.value = text == "true"; }

void resolve_rule(OptimKeys& optim) {
  const Options known = rule_options(optim.name);
  OptimKeys table;
  std::vector<std::string> unset;
  for_each_rule_setting(table, [&](const std::string&, const auto& setting) { unset.push_back(toml_text(setting.value)); });
  std::size_t at = 0;
  for_each_rule_setting(optim, [&](const std::string& key, auto& setting) {
    const auto found = known.find(key);
    const bool is_unset = toml_text(setting.value) == unset[at++];
    if (found == known.end() && !is_unset) {
      fail<UsageError>("recipe", fmt::format("optim.{} = {} has no meaning for {}", key, toml_text(setting.value), optim.name.value),
                       "leave it out, or choose another optim.name");
    }
    if (found != known.end() && !setting.given) fill(setting, found->second);
    setting.given = true;
  });
}

}  // namespace

Recipe resolved(Recipe recipe) {
  if (recipe.data.set.value.empty() && recipe.data.file.value.empty() && recipe.data.path.value.empty()) {
    fail<UsageError>("recipe", "there are no data: neither data.set nor data.file is given", "`gradus data list` names the sets",
                     recipe.origin);
  }
  if (!recipe.data.set.value.empty() && !recipe.data.file.value.empty()) {
    fail<UsageError>("recipe",
                     fmt::format("data.set = {} and data.file = {} are both given", quoted(recipe.data.set.value),
                                 quoted(recipe.data.file.value)),
                     "a set has its own file; leave one of the two out", recipe.origin);
  }
  if (recipe.model.layers.value.empty()) {
    fail<UsageError>("recipe", "there is no network: model.layers is empty", R"(such as layers = ["linear 16", "tanh", "linear 3"])",
                     recipe.origin);
  }
  const std::string& separator = recipe.data.separator;
  if (separator != "auto" && (separator.size() != 1 || separator == "\"" || separator == "\n")) {
    fail<UsageError>("recipe", fmt::format("data.separator = {} is not allowed: it must be auto, or one character", quoted(separator)),
                     R"(such as ";" or "\t")", recipe.origin);
  }
  if (const std::string& name = recipe.name; recipe.name.given && (name.find('/') != std::string::npos || name.starts_with('.'))) {
    fail<UsageError>("recipe", fmt::format("name = {} is not allowed: it names a folder in 'runs'", quoted(name)),
                     "letters, digits, - and _ fit; --out chooses another place", recipe.origin);
  }
  for (char& c : recipe.name.value) {  // it becomes the name of a folder
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                      c == '.' || static_cast<unsigned char>(c) >= 0x80;
    if (!fine) c = '-';
  }
  if (recipe.name.value.empty() || recipe.name.value[0] == '.') recipe.name.value = "run" + recipe.name.value;
  find_table(recipe.data.file, recipe);
  find_table(recipe.data.test_file, recipe);
  if (!recipe.data.path.value.empty()) recipe.data.path.value = absolute_path(recipe.data.path);
  resolve_rule(recipe.optim);
  optim::decay_by_name(recipe.schedule.name);
  return recipe;
}

std::unique_ptr<optim::Optimizer> make_optimizer(const Recipe& recipe, const std::vector<NamedParam>& parameters) {
  OptimKeys optim = recipe.optim;
  const Options known = rule_options(optim.name);
  Options options{{"lr", toml_text(optim.lr.value)}};
  for_each_rule_setting(optim, [&](const std::string& key, auto& setting) {
    if (known.contains(key)) options.emplace(key, toml_text(setting.value));
  });
  return optim::make(optim.name, parameters, options);
}

optim::Schedule make_schedule(const Recipe& recipe, std::int64_t steps) {
  return {.lr = recipe.optim.lr,
          .decay = optim::decay_by_name(recipe.schedule.name),
          .warm_up = recipe.schedule.warmup,
          .total = steps,
          .last = recipe.schedule.last};
}

std::pair<std::string, Options> loss_of(const Recipe& recipe) {
  std::istringstream words(recipe.loss);
  std::string name, word;
  words >> name;
  Options options;
  while (words >> word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      fail<UsageError>("recipe", fmt::format("loss = {} is not allowed: {} is no option=value", quoted(recipe.loss.value), quoted(word)));
    }
    options.emplace(word.substr(0, equals), word.substr(equals + 1));
  }
  return {name, options};
}

nn::Loss make_loss(const Recipe& recipe) {
  const auto [name, options] = loss_of(recipe);
  const nn::Loss loss = nn::loss_by_name(name, options);
  if (name != "bce") return loss;
  return [loss](const Tensor& prediction, const Tensor& target) {
    observe(prediction, [](const Tensor& outputs) {
      for (const double p : outputs.to_vector()) {
        if (p >= 0 && p <= 1) continue;
        if (std::isnan(p)) break;  // the loss says so
        fail<UsageError>("bce", fmt::format("the network gives {:.4g}, and loss = 'bce' needs outputs from 0 to 1", p),
                         "end model.layers with \"sigmoid\", or take loss = 'bce_with_logits'");
      }
    });
    return loss(prediction, target);
  };
}

nn::Sequential make_net(const Recipe& recipe, const Shape& sample, std::int64_t symbols) {
  const auto start = [](const Text& key) { return key.value == "auto" ? std::string() : key.value; };
  return nn::build(nn::parse_layers(recipe.model.layers), sample,
                   {.dtype = symbols > 0 ? Dtype::i64 : Dtype::f32, .symbols = symbols, .init = start(recipe.model.init), .bias_init = start(recipe.model.bias_init)});
}

}  // namespace gradus::train
