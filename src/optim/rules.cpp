#include <fmt/format.h>

#include <cmath>
#include <gradus/optim/optimizer.hpp>

#include "optim/kernels.hpp"

namespace gradus::optim {

rules::Numbers rules::adam_numbers(double t, double rate, double beta1, double beta2, double eps, double decay) {
  return {1 - beta1, beta2, 1 - beta2, rate / (1 - std::pow(beta1, t)), 1 / std::sqrt(1 - std::pow(beta2, t)), eps, decay};
}

namespace {

template <class Rule>
constexpr RuleId id_of = RuleId::count;
#define GRADUS_RULE(R) \
  template <>          \
  constexpr RuleId id_of<rules::R> = RuleId::of_##R;
GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE

template <class Rule>
const Rule& checked(const Rule& rule) {
  for_each_field(rule, [](std::string_view field, double value) {
    if (!(std::isfinite(value) && value >= 0)) fail<ValueError>(Rule::name, fmt::format("{} is {}; it must be finite and not negative", field, value));
  });
  if (const char* fault = rule.fault()) fail<ValueError>(Rule::name, fault);
  return rule;
}

template <class Rule>
Rule from_options(const Options& options) {
  Rule rule;
  std::vector<std::string> known;
  for_each_field(rule, [&](std::string_view field, auto& value) {
    const std::string key(field);
    known.push_back(key);
    const auto found = options.find(key);
    if (found == options.end()) return;
    if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, bool>) value = to_bool(Rule::name, key, found->second);
    else value = to_number(Rule::name, key, found->second);
  });
  check_keys(Rule::name, options, known);
  return rule;
}

}  // namespace

template <class Rule>
With<Rule>::With(const std::vector<NamedParam>& parameters, const Rule& rule)
    : Optimizer(parameters, checked(rule).lr, {Rule::states, static_cast<std::size_t>(rule.kept())}), rule_(rule) {}

template <class Rule>
void With<Rule>::run(Dtype dtype, std::span<const rules::Part> parts) const {
  static_assert(2 + std::size(Rule::states) <= std::tuple_size_v<decltype(rules::Part::places)>);
  kernel_table().kernels[static_cast<int>(id_of<Rule>)][dtype == Dtype::f32][rule_.kept() > 0](numbers_.data(), parts);
}

#define GRADUS_RULE(R) template class With<rules::R>;
GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE

std::vector<std::string> names() {
  return {
#define GRADUS_RULE(R) rules::R::name,
      GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE
  };
}

std::unique_ptr<Optimizer> make(const std::string& name, const std::vector<NamedParam>& parameters, const Options& options) {
#define GRADUS_RULE(R) \
  if (name == rules::R::name) return std::make_unique<R>(parameters, from_options<rules::R>(options));
  GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE
  fail_unknown("optim", "optimizer", name, names());
}

std::vector<std::string> option_names(const std::string& name) {
  std::vector<std::string> out;
  const auto list = [&out](const auto& rule) { for_each_field(rule, [&](std::string_view field, const auto&) { out.emplace_back(field); }); };
#define GRADUS_RULE(R) \
  if (name == rules::R::name) list(rules::R{});
  GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE
  if (out.empty()) fail_unknown("optim", "optimizer", name, names());
  return out;
}

}  // namespace gradus::optim
