// Operations as values. `apply` is the one place where an operation meets its inputs: it checks shapes, computes (unless the
// inputs are abstract) and links a node (only when somebody will read the graph).
#pragma once
#include <string_view>

#include "../base/family.hpp"
#include "tensor.hpp"

namespace gradus {

// Which inputs a gradient is wanted for, or which tensors a rule reads: bit i is input i, the top bit is the output.
// Inputs from 62 on share bit 62.
struct TensorSet {
  std::uint64_t bits = 0;
  static constexpr std::uint64_t output = std::uint64_t{1} << 63;
  static TensorSet input(std::size_t i) { return {std::uint64_t{1} << (i < 62 ? i : 62)}; }
  bool has_input(std::size_t i) const { return bits & input(i).bits; }
  bool has_output() const { return bits & output; }
  friend TensorSet operator|(TensorSet a, TensorSet b) { return {a.bits | b.bits}; }
};

struct OpInfo {
  std::string_view name, doc, math;  // math is empty unless the family is map
  Family family;
  int inputs;            // -1: any number
  const void* type = nullptr;  // one address for each struct
  int index = -1;        // map: place in the list, which is that in the tables of kernels; -1 for all others
  int part = 0;          // 0: the op; 1 + i: its gradient with respect to input i (map only)
  bool differentiable = true;
  bool forward = false;  // jvp is there; else forward mode goes through expand
  bool composite = false;  // nothing but other ops: `expand` is all there is, and apply leaves it to that
  bool writes = false;   // move: `windows` is there
  bool computes = false;  // it brings its own code for the numbers
};

class Op : public Counted {
 public:
  virtual ~Op() = default;
  static void destroy(const Op* op) { delete op; }

  virtual const OpInfo& info() const = 0;
  // The output's spec. All checks are here; throws ShapeError, DtypeError or ValueError before any work.
  virtual Spec shape(Inputs x) const = 0;
  // What the vjp for `need` reads. Everything else is given to it as an abstract tensor.
  virtual TensorSet reads(TensorSet need, std::size_t inputs) const = 0;
  // Gradients of the needed inputs, given the output's gradient g; others may stay undefined. Made of ops. Nothing at all
  // means: differentiate expand(x) instead.
  virtual Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const = 0;
  // The same result from other ops; undefined when there is no such form. For what a backend has no kernel for, and for
  // derivatives of ops without a rule.
  virtual Tensor expand(Inputs) const { return {}; }
  // Forward mode: the tangent of y, given the tangents t of the inputs (undefined: none). Undefined: y has none.
  virtual Tensor jvp(Inputs, const Tensor&, Inputs) const { return {}; }
  // vmap: the op for n examples at once, for the inputs in `which` given as [n, ...]; the result is [n, ...] too.
  virtual Tensor batched(Inputs x, TensorSet which, std::int64_t n) const;  // GradError unless there is a rule
  // Move: the output as a window on the input's buffer, or null when it has to be written ...
  virtual Ref<Array> view(Inputs) const { return nullptr; }
  // ... and then the part of y that each input is copied to; the rest of y is zero.
  virtual SmallVec<Ref<Array>, 3> windows(Array&, Inputs) const { return {}; }
  // Writes the numbers into y, if the op brings its own code for them; false: the backend has it.
  virtual bool compute(Array&, Inputs) const { return false; }
  // The struct that was given to apply, for kernels of its family.
  virtual const void* attributes() const { return nullptr; }
  // "sum(axes=[0], keepdims=true)"
  virtual std::string text() const = 0;
};

Tensor apply(const Ref<const Op>& op, Inputs x);

}  // namespace gradus
