// Starts of XOR that get stuck: how many, what such a network computes, and what gets it out.
#include <algorithm>
#include <array>
#include <cmath>

#include <gradus/data.hpp>
#include <gradus/nn.hpp>
#include <gradus/optim.hpp>
#include <gradus/plan.hpp>

#include "view/explain/formula.hpp"
#include "lesson.hpp"
#include "lesson_map.hpp"

namespace gradus::inspect {
namespace {

constexpr double rate = 1, solved_below = 0.05;
constexpr std::size_t rows_of_xor = 4;

struct Net {
  nn::Linear hidden, out;
  Tensor operator()(const Tensor& x) const { return sigmoid(out(sigmoid(hidden(x)))); }
};

struct Table {
  Tensor x, y;
  Table() {
    const data::Dataset xor_rows = data::xor_table();
    x = cast(xor_rows.x, Dtype::f64), y = cast(xor_rows.y, Dtype::f64);
  }
  std::string row(std::size_t i) const { return fmt::format("({}, {})", x.to_vector()[2 * i], x.to_vector()[2 * i + 1]); }
};

Net start(std::uint64_t seed, std::int64_t hidden) {
  manual_seed(seed);
  const nn::Initializer init = nn::init::by_name("normal 0 1");
  return {{2, hidden, {.init = init, .bias_init = init, .dtype = Dtype::f64}}, {hidden, 1, {.init = init, .bias_init = init, .dtype = Dtype::f64}}};
}

using LossFunction = Tensor (*)(const Tensor&, const Tensor&);
Tensor squared(const Tensor& p, const Tensor& t) { return nn::mse(p, t); }
Tensor entropy(const Tensor& p, const Tensor& t) { return nn::bce(p, t); }

struct Learning {
  std::string rule = "sgd";
  Options options = {{"lr", fmt::format("{}", rate)}};
  LossFunction loss = squared;
};

// Steps until the mean squared error is below `target`; `steps` when it never was.
int learn(Net& net, const Table& table, const Learning& how, int steps, double target) {
  const auto optimizer = optim::make(how.rule, parameters(net), how.options);
  auto step = compile([&](const Tensor& x, const Tensor& y) {
    auto [loss, g] = value_and_grad(net, [&](const Net& n) { return how.loss(n(x), y); });
    optimizer->update(net, g);
    return nn::mse(net(x), y);
  });
  for (int i = 0; i < steps; ++i) {
    if (step(table.x, table.y).item() < target) return i;
  }
  return steps;
}

double error_of(const Net& net, const Table& table) { return nn::mse(net(table.x), table.y).item(); }

// The length of the gradient over all weights; of one row, its share of the mean.
double gradient_length(const Net& net, const Table& table, std::int64_t row = -1) {
  const auto part = [&](const Tensor& all) { return row < 0 ? all : slice(all, 0, {.first = row, .last = row + 1}); };
  auto [loss, g] = value_and_grad(net, [&](const Net& n) { return nn::mse(n(part(table.x)), part(table.y)); });
  double sum = 0;
  walk(g, [&](const std::string&, Param& p) { sum += gradus::sum(square(p.value())).item(); });
  return std::sqrt(sum) / (row < 0 ? 1 : rows_of_xor);
}

enum class End { solved, eighth, sixth, elsewhere };
End end_of(double error) {
  if (error < solved_below) return End::solved;
  if (std::abs(error - 0.125) < 0.01) return End::eighth;
  return std::abs(error - 1.0 / 6) < 0.01 ? End::sixth : End::elsewhere;
}

struct Start {
  std::uint64_t seed;
  Net net;  // as it ends
  double error;
  End end;
};

// Of the rows that want different answers, the two that the network can tell apart least.
std::pair<std::size_t, std::size_t> confused_rows(const std::vector<double>& y, const std::vector<double>& t) {
  std::pair<std::size_t, std::size_t> best{0, 1};
  for (std::size_t i = 0; i < rows_of_xor; ++i) {
    for (std::size_t j = i + 1; j < rows_of_xor; ++j) {
      if (t[i] != t[j] && std::abs(y[i] - y[j]) < std::abs(y[best.first] - y[best.second])) best = {i, j};
    }
  }
  return best;
}

void explain_stall(LessonScript& s, const Start& stuck, const Start& solved, const Table& table) {
  const Tensor hidden = sigmoid(stuck.net.hidden(table.x));
  const std::vector<double> a = hidden.to_vector(), slope = (hidden * (1 - hidden)).to_vector(), y = stuck.net(table.x).to_vector(), t = table.y.to_vector();
  s.parts.push_back({LessonPart::Kind::heading, s.word(Word::why_stuck, stuck.seed)});
  Rows rows{{s.word(Word::xor_row), s.word(Word::target), s.word(Word::hidden_value, 1), s.word(Word::hidden_slope), s.word(Word::hidden_value, 2), s.word(Word::hidden_slope), s.word(Word::output), s.word(Word::pull_alone)}};
  std::vector<double> pulls;
  auto& state = s.json["example"] = {{"seed", stuck.seed}, {"loss", stuck.error}, {"rows", nlohmann::ordered_json::array()}};
  for (std::size_t i = 0; i < rows_of_xor; ++i) {
    pulls.push_back(gradient_length(stuck.net, table, static_cast<std::int64_t>(i)));
    rows.push_back({table.row(i), number_text(t[i]), number_text(a[2 * i], 4), number_text(slope[2 * i], 2), number_text(a[2 * i + 1], 4), number_text(slope[2 * i + 1], 2), number_text(y[i], 4), number_text(pulls[i], 3)});
    state["rows"].push_back({{"target", t[i]}, {"hidden", {a[2 * i], a[2 * i + 1]}}, {"slope", {slope[2 * i], slope[2 * i + 1]}}, {"output", y[i]}, {"gradient", pulls[i]}});
  }
  const double whole = gradient_length(stuck.net, table);
  state["gradient"] = whole;
  s.table(s.word(Word::state_caption), std::move(rows));
  const auto [i, j] = confused_rows(y, t);
  const double steepest = std::max({slope[2 * i], slope[2 * i + 1], slope[2 * j], slope[2 * j + 1]});
  state["confused"] = {i, j};
  s.say(Word::minima_why, table.row(i), table.row(j), number_text(steepest, 2), number_text(y[i], 4), number_text(y[j], 4), number_text(pulls[i], 3), number_text(pulls[j], 3), number_text(whole, 2));
  std::vector<Map> maps;
  for (const auto& [word, seed, net] : {std::tuple(Word::map_start, stuck.seed, start(stuck.seed, 2)), std::tuple(Word::map_stuck, stuck.seed, stuck.net),
                                        std::tuple(Word::map_start, solved.seed, start(solved.seed, 2)), std::tuple(Word::map_solved, solved.seed, solved.net)}) {
    maps.push_back({s.word(word, seed), net.hidden.weight.value().to_vector(), net.hidden.bias.value().to_vector(), net(table.x).to_vector()});
  }
  s.drawing(s.word(Word::map_caption), map_svg(maps, t));
}

struct WayOut {
  Word name;
  const char* key;
  Learning how = {};
  double noise = 0;
  bool anew = false;
};

// Three rows get one answer: what tells them apart has no slope left.
void explain_sixth(LessonScript& s, const Start& stuck, const Table& table) {
  const Tensor hidden = sigmoid(stuck.net.hidden(table.x));
  const std::vector<double> slope = (hidden * (1 - hidden)).to_vector(), y = stuck.net(table.x).to_vector(), t = table.y.to_vector();
  // The row that is right is the one whose answer is nearest to its target.
  std::size_t right = 0;
  for (std::size_t i = 1; i < rows_of_xor; ++i) {
    if (std::abs(y[i] - t[i]) < std::abs(y[right] - t[right])) right = i;
  }
  double ones = 0, answer = 0, steepest = 0;
  for (std::size_t i = 0; i < rows_of_xor; ++i) {
    if (i == right) continue;
    ones += t[i], answer += y[i] / 3, steepest = std::max({steepest, slope[2 * i], slope[2 * i + 1]});
  }
  const double whole = gradient_length(stuck.net, table);
  s.json["sixth"] = {{"seed", stuck.seed}, {"right", right}, {"answer", answer}, {"steepest", steepest}, {"gradient", whole}};
  s.say(Word::minima_sixth, stuck.seed, table.row(right), number_text(steepest, 2), ones, number_text(answer, 3), number_text(whole, 2));
}

void try_ways_out(LessonScript& s, const std::vector<Start>& stalled, const Table& table, int steps, std::uint64_t unused_seed) {
  const Learning plain, fast{.options = {{"lr", "10"}}}, heavy{.options = {{"lr", "1"}, {"momentum", "0.9"}}}, adam{.rule = "adam", .options = {{"lr", "0.05"}}}, with_entropy{.loss = entropy};
  const std::array<WayOut, 7> ways{{{Word::as_before, "same", plain}, {Word::ten_times, "rate", fast}, {Word::with_momentum, "momentum", heavy}, {Word::with_adam, "adam", adam}, {Word::with_entropy, "entropy", with_entropy},
                                    {Word::with_noise, "noise", plain, 2}, {Word::another_start, "start", plain, 0, true}}};
  s.heading(Word::ways_out);
  const auto eighth = static_cast<std::size_t>(std::ranges::count(stalled, End::eighth, &Start::end)), sixth = stalled.size() - eighth;
  Rows rows{{s.word(Word::way_out), s.word(Word::got_out_eighth, eighth), s.word(Word::got_out_sixth, sixth), s.word(Word::mean_steps)}};
  s.json["ways_out"] = nlohmann::ordered_json::array();
  for (const WayOut& way : ways) {
    int out = 0, of_sixth = 0;
    double taken = 0;
    for (const Start& one : stalled) {
      Net net = way.anew ? start(unused_seed + one.seed, 2) : one.net;
      if (way.noise > 0) {
        manual_seed(one.seed);
        walk(net, [&](const std::string&, Param& p) { p = p.value() + way.noise * Tensor::randn(p.value().shape(), Dtype::f64); });
      }
      const int n = learn(net, table, way.how, steps, solved_below);
      if (n < steps) ++out, of_sixth += one.end == End::sixth, taken += n;
    }
    s.done(0.6 + 0.25 * static_cast<double>(&way - ways.data() + 1) / ways.size());
    rows.push_back({s.word(way.name), std::to_string(out - of_sixth), std::to_string(of_sixth), out ? fmt::format("{:.0f}", taken / out) : "-"});
    s.json["ways_out"].push_back({{"name", way.key}, {"solved", out}, {"of", stalled.size()}, {"solved_of_sixth", of_sixth}, {"of_sixth", sixth}, {"mean_steps", out ? nlohmann::ordered_json(taken / out) : nlohmann::ordered_json()}});
  }
  s.table(s.word(Word::ways_caption, stalled.size(), steps), std::move(rows));
}

}  // namespace

void teach_minima(LessonScript& s) {
  const Table table;
  const int count = s.count(100, 8), steps = s.count(3000, 1500), more_steps = s.count(10'000, 500);
  const std::uint64_t first = s.options.seed * 1000;
  std::vector<Start> all;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    Start one{seed, start(seed, 2), 0, End::solved};
    learn(one.net, table, {}, steps, 0);
    one.error = error_of(one.net, table), one.end = end_of(one.error);
    all.push_back(std::move(one));
    s.done(0.6 * (i + 1) / count);
  }
  s.say(Word::minima_about, count, first, first + static_cast<std::uint64_t>(count) - 1, rate, steps);

  s.heading(Word::minima_ends);
  Rows rows{{s.word(Word::end), s.word(Word::starts), s.word(Word::mean_loss)}};
  s.json = {{"lesson", "minima"}, {"seed", s.options.seed}, {"starts", count}, {"steps", steps}, {"ends", nlohmann::ordered_json::array()}, {"stalled", nlohmann::ordered_json::array()}};
  for (const auto& [end, word, key] : {std::tuple(End::solved, Word::solved, "solved"), std::tuple(End::eighth, Word::at_eighth, "eighth"), std::tuple(End::sixth, Word::at_sixth, "sixth"), std::tuple(End::elsewhere, Word::elsewhere, "elsewhere")}) {
    double sum = 0;
    int n = 0;
    for (const Start& one : all) {
      if (one.end == end) sum += one.error, ++n;
    }
    if (n > 0) rows.push_back({s.word(word), std::to_string(n), number_text(sum / n, 3)});
    s.json["ends"].push_back({{"name", key}, {"count", n}, {"mean_loss", n ? nlohmann::ordered_json(sum / n) : nlohmann::ordered_json()}});
  }
  s.table("", std::move(rows));
  s.say(Word::minima_numbers);

  rows = {{s.word(Word::seed), s.word(Word::loss_value)}};
  for (std::size_t i = 0; i < rows_of_xor; ++i) rows[0].push_back("y" + table.row(i));
  std::vector<Start> stalled;
  for (const Start& one : all) {
    if (one.end != End::eighth && one.end != End::sixth) continue;
    const std::vector<double> y = one.net(table.x).to_vector();
    rows.push_back({std::to_string(one.seed), number_text(one.error, 3)});
    for (const double v : y) rows.back().push_back(fmt::format("{:.3f}", v));
    s.json["stalled"].push_back({{"seed", one.seed}, {"loss", one.error}, {"outputs", y}});
    stalled.push_back(one);
  }
  s.table(s.word(Word::stalled_starts), std::move(rows));

  const auto solved = std::ranges::find(all, End::solved, &Start::end);
  if (!stalled.empty() && solved != all.end()) {
    const auto eighth = std::ranges::find(stalled, End::eighth, &Start::end), sixth = std::ranges::find(stalled, End::sixth, &Start::end);
    if (eighth != stalled.end()) explain_stall(s, *eighth, *solved, table);
    if (sixth != stalled.end()) explain_sixth(s, *sixth, table);
    try_ways_out(s, stalled, table, more_steps, first + static_cast<std::uint64_t>(count));
  }

  rows = {{s.word(Word::hidden_units), s.word(Word::stalled)}};
  s.json["widths"] = nlohmann::ordered_json::array();
  for (const int hidden : {2, 3, 4, 8}) {
    int n = 0;
    for (int i = 0; i < count; ++i) {
      Net net = start(first + static_cast<std::uint64_t>(i), hidden);
      n += learn(net, table, {}, steps, solved_below) == steps ? 1 : 0;
    }
    s.done(0.85 + 0.15 * std::log2(hidden) / 3);
    rows.push_back({std::to_string(hidden), std::to_string(n)});
    s.json["widths"].push_back({{"hidden", hidden}, {"stalled", n}});
  }
  s.table(s.word(Word::widths_caption, count), std::move(rows));
  s.say(Word::minima_moral);
}

}  // namespace gradus::inspect
