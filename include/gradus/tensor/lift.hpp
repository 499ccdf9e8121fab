// Lifts: what a transform of a function keeps with the tensors inside it. Forward mode keeps a tangent with a value, vmap
// keeps all examples with a tensor that looks like one of them. Transforms nest: each has a level, the inner ones the larger.
// An operation on lifted tensors is done for the innermost level first, by operations that see only the levels below it.
#pragma once
#include <span>

#include "op.hpp"

namespace gradus {

struct Lift {
  enum class Kind : std::uint8_t { tangent, batch };
  std::uint64_t level = 0;
  Kind kind = Kind::tangent;
  bool recorded = false;  // tangent: a gradient around this transform will want its history
  Tensor value;           // tangent: of the shape of the tensor; batch: [n, ...] for a tensor [...]
};

// A transform is under way while this lives. Levels are never used twice in a thread.
class Level {
 public:
  Level();
  ~Level();
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  std::uint64_t number() const { return number_; }

 private:
  std::uint64_t number_;
};

// Operations see only lifts below `level` while this lives.
class Below {
 public:
  explicit Below(std::uint64_t level);
  ~Below();
  Below(const Below&) = delete;
  Below& operator=(const Below&) = delete;

 private:
  std::uint64_t before_;
};

const Lift* find_lift(const Tensor& x, std::uint64_t level);  // null when x has none at this level
std::uint64_t innermost_level(Inputs x);                      // of those that operations see now; 0: none
Tensor lifted(const Tensor& x, Lift lift);                    // x, not shared with anybody else, with one more lift
Tensor apply_lifted(const Ref<const Op>& op, Inputs x, std::uint64_t level);

// x as a constant: without history and without tangents. It stays one of several examples under vmap.
Tensor stop_gradient(const Tensor& x);
// x without the history of a backward walk; tangents stay.
Tensor detached(const Tensor& x);

}  // namespace gradus
