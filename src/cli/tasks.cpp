#include "tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gradus::cli {
namespace {

constexpr std::size_t shown = 110;  // letters of a task

// A number of bytes or operations with three digits: "1.23 M".
std::string short_number(double number) {
  constexpr const char* units[] = {"", " k", " M", " G", " T"};
  int unit = 0;
  for (; number >= 999.5 && unit < 4; ++unit) number /= 1000;
  return fmt::format("{:.3g}{}", number, units[unit]);
}

// Groups of hundreds of operations have texts of thousands of letters.
std::string shortened(const std::string& text) {
  constexpr std::size_t tail = 36;
  return text.size() <= shown ? text : text.substr(0, shown - tail - 5) + " ... " + text.substr(text.size() - tail);
}

}  // namespace

std::string short_time(double seconds) {
  if (seconds < 0.9995e-6) return fmt::format("{:.3g} ns", seconds * 1e9);
  if (seconds < 0.9995e-3) return fmt::format("{:.3g} us", seconds * 1e6);
  return fmt::format("{:.4g} ms", seconds * 1e3);
}

double TaskTable::seconds() const {
  return std::accumulate(report_.tasks.begin(), report_.tasks.end(), 0.0, [](double sum, const plan::TaskReport& task) { return sum + task.seconds; });
}

double TaskTable::predicted() const {
  return std::accumulate(report_.tasks.begin(), report_.tasks.end(), 0.0, [this](double sum, const plan::TaskReport& task) { return sum + predicted(task); });
}

Json TaskTable::json_of(const plan::TaskReport& task) const {
  return {{"text", task.text},
          {"bytes", task.bytes},
          {"flops", task.flops},
          {"predicted_ms", predicted(task) * 1000},
          {"ms", task.seconds * 1000},
          {"part", task.seconds / std::max(seconds(), 1e-12)}};
}

std::vector<std::size_t> TaskTable::by_time() const {
  std::vector<std::size_t> order(report_.tasks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return report_.tasks[a].seconds > report_.tasks[b].seconds; });
  return order;
}

Json TaskTable::in_order() const {
  Json list = Json::array();
  for (const plan::TaskReport& task : report_.tasks) list.push_back(json_of(task));
  return list;
}

Json TaskTable::longest(std::size_t most) const {
  std::vector<std::size_t> order = by_time();
  order.resize(std::min(order.size(), most));
  Json list = Json::array();
  for (const std::size_t i : order) list.push_back(json_of(report_.tasks[i]));
  return list;
}

std::string TaskTable::text(std::size_t most) const {
  const double all = std::max(seconds(), 1e-12);
  std::vector<std::size_t> order = by_time();
  std::vector<bool> marked(order.size());
  double sum = 0;
  for (const std::size_t i : order) {
    if (sum >= all / 2) break;
    marked[i] = true;
    sum += report_.tasks[i].seconds;
  }
  if (most > 0) order.resize(std::min(order.size(), most));
  else std::sort(order.begin(), order.end());
  std::vector<std::vector<std::string>> rows{{"", "time", "part", "at best", "bytes", "flop", "GFLOP/s", "GB/s", "task"}};
  for (const std::size_t i : order) {
    const plan::TaskReport& task = report_.tasks[i];
    const double time = std::max(task.seconds, 1e-12);
    rows.push_back({marked[i] ? ">" : "", short_time(task.seconds), fmt::format("{:.1f} %", 100 * task.seconds / all), short_time(predicted(task)),
                    short_number(task.bytes), short_number(task.flops), fmt::format("{:.1f}", task.flops / time / 1e9),
                    fmt::format("{:.1f}", task.bytes / time / 1e9), shortened(task.text)});
  }
  return table(rows);
}

}  // namespace gradus::cli
