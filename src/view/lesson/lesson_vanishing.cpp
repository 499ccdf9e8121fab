// One network of 20 layers, four ways: how much of the gradient reaches the first layer, and what that does to learning.
#include <array>
#include <cmath>

#include <gradus/data.hpp>
#include <gradus/nn.hpp>
#include <gradus/optim.hpp>
#include <gradus/plan.hpp>

#include "view/explain/formula.hpp"
#include "lesson.hpp"

namespace gradus::inspect {
namespace {

constexpr int layers = 20, classes = 10, batch = 64, window = 10;
constexpr std::int64_t width = 64;  // of the digits too
constexpr double rate = 0.02, momentum = 0.9;

struct Way {
  const char *key, *layer, *start;
  Word name;
  bool relu, shortcut, norm;
};
constexpr std::array<Way, 4> ways{{{"sigmoid_xavier", "W·sigmoid(h)", "Xavier", Word::sigmoid_xavier, false, false, false},
                                   {"relu_he", "W·relu(h)", "He", Word::relu_he, true, false, false},
                                   {"residual", "h + W·sigmoid(h)", "Xavier", Word::residual, false, true, false},
                                   {"batch_norm", "norm(W·sigmoid(h))", "Xavier", Word::batch_norm, false, false, true}}};

nn::Sequential network(const Way& way) {
  nn::Sequential net;
  for (int l = 0; l < layers; ++l) {
    const bool first = l == 0, last = l + 1 == layers;
    nn::Sequential layer;
    if (!first && way.relu) layer.push_back(nn::Relu{});
    if (!first && !way.relu) layer.push_back(nn::Sigmoid{});
    layer.push_back(nn::Linear{width, last ? classes : width, {.init = way.relu ? nn::init::he_normal : nn::init::xavier_normal, .bias_init = nn::init::by_name("zeros")}});
    if (way.norm && !last) layer.push_back(nn::BatchNorm{width});
    if (way.shortcut && !first && !last) net.push_back(nn::Residual{.body = std::move(layer)});
    else net.push_back(std::move(layer));
  }
  return net;
}

// The weights of the layers, first to last; vectors are biases and what batch norm has.
std::vector<Tensor> weights(const nn::Sequential& net) {
  std::vector<Tensor> out;
  walk(const_cast<nn::Sequential&>(net), Visitor{.param = [&](const std::string&, Param& p) {
                                                   if (p.value().rank() == 2) out.push_back(p.value());
                                                 },
                                                 .names = false});
  return out;
}

Tensor rms(const Tensor& x) { return sqrt(mean(square(x))); }

struct Flow {
  std::vector<double> start, end;  // RMS of dL/dW of each layer
  std::vector<double> losses;      // means over `window` steps
  double first_loss = 0, right = 0;
  double moved = 0;                // the first layer's weights, by this share of their size
  double ratio() const { return start.front() / start.back(); }
  double per_layer() const { return std::pow(ratio(), 1.0 / (layers - 1)); }
};

Flow train(const Way& way, const data::Dataset& digits, int steps, std::uint64_t seed, const std::function<void(int)>& on_step) {
  manual_seed(seed);
  nn::Sequential net = network(way);
  const Tensor before = weights(net).front();
  optim::SGD optimizer{net, {.lr = rate, .momentum = momentum}};
  auto step = compile([&](const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const nn::Sequential& n) { return nn::cross_entropy(n(x), y); });
    Tensors sizes;
    for (const Tensor& w : weights(g)) sizes.push_back(rms(w));
    optimizer.update(net, g);
    return std::pair(loss, stack(sizes, 0));
  });
  const data::Batches batches(digits, {.size = batch, .seed = seed, .drop_last = true});
  Flow out;
  double sum = 0;
  int done = 0;
  for (std::int64_t epoch = 0; done < steps; ++epoch) {
    for (const data::Batch& b : batches.epoch(epoch)) {
      const auto [loss, sizes] = step(b.x, b.y);
      if (done == 0) out.start = sizes.to_vector(), out.first_loss = loss.item();
      sum += loss.item();
      if (++done % window == 0) out.losses.push_back(std::exchange(sum, 0) / window);
      on_step(done);
      if (done < steps) continue;
      out.end = sizes.to_vector();
      break;
    }
  }
  out.right = mean(cast(argmax(net(digits.x), -1) == digits.y, Dtype::f64)).item();
  out.moved = (rms(weights(net).front() - before) / rms(before)).item();
  return out;
}

std::vector<double> counted_from(std::size_t first, std::size_t count, std::size_t by = 1) {
  std::vector<double> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<double>(first + i * by));
  return out;
}

}  // namespace

void teach_vanishing(LessonScript& s) {
  const int steps = s.count(400, window) / window * window;
  const data::Dataset digits = data::flat(data::load({.set = "digits"}).train);
  std::vector<Flow> flows;
  for (const Way& way : ways) {
    flows.push_back(train(way, digits, steps, s.options.seed, [&](int done) { s.done((static_cast<double>(flows.size()) + static_cast<double>(done) / steps) / ways.size()); }));
  }

  s.say(Word::vanishing_about, layers, width, rate, momentum, batch, steps, s.options.seed);
  Rows rows{{s.word(Word::way), s.word(Word::each_layer), s.word(Word::start_weights_of)}};
  for (const Way& way : ways) rows.push_back({s.word(way.name), way.layer, way.start});
  s.table("", std::move(rows), 3);

  const auto curves = [&](const std::string& text, const std::string& label, std::vector<double> Flow::* values, std::size_t first, std::size_t by) {
    std::vector<Series> series;
    for (std::size_t i = 0; i < ways.size(); ++i) series.push_back({s.word(ways[i].name), counted_from(first, (flows[i].*values).size(), by), flows[i].*values});
    s.curves(text, label, std::move(series), values != &Flow::losses);
  };
  const auto flow_table = [&](std::vector<double> Flow::* values) {
    Rows table{{s.word(Word::layer)}};
    for (const Way& way : ways) table[0].push_back(s.word(way.name));
    for (std::size_t l = 0; l < layers; ++l) {
      table.push_back({std::to_string(l + 1)});
      for (const Flow& flow : flows) table.back().push_back(number_text((flow.*values)[l], 3));
    }
    table.push_back({s.word(Word::first_to_last)});
    for (const Flow& flow : flows) table.back().push_back(number_text((flow.*values).front() / (flow.*values).back(), 3));
    s.table(s.word(Word::flow_caption), std::move(table), 1, true);
  };
  s.heading(Word::flow_start);
  curves(s.word(Word::flow_caption), s.word(Word::layer), &Flow::start, 1, 1);
  flow_table(&Flow::start);
  const auto factor = [&](std::size_t i) { return number_text(flows[i].per_layer(), 3); };
  s.say(Word::vanishing_why, factor(0), number_text(flows[0].ratio(), 2));
  s.say(Word::relu_why, factor(1));
  s.say(Word::residual_why, factor(2));
  s.say(Word::norm_why, factor(3));

  s.heading(Word::what_it_does);
  curves(s.word(Word::loss_over_steps, window), s.word(Word::steps), &Flow::losses, window, window);
  rows = {{s.word(Word::way), s.word(Word::first_to_last), s.word(Word::per_layer), s.word(Word::loss_first), s.word(Word::loss_last), s.word(Word::right_share), s.word(Word::moved)}};
  s.json = {{"lesson", "vanishing"}, {"layers", layers}, {"width", width}, {"steps", steps}, {"seed", s.options.seed}, {"variants", nlohmann::ordered_json::array()}};
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const Flow& f = flows[i];
    rows.push_back({s.word(ways[i].name), number_text(f.ratio(), 3), factor(i), number_text(f.first_loss, 4), number_text(f.losses.back(), 4), fmt::format("{:.1f} %", 100 * f.right),
                    f.moved == 0 ? s.word(Word::not_one_bit) : fmt::format("{:.2g} %", 100 * f.moved)});
    s.json["variants"].push_back({{"name", ways[i].key}, {"ratio", f.ratio()}, {"per_layer", f.per_layer()}, {"gradient_rms_start", f.start}, {"gradient_rms_end", f.end}, {"first_loss", f.first_loss}, {"losses", f.losses}, {"train_accuracy", f.right}, {"first_layer_moved", f.moved}});
  }
  s.table("", std::move(rows));
  s.say(Word::chance, std::log(static_cast<double>(classes)), 100.0 / classes);
  if (flows[0].moved == 0) s.say(Word::stuck_first);
  s.parts.push_back({LessonPart::Kind::heading, s.word(Word::flow_end, steps)});
  curves(s.word(Word::flow_caption), s.word(Word::layer), &Flow::end, 1, 1);
}

}  // namespace gradus::inspect
