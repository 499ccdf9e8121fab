#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>
#include <gradus/autodiff.hpp>
#include <gradus/ops.hpp>
#include <gradus/tensor/node.hpp>
#include <gradus/tensor/watch.hpp>
#include <gradus/view/trace.hpp>

#include "differences.hpp"
#include "rule_reader.hpp"

namespace gradus::inspect {
namespace {

thread_local std::string group;

class Recorder final : public Watcher {
 public:
  Trace trace;

  // A composite is one step if it can be told in one line: a formula of a few elementwise operations, and of sums.
  bool whole(const Op& op, Inputs x) override {
    if (within_) return false;
    Recorder parts;
    parts.within_ = true;
    for (std::size_t i = 0; i < x.size(); ++i) parts.add({.kind = Step::Kind::input, .name = fmt::format("#{}", i), .symbol = fmt::format("#{}", i)}, detached(x[i]));
    {
      const Recording off(false);
      const Watch watch(parts);
      Tensors in;
      for (const Tensor& t : x) in.push_back(detached(t));
      const Tensor y = op.expand(in);
      parts.trace.result = parts.find(y);
    }
    std::size_t operations = 0;
    adds_up_ = false;
    for (const Step& step : parts.trace.steps) {
      if (step.is_leaf() || only_moves(*step.op)) continue;
      const bool sum = step.op->info().name == "sum" || step.op->info().name == "mean";
      if (step.op->info().family != Family::map && !sum) return false;
      adds_up_ = adds_up_ || sum;
      ++operations;
    }
    if (operations < 2 || operations > (adds_up_ ? most_with_sums : most_parts)) return false;
    parts.forget();
    inside_ = std::make_shared<const Trace>(std::move(parts.trace));
    return true;
  }

  void applied(const Ref<const Op>& op, Inputs x, const Tensor& y) override {
    Step step{.name = fmt::format("v{}", ++count_), .symbol = {}, .group = group, .op = op, .inside = op->info().composite ? std::move(inside_) : nullptr};
    step.symbol = step.name;
    step.adds_up = step.inside && adds_up_;
    for (const Tensor& t : x) {
      const bool tracked = t.node() && t.node()->recorded();
      const std::size_t from = find(t);
      step.inputs.push_back({.from = from, .carries = tracked, .stopped = !tracked && tracked_[from]});
    }
    add(std::move(step), y);
  }

  void pulled(const Node& node, const Tensor& g, Inputs products) override {
    const std::size_t at = by_node_.at(&node);
    Step& step = trace.steps[at];
    step.grad = detached(g);
    trace.back.push_back(at);
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      Link& link = step.inputs[i];
      link.carries = products[i].defined();
      if (!link.carries) continue;
      link.product = detached(products[i]);
      std::vector<Arrival>& arrivals = trace.steps[link.from].arrivals;
      arrivals.push_back({at, i, arrivals.empty() ? link.product : arrivals.back().sum + link.product});
    }
  }

  std::size_t add(Step step, const Tensor& y) {
    const std::size_t at = trace.steps.size();
    step.value = Tensor(y.array_ref());
    if (y.node()) by_node_[y.node().get()] = at;
    by_array_[&y.array()] = at;
    held_.push_back(y);
    tracked_.push_back(y.node() && y.node()->recorded());
    trace.steps.push_back(std::move(step));
    return at;
  }

  // The step that made a tensor; what nobody made is a constant.
  std::size_t find(const Tensor& t) {
    if (t.node()) {
      if (const auto found = by_node_.find(t.node().get()); found != by_node_.end()) return found->second;
    }
    if (const auto found = by_array_.find(&t.array()); found != by_array_.end()) return found->second;
    const std::string name = t.numel() == 1 ? fmt::format("{:.6g}", t.item()) : fmt::format("c{}", ++constants_);
    return add({.kind = Step::Kind::constant, .name = name, .symbol = name, .group = group, .literal = t.numel() == 1}, t);
  }

  void forget() {
    held_.clear();
    by_node_.clear();
    by_array_.clear();
  }

 private:
  static constexpr std::size_t most_parts = 40, most_with_sums = 16;
  std::unordered_map<const Node*, std::size_t> by_node_;
  std::unordered_map<const Array*, std::size_t> by_array_;
  std::vector<Tensor> held_;    // so that no address is used twice
  std::vector<char> tracked_;   // whether a step has a history
  std::shared_ptr<const Trace> inside_;
  bool within_ = false, adds_up_ = false;
  int count_ = 0, constants_ = 0;
};

// Names for what the formula names not: none that a variable has.
std::string free_name(const std::vector<Leaf>& leaves, std::initializer_list<const char*> wanted) {
  const auto taken = [&](const std::string& name) { return std::ranges::any_of(leaves, [&](const Leaf& leaf) { return leaf.name == name || leaf.symbol == name; }); };
  for (const char* name : wanted) {
    if (!taken(name)) return name;
  }
  std::string name = *(wanted.end() - 1);
  while (taken(name)) name += "_";
  return name;
}

// The letter of "v1", "v2", ...: one that no variable has with a number behind it.
void rename_steps(Trace& trace, const std::vector<Leaf>& leaves) {
  const auto clashes = [&](char letter) {
    return std::ranges::any_of(leaves, [&](const Leaf& leaf) { return leaf.name.size() > 1 && leaf.name[0] == letter && std::ranges::all_of(leaf.name.substr(1), [](char c) { return c >= '0' && c <= '9'; }); });
  };
  constexpr std::string_view letters = "vuznqspkhrmfdceghijlotwxyabVUZN";
  const auto letter = std::ranges::find_if_not(letters, clashes);
  const std::string prefix = letter == letters.end() ? "step" : std::string(1, *letter);
  int constants = 0;
  for (std::size_t at = leaves.size(); at < trace.steps.size(); ++at) {
    Step& step = trace.steps[at];
    if (!step.is_leaf()) step.name = step.symbol = prefix + step.name.substr(1);
    else if (step.kind == Step::Kind::constant && !step.literal) {
      do step.name = step.symbol = fmt::format("c{}", ++constants);
      while (std::ranges::any_of(leaves, [&](const Leaf& leaf) { return leaf.name == step.name; }));
    }
  }
}

bool is_map(const Step& step) { return step.inside ? !step.adds_up : step.op->info().family == Family::map; }

// The derivative of an elementwise operation for each element of its result, and of everything that makes one number of one.
Tensor local_of(const Trace& trace, const Step& step, std::size_t input) {
  const Tensor& x = trace.steps[step.inputs[input].from].value;
  const Tensor one = Tensor::ones(step.value.shape(), step.value.dtype());
  if (is_map(step)) {
    const GradScope scope;
    Tensors in;
    for (const Link& link : step.inputs) in.push_back(expand(trace.steps[link.from].value, step.value.shape()));
    in[input] = variable(in[input]);
    return pullback(apply(step.op, in), one, Inputs(&in[input], 1))[0];
  }
  if (x.numel() == 1 && step.value.numel() == 1) return pull_through(trace, step, input, one);
  return {};
}

}  // namespace

void begin_group(const std::string& name) { group = name; }

Tensor pull_through(const Trace& trace, const Step& step, std::size_t input, const Tensor& g) {
  const GradScope scope;
  Tensors in;
  for (const Link& link : step.inputs) in.push_back(trace.steps[link.from].value);
  in[input] = variable(in[input]);
  return pullback(apply(step.op, in), g, Inputs(&in[input], 1))[0];
}

Trace record(const std::vector<Leaf>& leaves, const std::function<Tensor(Inputs)>& f, const RecordOptions& options) {
  Recorder recorder;
  group.clear();
  {
    const GradScope scope;
    Tensors values, variables;
    std::vector<std::size_t> of_variable;
    for (const Leaf& leaf : leaves) {
      const bool varies = is_float(leaf.value.dtype()) && leaf.kind != Step::Kind::constant;
      const Tensor value = varies ? variable(leaf.value) : leaf.value;
      const std::size_t at = recorder.add({.kind = leaf.kind, .name = leaf.name, .symbol = leaf.symbol.empty() ? leaf.name : leaf.symbol, .group = leaf.group}, value);
      values.push_back(value);
      if (!varies) continue;
      variables.push_back(value);
      of_variable.push_back(at);
    }
    const Watch watch(recorder);
    Tensor y = f(values);
    if (y.numel() != 1) y = sum(y);
    group.clear();
    recorder.trace.result = recorder.find(y);
    if (!y.node() || !y.node()->recorded()) fail<UsageError>("explain", "the result depends on nothing that has a derivative", "give it a variable, as in x=2");
    const Tensors slopes = pullback(y, Tensor::ones(y.shape(), y.dtype()), variables);
    for (std::size_t i = 0; i < variables.size(); ++i) recorder.trace.steps[of_variable[i]].grad = detached(slopes[i]);
  }
  recorder.forget();
  Trace trace = std::move(recorder.trace);
  rename_steps(trace, leaves);
  Step& result = trace.steps[trace.result];
  if (!result.is_leaf()) result.name = result.symbol = free_name(leaves, {"L", "loss", "result"});
  for (Step& step : trace.steps) {
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      if (step.inputs[i].carries) step.inputs[i].local = local_of(trace, step, i);
    }
  }
  if (options.differences) compare_with_differences(trace);
  return trace;
}

std::optional<NotFinite> first_not_finite(const Trace& trace) {
  const auto fault = [](const Tensor& x, bool& nan) {
    if (!x.defined() || !is_float(x.dtype())) return false;
    bool infinite = false;
    for (const double v : x.to_vector()) nan = nan || std::isnan(v), infinite = infinite || std::isinf(v);
    return nan || infinite;
  };
  NotFinite out;
  for (out.step = 0; out.step < trace.steps.size(); ++out.step) {
    const Step& step = trace.steps[out.step];
    if (!(step.literal || step.kind == Step::Kind::constant) && fault(step.value, out.nan)) return out;
  }
  out.gradient = true;
  for (const std::size_t at : trace.back) {
    for (const Link& link : trace.steps[at].inputs) {
      if (!link.carries || !fault(link.product, out.nan)) continue;
      out.step = link.from;
      out.through = at;
      return out;
    }
  }
  return {};
}

Paths paths_from(const Trace& trace, std::size_t step, std::size_t most) {
  Paths out;
  // Users of every step, and how many ways lead from it to the result.
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> above(trace.steps.size());
  for (std::size_t at = 0; at < trace.steps.size(); ++at) {
    for (std::size_t i = 0; i < trace.steps[at].inputs.size(); ++i) {
      if (trace.steps[at].inputs[i].carries) above[trace.steps[at].inputs[i].from].emplace_back(at, i);
    }
  }
  std::vector<double> ways(trace.steps.size(), 0);
  ways[trace.result] = 1;
  for (std::size_t at = trace.steps.size(); at-- > 0;) {
    for (const auto& [user, input] : above[at]) ways[at] += ways[user];
  }
  out.count = ways[step];
  out.sum = trace.steps[step].grad;
  // Depth first, without recursion: which user of each step on the way comes next.
  std::vector<std::pair<std::size_t, std::size_t>> links;
  std::vector<std::size_t> next{0}, at{step};
  while (!at.empty() && out.listed.size() < most) {
    const std::size_t here = at.back();
    if (here == trace.result) out.listed.push_back({links, {}});
    if (here == trace.result || next.back() == above[here].size()) {
      at.pop_back();
      next.pop_back();
      if (!links.empty()) links.pop_back();
      continue;
    }
    const auto link = above[here][next.back()++];
    if (ways[link.first] == 0) continue;
    links.push_back(link);
    at.push_back(link.first);
    next.push_back(0);
  }
  const Tensor& loss = trace.steps[trace.result].value;
  for (Path& path : out.listed) {
    path.product = Tensor::ones(loss.shape(), loss.dtype());
    for (std::size_t i = path.links.size(); i-- > 0;) path.product = pull_through(trace, trace.steps[path.links[i].first], path.links[i].second, path.product);
  }
  return out;
}

}  // namespace gradus::inspect
