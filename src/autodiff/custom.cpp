#include <gradus/ops.hpp>
#include <gradus/autodiff/custom.hpp>
#include <gradus/autodiff/param.hpp>
#include <gradus/base/random.hpp>
#include <gradus/ops/define.hpp>
#include <gradus/tensor/node.hpp>
#include <gradus/tensor/tracer.hpp>

#include <algorithm>
#include <queue>

#include "autodiff/pullback.hpp"

namespace gradus::detail {
namespace {

// One application of a user's function. The shape is only known once it has run, so `shape` runs it and `expand` hands over.
class Custom final : public Op {
 public:
  Custom(Forward forward, Backward backward) : forward_(std::move(forward)), backward_(std::move(backward)) {}

  const OpInfo& info() const override {
    static const OpInfo info{.name = "custom", .doc = "A function with a gradient of its own.", .math = "", .family = Family::row, .inputs = -1, .forward = true};
    return info;
  }
  Spec shape(Inputs x) const override {
    const Recording off(false);
    result_ = forward_(x);
    return result_.spec();
  }
  Tensor expand(Inputs) const override { return std::exchange(result_, Tensor()); }
  TensorSet reads(TensorSet, std::size_t) const override { return {~std::uint64_t{0}}; }
  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet) const override {
    Tensors slopes = backward_(x, y, g);
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      if (!(slopes[i].shape() == x[i].shape())) {
        fail<GradError>("custom", "the gradient of input " + std::to_string(i) + " is " + to_string(slopes[i].shape()) + ", the input is " + to_string(x[i].shape()));
      }
    }
    return slopes;
  }
  // The backward rule is linear in g; the derivative of <backward(g), t> by g is the forward rule.
  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const override {
    const GradScope scope;
    const Tensor g = variable(Tensor::zeros(y.shape(), y.dtype()));
    const Tensors slopes = backward_(x, y, g);
    Tensor total = Tensor::zeros({}, y.dtype());
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (t[i].defined()) total = total + sum(slopes[i] * t[i]);
    }
    return pullback(total, Tensor::ones({}, y.dtype()), Tensors{g})[0];
  }
  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const override { return ops::example_by_example(*this, x, which, n); }
  std::string text() const override { return "custom"; }

 private:
  Forward forward_;
  Backward backward_;
  mutable Tensor result_;
};

// While this lives a function is computed a second time: nothing else changes, and a tracer does not merge it with the first.
struct Again {
  const Rerun rerun;
  Tracer* const tracer = Tracer::current();
  Again() { tracer ? tracer->again(true) : void(); }
  ~Again() { tracer ? tracer->again(false) : void(); }
  Again(const Again&) = delete;
  Again& operator=(const Again&) = delete;
};

// Inputs: those of f, then what f captures that has a history.
class Checkpoint final : public Op {
 public:
  Checkpoint(Forward f, std::size_t count, RandomState state) : f_(std::move(f)), count_(count), state_(state) {}

  const OpInfo& info() const override {
    static const OpInfo info{.name = "checkpoint", .doc = "A function that is computed again for its gradient.", .math = "", .family = Family::row, .inputs = -1};
    return info;
  }
  Spec shape(Inputs x) const override { return again(x.first(count_)).spec(); }
  Tensor expand(Inputs x) const override { return again(x.first(count_)); }
  TensorSet reads(TensorSet, std::size_t) const override {
    TensorSet own;
    for (std::size_t i = 0; i < count_; ++i) own = own | TensorSet::input(i);
    return own;
  }
  Tensors vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const override {
    const bool record = Recording::on();
    const GradScope scope;
    Tensors in, variables, grads(x.size());
    SmallVec<std::size_t, 3> places;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const bool own = i < count_;
      if (own) in.push_back(need.has_input(i) ? variable(record ? x[i] : detached(x[i])) : x[i]);
      if (!need.has_input(i)) continue;
      variables.push_back(own ? in.back() : x[i]);
      places.push_back(i);
    }
    const Tensors slopes = walk_back(again(in), g, variables, record);
    for (std::size_t k = 0; k < places.size(); ++k) grads[places[k]] = slopes[k];
    return grads;
  }
  std::string text() const override { return "checkpoint"; }

 private:
  Tensor again(Inputs x) const {  // with the same random numbers
    const RandomScope scope(state_);
    const Again again;
    return f_(x);
  }

  Forward f_;
  std::size_t count_;
  RandomState state_;
};

// The nodes older than `first` that the graph of y rests on.
std::vector<Ref<Node>> captured_by(const Tensor& y, std::uint64_t first) {
  std::vector<Ref<Node>> found;
  if (!y.node() || y.node()->id() < first) return found;
  const auto older = [](const Node* a, const Node* b) { return a->id() < b->id(); };
  std::priority_queue<const Node*, std::vector<const Node*>, decltype(older)> next(older);
  next.push(y.node().get());
  for (const Node* last = nullptr; !next.empty();) {
    const Node* node = next.top();
    next.pop();
    if (node == last) continue;
    last = node;
    for (const Node::Edge& edge : node->edges()) {
      if (!edge.from || !edge.from->recorded()) continue;
      if (edge.from->id() >= first) next.push(edge.from.get());
      else if (std::ranges::find(found, edge.from) == found.end()) found.push_back(edge.from);
    }
  }
  return found;
}

}  // namespace

Tensor apply_custom(Forward forward, Backward backward, Inputs x) {
  return gradus::apply(Ref<const Op>(new Custom(std::move(forward), std::move(backward))), x);
}

Tensor apply_checkpoint(Forward f, Inputs x) {
  // Without a gradient there is nothing to save; under forward mode and vmap the plain function does.
  if (GradScope::depth() == 0 || !Recording::on() || innermost_level(x) != 0) return f(x);
  Tensors own, inputs;
  const RandomState state = random_state();
  for (const Tensor& t : x) own.push_back(is_float(t.dtype()) ? variable(t) : t);
  const std::uint64_t first = Node::leaf()->id();
  const Tensor y = f(own);  // its graph goes when this function ends
  std::vector<Ref<Node>> captured = captured_by(y, first);
  for (const Tensor& t : own) std::erase(captured, t.node());
  if (innermost_level({&y, 1}) != 0 || !y.node() || y.node()->id() < first) {
    const RandomScope scope(state);
    return f(x);
  }
  inputs = Tensors(x.begin(), x.end());
  for (const Ref<Node>& node : captured) inputs.push_back(Tensor(Array::abstract(y.spec()), node));
  return Tensor(y.array_ref(), Node::make(Ref<const Op>(new Checkpoint(std::move(f), x.size(), state)), inputs, y.array_ref()));
}

}  // namespace gradus::detail
