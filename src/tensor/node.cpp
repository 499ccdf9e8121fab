#include <gradus/tensor/node.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>

#include "base/small_memory.hpp"

namespace gradus {
namespace {

std::atomic<std::uint64_t> next_id{1};

// Nodes whose last reference went while another node was being freed.
thread_local Node* pending = nullptr;
thread_local bool draining = false;

}  // namespace

thread_local bool Recording::on_ = true;

void retain(Node* node) { node->retain(); }
void release(Node* node) {
  if (node->release()) Node::destroy(node);
}

Node::Node(Ref<const Op> op, std::size_t count)
    : id_(next_id.fetch_add(1, std::memory_order_relaxed)), op_(std::move(op)), count_(static_cast<std::uint32_t>(count)) {}

Ref<Node> Node::leaf() { return Ref<Node>(new (take_small(sizeof(Node))) Node(nullptr, 0)); }

Ref<Node> Node::plain() {
  Ref<Node> node = leaf();
  node->recorded_ = false;
  return node;
}

void Node::add(Lift lift) {
  if (!lifts_) lifts_ = std::make_unique<std::vector<Lift>>();
  lifts_->push_back(std::move(lift));
}

Ref<Node> Node::make(const Ref<const Op>& op, Inputs x, const Ref<Array>& y) {
  Ref<Node> node(new (take_small(sizeof(Node) + x.size() * sizeof(Edge))) Node(op, x.size()));
  Edge* edges = node->edge_begin();
  std::uninitialized_value_construct_n(edges, x.size());  // before anything that may throw
  TensorSet need;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].node() && x[i].node()->recorded()) need = need | TensorSet::input(i);
  }
  const TensorSet reads = op->reads(need, x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    edges[i].from = x[i].node();
    const Array& value = x[i].array();
    if (reads.has_input(i)) {
      edges[i].value = x[i].array_ref();
    } else if (value.dtype() != y->dtype() || !std::ranges::equal(value.shape(), y->shape())) {
      edges[i].value = Array::view(value.dtype(), value.shape(), value.strides(), 0, nullptr);  // its outline
    }
  }
  if (reads.has_output()) node->output_ = y;
  return node;
}

void Node::destroy(Node* node) {
  // Only the outermost call frees; calls from within a destructor leave their node on the list. While a node waits, its
  // id (no longer needed) holds the next one of the list.
  node->id_ = reinterpret_cast<std::uintptr_t>(pending);
  pending = node;
  if (draining) return;
  draining = true;
  while (pending) {
    Node* next = pending;
    pending = reinterpret_cast<Node*>(static_cast<std::uintptr_t>(next->id_));
    for (std::size_t i = 0; i < next->count_; ++i) std::destroy_at(next->edge_begin() + i);
    const std::size_t size = sizeof(Node) + next->count_ * sizeof(Edge);
    next->~Node();
    give_small(next, size);
  }
  draining = false;
}

}  // namespace gradus
