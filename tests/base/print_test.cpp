#include <gradus/base/options.hpp>
#include <gradus/base/print.hpp>
#include <gradus/tensor.hpp>

#include "nn/near.hpp"

namespace gradus {
namespace {

TEST(Print, formats_every_kind) {
  EXPECT_EQ(text("{:4} {:.5f}", 7, 0.25), "   7 0.25000");
  EXPECT_EQ(text("{} {} {} {}", true, 'c', "text", std::string("more")), "true c text more");
  EXPECT_EQ(text("{} {} {}", std::int64_t{-5}, ~std::uint64_t{0}, 1.5f), "-5 18446744073709551615 1.5");
  EXPECT_EQ(text("{:>6}|{:<6}|{:06.2f}", "ab", std::string_view("cd"), 3.14159), "    ab|cd    |003.14");
  EXPECT_EQ(text("{1} {0}", 1, 2), "2 1");
  EXPECT_EQ(text("no arguments, {{}}"), "no arguments, {}");
  EXPECT_EQ(text("{} {}", Shape{2, 3}, Tensor{1, 2}), to_string(Shape{2, 3}) + " " + to_string(Tensor{1, 2}));
}

TEST(Print, a_format_that_does_not_fit) {
  EXPECT_EQ(message<ValueError>([] { text("{} {}", 1); }), "[print] \"{} {}\" does not fit its 1 arguments: argument not found");
  EXPECT_THROW(text("{:d}", "text"), ValueError);
  EXPECT_THROW(text("{", 1), ValueError);
}

TEST(Print, writes_one_line) {
  testing::internal::CaptureStdout();
  print("{:4} {:.5f}", 7, 0.25);
  print("plain");
  std::fflush(stdout);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "   7 0.25000\nplain\n");
}

TEST(Options, numbers) {
  EXPECT_EQ(to_number("op", "k", "1e-3"), 1e-3);
  EXPECT_EQ(to_number("op", "k", "+2.5"), 2.5);
  EXPECT_EQ(to_integer("op", "k", "-12"), -12);
  EXPECT_TRUE(to_bool("op", "k", "true"));
  for (const char* wrong : {"", "x", "1,5", "0x10", "1e400", "nan", "inf", "1 ", " 1", "+-1"}) EXPECT_THROW(to_number("op", "k", wrong), UsageError) << wrong;
  for (const char* wrong : {"", "1.0", "9223372036854775808", "1e3"}) EXPECT_THROW(to_integer("op", "k", wrong), UsageError) << wrong;
  EXPECT_THROW(to_bool("op", "k", "yes"), UsageError);
  EXPECT_EQ(message<UsageError>([] { to_number("op", "rate", "fast\x1b[31m"); }), "[op] rate is 'fast\\x1b[31m'; it must be a number");
}

}  // namespace
}  // namespace gradus
