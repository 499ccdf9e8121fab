// The published answers of FIPS 180-4, and that the cuts between calls of `add` do not matter.
#include <gtest/gtest.h>

#include <gradus/base/sha256.hpp>

namespace gradus {
namespace {

TEST(Sha256, PublishedAnswers) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, AnyCutsGiveTheSame) {
  std::string message;
  for (int i = 0; i < 300; ++i) message += static_cast<char>(i * 7);
  for (std::size_t step = 1; step < 200; step += 3) {
    Sha256 sum;
    for (std::size_t at = 0; at < message.size(); at += step) sum.add(std::string_view(message).substr(at, step));
    EXPECT_EQ(sum.hex(), sha256(message)) << step;
  }
}

}  // namespace
}  // namespace gradus
