#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/train/metric.hpp>

namespace gradus::train {
namespace {

double count_right(const std::vector<double>& scores, const std::vector<double>& classes) {
  const std::size_t width = classes.empty() ? 0 : scores.size() / classes.size();
  double right = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto row = scores.begin() + static_cast<std::ptrdiff_t>(i * width);
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(width));
    right += static_cast<double>(best - row) == classes[i] ? 1 : 0;
  }
  return right;
}

std::vector<double> class_of_one_hot(const Tensor& target) {
  return target.numel() == 0 ? std::vector<double>() : argmax(target, -1).to_vector();
}

}  // namespace

std::string Metric::name() const {
  switch (kind) {
    case Kind::none: return "";
    case Kind::accuracy:
    case Kind::symbols:
    case Kind::binary_accuracy: return "accuracy";
    case Kind::rmse: break;
  }
  return "rmse";
}

double Metric::sum(const Tensor& prediction, const Tensor& target) const {
  if (kind == Kind::none || target.size(0) == 0) return 0;
  const std::vector<double> p = prediction.to_vector();
  if (kind == Kind::accuracy) return count_right(p, target.rank() == 1 ? target.to_vector() : class_of_one_hot(target));
  const std::vector<double> t = target.to_vector();
  if (kind == Kind::symbols) return count_right(p, t) * static_cast<double>(target.size(0)) / static_cast<double>(t.size());
  if (p.size() != t.size()) fail<ShapeError>(name(), fmt::format("there are {} predictions and {} targets", p.size(), t.size()));
  const std::size_t width = t.size() / static_cast<std::size_t>(target.size(0));
  double total = 0;
  for (std::size_t row = 0; row < t.size(); row += width) {
    double errors = 0;
    for (std::size_t i = row; i < row + width; ++i) {
      errors += kind == Kind::rmse ? (p[i] - t[i]) * (p[i] - t[i]) : (p[i] > threshold) != (t[i] > 0.5) ? 1 : 0;
    }
    total += kind == Kind::rmse ? errors / static_cast<double>(width) : errors == 0 ? 1 : 0;
  }
  return total;
}

double Metric::finish(double mean) const { return kind == Kind::rmse ? scale * std::sqrt(mean) : mean; }

std::vector<std::pair<std::string, double>> Figures::named(const std::string& prefix, const Metric& of) const {
  std::vector<std::pair<std::string, double>> out{{prefix + "loss", loss}};
  if (of.kind == Metric::Kind::none) return out;
  // rmse of the test rows is what everybody means by rmse.
  if (of.kind == Metric::Kind::rmse) out.emplace_back(prefix == "test_" ? "rmse" : prefix + "rmse", metric);
  else out.insert(out.end(), {{prefix + "accuracy", metric}, {prefix + "error", 1 - metric}});
  // As with rmse, that of the test is the one that is meant.
  if (of.kind == Metric::Kind::symbols) out.emplace_back(prefix == "test_" ? "perplexity" : prefix + "perplexity", std::exp(loss));
  return out;
}

Figures evaluate(const std::function<Tensor(const Tensor&)>& net, const nn::Loss& loss, const Metric& metric,
                 const data::Dataset& dataset, std::int64_t rows) {
  if (dataset.is_windows()) rows = std::max<std::int64_t>(1, rows * 8 / dataset.y.size(1));  // a row is many predictions
  double loss_sum = 0, metric_sum = 0;
  for (std::int64_t first = 0; first < dataset.size(); first += rows) {
    const Slicing part{first, std::min(first + rows, dataset.size())};
    const Tensor x = dataset.x[part], y = dataset.y[part], prediction = net(x);
    loss_sum += loss(prediction, y).item() * static_cast<double>(y.size(0));
    metric_sum += metric.sum(prediction, y);
  }
  const auto all = static_cast<double>(std::max<std::int64_t>(1, dataset.size()));
  return {loss_sum / all, metric.finish(metric_sum / all)};
}

}  // namespace gradus::train
