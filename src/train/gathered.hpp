// Counts what is done for reports alone, so that a test can see that nothing is when they are off.
#pragma once
#include <atomic>
#include <cstdint>

namespace gradus::train {

inline std::atomic<std::int64_t> gathering_calls{0};
inline void count_gathering() { gathering_calls.fetch_add(1, std::memory_order_relaxed); }

}  // namespace gradus::train
