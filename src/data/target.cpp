#include "target.hpp"

#include <algorithm>
#include <charconv>
#include <gradus/base/text.hpp>
#include <map>
#include <optional>
#include <set>

#include "memory.hpp"

namespace gradus::data {
namespace {

std::optional<std::int64_t> integer(std::string_view cell) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || stop != cell.data() + cell.size()) return std::nullopt;
  return value;
}

// "07" and "7" are one class.
std::string class_name(std::string_view cell) {
  const auto value = integer(cell);
  return value ? std::to_string(*value) : std::string(cell);
}

[[noreturn]] void no_target(const Table& table, std::int64_t row, std::int64_t column) {
  fail<DataError>("data", table.column_text(column) + " is the target and has no value here",
                  "remove the row, or choose another target", table.where(row));
}

struct Survey {
  std::int64_t numbers = 0, texts = 0, first_text = -1;
  bool integers = true;
};

Survey survey(const Table& table, std::int64_t column, const CsvOptions& csv) {
  Survey found;
  for (std::int64_t r = 0; r < table.rows(); ++r) {
    const std::string_view cell = table.cell(r, column);
    if (is_missing(cell, csv)) no_target(table, r, column);
    double value;
    const bool text = read_number(cell, value) == CellKind::text;
    found.integers &= integer(cell).has_value();
    (text ? found.texts : found.numbers)++;
    if (text && found.first_text < 0) found.first_text = r;
  }
  return found;
}

constexpr std::size_t few = 20;

// Numbers with fractions may be names of classes ("1.5", "2.5"), but not when nearly every row has one of its own.
void check_few_values(const Table& table, std::int64_t column) {
  std::set<std::string_view> values;
  for (std::int64_t r = 0; r < table.rows(); ++r) values.insert(table.cell(r, column));
  if (values.size() <= few || 2 * static_cast<std::int64_t>(values.size()) <= table.rows()) return;
  fail<DataError>("data",
                  table.column_text(column) + " is the target and holds real numbers, " + std::to_string(values.size()) +
                      " different ones, such as " + quoted(*values.begin()) + ": they are no classes",
                  "data.task = \"regression\"", table.name());
}

std::vector<std::string> names_of(const Table& table, std::int64_t column) {
  constexpr std::size_t most = 1000;
  std::set<std::string, std::less<>> names;
  bool integers = true;
  for (std::int64_t r = 0; r < table.rows(); ++r) {
    const std::string_view cell = table.cell(r, column);
    integers &= integer(cell).has_value();
    names.insert(class_name(cell));
    if (names.size() > most) {
      fail<DataError>("data",
                      table.column_text(column) + " holds more than " + std::to_string(most) +
                          " different values, too many for classes: " + quoted(cell) + " is one of them",
                      "choose another target, or data.task = \"regression\" when it is a number", table.where(r));
    }
  }
  if (names.size() == 1) {
    fail<DataError>("data", table.column_text(column) + " is the target and has only one class: " + quoted(*names.begin()),
                    "there is nothing to tell apart; choose another target", table.name());
  }
  std::vector<std::string> sorted(names.begin(), names.end());
  if (integers) std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return *integer(a) < *integer(b); });
  return sorted;
}

}  // namespace

bool is_missing(std::string_view cell, const CsvOptions& csv) {
  return std::find(csv.missing.begin(), csv.missing.end(), cell) != csv.missing.end();
}

double number_in(const Table& table, std::int64_t row, std::int64_t column, const std::string& hint) {
  const std::string_view cell = table.cell(row, column);
  double value = 0;
  const CellKind kind = read_number(cell, value);
  if (kind == CellKind::number) return value;
  const std::string what = table.column_text(column) + " holds " + quoted(cell);
  if (kind == CellKind::not_finite) {
    fail<DataError>("data", what + ", which is not a finite number of 32 bits",
                    "remove the row, or leave the cell empty to have the median put in its place", table.where(row));
  }
  double left = 0;
  const std::size_t comma = cell.find(',');
  const bool decimal_comma = comma != std::string_view::npos && read_number(cell.substr(0, comma), left) == CellKind::number;
  fail<DataError>("data", what + " where a number is needed", decimal_comma ? "write the decimal point as a dot" : hint,
                  table.where(row));
}

std::vector<std::string> learn_classes(const Table& table, std::int64_t column, Task task, const CsvOptions& csv) {
  const Survey found = survey(table, column, csv);
  if (task == Task::regression) return {};
  if (task == Task::classification && found.texts == 0 && !found.integers) check_few_values(table, column);
  if (task == Task::automatic && found.texts <= found.numbers) {
    if (found.texts > 0)
      number_in(table, found.first_text, column, "data.task = \"classification\" takes every value as the name of a class");
    if (!found.integers) return {};
    std::set<std::int64_t> values;
    for (std::int64_t r = 0; r < table.rows() && values.size() <= few; ++r) values.insert(*integer(table.cell(r, column)));
    if (values.size() > few || 2 * static_cast<std::int64_t>(values.size()) > table.rows()) return {};
  }
  return names_of(table, column);
}

Tensor encode_target(const Table& table, std::int64_t column, const Column& target, const std::vector<std::string>& classes,
                     const CsvOptions& csv) {
  const std::int64_t n = table.rows();
  std::int64_t present = 0;
  for (std::int64_t r = 0; r < n; ++r) present += !is_missing(table.cell(r, column), csv);
  if (present == 0) return {};
  const auto check = [&](std::int64_t r) {
    if (is_missing(table.cell(r, column), csv)) no_target(table, r, column);
  };
  if (classes.empty()) {
    return filled<float>({n, 1}, [&](float* y, std::int64_t) {
      for (std::int64_t r = 0; r < n; ++r) {
        check(r);
        y[r] = static_cast<float>((number_in(table, r, column, target_hint) - target.mean) / target.deviation);
      }
    });
  }
  std::map<std::string, std::int64_t, std::less<>> number;
  for (const std::string& name : classes) number.emplace(name, static_cast<std::int64_t>(number.size()));
  return filled<std::int64_t>({n}, [&](std::int64_t* y, std::int64_t) {
    for (std::int64_t r = 0; r < n; ++r) {
      check(r);
      const auto found = number.find(class_name(table.cell(r, column)));
      if (found == number.end()) {
        fail<DataError>(
            "data",
            table.column_text(column) + " holds " + quoted(table.cell(r, column)) + ", which is no class of this data set",
            did_you_mean(table.cell(r, column), classes), table.where(r));
      }
      y[r] = found->second;
    }
  });
}

}  // namespace gradus::data
