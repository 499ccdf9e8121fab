#include "samples.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <nlohmann/json.hpp>

#include "gathered.hpp"
#include "settings.hpp"

namespace gradus::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_worst = 24, most_texts = 8, most_classes = 128;
constexpr std::int64_t most_cells = 64, most_pairs = 400;

bool by_cross_entropy(const Job& job) { return loss_of(job.recipe).first == "cross_entropy"; }

// A row of a table as it was written: numbers in their own unit, categories by name.
std::vector<std::pair<std::string, std::string>> cells_of(const data::Preprocessing& table, const std::vector<std::string>& names, const std::vector<double>& x) {
  std::vector<std::pair<std::string, std::string>> out;
  // What was scaled to deviation 1 and back has so many digits.
  const auto number = [](double value, double deviation = 0) {
    const double grid = deviation > 0 ? std::pow(10, std::floor(std::log10(deviation)) - 4) : 0;
    return fmt::format("{:.6g}", grid > 0 ? std::round(value / grid) * grid : value);
  };
  if (table.empty()) {
    for (std::size_t i = 0; i < x.size(); ++i) out.emplace_back(i < names.size() ? names[i] : std::to_string(i), number(x[i]));
    return out;
  }
  std::size_t at = 0;
  for (const data::Column& column : table.columns) {
    if (column.kind == data::Column::Kind::number && at < x.size()) out.emplace_back(column.name, number(x[at++] * column.deviation + column.mean, column.deviation));
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

Tensor losses_of(const Job& job, const Tensor& prediction, const Tensor& target) {
  const auto [name, options] = loss_of(job.recipe);
  if (name == "cross_entropy") {
    ClassLossOptions how;
    if (const auto smoothing = options.find("label_smoothing"); smoothing != options.end()) how.label_smoothing = to_number(name, smoothing->first, smoothing->second);
    return cross_entropy_loss(prediction, target, how);
  }
  const Tensor each = reshape(name == "bce"               ? binary_cross_entropy(prediction, target)
                              : name == "bce_with_logits" ? binary_cross_entropy_with_logits(prediction, target)
                                                          : mse_loss(prediction, target),
                              {target.size(0), -1});
  return name == "half_squared_error" ? 0.5 * sum(each, -1) : mean(each, -1);
}

Samples::Samples(const Job& job, const data::Dataset& rows, Moment moment) : job_(job), rows_(rows), moment_(std::move(moment)), classes_(job.classes) {
  count_gathering();
  const Metric::Kind kind = job.metric.kind;
  const bool one = rows.y.numel() == rows.size();  // output for each row
  if (kind == Metric::Kind::binary_accuracy && classes_.empty() && one) classes_ = {"0", "1"};
  const bool classes = kind != Metric::Kind::rmse && kind != Metric::Kind::none && classes_.size() > 1;
  if (classes && classes_.size() <= most_classes) confusion_.assign(classes_.size(), std::vector<std::int64_t>(classes_.size(), 0));
  if (kind != Metric::Kind::rmse || !one) return;
  line_.emplace();
  if (const data::Column* column = job.preprocessing.target()) line_->scale = column->deviation, line_->shift = column->mean;
}

void Samples::count(const Tensor& prediction, const Tensor& target) {
  if (confusion_.empty()) return;
  const bool two = job_.metric.kind == Metric::Kind::binary_accuracy;
  if (two && prediction.numel() != target.size(0)) return;
  const std::vector<double> guessed = two ? (prediction > job_.metric.threshold).to_vector() : argmax(prediction, -1).to_vector();
  const bool one_hot = !two && target.shape() == prediction.shape();
  const std::vector<double> truth = one_hot ? argmax(target, -1).to_vector() : target.to_vector();
  const std::vector<double> finite = all(isfinite(reshape(prediction, {static_cast<std::int64_t>(truth.size()), -1})), -1).to_vector();
  for (std::size_t i = 0; i < truth.size() && i < guessed.size(); ++i) {
    if (finite[i] == 0) ++without_;
    else ++confusion_.at(static_cast<std::size_t>(truth[i])).at(static_cast<std::size_t>(guessed[i]));
  }
}

void Samples::compare(const Tensor& prediction, const Tensor& target) {
  if (!line_ || prediction.numel() != target.size(0)) return;
  const std::vector<double> said = prediction.to_vector(), truth = target.to_vector();
  const std::int64_t every = std::max<std::int64_t>(1, (rows_.size() + most_pairs - 1) / most_pairs);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!std::isfinite(said[i])) {
      ++without_;
      continue;
    }
    const double t = truth[i] * line_->scale + line_->shift, p = said[i] * line_->scale + line_->shift;
    line_->absolute += std::abs(p - t);
    line_->squared += (p - t) * (p - t);
    line_->sum += truth[i], line_->squares += truth[i] * truth[i];
    if ((seen_ + static_cast<std::int64_t>(i)) % every == 0) line_->pairs.emplace_back(t, p);
  }
}

std::string Samples::shown(const Tensor& outputs) const {
  if (line_) return fmt::format("{:.6g}", outputs.to_vector()[0] * line_->scale + line_->shift);
  Reading reading{classes_};
  if (job_.metric.kind == Metric::Kind::binary_accuracy) reading.threshold = threshold_of(job_.recipe);
  if (const data::Column* column = job_.preprocessing.target(); column && classes_.empty()) reading.scale = column->deviation, reading.shift = column->mean;
  return readable(outputs, reading)[0];
}

void Samples::add(const Tensor& prediction, const Tensor& target) {
  count_gathering();
  if (target.size(0) == 0) return;
  count(prediction, target);
  compare(prediction, target);
  const Tensor by_place = losses_of(job_, prediction, target);
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
      if (line_) wrong.error = (prediction[one].to_vector()[0] - y) * line_->scale;
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
  Json out{{"part", moment_.part}, {"step", moment_.step}, {"epoch", moment_.epoch}, {"rows", seen_}, {"not_finite", without_}, {"classes", classes_}, {"confusion", confusion_}};
  if (const auto counted = static_cast<double>(seen_ - without_); line_ && counted > 0) {
    const double spread = (line_->squares - line_->sum * line_->sum / counted) * line_->scale * line_->scale;
    const data::Column* column = job_.preprocessing.target();
    Json& line = out["numbers"];
    line = {{"target", column ? column->name : ""}, {"deviation", line_->scale}, {"mean_absolute_error", finite(line_->absolute / counted)}};
    if (spread > 0) line["r2"] = finite(1 - line_->squared / spread);
    line["pairs"] = Json::array();
    for (const auto& [t, p] : line_->pairs) line["pairs"].push_back({finite(t), finite(p)});
  }
  const bool picture = is_picture(rows_) && !rows_.is_text();
  if (picture) out["picture"] = std::vector<std::int64_t>(rows_.sample_shape.begin(), rows_.sample_shape.end());
  out["worst"] = Json::array();
  for (const Wrong& wrong : worst_) {
    Json row{{"row", wrong.row}, {"loss", finite(wrong.loss)}};
    const std::vector<double> x = rows_.x[wrong.row].to_vector();
    if (!rows_.is_windows()) row.update({{"target", wrong.target}, {"prediction", wrong.prediction}});
    if (line_) row["error"] = finite(wrong.error);
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
