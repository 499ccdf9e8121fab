#include <gradus/data/idx.hpp>

#include "files.hpp"

namespace gradus::data {
namespace {

using test::expect_error;
using test::Folder;
using test::gzip;
using test::idx;

std::string counting(std::size_t n) {
  std::string s;
  for (std::size_t i = 0; i < n; ++i) s += static_cast<char>(i);
  return s;
}

TEST(Idx, ReadsPlainAndPackedAlike) {
  const Folder folder;
  const std::string content = idx(8, {2, 3, 4}, counting(24));
  for (const std::string& bytes : {content, gzip(content)}) {
    const Tensor t = read_idx(folder.write("a", bytes));  // the name says nothing: the content decides
    EXPECT_EQ(to_string(t.shape()), "[2, 3, 4]");
    EXPECT_EQ(t.dtype(), Dtype::u8);
    for (int i = 0; i < 24; ++i) EXPECT_EQ(t.values<std::uint8_t>()[static_cast<std::size_t>(i)], i);
  }
}

TEST(Idx, ReadsMembersOneAfterTheOther) {
  const Folder folder;
  const std::string content = idx(8, {6}, counting(6));
  const Tensor t = read_idx(folder.write("a.gz", gzip(content.substr(0, 5)) + gzip(content.substr(5))));
  EXPECT_EQ(t.values<std::uint8_t>()[5], 5);
}

// A wrong byte order or sign of the wider types.
TEST(Idx, ReadsEveryType) {
  const Folder folder;
  const auto first = [&](unsigned char type, const std::string& bytes) {
    return read_idx(folder.write("a", idx(type, {1}, bytes)));
  };
  EXPECT_EQ(first(0x08, "\xfe").item(), 254);
  EXPECT_EQ(first(0x09, "\xfe").item(), -2);
  EXPECT_EQ(first(0x0B, "\xff\xfe").item(), -2);
  EXPECT_EQ(first(0x0C, std::string("\0\1\0\2", 4)).item(), 65538);
  EXPECT_EQ(first(0x0D, std::string("\x3f\xc0\0\0", 4)).item(), 1.5);
  EXPECT_EQ(first(0x0E, std::string("\x3f\xf8\0\0\0\0\0\0", 8)).item(), 1.5);
  EXPECT_EQ(first(0x0C, std::string(4, '\0')).dtype(), Dtype::i64);
  EXPECT_EQ(first(0x0D, std::string(4, '\0')).dtype(), Dtype::f32);
}

TEST(Idx, TruncatedAtEveryByteIsAnError) {
  const Folder folder;
  const std::string content = idx(8, {2, 2, 2}, counting(8)), packed = gzip(content);
  for (const std::string& whole : {content, packed}) {
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const std::string file = folder.write("cut", whole.substr(0, n));
      expect_error<DataError>([&] { read_idx(file); }, {file, "offset "});
    }
    EXPECT_NO_THROW(read_idx(folder.write("whole", whole)));
  }
}

TEST(Idx, BytesLeftOverAreAnError) {
  const Folder folder;
  const std::string content = idx(8, {3}, counting(3));
  expect_error<DataError>([&] { read_idx(folder.write("a", content + "x")); }, {"offset 11", "bytes follow"});
  expect_error<DataError>([&] { read_idx(folder.write("a", gzip(content + "x"))); }, {"offset 11", "bytes follow"});
  // Damage to packed data is named as such, though what comes out of them is no header.
  std::string damaged = gzip(content);
  damaged[15] = '\x77';  // the first byte of the magic number
  expect_error<DataError>([&] { read_idx(folder.write("a", damaged)); }, {"gzip data are damaged"});
  expect_error<DataError>([&] { read_idx(folder.write("a.gz", "x" + gzip(content))); }, {"a.gz", "damaged gzip data"});
  expect_error<DataError>([&] { read_idx(folder.write("a", gzip(content) + "xyz")); },
                          {"3 bytes follow the end of the gzip data"});
  EXPECT_THROW(read_idx(folder.write("a", gzip(content) + gzip("x"))), DataError);
}

TEST(Idx, AnotherMagicIsNamed) {
  const Folder folder;
  const std::string good = idx(8, {3}, counting(3));
  expect_error<DataError>([&] { read_idx(folder.write("a", "\x89PNG" + good)); }, {"a: offset 0", "0x89504e47"});
  expect_error<DataError>([&] { read_idx(folder.write("a", idx(7, {3}, "abc"))); }, {"0x00000701"});
  expect_error<DataError>([&] { read_idx(folder.write("a", idx(8, {}, "a"))); }, {"0x00000800"});
  expect_error<DataError>([&] { read_idx(folder.write("a", idx(8, std::vector<std::uint32_t>(65, 1), "a"))); }, {"0x00000841"});
  EXPECT_NO_THROW(read_idx(folder.write("a", idx(8, std::vector<std::uint32_t>(64, 1), "a"))));
}

// Products that wrap, and sizes that would be allocated before the bytes are counted.
TEST(Idx, SizesAreBoundedByTheBytes) {
  const Folder folder;
  expect_error<DataError>([&] { read_idx(folder.write("a", idx(8, {2, 0, 3}, ""))); }, {"offset 8", "axis 1 has size 0"});
  expect_error<DataError>([&] { read_idx(folder.write("a", idx(8, {0xFFFFFFFF}, "abc"))); },
                          {"offset 8", "4294967295 bytes", "at most 3"});
  expect_error<DataError>(
      [&] {
        read_idx(folder.write("a", idx(8, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abc")));
      },
      {"more than 2^64"});
  // 2^32 * 2^32 * 4 bytes is 0 in 64 bits when it wraps.
  expect_error<DataError>([&] { read_idx(folder.write("a", idx(0x0C, {1u << 31, 1u << 31, 4}, ""))); }, {"more than 2^64"});
  expect_error<DataError>([&] { read_idx(folder.write("a", gzip(idx(8, {0xFFFFFFFF}, "abc")))); },
                          {"4294967295 bytes", "can hold at most"});
  // More than is there, but not more than the best packing: found when the data end.
  expect_error<DataError>([&] { read_idx(folder.write("a", gzip(idx(8, {1000}, "abc")))); },
                          {"ends within its values", "997 bytes are missing"});
}

TEST(Idx, DamagedPackingIsAnError) {
  const Folder folder;
  std::string packed = gzip(idx(8, {3}, "abc"));
  packed[packed.size() - 6] ^= 1;  // the checksum
  expect_error<DataError>([&] { read_idx(folder.write("a", packed)); }, {"damaged", "a: offset"});
  packed = gzip(idx(8, {3}, "abc"));
  packed[10] = 7;  // a block type that does not exist
  expect_error<DataError>([&] { read_idx(folder.write("a", packed)); }, {"damaged"});
}

TEST(Idx, ImagesAreScaledAndGetAChannel) {
  const Folder folder;
  const Tensor t = read_idx_images(folder.write("a", idx(8, {1, 1, 3}, std::string("\0\x33\xff", 3))));
  EXPECT_EQ(to_string(t.shape()), "[1, 1, 1, 3]");
  EXPECT_EQ(t.to_vector(), (std::vector<double>{0, static_cast<double>(51 / 255.0f), 1}));
  expect_error<DataError>([&] { read_idx_images(folder.write("a", idx(8, {3}, "abc"))); }, {"u8[3]", "images"});
  expect_error<DataError>([&] { read_idx_images(folder.write("a", idx(9, {1, 1, 1}, "a"))); }, {"i64[1, 1, 1]"});
}

TEST(Idx, ALabelOutOfRangeIsNamedWithItsRow) {
  const Folder folder;
  const std::string file = folder.write("labels", idx(8, {4}, "\1\2\3\12"));
  EXPECT_EQ(read_idx_labels(file, 11).to_vector(), (std::vector<double>{1, 2, 3, 10}));
  expect_error<DataError>([&] { read_idx_labels(file, 10); }, {"labels: offset 11", "row 3 has label 10", "0..9"});
}

TEST(Idx, WhatCannotBeReadIsAnError) {
  const Folder folder;
  EXPECT_THROW(read_idx(folder.path("absent")), DataError);
  EXPECT_THROW(read_idx(folder.path()), DataError);
}

}  // namespace
}  // namespace gradus::data
