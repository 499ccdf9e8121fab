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
    net[i].walk({.param = [&](const std::string&, Param& p) { values.push_back(p.value()); }, .names = false});
    grads[i].walk({.param = [&](const std::string&, Param& p) { slopes.push_back(p.value()); }, .names = false});
    double gradient = 0, weight = 0, update = 0;
    for (std::size_t k = 0; k < values.size(); ++k, ++next) {
      const auto count = static_cast<double>(values[k].numel());
      look.parameters += values[k].numel();
      gradient += count * mean_square(slopes[k]);
      weight += count * mean_square(values[k]);
      if (next < before.size()) update += count * mean_square(values[k] - before[next]);
      if (values[k].rank() > 1) flat.push_back(reshape(values[k], {values[k].numel()}));
    }
    if (look.parameters > 0) {
      const auto count = static_cast<double>(look.parameters);
      look.gradient = std::sqrt(gradient / count);
      look.weight = std::sqrt(weight / count);
      if (!before.empty()) look.update = weight > 0 ? std::sqrt(update / weight) : 0;
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
  Json line{{"step", look.step}, {"epoch", look.epoch}, {"loss", look.loss}, {"layers", Json::array()}};
  for (const LayerLook& l : look.layers) {
    Json layer{{"name", l.name}, {"text", l.text}};
    if (l.parameters > 0) {
      layer.update({{"parameters", l.parameters}, {"gradient", rounded(l.gradient)}, {"weight", rounded(l.weight)}});
      if (l.update) layer["update"] = rounded(*l.update);
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

LookTimes::LookTimes(std::int64_t steps, std::int64_t batches) : steps_(steps), batches_(std::max<std::int64_t>(1, batches)) {
  const std::int64_t epochs = std::max<std::int64_t>(1, (steps + batches_ - 1) / batches_);
  every_ = std::max<std::int64_t>(1, std::min(batches_, steps) / std::max<std::int64_t>(1, 12 / epochs));
}

bool LookTimes::due(std::int64_t step) const {
  const std::int64_t epoch = step / batches_, within = step % batches_;
  if (step == steps_) return true;
  if (within > 0) return within % every_ == 0 && every_ < batches_ && within + every_ <= batches_;
  const std::uint64_t of_sixteen = static_cast<std::uint64_t>(epoch) / 16;
  return of_sixteen == 0 || epoch % static_cast<std::int64_t>(std::bit_floor(of_sixteen)) == 0;
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
