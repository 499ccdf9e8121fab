// The one form of every message, and the place in the network that errors carry.
#include <gtest/gtest.h>

#include <gradus/base/error.hpp>

namespace gradus {
namespace {

std::string what(ErrorParts parts) { return ShapeError(std::move(parts)).what(); }

TEST(Error, parts_that_are_missing_leave_no_trace) {
  EXPECT_EQ(what({"matmul", "inner sizes differ", "transpose b", "iris.csv:17", "net.out"}),
            "[matmul] iris.csv:17: inner sizes differ. Hint: transpose b  in net.out");
  EXPECT_EQ(what({"matmul", "inner sizes differ", "", "", ""}), "[matmul] inner sizes differ");
  EXPECT_EQ(what({"", "no such file", "", "", ""}), "no such file");
  EXPECT_EQ(what({"csv", "a cell is empty", "", "a.csv:3", ""}), "[csv] a.csv:3: a cell is empty");
}

TEST(Error, every_kind_is_an_error_and_keeps_its_parts) {
  try {
    fail<DtypeError>("cast", "detail", "hint", "where");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.op(), "cast");
    EXPECT_EQ(e.detail(), "detail");
    EXPECT_EQ(e.hint(), "hint");
    EXPECT_EQ(e.where(), "where");
    EXPECT_EQ(e.module_path(), "");
  }
  EXPECT_THROW(fail<ValueError>("a", "b"), std::runtime_error);
}

TEST(Error, module_scopes_nest_and_end) {
  const std::string outer = "net", inner = "net.hidden", none;
  const auto path = [] {
    try {
      fail<ShapeError>("op", "detail");
    } catch (const Error& e) {
      return e.module_path();
    }
  };
  EXPECT_EQ(path(), "");
  {
    const ModuleScope a(outer);
    EXPECT_EQ(path(), "net");
    {
      const ModuleScope b(inner);
      EXPECT_EQ(path(), "net.hidden");
      const ModuleScope c(none);  // a layer without a name does not hide where it stands
      EXPECT_EQ(path(), "net.hidden");
    }
    EXPECT_EQ(path(), "net");
    EXPECT_EQ(what({"op", "x", "", "", "own"}), "[op] x  in own");
  }
  EXPECT_EQ(path(), "");
}

}  // namespace
}  // namespace gradus
