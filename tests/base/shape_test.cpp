// Shapes: the table of broadcasting, axes, and sizes that would overflow.
#include <gtest/gtest.h>

#include <gradus/base/error.hpp>
#include <gradus/base/shape.hpp>

namespace gradus {
namespace {

std::string message_of(auto&& f) {
  try {
    f();
  } catch (const ShapeError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Shape, prints) {
  EXPECT_EQ(to_string(Shape{}), "[]");
  EXPECT_EQ(to_string(Shape{3}), "[3]");
  EXPECT_EQ(to_string(Shape{2, 0, 5}), "[2, 0, 5]");
}

TEST(Shape, the_table_of_broadcasting) {
  const struct {
    Shape a, b, out;
  } rows[] = {
      {{}, {}, {}},
      {{}, {3}, {3}},
      {{3}, {3}, {3}},
      {{1}, {3}, {3}},
      {{2, 3}, {3}, {2, 3}},
      {{2, 1}, {3}, {2, 3}},
      {{2, 1}, {1, 3}, {2, 3}},
      {{4, 1, 3}, {2, 1}, {4, 2, 3}},
      {{1}, {1, 1, 1}, {1, 1, 1}},
      {{0}, {1}, {0}},          // nothing, repeated once
      {{}, {2, 0}, {2, 0}},
      {{2, 1}, {0}, {2, 0}},
      {{1, 0}, {5, 1}, {5, 0}},
      {{1, 1, 1, 1, 1, 1, 1, 2}, {3, 1, 1, 1, 1, 1, 1, 1}, {3, 1, 1, 1, 1, 1, 1, 2}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(to_string(broadcast("add", row.a, row.b)), to_string(row.out)) << to_string(row.a) << to_string(row.b);
    EXPECT_EQ(to_string(broadcast("add", row.b, row.a)), to_string(row.out));
    EXPECT_TRUE(is_broadcastable(row.a, row.out));
    EXPECT_TRUE(is_broadcastable(row.b, row.out));
  }
  EXPECT_FALSE(is_broadcastable(Shape{2, 3}, Shape{3}));  // axes do not go away
  EXPECT_FALSE(is_broadcastable(Shape{3}, Shape{1}));
  EXPECT_FALSE(is_broadcastable(Shape{2}, Shape{0}));
}

TEST(Shape, what_does_not_broadcast) {
  EXPECT_EQ(message_of([] { broadcast("add", Shape{2, 3}, Shape{2}); }),
            "[add] shapes [2, 3] and [2] do not broadcast: 3 against 2 in axis -1. Hint: sizes must be equal or 1, counted from the last axis");
  EXPECT_EQ(message_of([] { broadcast("add", Shape{2, 1}, Shape{3, 1, 1, 4}); }), "no error");
  EXPECT_EQ(message_of([] { broadcast("mul", Shape{4, 2, 1}, Shape{3, 5}); }),
            "[mul] shapes [4, 2, 1] and [3, 5] do not broadcast: 2 against 3 in axis -2. Hint: sizes must be equal or 1, counted from the last axis");
  EXPECT_NE(message_of([] { broadcast("add", Shape{0}, Shape{2}); }), "no error");
}

TEST(Shape, sizes_that_overflow_are_errors_in_every_dtype) {
  const std::int64_t big = std::int64_t{1} << 40;
  for (const Dtype dtype : {Dtype::boolean, Dtype::u8, Dtype::i64, Dtype::f32, Dtype::f64}) {
    EXPECT_THROW(checked_numel("zeros", Shape{big, big}, dtype), ShapeError) << name(dtype);
    EXPECT_THROW(checked_numel("zeros", Shape{big, big, big, big}, dtype), ShapeError) << name(dtype);
    EXPECT_THROW(checked_numel("zeros", Shape{0, big, big}, dtype), ShapeError) << name(dtype);  // the strides would overflow
    EXPECT_THROW(checked_numel("zeros", Shape{big, big, 0}, dtype), ShapeError) << name(dtype);
    EXPECT_THROW(checked_numel("zeros", Shape{INT64_MAX}, dtype), ShapeError) << name(dtype);
    EXPECT_THROW(checked_numel("zeros", Shape{INT64_MAX, 2}, dtype), ShapeError) << name(dtype);
    EXPECT_EQ(checked_numel("zeros", Shape{0, big}, dtype), 0);
  }
  EXPECT_EQ(checked_numel("zeros", Shape{std::int64_t{1} << 62}, Dtype::u8), std::int64_t{1} << 62);
  EXPECT_THROW(checked_numel("zeros", Shape{std::int64_t{1} << 62}, Dtype::f32), ShapeError);
  EXPECT_EQ(message_of([&] { checked_numel("zeros", Shape{big, big}, Dtype::f32); }),
            "[zeros] shape [1099511627776, 1099511627776] is too large to address");
  EXPECT_EQ(message_of([] { checked_numel("zeros", Shape{2, -3}, Dtype::f32); }), "[zeros] size -3 in shape [2, -3] is negative");
  EXPECT_EQ(message_of([] { checked_numel("zeros", Shape(65, 1), Dtype::f32); }), "[zeros] rank 65 is above the limit of 64");
  EXPECT_EQ(checked_numel("zeros", Shape(64, 1), Dtype::f32), 1);
}

TEST(Shape, axes) {
  EXPECT_EQ(checked_axis("sum", 0, 3), 0);
  EXPECT_EQ(checked_axis("sum", -1, 3), 2);
  EXPECT_EQ(checked_axis("sum", -3, 3), 0);
  EXPECT_EQ(message_of([] { checked_axis("sum", 3, 3); }), "[sum] axis 3 is outside -3..2 of a tensor of rank 3");
  EXPECT_EQ(message_of([] { checked_axis("sum", INT64_MIN, 3); }), "[sum] axis -9223372036854775808 is outside -3..2 of a tensor of rank 3");
  EXPECT_EQ(message_of([] { checked_axis("sum", 0, 0); }), "[sum] axis 0 does not exist: the tensor is 0-d");
  EXPECT_EQ(to_string(checked_axes("sum", {-1, 0}, 3)), "[0, 2]");
  EXPECT_EQ(to_string(checked_axes("sum", Axes{}, 3)), "[0, 1, 2]");
  EXPECT_EQ(to_string(checked_axes("sum", Axes{}, 0)), "[]");
  EXPECT_EQ(to_string(checked_axes("sum", Axes(Shape{}), 3)), "[]");  // no axes is not all axes
  EXPECT_EQ(message_of([] { checked_axes("sum", {1, -2}, 3); }), "[sum] axis 1 is named twice in [1, -2]");
}

TEST(Shape, strides) {
  EXPECT_EQ(to_string(contiguous_strides(Shape{2, 3, 4})), "[12, 4, 1]");
  EXPECT_EQ(to_string(contiguous_strides(Shape{})), "[]");
  EXPECT_EQ(to_string(contiguous_strides(Shape{2, 0, 4})), "[4, 4, 1]");
}

// The list under shapes: more elements than fit without an allocation, moves, and insertion at every place.
TEST(SmallVec, behaves_like_a_vector) {
  Shape s;
  for (int i = 0; i < 20; ++i) {
    s.insert(static_cast<std::size_t>(i / 2), i);
    ASSERT_EQ(s.size(), static_cast<std::size_t>(i + 1));
  }
  EXPECT_EQ(to_string(s), "[1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0]");
  Shape moved = std::move(s), copy = moved;
  EXPECT_EQ(moved, copy);
  copy.erase(0);
  EXPECT_EQ(copy.front(), 3);
  const Shape& self = copy;
  copy = self;
  EXPECT_EQ(copy.size(), 19u);
  SmallVec<std::string, 2> words{"a", "b", "c"};
  words.resize(5, "d");
  words.push_back(words.front());
  EXPECT_EQ(words.back(), "a");
  words.resize(1);
  EXPECT_EQ(words.size(), 1u);
  SmallVec<std::string, 2> other = std::move(words);
  EXPECT_EQ(other.front(), "a");
  EXPECT_TRUE(words.empty());
}

}  // namespace
}  // namespace gradus
