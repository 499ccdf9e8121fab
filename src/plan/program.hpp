// A traced function: instructions on arrays that have shapes and no memory yet. Passes change it, then memory is given out and it
// is run. A value is a buffer; the arrays on it are its views.
#pragma once
#include <gradus/autodiff.hpp>
#include <gradus/tensor/backend.hpp>

#include <unordered_map>

namespace gradus::plan {

struct Instruction {
  Ref<const Op> op;             // null: work that is done for what it changes
  Tensors in;                   // without history
  Ref<Array> out;               // null for work
  std::function<void(Inputs)> work;
  std::vector<std::size_t> changes = {};  // slot uses whose memory is written: their readers come before
  std::vector<std::size_t> renews = {};   // slot uses that see what was written: their readers come after
  int region = 0;               // computed again (by checkpoint) in this region: never merged with what was computed before
  std::size_t keeps = 0;        // bytes that work keeps for itself, such as an optimizer's state
  std::string module = {};      // the layer that did it, if one was at work
};

struct SlotUse {
  Ref<Slot> slot;
  Tensor value;  // on a planned buffer that is placed on the slot's memory
};

struct Program {
  std::vector<Ref<Array>> inputs, keys, outputs;
  std::vector<SlotUse> slots;
  std::vector<std::pair<Ref<Slot>, Ref<Array>>> writes;  // at the end: this slot takes these numbers
  std::vector<Instruction> code;
};

// What the passes ask of a value.
inline const Buffer* value_of(const Array& x) { return x.buffer().get(); }
inline const Buffer* value_of(const Tensor& x) { return value_of(x.array()); }

}  // namespace gradus::plan
