// One pass over the text, which is changed in place: a doubled quote becomes one.
#include <algorithm>
#include <array>
#include <gradus/base/text.hpp>
#include <gradus/data/csv.hpp>
#include <gradus/tensor.hpp>

#include "utf8.hpp"

namespace gradus::data {

class TableParser {
 public:
  TableParser(Table& table, char separator) : table_(table), text_(table.text_), separator_(separator) {}

  void run() {
    check_bytes();
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < text_.size()) {
      if (!empty_line()) row();
    }
    if (table_.lines_.empty()) fail_at(1, "the file holds no rows");
  }

 private:
  static constexpr std::size_t most_cells = 1 << 20, most_bytes = 1 << 20;

  [[noreturn]] void fail_at(std::size_t line, const std::string& detail, const std::string& hint = {}) const {
    fail<DataError>("data", detail, hint, table_.name_ + ":" + std::to_string(line));
  }
  bool ends() const { return at_ == text_.size(); }
  static bool blank(char c) { return c == ' ' || c == '\t'; }
  // A tab that separates is no blank.
  bool skips(char c) const { return blank(c) && c != separator_; }

  void check_bytes() {
    if (text_.size() >= UINT32_MAX) fail<DataError>("data", "the text has 4 GiB or more", {}, table_.name_);
    const auto line_of = [&](std::size_t place) {
      return 1 + static_cast<std::size_t>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(place), '\n'));
    };
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF")) fail_at(1, "the text is UTF-16", "convert it to UTF-8");
    if (const std::size_t nul = text_.find('\0'); nul != std::string::npos) {
      fail_at(line_of(nul), "a NUL byte in the text (offset " + std::to_string(nul) + ")", "is this a text file?");
    }
    if (const std::size_t bad = find_bad_utf8(text_); bad < text_.size()) {
      fail_at(line_of(bad), "the text is not UTF-8: " + quoted(text_.substr(bad, 1)) + " at offset " + std::to_string(bad),
              "convert it, for example from Latin-1: iconv -f latin1 -t utf8");
    }
  }

  bool empty_line() {
    std::size_t end = at_;
    while (end < text_.size() && skips(text_[end])) ++end;
    if (end < text_.size() && text_[end] == '\r' && end + 1 < text_.size() && text_[end + 1] == '\n') ++end;
    if (end < text_.size() && text_[end] != '\n') return false;
    at_ = std::min(end + 1, text_.size());
    ++line_;
    return true;
  }

  void row() {
    const std::size_t first_line = line_;
    std::int64_t count = 0;
    do {
      if (++count > static_cast<std::int64_t>(most_cells))
        fail_at(first_line, "the row has more than " + std::to_string(most_cells) + " cells");
      cell();
    } while (another_cell());
    if (table_.lines_.empty()) table_.columns_ = count;
    if (count != table_.columns_) {
      fail_at(first_line,
              "the row has " + std::to_string(count) + (count == 1 ? " cell" : " cells") + ", the first row has " +
                  std::to_string(table_.columns_),
              "a cell that holds the separator must be quoted");
    }
    table_.lines_.push_back(static_cast<std::uint32_t>(first_line));
  }

  // Steps over what ends a cell; false at the end of a row.
  bool another_cell() {
    if (ends()) return false;
    if (text_[at_] == separator_) {
      ++at_;
      return true;
    }
    if (text_[at_] == '\r') {
      if (at_ + 1 < text_.size() && text_[at_ + 1] != '\n')
        fail_at(line_, "a carriage return that ends no line", "lines end with LF or CR LF");
      ++at_;
    }
    if (!ends()) ++at_;
    ++line_;
    return false;
  }

  void cell() {
    while (!ends() && skips(text_[at_])) ++at_;
    if (!ends() && text_[at_] == '"')
      quoted_cell();
    else
      plain_cell();
  }

  void add(std::size_t begin, std::size_t end) {
    if (end - begin > most_bytes)
      fail_at(line_, "a cell is longer than " + std::to_string(most_bytes) + " bytes", "is a quote or a separator missing?");
    table_.cells_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
  }

  void plain_cell() {
    const std::size_t begin = at_;
    while (!ends() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') {
      if (text_[at_] == '"')
        fail_at(line_, "a quote within a cell that does not begin with one", "quote the whole cell, and double the quotes in it");
      ++at_;
    }
    std::size_t end = at_;
    while (end > begin && skips(text_[end - 1])) --end;
    add(begin, end);
  }

  void quoted_cell() {
    const std::size_t first_line = line_, begin = ++at_;
    std::size_t end = begin;
    for (;; ++at_) {
      if (end - begin > most_bytes)
        fail_at(first_line, "a quoted cell is longer than " + std::to_string(most_bytes) + " bytes",
                "is its closing quote missing?");
      if (ends()) fail_at(first_line, "a quote is opened and never closed");
      if (text_[at_] == '"') {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      }
      line_ += text_[at_] == '\n';
      text_[end++] = text_[at_];
    }
    add(begin, end);
    ++at_;
    while (!ends() && skips(text_[at_])) ++at_;
    if (!ends() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') {
      fail_at(line_, "text after a closing quote: " + quoted(text_.substr(at_, 20)), "double the quotes within a quoted cell");
    }
  }

  Table& table_;
  std::string& text_;
  const char separator_;
  std::size_t at_ = 0, line_ = 1;
};

namespace {

// The separator of a text, from its first rows. Line ends within quotes belong to a cell.
char find_separator(std::string_view text, const std::string& name) {
  constexpr std::string_view candidates = ",;\t|";
  constexpr int most_rows = 100;
  std::array<std::int64_t, 4> first{}, count{};
  std::array<bool, 4> even{true, true, true, true};
  bool quoted = false, blank = true;
  int rows = 0;
  for (std::size_t at = 0; at <= text.size() && rows < most_rows; ++at) {
    const char c = at < text.size() ? text[at] : '\n';
    if (c == '"') quoted = !quoted;
    if (c != '\n' && c != '\r') blank = false;
    if (quoted) continue;
    if (const std::size_t i = candidates.find(c); i != std::string_view::npos) ++count[i];
    if (c != '\n') continue;
    for (std::size_t i = 0; !blank && i < 4; ++i) even[i] = even[i] && count[i] == (rows == 0 ? first[i] = count[i] : first[i]);
    rows += !blank;
    blank = true;
    count = {};
  }
  std::string found;
  for (std::size_t i = 0; i < 4; ++i) {
    if (even[i] && first[i] > 0) found += candidates[i];
  }
  if (found.size() > 1) {
    fail<UsageError>("data.separator",
                     "it cannot be seen what separates the cells: both " + gradus::quoted(found.substr(0, 1)) + " and " +
                         gradus::quoted(found.substr(1, 1)) + " divide every row evenly",
                     "name it: data.separator = \"" + found.substr(0, 1) + "\"", name);
  }
  // A row that differs is a fault for the parser to name; it is measured by the first.
  return found.empty() ? candidates[static_cast<std::size_t>(std::ranges::max_element(first) - first.begin())] : found[0];
}

}  // namespace

Table Table::parse(std::string text, std::string name, const CsvOptions& options) {
  Table table;
  table.separator_ = options.separator ? *options.separator : find_separator(text, name);
  if (std::string_view("\"\n\r\0", 4).find(table.separator_) != std::string_view::npos) {
    fail<UsageError>("data", "the separator must not be a quote, a line end or NUL");
  }
  table.text_ = std::move(text);
  table.name_ = std::move(name);
  TableParser(table, table.separator_).run();
  const std::optional<bool> seen = options.header ? options.header : table.detect_header(options.missing);
  table.unclear_ = !seen;
  if (seen.value_or(false)) table.set_header(true);
  return table;
}

}  // namespace gradus::data
