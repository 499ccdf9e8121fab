// Preprocessing: what is learned from the training rows.
#include <algorithm>
#include <cmath>
#include <gradus/base/text.hpp>
#include <set>

#include "target.hpp"

namespace gradus::data {
namespace {

struct Learner {
  const Table& table;
  const CsvOptions& csv;
  bool all_rows, standardize;

  bool trains(std::int64_t row) const { return all_rows || row % 5 != 4; }

  // Mean, deviation and median of the values that are there. Every row is read, so that a fault in a test row shows now.
  void number(Column& column, std::int64_t c) const {
    std::vector<double> values;
    for (std::int64_t r = 0; r < table.rows(); ++r) {
      if (is_missing(table.cell(r, c), csv)) continue;
      const double value = number_in(
          table, r, c,
          column.kind == Column::Kind::target
              ? target_hint
              : "most of this column is numbers: leave the cell empty if there is no value, or name the column in data.categories");
      if (trains(r)) values.push_back(value);
    }
    if (values.empty()) {
      fail<DataError>("data", table.column_text(c) + " has no value in any training row", "name it in data.ignore", table.name());
    }
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    column.median = n % 2 ? values[n / 2] : values[n / 2 - 1] / 2 + values[n / 2] / 2;
    if (!standardize) return;
    // One value throughout: the rounding of a mean must not be taken for a deviation.
    column.mean = values.front();
    if (values.front() == values.back()) return;
    double sum = 0, squares = 0;
    for (const double v : values) sum += v;
    column.mean = sum / static_cast<double>(n);
    for (const double v : values) squares += (v - column.mean) * (v - column.mean);
    column.deviation = std::sqrt(squares / static_cast<double>(n));
    // Squares of the smallest numbers vanish.
    if (!(column.deviation > 0)) column.deviation = 1;
  }

  void category(Column& column, std::int64_t c) const {
    constexpr std::size_t most = 256;
    std::set<std::string, std::less<>> names;
    for (std::int64_t r = 0; r < table.rows(); ++r) {
      const std::string_view cell = table.cell(r, c);
      if (!trains(r) || is_missing(cell, csv) || names.contains(cell)) continue;
      names.emplace(cell);
      if (names.size() > most) {
        fail<DataError>("data",
                        table.column_text(c) + " holds more than " + std::to_string(most) + " different texts, such as " +
                            quoted(cell) + ": that is a name, not a category",
                        "name it in data.ignore", table.where(r));
      }
    }
    column.categories.assign(names.begin(), names.end());
  }

  bool mostly_numbers(std::int64_t c) const {
    std::int64_t numbers = 0, texts = 0;
    for (std::int64_t r = 0; r < table.rows(); ++r) {
      if (!trains(r) || is_missing(table.cell(r, c), csv)) continue;
      double value;
      (read_number(table.cell(r, c), value) == CellKind::text ? texts : numbers)++;
    }
    return numbers >= texts;
  }
};

}  // namespace

Preprocessing Preprocessing::learn(const Table& table, const Options& options, const CsvOptions& csv, bool all_rows) {
  Preprocessing p;
  p.named = table.has_header();
  p.csv = csv;
  p.csv.separator = table.separator();
  std::vector<bool> forced(static_cast<std::size_t>(table.columns()));
  for (std::int64_t c = 0; c < table.columns(); ++c) p.columns.push_back({.name = table.column_name(c), .categories = {}});
  const auto at = [](auto& list, std::int64_t i) -> decltype(auto) { return list[static_cast<std::size_t>(i)]; };
  for (const std::string& name : options.ignore) at(p.columns, table.find(name, "data.ignore")).kind = Column::Kind::ignored;
  for (const std::string& name : options.categories) at(forced, table.find(name, "data.categories")) = true;

  std::int64_t target = table.columns() - 1;
  if (!options.target.empty())
    target = table.find(options.target, "data.target");
  else
    while (target > 0 && at(p.columns, target).kind == Column::Kind::ignored) --target;
  at(p.columns, target).kind = Column::Kind::target;
  p.classes = learn_classes(table, target, options.task, csv);
  if (options.scale_target && p.classes.empty()) Learner{table, csv, all_rows, true}.number(at(p.columns, target), target);

  const Learner learner{table, csv, all_rows, options.standardize};
  for (std::int64_t c = 0; c < table.columns(); ++c) {
    Column& column = at(p.columns, c);
    if (column.kind != Column::Kind::number) continue;
    if (at(forced, c) || !learner.mostly_numbers(c)) {
      column.kind = Column::Kind::category;
      learner.category(column, c);
    } else {
      learner.number(column, c);
    }
  }
  const auto width = static_cast<std::int64_t>(p.feature_names().size());
  if (width == 0) {
    fail<DataError>(
        "data",
        "no column is left to learn from: the target is " + table.column_text(target) + " of " + std::to_string(table.columns()),
        {}, table.name());
  }
  p.sample_shape = {width};
  return p;
}

std::vector<std::string> Preprocessing::feature_names() const {
  std::vector<std::string> names;
  for (const Column& column : columns) {
    if (column.kind == Column::Kind::number) names.push_back(column.name);
    if (column.kind != Column::Kind::category) continue;
    for (const std::string& category : column.categories) names.push_back(column.name + "=" + category);
  }
  return names;
}

const Column* Preprocessing::target() const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [](const Column& c) { return c.kind == Column::Kind::target; });
  return found == columns.end() ? nullptr : &*found;
}

std::string Preprocessing::target_name() const { return target() ? target()->name : ""; }

}  // namespace gradus::data
