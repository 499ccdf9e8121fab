// What products and convolutions of oneDNN share.
#pragma once
#if GRADUS_ONEDNN
#include <dnnl.hpp>

#include <array>
#include <initializer_list>
#include <utility>

namespace gradus::cpu {

inline dnnl::engine& onednn_engine() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

// Scratch memory is ours: that of the library is one for all executions of a primitive, and two threads would compute in each other's.
inline dnnl::primitive_attr own_scratch() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

// A primitive and the memory objects of its arguments, for one thread: a run sets their pointers and takes nothing from the heap itself.
class OnednnCall {
 public:
  OnednnCall() = default;
  OnednnCall(dnnl::primitive primitive, std::initializer_list<std::pair<int, dnnl::memory::desc>> arguments) : primitive_(std::move(primitive)) {
    for (const auto& [place, desc] : arguments) {
      memory_[count_] = dnnl::memory(desc, onednn_engine(), nullptr);
      arguments_[count_] = {place, memory_[count_].get()};
      ++count_;
    }
  }
  // The pointers in the order of the arguments.
  void run(std::initializer_list<const void*> data) const {
    thread_local const dnnl::stream stream(onednn_engine());
    std::size_t i = 0;
    for (const void* at : data) dnnl_memory_set_data_handle(arguments_[i++].memory, const_cast<void*>(at));
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive_.get(), stream.get(), static_cast<int>(count_), arguments_.data()), "a primitive did not run");
  }

 private:
  static constexpr std::size_t most = 5;
  dnnl::primitive primitive_;
  std::array<dnnl::memory, most> memory_;
  std::array<dnnl_exec_arg_t, most> arguments_{};
  std::size_t count_ = 0;
};

}  // namespace gradus::cpu
#endif
