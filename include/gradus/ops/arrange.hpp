// Rolled, padded, repeated and cut; diagonals and triangles. Also Move: see move.hpp.
#pragma once
#include "define.hpp"

namespace gradus::ops {

struct Roll {
  using family = Move;
  static constexpr auto name = "roll", doc = "Shifts entries along axes, one shift for each; what leaves at the end comes back at the start. No axes: of the flattened tensor.";
  Shape shifts, axes;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct ConstantPad {
  using family = Move;
  static constexpr auto name = "constant_pad", doc = "`value` before and after the entries of the last axes, one number each per axis; a negative number cuts.";
  Shape before, after;
  double value = 0;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct ReflectionPad {
  using family = Move;
  static constexpr auto name = "reflection_pad", doc = "The entries mirrored at both ends of the last axes, without the end itself.";
  Shape before, after;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct ReplicationPad {
  using family = Move;
  static constexpr auto name = "replication_pad", doc = "The first and last entry repeated at the ends of the last axes.";
  Shape before, after;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct CircularPad {
  using family = Move;
  static constexpr auto name = "circular_pad", doc = "The last axes continued at both ends as if they were rings.";
  Shape before, after;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Tile {
  using family = Move;
  static constexpr auto name = "tile", doc = "The whole tensor repeated along its last axes, one number each; more numbers than axes add leading axes.";
  Shape repeats;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct RepeatInterleave {
  using family = Move;
  static constexpr auto name = "repeat_interleave", doc = "Each entry along one axis repeated: a, a, b, b.";
  std::int64_t repeats, axis;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Diagonal {
  using family = Move;
  static constexpr auto name = "diagonal", doc = "The diagonal of two axes as a new last axis, a view; `offset` above 0 is above the main one.";
  static constexpr Linear linear_in = each;
  std::int64_t offset = 0, axis1 = 0, axis2 = 1;
  Spec shape(Inputs x) const;
  Ref<Array> view(Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct DiagEmbed {
  using family = Move;
  static constexpr auto name = "diag_embed", doc = "Zeros with the last axis on a diagonal of two new axes; square unless `rows` and `columns` say otherwise.";
  static constexpr Linear linear_in = each;
  std::int64_t offset = 0, axis1 = -2, axis2 = -1, rows = -1, columns = -1;
  Spec shape(Inputs x) const;
  SmallVec<Ref<Array>, 3> windows(Array& y, Inputs x) const;
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const;
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;
  static std::vector<Case> cases();
};

struct Tril {
  using family = Move;
  static constexpr auto name = "tril", doc = "The lower triangle of the last two axes, zeros above; `offset` above 0 keeps diagonals above the main one.";
  std::int64_t offset = 0;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

struct Triu {
  using family = Move;
  static constexpr auto name = "triu", doc = "The upper triangle of the last two axes, zeros below; `offset` above 0 drops diagonals from the main one on.";
  std::int64_t offset = 0;
  Tensor expand(Inputs x) const;
  static std::vector<Case> cases();
};

#define GRADUS_ARRANGE_OPS(X)                                                                                          \
  X(Roll) X(ConstantPad) X(ReflectionPad) X(ReplicationPad) X(CircularPad) X(Tile) X(RepeatInterleave) X(Diagonal) \
  X(DiagEmbed) X(Tril) X(Triu)
GRADUS_ARRANGE_OPS(GRADUS_EXTERN_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor roll(const Tensor& x, const Shape& shifts, const Shape& axes = {});  // no axes: of the flattened tensor
// Lists of one number per axis, for the last axes of x.
Tensor constant_pad(const Tensor& x, const Shape& before, const Shape& after, double value = 0);
Tensor reflection_pad(const Tensor& x, const Shape& before, const Shape& after);   // c b [a b c] b a
Tensor replication_pad(const Tensor& x, const Shape& before, const Shape& after);  // a a [a b c] c c
Tensor circular_pad(const Tensor& x, const Shape& before, const Shape& after);     // b c [a b c] a b
Tensor tile(const Tensor& x, const Shape& repeats);                                // [2, 3], {2, 1} -> [4, 3]
Tensor repeat_interleave(const Tensor& x, std::int64_t repeats, std::int64_t axis);
Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, std::int64_t axis);  // each entry as often as its number says
Tensors split(const Tensor& x, std::int64_t size, std::int64_t axis = 0);   // parts of `size` entries, the last may be shorter
Tensors split(const Tensor& x, const Shape& sizes, std::int64_t axis = 0);  // parts of these sizes, which sum to the axis
Tensors chunk(const Tensor& x, std::int64_t n, std::int64_t axis = 0);      // at most n parts of equal size, the last may be shorter
Tensors unbind(const Tensor& x, std::int64_t axis = 0);                     // each entry of the axis, which goes
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t axis1 = 0, std::int64_t axis2 = 1);
Tensor diag_embed(const Tensor& x, std::int64_t offset = 0, std::int64_t axis1 = -2, std::int64_t axis2 = -1);
Tensor tril(const Tensor& x, std::int64_t offset = 0);
Tensor triu(const Tensor& x, std::int64_t offset = 0);
Tensor movedim(const Tensor& x, const Shape& from, const Shape& to);  // axes to other places; the others keep their order

}  // namespace gradus
