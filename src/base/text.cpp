#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <gradus/base/text.hpp>

namespace gradus {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edit distance with swaps of neighbours (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

template <class S>
std::string_view nearest_of(std::string_view name, std::span<const S> candidates) {
  if (name.size() > 100) return {};  // no name of ours, and the distance costs a product of lengths
  std::string_view best;
  std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > 100) continue;
    const std::size_t d = distance(name, candidate);
    if (d < least && d < std::max(name.size(), candidate.size())) {  // something must be shared: 'b' is not meant by 'a'
      least = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates) {
  return nearest_of(name, candidates);
}
std::string_view nearest(std::string_view name, std::span<const std::string> candidates) { return nearest_of(name, candidates); }

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  if (const std::string_view near = nearest(name, candidates); !near.empty()) return "did you mean " + quoted(near) + "?";
  std::string known;
  std::size_t shown = 0;
  for (const std::string& candidate : candidates) {
    if (shown++ == 30) return "known: " + known + ", ...";
    known += (known.empty() ? "" : ", ") + candidate;
  }
  return "known: " + known;
}

std::string printable(std::string_view text) {
  std::string out;
  std::size_t controls = 0;  // bytes of a control character that are still to come
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0xC2 && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xE0) == 0x80) controls = 2;  // U+0080 to U+009F
    if (controls > 0) --controls;
    else if (byte >= 0x20 && byte != 0x7F) {
      out += c;
      continue;
    }
    constexpr char digits[] = "0123456789abcdef";
    out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string_view shown = text.substr(0, longest);
  // A character of several bytes is not cut in the middle.
  if (shown.size() < text.size()) {
    while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xC0) == 0x80) shown.remove_suffix(1);
  }
  return fmt::format("'{}{}'", printable(shown), shown.size() < text.size() ? "..." : "");
}

}  // namespace gradus
