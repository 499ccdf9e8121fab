#include <gtest/gtest.h>
#include <gradus/base/text.hpp>

#include <vector>

namespace gradus {
namespace {

TEST(Text, Nearest) {
  const std::vector<std::string> names = {"relu", "sigmoid", "tanh", "fashion_mnist", "mnist"};
  EXPECT_EQ(nearest("rleu", names), "relu");  // a swap counts once
  EXPECT_EQ(nearest("sigmod", names), "sigmoid");
  EXPECT_EQ(nearest("Tanh", names), "tanh");
  EXPECT_EQ(nearest("mnits", names), "mnist");
  EXPECT_EQ(nearest("softmax", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest(std::string(100000, 'x'), names), "");
  EXPECT_EQ(nearest("b", std::vector<std::string>{"a", "bb"}), "bb");
  EXPECT_EQ(nearest("b", std::vector<std::string>{"a", "c"}), "");
  EXPECT_EQ(did_you_mean("rel", names), "did you mean 'relu'?");
  EXPECT_EQ(did_you_mean("softmax", names), "known: relu, sigmoid, tanh, fashion_mnist, mnist");
}

// What would steer a terminal must not come out as it is.
TEST(Text, Quoted) {
  EXPECT_EQ(quoted("a\x1b[31m\n"), "'a\\x1b[31m\\x0a'");
  EXPECT_EQ(quoted("\xC2\x9B" "31m\xC2\xA0"), "'\\xc2\\x9b31m\xC2\xA0'");  // a control sequence in two bytes; a space that is none
  EXPECT_EQ(quoted("\xE4\xB8\xAD"), "'\xE4\xB8\xAD'");
  EXPECT_EQ(quoted(std::string(61, 'x')), "'" + std::string(60, 'x') + "...'");
  EXPECT_EQ(quoted(std::string(59, 'x') + "\xE4\xB8\xAD"), "'" + std::string(59, 'x') + "...'");  // not cut within a character
  EXPECT_EQ(quoted(std::string(60, '\x80')), "'" + std::string(60, '\x80') + "'");
  EXPECT_EQ(quoted(std::string(99, '\x80')), "'...'");
}

TEST(Text, Printable) { EXPECT_EQ(printable("a\nb\x1b[1m" + std::string(70, 'x')), "a\\x0ab\\x1b[1m" + std::string(70, 'x')); }

}  // namespace
}  // namespace gradus
