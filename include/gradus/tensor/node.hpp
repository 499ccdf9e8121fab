// Node: what made a tensor. It keeps what the gradient rule will read, and the nodes of its inputs.
#pragma once
#include <memory>

#include "lift.hpp"

namespace gradus {

class Node final : public Counted {
 public:
  struct Edge {
    Ref<Node> from;      // null: the input is a constant
    Ref<Array> value;    // the input if the rule reads it, else an abstract array; null: like the output
  };

  static Ref<Node> leaf();
  static Ref<Node> plain();  // holds lifts only: no history
  static Ref<Node> make(const Ref<const Op>& op, Inputs x, const Ref<Array>& y);
  static void destroy(Node* node);  // iterative: a chain of ten million nodes does not use the stack

  std::uint64_t id() const { return id_; }  // grows with every node: inputs have smaller ids
  const Ref<const Op>& op() const { return op_; }
  std::span<const Edge> edges() const { return {edge_begin(), count_}; }
  const Ref<Array>& output() const { return output_; }  // the output if the rule reads it, else null
  bool recorded() const { return recorded_; }           // a backward walk may go through it or end at it
  std::span<const Lift> lifts() const { return lifts_ ? std::span<const Lift>(*lifts_) : std::span<const Lift>(); }
  void add(Lift lift);

 private:
  Node(Ref<const Op> op, std::size_t count);
  Edge* edge_begin() { return reinterpret_cast<Edge*>(this + 1); }
  const Edge* edge_begin() const { return reinterpret_cast<const Edge*>(this + 1); }

  std::uint64_t id_;
  Ref<const Op> op_;
  Ref<Array> output_;
  std::unique_ptr<std::vector<Lift>> lifts_;
  std::uint32_t count_;
  bool recorded_ = true;
};  // followed by the edges

// Whether ops link nodes for tracked inputs, in this thread. Off in the backward pass of the outermost gradient.
class Recording {
 public:
  explicit Recording(bool on) : before_(on_) { on_ = on; }
  ~Recording() { on_ = before_; }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  static bool on() { return on_; }
  static void set(bool on) { on_ = on; }

 private:
  static thread_local bool on_;
  bool before_;
};

}  // namespace gradus
