// Networks explained: one real sample through the layers of a recipe or a run.
#include <algorithm>

#include <fmt/format.h>
#include <gradus/base/text.hpp>
#include <gradus/nn.hpp>
#include <gradus/ops.hpp>
#include <gradus/train/checkpoint.hpp>

#include "sample.hpp"
#include "train/open_run.hpp"
#include "update.hpp"

namespace gradus::inspect {
namespace {

// Names as textbooks have them: W1, b1 of the first layer with parameters, what it makes is z1, what an activation makes of that a1, and
// a pool p1.
struct Symbols {
  int weighted = 0;
  std::map<std::string, std::string> of_parameter;
  std::vector<std::string> of_output;  // of each layer

  explicit Symbols(nn::Sequential& net) {
    for (std::size_t i = 0; i < net.size(); ++i) {
      int parameters = 0;
      net[i].walk({.param = [&](const std::string&, Param&) { ++parameters; }, .names = false}, std::to_string(i));
      if (parameters > 0) ++weighted;
      net[i].walk({.param =
                       [&](const std::string& path, Param&) {
                         const std::string last = path.substr(path.rfind('.') + 1);
                         const bool plain = parameters <= 2 && (last == "weight" || last == "bias");
                         of_parameter[path] = plain ? fmt::format("{}{}", last == "weight" ? "W" : "b", weighted) : path;
                       },
                   .names = false},
                  std::to_string(i));
      const std::string text = net[i].text(), type = text.substr(0, text.find(' '));
      const char letter = parameters > 0 ? 'z' : type.find("pool") != std::string::npos ? 'p' : type == "flatten" ? 'f' : type == "dropout" ? 'd' : 'a';
      std::string symbol = fmt::format("{}{}", letter, weighted);
      for (int n = 2; std::ranges::find(of_output, symbol) != of_output.end(); ++n) symbol = fmt::format("{}{}_{}", letter, weighted, n);
      of_output.push_back(symbol);
    }
  }
};

// The parameters in float64, so that differences can tell.
void make_exact(nn::Sequential& net) {
  walk(net, Visitor{[](const std::string&, Param& p) { p = Param(cast(p.value(), Dtype::f64)); },
                    [](const std::string&, State& s) { s = is_float(s.value().dtype()) ? State(cast(s.value(), Dtype::f64)) : s; }});
}

// The one that was asked for; else the first that has something to show.
std::int64_t chosen_sample(const data::Dataset& rows, std::int64_t sample) {
  if (sample >= 0) return sample;
  for (std::int64_t i = 0; i < rows.size(); ++i) {
    if (std::ranges::any_of(rows.x[i].to_vector(), [](double v) { return v != 0; })) return i;
  }
  return 0;
}

Explanation explain_sample(train::Job& job, const data::Dataset& rows, SampleView view_of_sample, const std::map<std::string, Tensor>& optimizer, double lr) {
  const std::int64_t sample = view_of_sample.index;
  if (sample < 0 || sample >= rows.size()) {
    fail<UsageError>("--sample", fmt::format("there is no sample {} in {} rows", sample, rows.size()), fmt::format("0 to {}", rows.size() - 1));
  }
  Tensor x = rows.x[Slicing{sample, sample + 1}], y = rows.y[Slicing{sample, sample + 1}];
  if (is_float(x.dtype())) x = cast(x, Dtype::f64);
  if (is_float(y.dtype())) y = cast(y, Dtype::f64);
  make_exact(job.net);
  Symbols symbols(job.net);
  Explanation out;
  std::vector<Leaf> leaves{{"x", contiguous(x)}, {"y", contiguous(y), Step::Kind::constant}};
  std::vector<NamedParam> parameters = gradus::parameters(job.net);
  for (const NamedParam& p : parameters) leaves.push_back({p.path, p.param->value(), Step::Kind::parameter, symbols.of_parameter[p.path], p.path.substr(0, p.path.find('.'))});

  nn::Sequential view = job.net;  // its parameters become the variables
  std::vector<Tensor> made;
  const Mode evaluation(false);
  out.trace = record(leaves, [&](Inputs v) {
    std::size_t next = 2;
    std::vector<Param*> bound;
    walk(view, [&](const std::string&, Param& p) { bound.push_back(&p); });
    std::vector<Param*> original;
    walk(job.net, [&](const std::string&, Param& p) { original.push_back(&p); });
    std::map<const Slot*, Tensor> variable_of;
    for (const NamedParam& p : parameters) variable_of[&p.param->slot()] = v[next++];
    for (std::size_t i = 0; i < bound.size(); ++i) bound[i]->bind(variable_of.at(&original[i]->slot()));
    Tensor at = v[0];
    for (std::size_t i = 0; i < view.size(); ++i) {
      begin_group(std::to_string(i));
      at = view[i](at);
      made.push_back(at);
    }
    begin_group("loss");
    return job.loss(at, v[1]);
  });
  for (std::size_t i = 0; i < made.size(); ++i) {
    for (Step& step : out.trace.steps) {
      if (!step.is_leaf() && step.value.array().buffer() == made[i].array().buffer() && step.value.array().offset() == made[i].array().offset() &&
          step.value.shape() == made[i].shape() && step.group == std::to_string(i) && &step != &out.trace.steps[out.trace.result]) {
        step.name = step.symbol = symbols.of_output[i];
      }
    }
    Shape shape = made[i].shape();
    shape.erase(0);
    out.layers.push_back({std::to_string(i), job.net[i].text(), shape, nn::count_parameters(job.net[i])});
  }
  describe_sample(view_of_sample, job, rows, Tensor(made.back().array_ref()));
  out.sample = std::move(view_of_sample);
  std::vector<std::size_t> trained;
  for (std::size_t at = 0; at < out.trace.steps.size(); ++at) {
    if (out.trace.steps[at].kind == Step::Kind::parameter) trained.push_back(at);
  }
  out.update = update_of(out.trace, trained, [&](const std::vector<NamedParam>& named) {
    std::unique_ptr<optim::Optimizer> made_optimizer = train::make_optimizer(job.recipe, named);
    if (optimizer.empty()) made_optimizer->set_lr(lr);
    return made_optimizer;
  }, optimizer);
  return out;
}

train::Recipe with(train::Recipe recipe, const SampleOptions& options) {
  for (const std::string& assignment : options.sets) train::set(recipe, assignment);
  if (options.seed) train::set(recipe, fmt::format("train.seed={}", *options.seed));
  if (!options.data.empty()) recipe.data.path.value = options.data;
  return recipe;
}

}  // namespace

Explanation explain_recipe(const train::Recipe& recipe, const SampleOptions& options) {
  train::Job job = train::make_job(with(recipe, options));
  const std::int64_t sample = chosen_sample(job.train, options.sample);
  const double lr = train::make_schedule(job.recipe, 1000).rate(0);
  Explanation out = explain_sample(job, job.train, {.source = fmt::format("{}", job.recipe.train.seed.value), .index = sample, .count = job.train.size()}, {}, lr);
  out.title = job.recipe.name;
  return out;
}

Explanation explain_run(const std::string& folder, const SampleOptions& options) {
  train::OpenedRun run = train::open_run(folder);
  const train::OpenedModel model = train::open_model(run);
  if (!options.data.empty()) run.recipe.data.path.value = options.data;
  const bool text = model.notes.text;
  train::Job job = train::make_job(run.recipe, model.notes.preprocessing.empty() ? nullptr : &model.notes.preprocessing, text ? &model.notes.classes : nullptr);
  job.net = model.net;
  std::vector<std::string> notes;
  std::map<std::string, Tensor> state;
  if (const auto checkpoint = train::load_checkpoint(run.folder.checkpoints(), notes)) state = checkpoint->optimizer;
  const std::int64_t sample = chosen_sample(job.test, options.sample);
  Explanation out = explain_sample(job, job.test, {.source = folder, .trained = true, .index = sample, .count = job.test.size()}, state, job.recipe.optim.lr);
  out.title = folder;
  return out;
}

}  // namespace gradus::inspect
