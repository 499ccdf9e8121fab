// The families of operations. `family` in an op struct is a tag, not a base class, so attributes stay plain fields.
#pragma once
#include "../tensor/op.hpp"
#include "map.hpp"

namespace gradus::ops {

// Map, the elementwise ones, needs no tensors and stands in map.hpp.
// clang-format off
struct Move { static constexpr Family tag = Family::move; };          // elements change place: views where possible
struct Reduce { static constexpr Family tag = Family::reduce; };      // axes go away
struct Contract { static constexpr Family tag = Family::contract; };  // products that are summed
struct Linalg { static constexpr Family tag = Family::linalg; };      // matrices: solve, decompose; by Eigen
struct Window { static constexpr Family tag = Family::window; };      // windows that slide over the last axes
struct Index { static constexpr Family tag = Family::index; };        // places given by integers
struct Row { static constexpr Family tag = Family::row; };            // fused along one axis; `expand` is the same from plain ops
struct Loss { static constexpr Family tag = Family::loss; };          // one loss per example; mean and sum are the caller's
struct Draw { static constexpr Family tag = Family::random; };        // random numbers: pure functions of a key and the position
// clang-format on

// `linear_in` of a struct: the output is linear in every input for itself (a product), or in all of them together (concat).
// Its forward rule is then the op itself.
enum Linear { each, jointly };

#define GRADUS_OP(S, ...) S,
enum class Id : int { GRADUS_MAP_OPS(GRADUS_OP) count };  // of the elementwise ops
#undef GRADUS_OP
inline constexpr int map_op_count = static_cast<int>(Id::count);

// One input of a generated test.
struct CaseInput {
  Shape shape;
  Range domain{-2, 2};
  std::int64_t below = 0;  // above 0: an integer input in 0..below-1, without derivative
  Tensor (*prepare)(const Tensor& x) = nullptr;  // makes a valid input of the numbers drawn, such as a symmetric matrix
};
// One set of attributes and inputs for the generated tests of an op.
struct Case {
  Ref<const Op> op;
  std::vector<CaseInput> inputs;
};

}  // namespace gradus::ops
