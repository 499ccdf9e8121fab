// Optimizers: an update rule over the parameters of a network.
//   optim::Adam opt{net, {.lr = 0.05}};
//   auto [loss, g] = value_and_grad(net, ...);
//   opt.update(net, g);
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../autodiff.hpp"
#include "../base/options.hpp"

namespace gradus::optim {

namespace rules {

using Numbers = std::array<double, 8>;

// A parameter, its gradient and its states, as they lie in memory with room for whole vectors behind; all but the gradient change.
struct Part {
  std::array<std::byte*, 4> places;
  std::int64_t n;
  Dtype dtype;
};

Numbers adam_numbers(double t, double rate, double beta1, double beta2, double eps, double decay);
#include "rules.inl.hpp"

}  // namespace rules

// What all optimizers share: the walk over the parameters, the step count, saving. The rule is a formula, see rules.inl.hpp.
class Optimizer {
 public:
  virtual ~Optimizer();

  // One step. `grads` is what value_and_grad returned. ShapeError, naming the parameter, when `net` is not the kind of
  // network that the optimizer was made for. Tied parameters move once. With `only_if`, a tensor of one truth value, nothing
  // happens unless it is true.
  template <class Net>
  void update(Net& net, const Net& grads, const Tensor& only_if = {}) {
    std::vector<Param*> to, from;
    walk(net, [&](const std::string&, Param& p) { to.push_back(&p); });
    walk(const_cast<Net&>(grads), Visitor{.param = [&](const std::string&, Param& p) { from.push_back(&p); }, .names = false});
    step(to, from, only_if);
  }

  double lr() const { return lr_; }
  void set_lr(double lr);  // from the next step on; ValueError unless it is finite and not negative
  std::int64_t steps() const { return steps_; }
  virtual std::string_view name() const = 0;

  // All that a continued run needs, by name: "steps", "lr", and for each parameter such as "mean.hidden.weight".
  // Loading it gives the same bits as if the run had never stopped.
  std::map<std::string, Tensor> state() const;
  // All or nothing; DataError names what is missing, what is too much, and what has another shape or dtype.
  void load_state(const std::map<std::string, Tensor>& state);

 protected:
  Optimizer(const std::vector<NamedParam>& parameters, double lr, std::span<const char* const> states);
  Optimizer(const Optimizer&) = default;
  Optimizer& operator=(const Optimizer&) = default;

 private:
  struct Entry {  // one parameter
    std::string path;
    Ref<Slot> slot;
    std::vector<Tensor> states;
  };
  // The rule for one step; it is asked once per step and then run over each parameter.
  virtual void prepare(double step, double lr) = 0;
  virtual void run(Dtype dtype, std::span<const rules::Part> parts) const = 0;
  void step(const std::vector<Param*>& parameters, const std::vector<Param*>& grads, const Tensor& only_if);
  void move(const std::vector<std::size_t>& which, Inputs grads);
  void run_all();
  void record(Tracer& tracer, const std::vector<std::size_t>& which, const Tensors& grads, const Tensor& only_if);
  std::vector<std::size_t> matched(const std::vector<Param*>& parameters);

  double lr_;
  std::int64_t steps_ = 0;
  std::vector<std::string> state_names_;
  std::vector<Entry> entries_;
  std::vector<rules::Part> parts_;  // of the step under way; kept for their memory
};

#define GRADUS_UPDATE_RULES(X) X(SGD) X(Adam) X(AdamW)

// An optimizer with the rule `Rule`, whose fields are its options.
template <class Rule>
class With final : public Optimizer {
 public:
  template <class Net>
    requires(!std::same_as<std::remove_cv_t<Net>, std::vector<NamedParam>>)
  explicit With(Net& net, const Rule& rule = {}) : With(parameters(net), rule) {}
  explicit With(const std::vector<NamedParam>& parameters, const Rule& rule = {});

  const Rule& rule() const { return rule_; }
  std::string_view name() const override { return Rule::name; }

 private:
  void prepare(double step, double lr) override { numbers_ = rule_.numbers(step, lr); }
  void run(Dtype dtype, std::span<const rules::Part> parts) const override;
  Rule rule_;
  rules::Numbers numbers_{};
};

#define GRADUS_RULE(R)             \
  using R = With<rules::R>;        \
  extern template class With<rules::R>;
GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE

// For recipes: make("adam", parameters(net), {{"lr", "0.01"}}). The options are the fields of the rule.
// UsageError names the nearest known rule or option; ValueError for values out of range.
std::unique_ptr<Optimizer> make(const std::string& name, const std::vector<NamedParam>& parameters, const Options& options = {});
std::vector<std::string> names();
std::vector<std::string> option_names(const std::string& name);

}  // namespace gradus::optim
