#include "plan/arena.hpp"

#include <mutex>
#include <utility>

namespace gradus::plan {

std::shared_ptr<Arena> Arena::of(std::size_t bytes) {
  constexpr std::size_t little = std::size_t{1} << 20;  // not worth an atomic operation in each call
  if (bytes < little) return std::make_shared<Arena>(bytes);
  static std::mutex mutex;
  static std::weak_ptr<Arena> shared;  // goes with the last plan
  const std::lock_guard lock(mutex);
  std::shared_ptr<Arena> arena = shared.lock();
  if (!arena) shared = arena = std::make_shared<Arena>();
  return arena;
}

void Arena::hold(std::size_t bytes) {
  if (bytes <= block_.bytes) return;
  deallocate(std::exchange(block_, {}));
  block_ = allocate(bytes);
}

Arena* Turn::take(std::shared_ptr<Arena>& arena, std::size_t bytes) {
  if (arena->busy_.test_and_set(std::memory_order_acquire)) {
    arena = std::make_shared<Arena>(bytes);
    return nullptr;
  }
  try {
    arena->hold(bytes);
  } catch (...) {
    arena->busy_.clear(std::memory_order_release);
    throw;
  }
  return arena.get();
}

}  // namespace gradus::plan
