// Preprocessing: applied to rows.
#include <algorithm>
#include <cmath>
#include <gradus/base/text.hpp>
#include <map>

#include "bytes.hpp"
#include "memory.hpp"
#include "target.hpp"

namespace gradus::data {
namespace {

using Kind = Column::Kind;

std::string plural(std::int64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

// Which column of the table is column i of the training table; -1: it is not there.
std::vector<std::int64_t> match(const Preprocessing& p, const Table& table) {
  const auto count = static_cast<std::int64_t>(p.columns.size());
  std::vector<std::int64_t> places;
  if (p.named && table.has_header()) {
    std::map<std::string, std::int64_t, std::less<>> known;
    for (std::int64_t c = 0; c < table.columns(); ++c) known.emplace(table.column_name(c), c);
    for (const Column& column : p.columns) {
      const auto found = known.find(column.name);
      places.push_back(found == known.end() ? -1 : found->second);
      if (places.back() >= 0 || column.kind == Kind::ignored || column.kind == Kind::target) continue;
      std::vector<std::string> names;
      for (const auto& [name, c] : known) names.push_back(name);
      fail<DataError>("data", "there is no column " + quoted(column.name), did_you_mean(column.name, names), table.name());
    }
    return places;
  }
  // By place: the whole table, or without its target, or the features alone.
  const auto number_of = [&](Kind kind) {
    return std::count_if(p.columns.begin(), p.columns.end(), [kind](const Column& c) { return c.kind == kind; });
  };
  const std::int64_t without_target = count - number_of(Kind::target), features = without_target - number_of(Kind::ignored),
                     given = table.columns();
  if (given != count && given != without_target && given != features) {
    fail<DataError>("data",
                    "the table has " + plural(given, "column") + "; " + std::to_string(without_target) + " are needed, or " +
                        std::to_string(count) + " with the target",
                    {}, table.where(0));
  }
  std::int64_t next = 0;
  for (const Column& column : p.columns) {
    const bool left_out = (column.kind == Kind::target && given != count) ||
                          (column.kind == Kind::ignored && given != count && given != without_target);
    places.push_back(left_out ? -1 : next++);
  }
  return places;
}

struct Writer {
  const Preprocessing& p;
  const Table& table;
  float* x;
  std::int64_t width;
  std::vector<std::string>& notes;

  void number(const Column& column, std::int64_t c, std::int64_t at) const {
    std::int64_t missing = 0;
    for (std::int64_t r = 0; r < table.rows(); ++r) {
      double value = column.median;
      if (is_missing(table.cell(r, c), p.csv))
        ++missing;
      else
        value = number_in(table, r, c, "this column held numbers in training");
      const auto scaled = static_cast<float>((value - column.mean) / column.deviation);
      if (!std::isfinite(scaled)) {
        fail<DataError>("data",
                        table.column_text(c) + " holds " + quoted(table.cell(r, c)) + ", too far from its mean in training", {},
                        table.where(r));
      }
      x[r * width + at] = scaled;
    }
    if (missing)
      notes.push_back(table.column_text(c) + ": " + plural(missing, "missing value") + " replaced by the median of training");
  }

  void category(const Column& column, std::int64_t c, std::int64_t at) const {
    std::int64_t missing = 0, unseen = 0, example = 0;
    for (std::int64_t r = 0; r < table.rows(); ++r) {
      const std::string_view cell = table.cell(r, c);
      const auto found = std::lower_bound(column.categories.begin(), column.categories.end(), cell);
      const bool known = found != column.categories.end() && *found == cell;
      if (known)
        x[r * width + at + (found - column.categories.begin())] = 1;
      else if (is_missing(cell, p.csv))
        ++missing;
      else if (++unseen == 1)
        example = r;
    }
    if (missing)
      notes.push_back(table.column_text(c) + ": " + plural(missing, "missing value") + " taken as none of its categories");
    if (unseen) {
      notes.push_back(table.column_text(c) + ": " + plural(unseen, "value") + " that training had not seen, such as " +
                      quoted(table.cell(example, c)) + " at " + table.where(example) + ", taken as none of its categories");
    }
  }
};

}  // namespace

Encoded Preprocessing::encode(const Table& table) const {
  const std::vector<std::int64_t> places = match(*this, table);
  Encoded out;
  const std::int64_t width = numel(sample_shape), n = table.rows();
  // What one-hot columns blow a small file up to is bounded too.
  constexpr std::int64_t most = std::int64_t{1} << 32;
  if (n > most / std::max<std::int64_t>(width, 1)) {
    fail<DataError>("data", std::to_string(n) + " rows of " + std::to_string(width) + " numbers are more than 2^32 numbers",
                    "name columns of many categories in data.ignore", table.name());
  }
  Shape shape{n};
  shape.append(sample_shape.begin(), sample_shape.end());
  out.x = Tensor::zeros(shape);
  const Writer writer{*this, table, static_cast<float*>(out.x.array().data()), width, out.notes};
  std::int64_t at = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    if (column.kind == Kind::target && places[i] >= 0) out.y = encode_target(table, places[i], column, classes, csv);
    if (column.kind == Kind::number) writer.number(column, places[i], at++);
    if (column.kind != Kind::category) continue;
    writer.category(column, places[i], at);
    at += static_cast<std::int64_t>(column.categories.size());
  }
  return out;
}

Table Preprocessing::read_table(const std::string& file) const {
  CsvOptions options = csv;
  if (named) options.header = false;  // seen below, from the names
  Table table = Table::read(file, options);
  if (named) {
    const auto is_heading = [&](const Column& column) {
      if (column.kind == Kind::ignored || column.kind == Kind::target) return false;
      for (std::int64_t c = 0; c < table.columns(); ++c) {
        if (table.heading(c) == column.name) return true;
      }
      return false;
    };
    // One name is enough: the others are then missed by name, which says more than a text among numbers.
    if (std::any_of(columns.begin(), columns.end(), is_heading)) table.set_header(true);
  }
  return table;
}

}  // namespace gradus::data
