#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gradus/base/random.hpp>
#include <gradus/base/text.hpp>
#include <gradus/ops.hpp>
#include <gradus/plan.hpp>
#include <gradus/train/job.hpp>

namespace gradus::train {
namespace {

data::Source source_of(const Recipe& recipe) {
  const DataKeys& keys = recipe.data;
  data::Source source;
  source.set = keys.set;
  source.file = keys.file;
  source.path = keys.path;
  source.target = keys.target;
  source.test_file = keys.test_file;
  source.task = keys.task.value == "auto"             ? data::Task::automatic
                : keys.task.value == "classification" ? data::Task::classification
                                                      : data::Task::regression;
  if (keys.header.value != "auto") source.csv.header = keys.header.value == "yes";
  source.csv.separator = keys.separator.value == "auto" ? std::nullopt : std::optional(keys.separator.value[0]);
  source.csv.missing = keys.missing;
  source.ignore = keys.ignore;
  source.categories = keys.categories;
  source.standardize = keys.standardize;
  source.scale_target = keys.scale_target && !recipe.loss.value.starts_with("bce");  // which compares with 0 and 1
  source.size = keys.size;
  source.arms = keys.arms;
  source.noise = keys.noise;
  source.context = keys.context;
  source.seed = static_cast<std::uint64_t>(recipe.train.seed.value);
  return source;
}

std::string loss_name(const Recipe& recipe) { return recipe.loss.value.substr(0, recipe.loss.value.find(' ')); }

// cross_entropy takes class numbers; every other loss compares outputs with numbers of the same shape.
data::Dataset for_loss(data::Dataset dataset, const std::string& loss) {
  if (loss == "cross_entropy" || !dataset.is_classification()) return dataset;
  if (dataset.classes.size() == 2) return data::as_numbers(std::move(dataset));
  dataset.y = one_hot(dataset.y, static_cast<std::int64_t>(dataset.classes.size()));
  return dataset;
}

bool is_binary(const Tensor& y) {
  const std::vector<double> values = y.to_vector();
  return std::all_of(values.begin(), values.end(), [](double v) { return v == 0 || v == 1; });
}

Metric metric_for(const Job& job, bool scaled) {
  const std::size_t classes = job.classes.size();
  if (job.train.is_text()) return {.kind = Metric::Kind::symbols};
  if (classes > 2 || loss_name(job.recipe) == "cross_entropy") return {.kind = Metric::Kind::accuracy};
  const data::Column* target = job.preprocessing.target();
  if (classes == 0 && scaled && target) return {.kind = Metric::Kind::rmse, .scale = target->deviation};
  if (classes == 2 || is_binary(job.train.y)) return {.kind = Metric::Kind::binary_accuracy, .threshold = threshold_of(job.recipe)};
  return {.kind = Metric::Kind::rmse};
}

// Of windows of a text the last ones: what is between them must not be seen from both sides.
data::HeldOut held_out(const data::Dataset& all, double fraction, std::uint64_t seed) {
  if (!all.is_windows()) return data::validation(all, fraction, seed);
  const std::int64_t n = all.size();
  if (n < 2) fail<ValueError>("validation", fmt::format("nothing can be held out of {} window of {}", n, all.name));
  const std::int64_t border = std::clamp<std::int64_t>(n - std::llround(fraction * static_cast<double>(n)), 1, n - 1);
  data::HeldOut parts{all, all};
  parts.train.x = all.x[Slicing{0, border}], parts.train.y = all.y[Slicing{0, border}];
  parts.validation.x = all.x[Slicing{border, n}], parts.validation.y = all.y[Slicing{border, n}];
  return parts;
}

// The shapes of one row through network and loss, without computing anything.
void check_fit(const Job& job) {
  Shape row = job.sample;
  row.insert(0, 1);
  const Shape out = job.net(Tensor(Array::abstract({row, job.train.x.dtype()}))).shape();
  Shape wanted = job.train.y.shape();
  wanted[0] = 1;
  if (loss_name(job.recipe) == "cross_entropy") wanted.push_back(static_cast<std::int64_t>(job.classes.size()));
  if (out == wanted) return;
  Shape sample_out(out.begin() + 1, out.end()), sample_wanted(wanted.begin() + 1, wanted.end());
  fail<UsageError>("recipe",
                   fmt::format("model.layers ends in {}, but {} with the data set '{}' needs {}", to_string(sample_out),
                               loss_name(job.recipe), job.train.name, to_string(sample_wanted)),
                   fmt::format("the last layer with weights should be \"linear {}\"", job.train.is_text() ? sample_wanted.back() : numel(sample_wanted)));
}

}  // namespace

Job make_job(const Recipe& recipe, const data::Preprocessing* fitted, const std::vector<std::string>* symbols) {
  Job job;
  job.recipe = resolved(recipe);
  const std::vector<nn::LayerSpec> layers = nn::parse_layers(job.recipe.model.layers);  // a typing error shows before loading
  data::Source source = source_of(job.recipe);
  source.fitted = fitted;
  source.symbols = symbols;
  data::Split split = data::load(source);
  if (job.recipe.loss.value == "auto") job.recipe.loss.value = split.train.is_classification() ? "cross_entropy" : "mse";
  const std::string loss = loss_name(job.recipe);
  job.loss = make_loss(job.recipe);
  job.classes = split.train.classes;
  if (loss == "cross_entropy" && job.classes.empty()) {
    fail<UsageError>(
        "recipe",
        fmt::format("loss = 'cross_entropy' needs classes, and the data set '{}' has numbers to predict",
                    split.train.name),
        "loss = 'mse', or data.task = 'classification'");
  }
  if (split.train.is_text() && loss != "cross_entropy") {
    fail<UsageError>("recipe", fmt::format("loss = {} does not fit the text '{}', whose characters are classes", quoted(loss), split.train.name), "loss = 'cross_entropy'");
  }
  if (split.train.is_text() && job.recipe.data.input_noise > 0) {
    fail<UsageError>("recipe", fmt::format("data.input_noise = {} has no meaning for the text '{}'", job.recipe.data.input_noise.value, split.train.name),
                     "\"dropout 0.1\" in model.layers is noise for text");
  }
  job.preprocessing = std::move(split.preprocessing);
  const bool dense = layers.front().type == "linear";  // takes every sample as one row of numbers
  const auto prepared = [&](data::Dataset dataset) {
    if (dense) dataset = data::flat(std::move(dataset));
    return for_loss(std::move(dataset), loss);
  };
  const auto seed = static_cast<std::uint64_t>(job.recipe.train.seed.value);
  if (job.recipe.data.holdout > 0) {
    data::HeldOut parts = held_out(split.train, job.recipe.data.holdout, seed);
    job.train = prepared(std::move(parts.train));
    job.validation = prepared(std::move(parts.validation));
  } else {
    job.train = prepared(std::move(split.train));
    if (split.validation.size() > 0) job.validation = prepared(std::move(split.validation));
  }
  job.test = prepared(std::move(split.test));
  const Shape all = job.train.x.shape();
  job.sample = Shape(all.begin() + 1, all.end());
  job.metric = metric_for(job, source.scale_target);
  manual_seed(seed);
  job.net = make_net(job.recipe, job.sample, job.train.is_text() ? job.train.outputs() : 0);
  check_fit(job);
  if (loss == "bce" && layers.back().type == "linear") {  // what else leaves 0..1 shows in the step that does
    fail<UsageError>("recipe", "loss = 'bce' needs outputs from 0 to 1, and those of a linear layer lie outside",
                     "end model.layers with \"sigmoid\", or take loss = 'bce_with_logits'");
  }
  return job;
}

std::function<Tensor(const Tensor&)> make_forward(const Recipe& recipe, const nn::Sequential& net) {
  if (!recipe.train.compile) return [&net](const Tensor& x) { return net(x); };
  const auto plans = std::make_shared<Compiled<std::reference_wrapper<const nn::Sequential>>>(std::cref(net));
  return [plans](const Tensor& x) { return (*plans)(x); };
}

data::Batches make_batches(const Job& job) {
  const TrainKeys& keys = job.recipe.train;
  data::BatchOptions options;
  options.size = keys.batch == 0 ? job.train.size() : std::min<std::int64_t>(keys.batch, job.train.size());
  options.shuffle = keys.shuffle;
  options.seed = static_cast<std::uint64_t>(keys.seed.value);
  if (job.train.is_windows() && keys.shuffle) options.transforms.push_back(data::shifted_windows(job.train));
  if (job.recipe.data.input_noise > 0) options.transforms.push_back(data::input_noise(job.recipe.data.input_noise));
  return data::batches(job.train, std::move(options));
}

double threshold_of(const Recipe& recipe) { return loss_name(recipe) == "bce_with_logits" ? 0.0 : 0.5; }

std::vector<std::string> readable(const Tensor& outputs, const Reading& reading) {
  const auto& [classes, threshold, scale, shift] = reading;
  std::vector<std::string> out;
  const std::vector<double> values = outputs.to_vector();
  const auto rows = static_cast<std::size_t>(outputs.size(0));
  const std::size_t width = rows == 0 ? 0 : values.size() / rows;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * width), last = first + static_cast<std::ptrdiff_t>(width);
    if (!classes.empty() && threshold && width == 1) {
      out.push_back(classes[*first > *threshold ? 1 : 0]);
    } else if (!classes.empty()) {
      out.push_back(classes[static_cast<std::size_t>(std::max_element(first, last) - first)]);
    } else {
      std::string text;
      for (auto at = first; at != last; ++at) {
        const double value = threshold ? *at > *threshold : *at * scale + shift;
        text += (at == first ? "" : ",") + fmt::format("{}", std::isnan(value) ? NAN : static_cast<float>(value));
      }
      out.push_back(text);
    }
  }
  return out;
}

}  // namespace gradus::train
