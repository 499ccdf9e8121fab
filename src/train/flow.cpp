#include "flow.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>
#include <gradus/nn.hpp>
#include <gradus/ops.hpp>
#include <gradus/ops/registry.hpp>
#include <gradus/tensor/anomaly.hpp>
#include <nlohmann/json.hpp>

#include "gathered.hpp"

namespace gradus::train {
namespace {

constexpr std::int64_t bins = 32, sampled = 16'384, most_rows = 128;
constexpr RandomState own_random{0x6c6f6f6b, std::uint64_t{0xE} << 60};  // no step of training has these streams

double mean_square(const Tensor& x) { return x.numel() == 0 ? 0 : mean(square(x)).item(); }
double sum_of_squares(const Tensor& x) { return static_cast<double>(x.numel()) * mean_square(x); }

// Sums over some parameters.
struct Squares {
  std::int64_t count = 0;
  double gradient = 0, weight = 0, update = 0;
  void operator+=(const Squares& other) {
    count += other.count;
    gradient += other.gradient, weight += other.weight, update += other.update;
  }
  template <class Into>
  void tell(Into& look, bool moved) const {
    look.parameters = count;
    look.gradient = std::sqrt(gradient / static_cast<double>(count));
    look.weight = std::sqrt(weight / static_cast<double>(count));
    if (moved) look.update = weight > 0 ? std::sqrt(update / weight) : 0;
  }
};

// The slope of an elementwise layer at each number of x.
Tensor slope_of(const nn::AnyModule& layer, const Tensor& x) {
  const GradScope scope;
  const Tensor v = variable(x), y = layer(v);
  return pullback(y, Tensor::ones(y.shape(), y.dtype()), Inputs(&v, 1))[0];
}

bool is_elementwise(const std::string& text) {
  const auto found = std::ranges::find(registry(), text, [](const OpEntry& op) { return op.info.name; });
  return found != registry().end() && found->info.family == Family::map && found->info.inputs == 1 && found->info.differentiable;
}

// A slope of exactly 0 somewhere means that units can die; else they can saturate.
void look_at_slopes(const nn::AnyModule& layer, const Tensor& x, LayerLook& look) {
  const Tensor grid = abs(slope_of(layer, Tensor::arange(65, Dtype::f32) / 8.0 - 4.0)), slope = abs(slope_of(layer, x));
  const double largest = max(grid).item(), rows = static_cast<double>(x.size(0));
  if (x.numel() == 0 || !(largest > 0)) return;
  if (min(grid).item() > 0) {
    look.saturated = mean(cast(slope < largest / 20, Dtype::f32)).item();
    return;
  }
  Shape others;  // a unit is a column, the channel of a picture, or a place of the vectors of a sequence
  const std::int64_t unit = x.rank() == 4 ? 1 : x.rank() - 1;
  for (std::int64_t axis = 0; axis < x.rank(); ++axis) {
    if (axis != unit) others.push_back(axis);
  }
  if (rows > 0) look.dead = mean(cast(max(slope, Axes(others)) == 0, Dtype::f32)).item();
}

}  // namespace

Histogram histogram_of(const Tensor& x) {
  const Tensor numbers = contiguous(cast(x, Dtype::f32));
  const std::span<const float> all = numbers.values<float>();
  const std::size_t stride = std::max<std::size_t>(1, all.size() / sampled);
  Histogram out{INFINITY, -INFINITY};
  for (std::size_t i = 0; i < all.size(); i += stride) {
    if (!std::isfinite(all[i])) continue;
    out.low = std::min<double>(out.low, all[i]);
    out.high = std::max<double>(out.high, all[i]);
  }
  if (out.low > out.high) return {};
  const double width = out.high - out.low;
  out.counts.assign(width > 0 ? bins : 1, 0);
  for (std::size_t i = 0; i < all.size(); i += stride) {
    if (!std::isfinite(all[i])) continue;
    const auto bin = width > 0 ? static_cast<std::size_t>((all[i] - out.low) / width * static_cast<double>(bins)) : 0;
    ++out.counts[std::min(bin, out.counts.size() - 1)];
  }
  return out;
}

data::Batch rows_to_look_at(const Job& job) {
  const std::int64_t n = job.train.size(), batch = job.recipe.train.batch == 0 ? n : job.recipe.train.batch.value;
  const std::int64_t most = job.recipe.train.memory_budget > 0 ? 8 : most_rows;  // where memory is scarce a look needs little
  const std::int64_t count = std::min({n, batch, most});
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < count; ++i) chosen.push_back(i * n / count);  // spread, because tables are often sorted
  const data::Dataset rows = data::rows(job.train, chosen);
  return {rows.x, rows.y};
}

Look look_at(const Job& job, const data::Batch& rows, const std::vector<Tensor>& before) {
  count_gathering();
  const RandomScope random(own_random);
  nn::Sequential net = job.net;  // its running statistics are its own
  std::vector<Tensor> made;
  auto [loss, grads] = value_and_grad(net, [&](const nn::Sequential& n) {
    Tensor at = rows.x;
    for (const nn::AnyModule& layer : n) made.push_back(stop_gradient(at = layer(at)));
    return job.loss(at, rows.y);
  });
  Look out;
  out.loss = loss.item();
  std::size_t next = 0;
  for (std::size_t i = 0; i < net.size(); ++i) {
    LayerLook look{.name = std::to_string(i), .text = net[i].text()};
    std::vector<Tensor> values, slopes, flat;
    std::vector<std::string> names;
    net[i].walk({.param = [&](const std::string& name, Param& p) { names.push_back(name), values.push_back(p.value()); }});
    grads[i].walk({.param = [&](const std::string&, Param& p) { slopes.push_back(p.value()); }, .names = false});
    std::vector<std::pair<std::string, Squares>> parts;
    Squares all;
    for (std::size_t k = 0; k < values.size(); ++k, ++next) {
      Squares one{values[k].numel(), sum_of_squares(slopes[k]), sum_of_squares(values[k])};
      if (next < before.size()) one.update = sum_of_squares(values[k] - before[next]);
      all += one;
      const std::string part = names[k].substr(0, names[k].rfind('.') == std::string::npos ? 0 : names[k].rfind('.'));
      if (parts.empty() || parts.back().first != part) parts.emplace_back(part, Squares{});
      parts.back().second += one;
      if (values[k].rank() > 1) flat.push_back(reshape(values[k], {values[k].numel()}));
    }
    if (all.count > 0) all.tell(look, !before.empty());
    for (const auto& [name, squares] : parts) {
      if (parts.size() < 2) break;
      PartLook& part = look.parts.emplace_back(PartLook{.name = name});
      squares.tell(part, !before.empty());
    }
    if (!flat.empty()) look.weights = histogram_of(flat.size() == 1 ? flat[0] : concat(flat, 0));
    look.activations = histogram_of(made[i]);
    look.mean = mean(made[i]).item();
    look.deviation = std::sqrt(std::max(0.0, mean_square(made[i]) - look.mean * look.mean));
    if (is_elementwise(look.text)) look_at_slopes(net[i], i == 0 ? rows.x : made[i - 1], look);
    out.layers.push_back(std::move(look));
  }
  return out;
}

std::string to_json(const Look& look) {
  using Json = nlohmann::ordered_json;
  const auto histogram = [](const Histogram& h) { return Json{{"low", h.low}, {"high", h.high}, {"counts", h.counts}}; };
  const auto rounded = [](double value) -> Json {  // so many digits are seen, and a file of all looks stays small
    if (!std::isfinite(value)) return nullptr;
    return std::stod(fmt::format("{:.5g}", value));
  };
  const auto sizes = [&](Json& into, const auto& l) {
    into.update({{"parameters", l.parameters}, {"gradient", rounded(l.gradient)}, {"weight", rounded(l.weight)}});
    if (l.update) into["update"] = rounded(*l.update);
  };
  Json line{{"step", look.step}, {"epoch", look.epoch}};
  if (!look.layers.empty()) line["loss"] = look.loss;
  if (look.lr) line["lr"] = *look.lr;
  for (const auto& [name, value] : look.means) line[name] = value;
  if (!look.layers.empty()) line["layers"] = Json::array();
  for (const LayerLook& l : look.layers) {
    Json layer{{"name", l.name}, {"text", l.text}};
    if (l.parameters > 0) sizes(layer, l);
    for (const PartLook& p : l.parts) {
      Json part{{"name", p.name}};
      sizes(part, p);
      layer["parts"].push_back(std::move(part));
    }
    layer.update({{"mean", rounded(l.mean)}, {"deviation", rounded(l.deviation)}});
    if (l.dead) layer["dead"] = rounded(*l.dead);
    if (l.saturated) layer["saturated"] = rounded(*l.saturated);
    if (!l.weights.counts.empty()) layer["weights"] = histogram(l.weights);
    if (!l.activations.counts.empty()) layer["activations"] = histogram(l.activations);
    line["layers"].push_back(std::move(layer));
  }
  return line.dump();
}

std::int64_t affordable_looks(const Job& job, std::int64_t rows, std::int64_t steps) {
  const std::int64_t batch = job.recipe.train.batch == 0 ? job.train.size() : std::min(job.recipe.train.batch.value, job.train.size());
  // Each number of a parameter is used once at each place of a sequence or of a picture: products of one row, there and back.
  double products = 0;
  Shape one = job.sample;
  one.insert(0, 1);
  Tensor at(Array::abstract({one, job.train.x.dtype()}));
  nn::Sequential net = job.net;
  for (std::size_t i = 0; i < net.size(); ++i) {
    at = net[i](at);
    const Shape shape = at.shape();
    const std::int64_t places = shape.size() == 4 ? shape[2] * shape[3] : shape.size() == 3 ? shape[1] : 1;
    net[i].walk({.param = [&](const std::string&, Param& p) { products += 3.0 * static_cast<double>(p.value().numel() * places); }, .names = false});
  }
  constexpr double share = 0.01, steps_of_a_look = 2, moment = 3e8, least = 5e6;  // the last two: products, about 20 ms and 0.3 ms
  const double by_share = share / steps_of_a_look * static_cast<double>(batch) / static_cast<double>(std::max<std::int64_t>(1, rows)) * static_cast<double>(steps);
  return 1 + static_cast<std::int64_t>(std::min(1e6, by_share + moment / (products * static_cast<double>(rows) + least)));
}

LookTimes::LookTimes(std::int64_t steps, std::int64_t batches, std::int64_t most) : steps_(steps), batches_(std::max<std::int64_t>(1, batches)) {
  const std::int64_t epochs = std::max<std::int64_t>(1, (steps + batches_ - 1) / batches_);
  every_ = std::max<std::int64_t>(1, std::min(batches_, steps) / std::max<std::int64_t>(1, std::min<std::int64_t>(12, most) / epochs));
  const auto looks = [&](std::int64_t of) {  // after epochs, with so many while their number doubles
    std::int64_t count = std::min(epochs, 2 * of - 1);
    for (std::int64_t first = 2 * of; first <= epochs; first *= 2) count += of;
    return count;
  };
  while (per_doubling_ > 1 && looks(per_doubling_) > most) per_doubling_ /= 2;
}

bool LookTimes::due(std::int64_t step) const {
  const std::int64_t epoch = step / batches_, within = step % batches_;
  if (step == steps_) return true;
  if (within > 0) return within % every_ == 0 && every_ < batches_ && within + every_ <= batches_;
  const auto doubled = static_cast<std::uint64_t>(epoch / per_doubling_);
  return doubled == 0 || epoch % static_cast<std::int64_t>(std::bit_floor(doubled)) == 0;
}

std::string origin_of_nan(const Job& job, const data::Batch& batch, const RandomState& random) {
  count_gathering();
  const RandomScope same(random);
  const nn::Sequential net = job.net;
  try {
    const AnomalyScope scope;
    static_cast<void>(value_and_grad(net, [&](const nn::Sequential& n) { return job.loss(n(batch.x), batch.y); }).loss.item());
  } catch (const DivergedError& error) {
    return error.what();
  }
  return {};
}

}  // namespace gradus::train
