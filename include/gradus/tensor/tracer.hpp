// What a function that is being traced talks to. Inside one, tensors have shapes but no numbers: `apply` hands every operation
// over to be computed later, parameters are read by name, and what would be written is written when the plan runs.
#pragma once
#include <functional>
#include <vector>

#include "op.hpp"

namespace gradus {

class Slot;

class Tracer {
 public:
  virtual ~Tracer() = default;
  // The result of `op`: an array without memory.
  virtual Ref<Array> record(const Ref<const Op>& op, const Spec& spec, Inputs x) = 0;
  // Work that is done for what it changes: it reads `x` and writes into the memory of `slots`, and into `bytes` of its own.
  virtual void record(std::function<void(Inputs)> work, Inputs x, const std::vector<Ref<Slot>>& slots, std::size_t bytes) = 0;
  virtual const Tensor& read(Slot& slot) = 0;
  virtual void write(Slot& slot, const Tensor& value) = 0;
  virtual Tensor random_key() = 0;  // i64 [2]: seed and stream, fresh in every run

  virtual void again(bool begins) = 0;    // what is recorded between (true) and (false) is computed again, not kept from before

  static Tracer* current() { return current_; }  // of this thread; null: nothing is being traced

 protected:
  static inline thread_local constinit Tracer* current_ = nullptr;
};

}  // namespace gradus
