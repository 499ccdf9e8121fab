// GRADUS_CHECK=trace: a call is done as a plan, and then once more operation by operation from the numbers that the plan had.
#pragma once
#include "plan/program.hpp"

namespace gradus::plan {

// What the values were that each operation of a plan read and made. Memory is used again and again in a call, so copies are kept.
class Witness {
 public:
  void keep(const Array& x);           // the numbers that its buffer has now
  void keep_read(const Tensor& x);     // what work was given, in this order
  void keep_result(const Array& x);    // results, then what is written into slots
  Ref<Buffer> copy_of(const Array& x) const;  // null: this value was never in memory

  Tensors read, results;

 private:
  std::unordered_map<const Buffer*, Ref<Buffer>> copies_;
};

// TraceError, naming the first operation of `again`, a fresh trace, whose result is not that of the plan. `traced` is what the plan
// was made of, before any pass. Operations get the plan's own inputs where the plan has them, so the one that is named is wrong by itself.
void compare(const Program& traced, const Program& again, const Witness& seen);

}  // namespace gradus::plan
