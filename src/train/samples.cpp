#include "samples.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <nlohmann/json.hpp>

#include "gathered.hpp"

namespace gradus::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_worst = 24, most_texts = 8, most_classes = 128;
constexpr std::int64_t most_cells = 64;

bool by_cross_entropy(const Job& job) { return job.recipe.loss.value.starts_with("cross_entropy"); }

// How wrong each row is: minus the logarithm of what its class was given, or the mean of the squared errors. Of a text at each place.
Tensor errors(const Job& job, const Tensor& prediction, const Tensor& target) {
  if (by_cross_entropy(job)) {
    const Tensor errors = -gather(log_softmax(prediction, -1), unsqueeze(target, -1), -1);
    return reshape(errors, target.shape());
  }
  const Tensor outputs = job.recipe.loss.value.starts_with("bce_with_logits") ? sigmoid(prediction) : prediction;
  return mean(square(reshape(outputs - cast(target, prediction.dtype()), {target.size(0), -1})), -1);
}

// A row of a table as it was written: numbers in their own unit, categories by name.
std::vector<std::pair<std::string, std::string>> cells_of(const data::Preprocessing& table, const std::vector<std::string>& names, const std::vector<double>& x) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto number = [](double value) { return fmt::format("{:.6g}", value); };
  if (table.empty()) {
    for (std::size_t i = 0; i < x.size(); ++i) out.emplace_back(i < names.size() ? names[i] : std::to_string(i), number(x[i]));
    return out;
  }
  std::size_t at = 0;
  for (const data::Column& column : table.columns) {
    if (column.kind == data::Column::Kind::number && at < x.size()) out.emplace_back(column.name, number(x[at++] * column.deviation + column.mean));
    if (column.kind != data::Column::Kind::category) continue;
    std::string value;
    for (const std::string& category : column.categories) {
      if (at < x.size() && x[at++] > 0.5) value = category;
    }
    out.emplace_back(column.name, value);
  }
  return out;
}

// Numbers of a picture as bytes, the least black and the largest white.
std::vector<int> pixels_of(const std::vector<double>& x) {
  const auto [low, high] = std::ranges::minmax(x);
  std::vector<int> out;
  for (const double v : x) out.push_back(high > low ? static_cast<int>(std::lround((v - low) / (high - low) * 255)) : 0);
  return out;
}

bool is_picture(const data::Dataset& rows) {
  const Shape& shape = rows.sample_shape;
  return shape.size() == 3 && (shape[0] == 1 || shape[0] == 3) && numel(shape) > 0 && numel(shape) <= 128 * 128 * 3;
}

}  // namespace

Samples::Samples(const Job& job, const data::Dataset& rows, std::string part) : job_(job), rows_(rows), part_(std::move(part)) {
  count_gathering();
  const bool classes = job.metric.kind != Metric::Kind::rmse && job.metric.kind != Metric::Kind::none && job.classes.size() > 1;
  if (classes && job.classes.size() <= most_classes) confusion_.assign(job.classes.size(), std::vector<std::int64_t>(job.classes.size(), 0));
}

void Samples::count(const Tensor& prediction, const Tensor& target) {
  if (confusion_.empty()) return;
  const bool two = job_.metric.kind == Metric::Kind::binary_accuracy;
  if (two && prediction.numel() != target.size(0)) return;
  const std::vector<double> guessed = two ? (prediction > job_.metric.threshold).to_vector() : argmax(prediction, -1).to_vector();
  const bool one_hot = !two && target.shape() == prediction.shape();
  const std::vector<double> truth = one_hot ? argmax(target, -1).to_vector() : target.to_vector();
  for (std::size_t i = 0; i < truth.size() && i < guessed.size(); ++i) ++confusion_.at(static_cast<std::size_t>(truth[i])).at(static_cast<std::size_t>(guessed[i]));
}

std::string Samples::shown(const Tensor& outputs) const {
  Reading reading{job_.classes};
  if (job_.metric.kind == Metric::Kind::binary_accuracy) reading.threshold = threshold_of(job_.recipe);
  if (const data::Column* column = job_.preprocessing.target(); column && job_.classes.empty()) reading.scale = column->deviation, reading.shift = column->mean;
  return readable(outputs, reading)[0];
}

void Samples::add(const Tensor& prediction, const Tensor& target) {
  count_gathering();
  if (target.size(0) == 0) return;
  count(prediction, target);
  const Tensor by_place = errors(job_, prediction, target);
  const std::int64_t n = target.size(0);
  const std::vector<double> losses = (by_place.rank() > 1 ? mean(by_place, -1) : by_place).to_vector();
  const std::size_t most = rows_.is_windows() ? most_texts : most_worst;
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
  const auto loss = [&](std::int64_t i) { return std::isfinite(losses[static_cast<std::size_t>(i)]) ? losses[static_cast<std::size_t>(i)] : INFINITY; };
  const std::size_t kept = std::min(most, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(kept), [&](auto a, auto b) { return loss(a) != loss(b) ? loss(a) > loss(b) : a < b; });
  order.resize(kept);
  for (const std::int64_t i : order) {
    if (worst_.size() == most && worst_.back().loss >= loss(i)) break;
    Wrong wrong{.row = seen_ + i, .loss = loss(i)};
    const Slicing one{i, i + 1};
    if (rows_.is_windows()) {
      wrong.losses = by_place[i].to_vector();
    } else {
      wrong.prediction = shown(prediction[one]);
      const bool names = by_cross_entropy(job_);  // the target is the number of a class
      const double y = target[one].to_vector()[0];
      wrong.target = names ? job_.classes.at(static_cast<std::size_t>(y)) : shown(job_.metric.kind == Metric::Kind::binary_accuracy ? where(target[one] > 0.5, 1e9, -1e9) : target[one]);
      if (names) wrong.probability = max(softmax(prediction[one], -1)).item();
      else if (job_.metric.kind == Metric::Kind::binary_accuracy && prediction.numel() == n) {
        const double p = (job_.recipe.loss.value.starts_with("bce_with_logits") ? sigmoid(prediction[one]) : prediction[one]).item();
        wrong.probability = std::max(p, 1 - p);
      }
    }
    worst_.insert(std::ranges::upper_bound(worst_, wrong.loss, std::greater<>(), &Wrong::loss), std::move(wrong));
    if (worst_.size() > most) worst_.pop_back();
  }
  seen_ += n;
}

std::string Samples::to_json() const {
  const auto finite = [](double v) { return std::isfinite(v) ? Json(static_cast<float>(v)) : Json(nullptr); };
  Json out{{"part", part_}, {"rows", seen_}, {"measure", by_cross_entropy(job_) ? "cross_entropy" : "squared_error"}, {"classes", job_.classes}, {"confusion", confusion_}};
  const bool picture = is_picture(rows_) && !rows_.is_text();
  if (picture) out["picture"] = std::vector<std::int64_t>(rows_.sample_shape.begin(), rows_.sample_shape.end());
  out["worst"] = Json::array();
  for (const Wrong& wrong : worst_) {
    Json row{{"row", wrong.row}, {"loss", finite(wrong.loss)}};
    const std::vector<double> x = rows_.x[wrong.row].to_vector();
    if (!rows_.is_windows()) row.update({{"target", wrong.target}, {"prediction", wrong.prediction}});
    if (wrong.probability >= 0) row["probability"] = finite(wrong.probability);
    if (picture) {
      row["pixels"] = pixels_of(x);
    } else if (rows_.is_text()) {
      const auto symbols = [&](const std::vector<double>& numbers) {
        Json list = Json::array();
        for (const double v : numbers) list.push_back(job_.classes.at(static_cast<std::size_t>(v)));
        return list;
      };
      row["text"] = symbols(x);
      if (rows_.is_windows()) {
        row["next"] = symbols(rows_.y[wrong.row].to_vector());
        row["losses"] = Json::array();
        for (const double v : wrong.losses) row["losses"].push_back(finite(v));
      }
    } else {
      row["cells"] = Json::array();
      for (const auto& [name, value] : cells_of(job_.preprocessing, rows_.features, x)) {
        if (row["cells"].size() < static_cast<std::size_t>(most_cells)) row["cells"].push_back({name, value});
      }
    }
    out["worst"].push_back(std::move(row));
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::function<Tensor(const Tensor&)> watched(const std::function<Tensor(const Tensor&)>& net, Samples& samples, const data::Dataset& rows) {
  return [&net, &samples, &rows, at = std::int64_t{0}](const Tensor& x) mutable {
    Tensor prediction = net(x);
    samples.add(prediction, rows.y[Slicing{at, at + x.size(0)}]);
    at += x.size(0);
    return prediction;
  };
}

data::Dataset some_of(const data::Dataset& all) {
  const std::int64_t width = all.is_windows() ? all.y.size(1) : 1, count = std::min<std::int64_t>(all.size(), std::max<std::int64_t>(1, 256 / width));
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < count; ++i) chosen.push_back(i * all.size() / count);
  return data::rows(all, chosen);
}

}  // namespace gradus::train
