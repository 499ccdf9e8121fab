#include "plan/arena.hpp"

#include <mutex>
#include <utility>

namespace gradus::plan {

std::shared_ptr<Arena> Arena::of(std::size_t bytes) {
  constexpr std::size_t little = std::size_t{1} << 20;  // not worth an atomic operation in each call
  if (bytes < little) return std::make_shared<Arena>(true);
  static std::mutex mutex;
  static std::weak_ptr<Arena> shared;  // goes with the last plan
  const std::lock_guard lock(mutex);
  std::shared_ptr<Arena> arena = shared.lock();
  if (!arena) shared = arena = std::make_shared<Arena>(false);
  return arena;
}

void Arena::hold(std::size_t bytes) {
  if (bytes <= block_.bytes) return;
  deallocate(std::exchange(block_, {}));
  block_ = allocate(bytes);
}

Turn::Turn(std::shared_ptr<Arena>& arena, std::size_t bytes) {
  if (!arena->enter()) arena = std::make_shared<Arena>(true);
  arena_ = arena.get();
  try {
    arena_->hold(bytes);
  } catch (...) {
    arena_->leave();
    throw;
  }
}

}  // namespace gradus::plan
