// What a gradient costs beside the value, for more and more inputs, and what finite differences cost.
#include <algorithm>
#include <cmath>

#include <gradus/base/clock.hpp>
#include <gradus/nn.hpp>
#include <gradus/plan.hpp>
#include <gradus/tensor/watch.hpp>

#include "view/explain/formula.hpp"
#include "lesson.hpp"

namespace gradus::inspect {
namespace {

constexpr double most_seconds = 1.5;  // for the differences of one size

struct Price {
  std::int64_t inputs = 0, forward_operations = 0, gradient_operations = 0;
  double forward = 0, gradient = 0, differences = 0;  // seconds; no differences: 0
  double error = 0;                                    // largest difference between the two gradients, by the largest slope
};

// Operations, and on the way back each product of an incoming gradient with a local derivative.
struct Counter final : Watcher {
  std::int64_t count = 0;
  void applied(const Ref<const Op>&, Inputs, const Tensor&) override { ++count; }
  void pulled(const Node&, const Tensor&, Inputs products) override { count += std::ranges::count_if(products, &Tensor::defined); }
};

std::int64_t operations_of(const auto& f) {
  Counter counter;
  const Watch watch(counter);
  f();
  return counter.count;
}

// The shortest of some times, each over as many calls as take a while.
double seconds_of(double at_least, const auto& f) {
  f();
  double best = INFINITY;
  for (int i = 0; i < 5; ++i) {
    const double from = now();
    int calls = 0;
    do f(), ++calls;
    while (now() - from < at_least);
    best = std::min(best, (now() - from) / calls);
  }
  return best;
}

Price price_of(std::int64_t n, double at_least, const std::function<void(double)>& done) {
  const Tensor x = Tensor::randn({n}, Dtype::f64), t = Tensor::randn({n}, Dtype::f64);
  std::vector<double> w = Tensor::randn({n}, Dtype::f64).to_vector();
  const auto loss = [&](const Tensor& v) { return mean(square(tanh(v * x) - t)); };
  auto forward = compile(loss);
  auto gradient = compile([&](const Tensor& v) {
    auto [value, slope] = value_and_grad(loss)(v);
    return std::pair(value, slope);
  });
  const Tensor at = Tensor::from(w, {n});
  Price out{.inputs = n,
            .forward_operations = operations_of([&] { loss(at); }),
            .gradient_operations = operations_of([&] { value_and_grad(loss)(at); }),
            .forward = seconds_of(at_least, [&] { forward(at); }),
            .gradient = seconds_of(at_least, [&] { gradient(at); })};
  done(0.2);
  if (2.2 * static_cast<double>(n) * out.forward > most_seconds) return out;

  const double h = 1e-6, from = now();
  std::vector<double> slopes;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double before = w[i];
    w[i] = before + h;
    const double above = forward(Tensor::borrow(w, {n})).item();
    w[i] = before - h;
    const double below = forward(Tensor::borrow(w, {n})).item();
    w[i] = before;
    slopes.push_back((above - below) / (2 * h));
    if (i % 256 == 0) done(0.2 + 0.8 * static_cast<double>(i) / static_cast<double>(n));
  }
  out.differences = now() - from;
  const std::vector<double> exact = gradient(at).second.to_vector();
  double largest = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    out.error = std::max(out.error, std::abs(exact[i] - slopes[i]));
    largest = std::max(largest, std::abs(exact[i]));
  }
  out.error /= largest;
  return out;
}

std::string time_text(double seconds) {
  for (const auto& [unit, size] : {std::pair("s", 1.0), std::pair("ms", 1e-3), std::pair("µs", 1e-6)}) {
    if (seconds >= size) return number_text(seconds / size, 3) + " " + unit;
  }
  return number_text(seconds * 1e9, 3) + " ns";
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string times_text(double ratio) { return ratio < 100 ? number_text(ratio, 3) : grouped(std::llround(ratio)); }

}  // namespace

void teach_cost(LessonScript& s) {
  manual_seed(s.options.seed);
  const int sizes = s.count(6, 3);
  std::vector<Price> prices;
  std::int64_t n = 10;
  for (int i = 0; i < sizes; ++i, n *= 10) {
    prices.push_back(price_of(n, 0.02 * s.options.length, [&](double share) { s.done((i + share) / sizes); }));
  }
  s.say(Word::cost_about);
  Rows times{{s.word(Word::inputs), s.word(Word::forward_time), s.word(Word::gradient_time), s.word(Word::times_forward), s.word(Word::differences_time), s.word(Word::times_forward), s.word(Word::worst_difference)}};
  Rows operations{{s.word(Word::inputs), s.word(Word::operations_forward), s.word(Word::operations_gradient), s.word(Word::evaluations)}};
  s.json = {{"lesson", "cost"}, {"seed", s.options.seed}, {"rows", nlohmann::ordered_json::array()}};
  Series gradient{s.word(Word::of_gradient), {}, {}}, differences{s.word(Word::of_differences), {}, {}};
  for (const Price& p : prices) {
    const bool measured = p.differences > 0;
    times.push_back({grouped(p.inputs), time_text(p.forward), time_text(p.gradient), number_text(p.gradient / p.forward, 3), measured ? time_text(p.differences) : "-", measured ? times_text(p.differences / p.forward) : "-",
                     measured ? fmt::format("{:.0e}", p.error) : "-"});
    operations.push_back({grouped(p.inputs), std::to_string(p.forward_operations), std::to_string(p.gradient_operations), s.word(Word::times_n, grouped(2 * p.inputs))});
    const double size = std::log10(static_cast<double>(p.inputs));
    gradient.x.push_back(size), gradient.y.push_back(p.gradient / p.forward);
    if (measured) differences.x.push_back(size), differences.y.push_back(p.differences / p.forward);
    nlohmann::ordered_json row{{"inputs", p.inputs}, {"forward_us", 1e6 * p.forward}, {"gradient_us", 1e6 * p.gradient}, {"ratio", p.gradient / p.forward}, {"forward_operations", p.forward_operations}, {"gradient_operations", p.gradient_operations}, {"evaluations", 2 * p.inputs}};
    for (const auto& [key, value] : {std::pair("differences_us", 1e6 * p.differences), std::pair("differences_ratio", p.differences / p.forward), std::pair("error", p.error)}) {
      row[key] = measured ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
    }
    s.json["rows"].push_back(row);
  }
  s.table("", std::move(times));
  const auto last = std::ranges::find_if(prices.rbegin(), prices.rend(), [](const Price& p) { return p.differences > 0; });
  if (last != prices.rend() && last != prices.rbegin()) s.say(Word::cost_left_out, grouped(last->inputs), grouped(std::llround(last->differences / last->forward)));
  s.curves(s.word(Word::cost_curve), s.word(Word::log10_inputs), {gradient, differences}, true);
  s.table("", std::move(operations));
  const auto ratio = [](const Price& p) { return p.gradient / p.forward; };
  s.say(Word::cost_why, number_text(ratio(*std::ranges::min_element(prices, {}, ratio)), 2), number_text(ratio(*std::ranges::max_element(prices, {}, ratio)), 2), grouped(prices.front().inputs), grouped(prices.back().inputs),
        prices[0].forward_operations, prices[0].gradient_operations);
  s.say(Word::cost_times);
}

}  // namespace gradus::inspect
