// The memory that plans work in. It holds nothing from one call to the next, so large plans share one block, whose size is that of the
// largest: plans of a training step, of its smaller last batch and of an evaluation never run at once. Where two do, in two threads or one
// called by another, one of them gets a block of its own.
#pragma once
#include <gradus/base/memory.hpp>

#include <atomic>
#include <memory>

namespace gradus::plan {

class Arena {
 public:
  static std::shared_ptr<Arena> of(std::size_t bytes);  // the shared one, if that is worth while

  Arena() : alone_(false) {}
  explicit Arena(std::size_t bytes) : alone_(true), block_(allocate(bytes)) {}
  ~Arena() { deallocate(block_); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  void* data() const { return block_.data; }

 private:
  friend class Turn;
  void hold(std::size_t bytes);  // at least so many

  const bool alone_;  // of one plan, which itself runs once at a time
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  Allocation block_;
};

// While it lives, nobody else writes into the arena. `arena` becomes another one if it is in use.
class Turn {
 public:
  Turn(std::shared_ptr<Arena>& arena, std::size_t bytes) : taken_(arena->alone_ ? nullptr : take(arena, bytes)) {}
  ~Turn() {
    if (taken_) taken_->busy_.clear(std::memory_order_release);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static Arena* take(std::shared_ptr<Arena>& arena, std::size_t bytes);
  Arena* const taken_;
};

}  // namespace gradus::plan
