// Tables in text: comma-separated values as in RFC 4180, with its line ends (CRLF or LF), quotes and a byte order mark.
// Everything is bounded by the bytes that are there; a file of other content is a DataError with "file:line".
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::data {

struct CsvOptions {
  std::optional<bool> header = {};  // not given: see Table::has_header
  std::optional<char> separator = ',';  // not given: the one of , ; tab | that divides every row into equally many cells
  std::vector<std::string> missing = {"", "?", "NA", "N/A"};  // what stands for a missing value
};

// The cells of a table. Blanks around a cell are dropped unless it is quoted; empty lines are skipped.
class Table {
 public:
  // `name` is what errors call the text. Every row must have as many cells as the first, at least one row must be there, the
  // text must be UTF-8 without NUL, a quote must be closed before the end. At most 2^20 cells in a row and bytes in a cell.
  static Table parse(std::string text, std::string name, const CsvOptions& options = {});
  // A file, gzipped or not, up to 1 GiB of text.
  static Table read(const std::string& file, const CsvOptions& options = {});

  // By itself: the first row is a header when no cell of it is a number or missing, and some column below is mostly numbers.
  // In a table of texts alone it is none, and that is unclear unless some cell of it comes again below.
  bool has_header() const { return header_; }
  bool header_is_unclear() const { return unclear_; }
  char separator() const { return separator_; }
  void set_header(bool on);  // DataError when nothing would be left
  const std::string& name() const { return name_; }
  std::int64_t rows() const { return static_cast<std::int64_t>(lines_.size()) - (header_ ? 1 : 0); }
  std::int64_t columns() const { return columns_; }
  std::string_view cell(std::int64_t row, std::int64_t column) const;  // row 0 is the first below the header
  std::string_view heading(std::int64_t column) const;                 // the cell of the file's first row, header or not
  std::string column_name(std::int64_t column) const;                  // its heading, or its number when there is none
  std::string column_text(std::int64_t column) const;                  // for messages: "column 'age'", "column 3"
  std::string where(std::int64_t row) const;                           // "iris.csv:17"
  // The number of the column called `text`, or numbered so (from 0; negative: from the last). UsageError otherwise; `key`
  // names the option it was given for.
  std::int64_t find(std::string_view text, std::string_view key) const;

 private:
  friend class TableParser;
  struct Cell {
    std::uint32_t begin, size;
  };
  std::string_view at(std::int64_t file_row, std::int64_t column) const;
  std::optional<bool> detect_header(std::span<const std::string> missing) const;  // nothing: unclear

  std::string text_, name_;
  std::vector<Cell> cells_;
  std::vector<std::uint32_t> lines_;  // where each row begins, from 1
  std::int64_t columns_ = 0;
  bool header_ = false, unclear_ = false;
  char separator_ = ',';
};

// What a cell holds. Numbers are read by std::from_chars alone: "1e3" and "+.5" are, "1,5", "0x10" and "1 000" are not.
enum class CellKind { number, not_finite, text };  // not_finite: nan, inf, or beyond the range of f32
CellKind read_number(std::string_view cell, double& value);

}  // namespace gradus::data
