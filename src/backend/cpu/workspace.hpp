// Scratch memory of a thread: it only grows, so that kernels that run again and again take none from the heap.
#pragma once
#include <cstddef>

namespace gradus::cpu {

// At least so many bytes, aligned to 64, until the next call in this thread. Whoever calls others keeps nothing in it meanwhile.
std::byte* workspace(std::size_t bytes);

}  // namespace gradus::cpu
