#include "text_writer.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace gradus::inspect {

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    width += bytes == 3 && c >= 0xe3 && c <= 0xed ? 2 : bytes == 3 && c == 0xef ? 2 : 1;
    i += bytes;
  }
  return width;
}

std::string Writer::inked(const std::string& text, Ink ink) const {
  if (!colour_ || ink == Ink::plain || text.empty()) return text;
  static constexpr std::array<const char*, 7> codes{"", "1", "2", "34", "35", "32", "1;31"};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(ink)], text);
}

void Writer::table(const std::vector<std::vector<Cell>>& rows, const std::string& right, std::size_t gap) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
  }
  for (const auto& row : rows) {
    std::string text = "  ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths[i] == 0) continue;
      const std::string blank(widths[i] - width_of(row[i].text), ' ');
      const bool flush = i < right.size() && right[i] == 'r';
      text += (flush ? blank : "") + inked(row[i].text, row[i].ink) + (flush ? "" : blank) + std::string(gap, ' ');
    }
    while (text.ends_with(' ')) text.pop_back();
    line(text);
  }
}

}  // namespace gradus::inspect
