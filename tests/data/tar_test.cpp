// Archives: what is read from them, and that damage is told and not believed.
#include "data/tar.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <gradus/base/error.hpp>
#include <map>

namespace gradus::data {
namespace {

std::string octal(std::uint64_t value, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  for (int i = digits; i-- > 0; value /= 8) text[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 8);
  return text;
}
std::string header(const std::string& name, std::uint64_t size, char kind = '0', const std::string& prefix = {}) {
  std::string block(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) { block.replace(at, text.size(), text); };
  put(0, name);
  put(124, octal(size, 11));
  put(148, std::string(8, ' '));
  put(156, std::string(1, kind));
  put(257, "ustar");
  put(345, prefix);
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(148, octal(sum, 6) + std::string(1, '\0') + " ");
  return block;
}
std::string entry(const std::string& name, const std::string& content, char kind = '0', const std::string& prefix = {}) {
  return header(name, content.size(), kind, prefix) + content + std::string((512 - content.size() % 512) % 512, '\0');
}
const std::string end(1024, '\0');

using Files = std::map<std::string, std::string>;
Files files_of(const std::string& archive, std::uint64_t limit = 1 << 20) {
  Files files;
  Bytes bytes = Bytes::memory(archive, "a.tar");
  read_tar(bytes, limit, [](const std::string& name) { return !name.ends_with(".skip"); }, [&](std::string name, std::string content) { files[name] = content; });
  return files;
}
std::string error_of(const std::string& archive, std::uint64_t limit = 1 << 20) {
  try {
    files_of(archive, limit);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}
#define EXPECT_PART(text, part) EXPECT_NE(std::string(text).find(part), std::string::npos) << text

TEST(Tar, ReadsFilesAndLongNames) {
  const std::string deep(150, 'd');
  const std::string pax = "path=" + deep + "/x";
  std::string line = " " + pax + "\n";
  line = std::to_string(line.size() + 3) + line;
  const std::string archive = entry("dir/", "", '5') + entry("a", "one") + entry("b.skip", std::string(600, 'x')) + entry("name", "two", '0', "in/front") +
                              entry("././@LongLink", deep + std::string(1, '\0'), 'L') + entry("dddd", "three") + entry("pax", line, 'x') + entry("short", "four") +
                              entry("link", "", '2') + entry("empty", "") + end;
  EXPECT_EQ(files_of(archive), (Files{{"a", "one"}, {"in/front/name", "two"}, {deep, "three"}, {deep + "/x", "four"}, {"empty", ""}}));
}

TEST(Tar, MayEndWithoutEmptyBlocks) { EXPECT_EQ(files_of(entry("a", "one")).size(), 1U); }

TEST(Tar, DamageIsTold) {
  const std::string archive = entry("a", "one") + entry("b", std::string(2000, 'b')) + end;
  for (const std::size_t cut : {100U, 520U, 1100U, 2000U}) EXPECT_PART(error_of(archive.substr(0, cut)), "truncated");
  std::string flipped = archive;
  flipped[3] = 'x';
  EXPECT_PART(error_of(flipped), "wrong checksum");
  EXPECT_PART(error_of(std::string(512, 'z')), "no tar archive");
  EXPECT_PART(error_of(""), "truncated");
  // A size that nothing stands behind takes no memory.
  EXPECT_PART(error_of(header("a", 07777777777), std::uint64_t{1} << 40), "truncated");
  EXPECT_PART(error_of(header("a", 1 << 21) + std::string(1 << 21, 'x')), "too large");
  EXPECT_PART(error_of(header("././@LongLink", 1 << 20, 'L')), "a name in the archive has 1048576 bytes");
  EXPECT_PART(error_of(entry("pax", "12 path=x", 'x') + end), "not well formed");
}

}  // namespace
}  // namespace gradus::data
