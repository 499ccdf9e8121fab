// Padding by other things than zeros, rolling and repeating: pieces of the input put beside each other.
#include <fmt/format.h>
#include <gradus/ops.hpp>

namespace gradus::ops {
namespace {

using Piece = Tensor (*)(const Tensor& x, std::int64_t axis, std::int64_t count, bool in_front, double value);

// Puts `count` entries that `piece` makes at both ends of each of the last axes; where a number is negative, entries are cut.
Tensor padded(std::string_view op, const Tensor& x, const Shape& before, const Shape& after, double value, Piece piece) {
  const auto rank = static_cast<std::size_t>(x.rank());
  if (before.size() != after.size() || before.size() > rank) {
    fail<ShapeError>(std::string(op), fmt::format("before {} and after {} need one number each per axis, for the last axes of {}", to_string(before), to_string(after), to_string(x.shape())));
  }
  const Shape shape = x.shape();
  Tensor y = x;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto axis = static_cast<std::int64_t>(rank - before.size() + i);
    const std::int64_t n = shape[rank - before.size() + i], front = std::max<std::int64_t>(before[i], 0), back = std::max<std::int64_t>(after[i], 0);
    std::int64_t size = 0, kept = 0;
    if (__builtin_add_overflow(front, back, &size) || __builtin_add_overflow(n, size, &size)) {
      fail<ShapeError>(std::string(op), fmt::format("{} before and {} after make axis {} of {} too large to address", before[i], after[i], axis, to_string(shape)));
    }
    if (__builtin_add_overflow(before[i], after[i], &kept) || n + kept < 0) {
      fail<ShapeError>(std::string(op), fmt::format("{} before and {} after cut more than the {} entries of axis {} of {}", before[i], after[i], n, axis, to_string(shape)));
    }
    Tensors parts;
    if (front) parts.push_back(piece(y, axis, front, true, value));
    parts.push_back(y);
    if (back) parts.push_back(piece(y, axis, back, false, value));
    if (parts.size() > 1) y = concat(parts, axis);
    if (before[i] < 0 || after[i] < 0) {
      y = slice(y, axis, {before[i] < 0 ? -before[i] : 0, size + std::min<std::int64_t>(after[i], 0)});
    }
  }
  return y;
}

void check_entries(std::string_view op, const Tensor& x, std::int64_t axis, std::int64_t count, std::int64_t most, const char* why) {
  if (count > most) fail<ShapeError>(std::string(op), fmt::format("{} entries at an end of axis {} of {}: {}", count, axis, to_string(x.shape()), why));
}

Tensor constant_piece(const Tensor& x, std::int64_t axis, std::int64_t count, bool, double value) {
  Shape shape = x.shape();
  shape[static_cast<std::size_t>(axis)] = count;
  return gradus::expand(Tensor::full({}, value, x.dtype()), shape);
}
Tensor reflected_piece(const Tensor& x, std::int64_t axis, std::int64_t count, bool in_front, double) {
  const std::int64_t n = x.size(axis);
  check_entries(ReflectionPad::name, x, axis, count, n - 1, "a reflection needs an axis that is longer");
  return flip(in_front ? slice(x, axis, {1, count + 1}) : slice(x, axis, {n - 1 - count, n - 1}), axis);
}
Tensor replicated_piece(const Tensor& x, std::int64_t axis, std::int64_t count, bool in_front, double) {
  const std::int64_t n = x.size(axis);
  check_entries(ReplicationPad::name, x, axis, count, n ? INT64_MAX : 0, "an empty axis has no end to repeat");
  Shape shape = x.shape();
  shape[static_cast<std::size_t>(axis)] = count;
  return gradus::expand(in_front ? slice(x, axis, {0, 1}) : slice(x, axis, {n - 1, n}), shape);
}
Tensor circular_piece(const Tensor& x, std::int64_t axis, std::int64_t count, bool in_front, double) {
  const std::int64_t n = x.size(axis);
  check_entries(CircularPad::name, x, axis, count, n, "that is more than once around");
  return in_front ? slice(x, axis, {n - count, n}) : slice(x, axis, {0, count});
}

}  // namespace

Tensor Roll::expand(Inputs x) const {
  if (axes.empty()) {
    if (shifts.size() != 1) fail<ValueError>(name, fmt::format("{} shifts and no axes", shifts.size()), "give one axis per shift, or one shift for the flattened tensor");
    return reshape(roll(flatten(x[0]), shifts, {0}), x[0].shape());
  }
  if (shifts.size() != axes.size()) fail<ValueError>(name, fmt::format("{} shifts for {} axes", shifts.size(), axes.size()), "give one axis per shift");
  Tensor y = x[0];
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = checked_axis(name, axes[i], x[0].rank()), n = y.size(axis);
    const std::int64_t shift = n ? (shifts[i] % n + n) % n : 0;  // entries that come back at the start
    if (shift) y = concat({slice(y, axis, {n - shift}), slice(y, axis, {0, n - shift})}, axis);
  }
  return y;
}
std::vector<Case> Roll::cases() {
  return {{make_op(Roll{{1}, {0}}), {{{3, 2}}}}, {make_op(Roll{{-2, 7}, {-1, 0}}), {{{2, 5}}}}, {make_op(Roll{{2}, {}}), {{{2, 3}}}}, {make_op(Roll{{1, 1}, {0, 1}}), {{{0, 3}}}}, {make_op(Roll{{3}, {}}), {{{}}}}};
}

Tensor ConstantPad::expand(Inputs x) const { return padded(name, x[0], before, after, value, constant_piece); }
std::vector<Case> ConstantPad::cases() {
  return {{make_op(ConstantPad{{1, 2}, {0, 1}, 3}), {{{2, 3}}}},
          {make_op(ConstantPad{{-1}, {2}, -1}), {{{2, 3}}}},
          {make_op(ConstantPad{{2, -1}, {-3, -1}, 0.5}), {{{2, 3}}}},
          {make_op(ConstantPad{{1}, {1}, 2}), {{{2, 0}}}},
          {make_op(ConstantPad{{}, {}, 2}), {{{}}}}};
}
Tensor ReflectionPad::expand(Inputs x) const { return padded(name, x[0], before, after, 0, reflected_piece); }
std::vector<Case> ReflectionPad::cases() {
  return {{make_op(ReflectionPad{{1, 2}, {0, 1}}), {{{2, 3}}}}, {make_op(ReflectionPad{{-1}, {2}}), {{{2, 4}}}}, {make_op(ReflectionPad{{2}, {3}}), {{{0, 4}}}}, {make_op(ReflectionPad{{1, 0, 1}, {0, 1, 1}}), {{{2, 2, 2}}}}};
}
Tensor ReplicationPad::expand(Inputs x) const { return padded(name, x[0], before, after, 0, replicated_piece); }
std::vector<Case> ReplicationPad::cases() {
  return {{make_op(ReplicationPad{{1, 2}, {0, 1}}), {{{2, 3}}}}, {make_op(ReplicationPad{{-1}, {5}}), {{{2, 4}}}}, {make_op(ReplicationPad{{2}, {3}}), {{{0, 1}}}}, {make_op(ReplicationPad{{1, 0, 1}, {0, 1, 1}}), {{{2, 2, 2}}}}};
}
Tensor CircularPad::expand(Inputs x) const { return padded(name, x[0], before, after, 0, circular_piece); }
std::vector<Case> CircularPad::cases() {
  return {{make_op(CircularPad{{1, 2}, {0, 1}}), {{{2, 3}}}}, {make_op(CircularPad{{-1}, {4}}), {{{2, 4}}}}, {make_op(CircularPad{{0}, {0}}), {{{2, 0}}}}, {make_op(CircularPad{{1, 0, 2}, {0, 1, 1}}), {{{2, 2, 2}}}}};
}

Tensor Tile::expand(Inputs x) const {
  Shape shape = x[0].shape(), counts = repeats;
  while (shape.size() < counts.size()) shape.insert(0, 1);
  while (counts.size() < shape.size()) counts.insert(0, 1);
  Tensor y = reshape(x[0], shape);
  for (std::size_t i = shape.size(); i-- > 0;) {  // the last first: it copies least
    if (counts[i] < 0) fail<ValueError>(name, fmt::format("repeats {} is negative somewhere", to_string(repeats)));
    if (counts[i] == 1) continue;
    const auto axis = static_cast<std::int64_t>(i);
    Shape to = y.shape(), repeated = to;
    repeated.insert(i, counts[i]);
    if (__builtin_mul_overflow(to[i], counts[i], &to[i])) fail<ShapeError>(name, fmt::format("{} times {} is too large to address", to_string(x[0].shape()), to_string(repeats)));
    y = reshape(gradus::expand(unsqueeze(y, axis), repeated), to);
  }
  return y;
}
std::vector<Case> Tile::cases() {
  return {{make_op(Tile{{2, 3}}), {{{2, 2}}}}, {make_op(Tile{{2}}), {{{2, 3}}}}, {make_op(Tile{{2, 1, 2}}), {{{3}}}}, {make_op(Tile{{0, 2}}), {{{2, 2}}}}, {make_op(Tile{{2}}), {{{}}}}};
}

Tensor RepeatInterleave::expand(Inputs x) const {
  const int at = checked_axis(name, axis, x[0].rank());
  if (repeats < 0) fail<ValueError>(name, fmt::format("repeats {} is negative", repeats));
  Shape to = x[0].shape();
  Shape repeated = to;
  repeated.insert(static_cast<std::size_t>(at) + 1, repeats);
  if (__builtin_mul_overflow(to[at], repeats, &to[at])) fail<ShapeError>(name, fmt::format("{} repeats of axis {} of {} are too large to address", repeats, axis, to_string(x[0].shape())));
  return reshape(gradus::expand(unsqueeze(x[0], at + 1), repeated), to);
}
std::vector<Case> RepeatInterleave::cases() {
  return {{make_op(RepeatInterleave{2, 0}), {{{2, 3}}}}, {make_op(RepeatInterleave{3, -1}), {{{2, 2}}}}, {make_op(RepeatInterleave{0, 0}), {{{2, 2}}}}, {make_op(RepeatInterleave{2, 1}), {{{2, 0}}}}};
}

}  // namespace gradus::ops

namespace gradus {

Tensor roll(const Tensor& x, const Shape& shifts, const Shape& axes) { return apply(ops::Roll{shifts, axes}, x); }
Tensor constant_pad(const Tensor& x, const Shape& before, const Shape& after, double value) { return apply(ops::ConstantPad{before, after, value}, x); }
Tensor reflection_pad(const Tensor& x, const Shape& before, const Shape& after) { return apply(ops::ReflectionPad{before, after}, x); }
Tensor replication_pad(const Tensor& x, const Shape& before, const Shape& after) { return apply(ops::ReplicationPad{before, after}, x); }
Tensor circular_pad(const Tensor& x, const Shape& before, const Shape& after) { return apply(ops::CircularPad{before, after}, x); }
Tensor tile(const Tensor& x, const Shape& repeats) { return apply(ops::Tile{repeats}, x); }
Tensor repeat_interleave(const Tensor& x, std::int64_t repeats, std::int64_t axis) { return apply(ops::RepeatInterleave{repeats, axis}, x); }
Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, std::int64_t axis) {
  const std::string op = ops::RepeatInterleave::name;
  const int at = checked_axis(op, axis, x.rank());
  ops::check_index(op, repeats);
  if (!(repeats.shape() == Shape{x.size(at)})) fail<ShapeError>(op, fmt::format("repeats are {}; axis {} of {} needs one number for each entry", to_string(repeats.shape()), axis, to_string(x.shape())));
  if (repeats.is_abstract()) fail<TraceError>(op, "the size of the result depends on numbers that are not known under vmap or while a function is traced");
  const Tensor counts = contiguous(cast(Tensor(repeats.array_ref()), Dtype::i64));
  std::vector<std::int64_t> places;
  std::int64_t place = 0;
  for (const std::int64_t count : counts.values<std::int64_t>()) {
    if (count < 0) fail<ValueError>(op, fmt::format("{} repeats of entry {}", count, place));
    if (count > (std::int64_t{1} << 31) - static_cast<std::int64_t>(places.size())) fail<ShapeError>(op, fmt::format("{} repeats of entry {} are too many", count, place));
    places.insert(places.end(), static_cast<std::size_t>(count), place++);
  }
  return index_select(x, Tensor::from(places, {static_cast<std::int64_t>(places.size())}), at);
}

}  // namespace gradus
