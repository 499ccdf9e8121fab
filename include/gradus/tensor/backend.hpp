// What computes. A backend implements families of operations, not single ones; it is linked in and found here, never included.
#pragma once
#include "op.hpp"

namespace gradus {

// A prepared operation: everything that does not depend on the data is decided. `state` belongs to the backend.
struct Kernel {
  void (*run)(const Kernel& kernel, Inputs x, Array& y) = nullptr;  // null: there is no kernel for this
  const Op* op = nullptr;
  const void* state = nullptr;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Kernel prepare(const Op& op, Inputs x, const Array& y) = 0;
};

Backend& cpu_backend();  // defined by backend/cpu

}  // namespace gradus
