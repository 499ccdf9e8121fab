#include <algorithm>
#include <charconv>
#include <cmath>
#include <gradus/base/text.hpp>
#include <gradus/data/csv.hpp>
#include <gradus/tensor.hpp>
#include <limits>

#include "bytes.hpp"

namespace gradus::data {

namespace {

// Whether a number that is out of range is so because it is small: the decimal place of its first digit, plus the exponent.
bool is_tiny(std::string_view digits) {
  std::int64_t exponent = 0;
  if (const std::size_t e = digits.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view power = digits.substr(e + 1);
    const bool negative = power.starts_with('-');
    if (negative || power.starts_with('+')) power.remove_prefix(1);
    if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec != std::errc{}) return negative;
    if (negative) exponent = -exponent;
    digits = digits.substr(0, e);
  }
  const std::size_t first = digits.find_first_of("123456789"), point = std::min(digits.find('.'), digits.size());
  const std::int64_t place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(std::min(first, digits.size()));
  return exponent < -place;
}

}  // namespace

CellKind read_number(std::string_view cell, double& value) {
  if (cell.size() > 1 && cell[0] == '+' && cell[1] != '-') cell.remove_prefix(1);  // from_chars knows no plus
  const char* end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(cell.data(), end, value);
  if (stop != end || cell.empty() || error == std::errc::invalid_argument) return CellKind::text;
  if (error == std::errc::result_out_of_range) {
    if (!is_tiny(cell)) return CellKind::not_finite;
    value = 0;
  }
  return std::abs(value) <= std::numeric_limits<float>::max() ? CellKind::number : CellKind::not_finite;  // false for NaN
}

Table Table::read(const std::string& file, const CsvOptions& options) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 30;
  return parse(Bytes::open(file).rest(limit), file, options);
}

std::string_view Table::at(std::int64_t file_row, std::int64_t column) const {
  const Cell cell = cells_[static_cast<std::size_t>(file_row * columns_ + column)];
  return std::string_view(text_).substr(cell.begin, cell.size);
}

std::string_view Table::cell(std::int64_t row, std::int64_t column) const { return at(row + (header_ ? 1 : 0), column); }
std::string_view Table::heading(std::int64_t column) const { return at(0, column); }

std::string Table::column_name(std::int64_t column) const {
  if (header_ && !heading(column).empty()) return std::string(heading(column));
  return std::to_string(column);
}

std::string Table::column_text(std::int64_t column) const {
  if (header_ && !heading(column).empty()) return "column " + quoted(heading(column));
  return "column " + std::to_string(column) + " (counted from 0)";
}

std::string Table::where(std::int64_t row) const {
  return name_ + ":" + std::to_string(lines_[static_cast<std::size_t>(row + (header_ ? 1 : 0))]);
}

void Table::set_header(bool on) {
  if (on && lines_.size() < 2) fail<DataError>("data", "there are no rows below the header", {}, name_);
  header_ = on;
  if (!on) return;
  std::vector<std::string_view> names;
  for (std::int64_t c = 0; c < columns_; ++c) {
    if (!heading(c).empty()) names.push_back(heading(c));
  }
  std::sort(names.begin(), names.end());
  if (const auto twin = std::adjacent_find(names.begin(), names.end()); twin != names.end()) {
    header_ = false;
    fail<DataError>("data", "two columns are called " + quoted(*twin), {}, name_ + ":" + std::to_string(lines_[0]));
  }
}

std::optional<bool> Table::detect_header(std::span<const std::string> missing) const {
  const auto is_missing = [&](std::string_view cell) { return std::find(missing.begin(), missing.end(), cell) != missing.end(); };
  double value;
  for (std::int64_t c = 0; c < columns_; ++c) {
    if (is_missing(at(0, c)) || read_number(at(0, c), value) != CellKind::text) return false;
  }
  for (std::int64_t c = 0; c < columns_; ++c) {
    std::int64_t numbers = 0, texts = 0;  // most is enough: a text among numbers is a fault that is to be named as such
    for (std::int64_t r = 1; r < static_cast<std::int64_t>(lines_.size()); ++r) {
      if (!is_missing(at(r, c))) ++(read_number(at(r, c), value) == CellKind::text ? texts : numbers);
    }
    if (numbers > texts) return true;
  }
  for (std::int64_t c = 0; c < columns_; ++c) {  // the name of a column is not one of its values
    for (std::int64_t r = 1; r < static_cast<std::int64_t>(lines_.size()); ++r) {
      if (at(r, c) == at(0, c)) return false;
    }
  }
  return std::nullopt;
}

std::int64_t Table::find(std::string_view text, std::string_view key) const {
  std::vector<std::string> names;
  for (std::int64_t c = 0; c < columns_; ++c) {
    if (header_ && heading(c) == text) return c;
    names.push_back(column_name(c));
  }
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && stop == text.data() + text.size();
  if (is_number && number >= -columns_ && number < columns_) return number < 0 ? number + columns_ : number;
  if (is_number || !header_) {
    fail<UsageError>(std::string(key),
                     "there is no column " + quoted(text) + ": " + name_ + " has " + std::to_string(columns_) + (columns_ == 1 ? " column" : " columns"),
                     header_ ? did_you_mean(text, names)
                             : "without a header columns are numbered from 0; negative numbers count from the last");
  }
  fail<UsageError>(std::string(key), name_ + " has no column " + quoted(text), did_you_mean(text, names));
}

}  // namespace gradus::data
