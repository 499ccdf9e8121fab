#include "data/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <gradus/base/text.hpp>

namespace gradus::data {
namespace {

constexpr std::size_t block = 512;
constexpr std::uint64_t longest_name = 1 << 16;

using Header = std::array<char, block>;

// A field ends at its first zero byte.
std::string field(const Header& header, std::size_t at, std::size_t size) {
  const char* first = header.data() + at;
  return std::string(first, std::find(first, first + size, '\0'));
}

// Octal digits between blanks, or, with the top bit set, a big-endian number for what is larger.
std::uint64_t number(const Bytes& bytes, const Header& header, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  if (static_cast<unsigned char>(header[at]) & 0x80) {
    for (std::size_t i = 0; i < size; ++i) {
      const unsigned digit = static_cast<unsigned char>(header[at + i]) & (i == 0 ? 0x7F : 0xFF);
      if (value >> 55) bytes.fail_here("a size in the archive is larger than any file");
      value = value << 8 | digit;
    }
    return value;
  }
  for (const char c : field(header, at, size)) {
    if (c == ' ') continue;
    if (c < '0' || c > '7') bytes.fail_here("this is no tar archive, or it is damaged: a number in a header is not octal");
    value = value << 3 | static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

void check_sum(const Bytes& bytes, const Header& header) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
  if (sum != number(bytes, header, 148, 8)) bytes.fail_here("this is no tar archive, or it is damaged: a header has a wrong checksum");
}

void exactly(Bytes& bytes, char* to, std::size_t count) {
  if (bytes.read(to, count) != count) bytes.fail_here("the archive ends too early: it is truncated");
}
void skip(Bytes& bytes, std::uint64_t count) {
  std::array<char, 1 << 14> part;
  while (count > 0) {
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(count, part.size()));
    exactly(bytes, part.data(), here);
    count -= here;
  }
}
std::uint64_t padding(std::uint64_t size) { return (block - size % block) % block; }

// Memory follows what is really there, not what the header says.
std::string content(Bytes& bytes, std::uint64_t size) {
  std::string out;
  while (out.size() < size) {
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(size - out.size(), std::max<std::size_t>(1 << 16, out.size())));
    const std::size_t before = out.size();
    out.resize(before + here);
    exactly(bytes, out.data() + before, here);
  }
  skip(bytes, padding(size));
  return out;
}

// Extended headers are lines "LENGTH key=value\n"; only a long name matters here.
std::string path_of(const Bytes& bytes, const std::string& text) {
  std::string path;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0, digits = 0;
    while (at + digits < text.size() && digits < 6 && text[at + digits] >= '0' && text[at + digits] <= '9') length = 10 * length + static_cast<std::size_t>(text[at + digits++] - '0');
    if (digits == 0 || length < digits + 2 || length > text.size() - at) bytes.fail_here("the archive is damaged: an extended header is not well formed");
    const std::string line = text.substr(at + digits + 1, length - digits - 2);
    if (line.starts_with("path=")) path = line.substr(5);
    at += length;
  }
  return path;
}

}  // namespace

void read_tar(Bytes& bytes, std::uint64_t limit, const std::function<bool(const std::string&)>& wanted, const std::function<void(std::string, std::string)>& take) {
  std::string long_name;
  std::uint64_t taken = 0;
  for (bool first = true;; first = false) {
    Header header;
    const std::size_t got = bytes.read(header.data(), block);
    if (got == 0 && !first) break;  // some writers leave the two empty blocks at the end out
    if (got != block) bytes.fail_here("the archive ends too early: it is truncated");
    if (std::ranges::all_of(header, [](char c) { return c == 0; })) break;
    check_sum(bytes, header);
    const std::uint64_t size = number(bytes, header, 124, 12);
    const char kind = header[156];
    if (kind == 'L' || kind == 'x') {
      if (size > longest_name) bytes.fail_here(fmt::format("a name in the archive has {} bytes", size));
      const std::string text = content(bytes, size);
      long_name = kind == 'L' ? text.substr(0, text.find('\0')) : path_of(bytes, text);
      continue;
    }
    std::string name = field(header, 0, 100);
    if (field(header, 257, 5) == "ustar" && header[345] != 0) name = field(header, 345, 155) + "/" + name;
    if (!long_name.empty()) name = std::move(long_name);
    long_name.clear();
    const bool is_file = kind == '0' || kind == '\0';
    const std::uint64_t stored = kind == '1' || kind == '2' || kind == '5' ? 0 : size;  // links and folders have no content
    if (!is_file || !wanted(name)) {
      skip(bytes, stored + padding(stored));
      continue;
    }
    if (size > limit - taken) bytes.fail_here(fmt::format("{} is too large: at most {} bytes are read from an archive", quoted(name), limit));
    taken += size;
    take(std::move(name), content(bytes, size));
  }
  bytes.verify();
}

}  // namespace gradus::data
