#include "output.hpp"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include <fmt/format.h>

namespace gradus::cli {
namespace {

int first_failure = 0;  // errno of the first write that failed

void write_line(std::FILE* stream, std::string_view line) {
  errno = 0;
  const bool written = std::fwrite(line.data(), 1, line.size(), stream) == line.size() && std::fputc('\n', stream) != EOF;
  if (!written && stream == stdout && first_failure == 0) first_failure = errno;
}

}  // namespace

void say(std::string_view line) { write_line(stdout, line); }
void note(std::string_view line) {
  std::fflush(stdout);  // both often go to one terminal
  write_line(stderr, line);
}
void say_json(const Json& value) { say(value.dump(-1, ' ', false, Json::error_handler_t::replace)); }

void flush_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 && first_failure == 0) first_failure = errno;
  if (first_failure != 0 && first_failure != EPIPE) {
    throw std::runtime_error(fmt::format("standard output cannot be written: {}", std::strerror(first_failure)));
  }
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}", row[i], i + 1 < row.size() ? widths[i] + 2 : 0);
    text += (text.empty() ? "" : "\n") + line;
  }
  return text;
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3 + (number < 0 ? 1U : 0U);) text.insert(at -= 3, ",");
  return text;
}

std::string counted(std::int64_t number, const std::string& thing) { return grouped(number) + " " + thing + (number == 1 ? "" : "s"); }

std::string duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.2f} s", seconds);
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::lround(std::min(seconds, 1e15)));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace gradus::cli
