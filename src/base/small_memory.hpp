// Memory of the small objects that every operation makes and drops: lists of the thread, which cost a few nanoseconds where malloc and free
// take twenty. The sanitizers get the real new and delete, so that they see what is used too late.
#pragma once
#include <cstddef>

namespace gradus {

void* take_small(std::size_t bytes);
void give_small(void* data, std::size_t bytes) noexcept;  // as many bytes as were taken, in any thread

}  // namespace gradus
