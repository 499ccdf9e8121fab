// The anomaly finder: which operation first made a NaN or an infinity out of finite numbers, in which layer, forward or
// backward, and who took it in. On while an AnomalyScope lives, or everywhere with GRADUS_CHECK=nan in the environment.
//   const AnomalyScope scope;
//   auto [loss, g] = value_and_grad(net, ...);   // DivergedError: [log] made -inf at [3, 0] (1 of 32 elements) from x: f32 [32, 1], 0 .. 0.97 ...
// Every result is read once more, so a step takes about twice as long.
#pragma once
#include <atomic>

#include "op.hpp"

namespace gradus {

class AnomalyScope {
 public:
  AnomalyScope();
  ~AnomalyScope();
  AnomalyScope(const AnomalyScope&) = delete;
  AnomalyScope& operator=(const AnomalyScope&) = delete;
};

namespace anomaly {

extern std::atomic<int> scopes;  // of all threads; GRADUS_CHECK=nan counts as one
inline bool on() { return scopes.load(std::memory_order_relaxed) > 0; }

// What apply reports. An anomaly is told when somebody takes it in, so that the message names both.
void before(const Op& op, Inputs x);
void after(const Op& op, Inputs x, const Tensor& y);
// The same for whoever reads a tensor without being an operation: the backward pass, item().
void taken(std::string_view by, const Tensor& x);

// The rule of this node is being applied.
class Backward {
 public:
  explicit Backward(const Node& node);
  ~Backward();
  Backward(const Backward&) = delete;
  Backward& operator=(const Backward&) = delete;

 private:
  const Node* outer_;
};

}  // namespace anomaly
}  // namespace gradus
