// A caching allocator: freed blocks are kept and given out again, because giving memory back to the system and touching it
// anew costs more than most operations. Blocks are aligned to 64 bytes, from 2 MiB on to huge pages.
#pragma once
#include <cstddef>

namespace gradus {

struct Allocation {
  void* data = nullptr;
  std::size_t bytes = 0;  // what the block really holds: at least what was asked for
};

Allocation allocate(std::size_t bytes);  // throws std::bad_alloc when the system has no more, after trim()
void deallocate(Allocation block) noexcept;  // in any thread
void trim() noexcept;                   // gives cached blocks of this thread and of the common pool back to the system

struct MemoryUse {
  std::size_t live = 0;    // bytes handed out now
  std::size_t peak = 0;    // most bytes handed out at one time
  std::size_t cached = 0;  // bytes kept for reuse
  std::size_t work = 0;    // bytes that kernels of all threads have to work in, besides; they are kept until the thread ends
};
MemoryUse memory_use();
void count_work(std::ptrdiff_t bytes) noexcept;  // so many more, or fewer

}  // namespace gradus
