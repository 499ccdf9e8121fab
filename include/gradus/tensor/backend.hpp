// What computes. A backend implements families of operations, not single ones; it is linked in and found here, never included.
#pragma once
#include <memory>

#include "op.hpp"
#include "task.hpp"

namespace gradus {

// A prepared operation: everything that does not depend on the data is decided. `state` belongs to the backend.
struct Kernel {
  void (*run)(const Kernel& kernel, Inputs x, Array& y) = nullptr;  // null: there is no kernel for this
  const Op* op = nullptr;
  const void* state = nullptr;
};

// One operation of several that run together, tile by tile.
struct FusedStep {
  Ref<const Op> op;
  Tensors in;
  Ref<Array> out;
  bool kept = true;  // somebody else reads the result
};

// Whether an operation can run together with others, tile by tile. Those of equal kind, shape and strides can; 0: not at all.
struct Fusion {
  int kind = 0;
  bool tail = false;  // it takes what the others make, but its result is complete only after the last tile: a sum of all
  Dims shape = {}, strides = {};  // of what it reads or writes element by element
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Kernel prepare(const Op& op, Inputs x, const Array& y) = 0;

  // For plans, on arrays whose memory may still move. The kernel of one operation as a task; null: prepare() has it.
  virtual std::unique_ptr<Task> task(const Op& op, Inputs x, const Ref<Array>& y) = 0;
  virtual Fusion fusion(const Op& op, Inputs x, const Array& y) = 0;
  virtual std::unique_ptr<Task> fuse(std::vector<FusedStep> steps) = 0;
};

Backend& cpu_backend();  // defined by backend/cpu

}  // namespace gradus
