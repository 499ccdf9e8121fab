// Watching the engine: whoever is in place in a thread is told of every operation, and of every rule on the way back, with the
// very tensors that were computed. Explanations and pictures of a computation are made of this, and of nothing else.
//   const Watch watch(recorder);
//   pullback(f(x), one, x);              // recorder.applied(mul, {x, w}, y) ..., then recorder.pulled(node of y, ...) ...
#pragma once
#include "op.hpp"

namespace gradus {

class Watcher {
 public:
  virtual ~Watcher() = default;
  // Whether a composite operation is to be told as one. All others are told as what they expand to.
  virtual bool whole(const Op&, Inputs) { return false; }
  // `y` is what `op` made of `x`.
  virtual void applied(const Ref<const Op>& op, Inputs x, const Tensor& y) = 0;
  // The backward walk is at `node`, whose whole gradient is `g`, and hands `products` on to its inputs (undefined: none).
  virtual void pulled(const Node& node, const Tensor& g, Inputs products) = 0;
};

// In place while it lives; null: nobody, for what an operation does inside itself.
class Watch {
 public:
  explicit Watch(Watcher* watcher) : before_(current_) { current_ = watcher; }
  explicit Watch(Watcher& watcher) : Watch(&watcher) {}
  ~Watch() { current_ = before_; }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  Watcher* before() const { return before_; }
  static Watcher* current() { return current_; }

 private:
  static inline thread_local constinit Watcher* current_ = nullptr;
  Watcher* before_;
};

}  // namespace gradus
