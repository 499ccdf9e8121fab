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

  explicit Arena(bool alone) : alone_(alone) {}
  ~Arena() { deallocate(block_); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  void* data() const { return block_.data; }

 private:
  friend class Turn;
  bool enter() { return alone_ || !busy_.test_and_set(std::memory_order_acquire); }
  void leave() {
    if (!alone_) busy_.clear(std::memory_order_release);
  }
  void hold(std::size_t bytes);  // at least so many

  const bool alone_;  // of one plan, which itself runs once at a time
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  Allocation block_;
};

// While it lives, nobody else writes into the arena. `arena` becomes another one if it is in use.
class Turn {
 public:
  Turn(std::shared_ptr<Arena>& arena, std::size_t bytes);
  ~Turn() { arena_->leave(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Arena* arena_;
};

}  // namespace gradus::plan
