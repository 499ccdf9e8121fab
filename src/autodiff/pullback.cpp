#include <gradus/ops.hpp>
#include <gradus/autodiff/grad.hpp>
#include <gradus/tensor/anomaly.hpp>
#include <gradus/tensor/node.hpp>
#include <gradus/tensor/watch.hpp>

#include <algorithm>
#include <optional>
#include <queue>

#include "autodiff/pullback.hpp"

namespace gradus {
namespace {

thread_local int depth_ = 0;
thread_local bool training_ = false;

// The nodes between y and the variables, the newest first: an order in which every consumer comes before what it consumes.
class Graph {
 public:
  Graph(Node* y, Inputs variables) {
    std::vector<std::uint64_t> ends;
    for (const Tensor& x : variables) ends.push_back(x.node()->id());
    std::ranges::sort(ends);
    const std::uint64_t oldest = ends.front();
    std::vector<std::uint8_t> met(ends.size());
    // Inputs have smaller ids, so taking the largest id next needs no marks: equal ids come out one after the other.
    const auto older = [](const Node* a, const Node* b) { return a->id() < b->id(); };
    std::priority_queue<Node*, std::vector<Node*>, decltype(older)> next(older);
    next.push(y);
    while (!next.empty()) {
      Node* node = next.top();
      next.pop();
      if (!nodes_.empty() && nodes_.back() == node) continue;
      nodes_.push_back(node);
      if (std::ranges::binary_search(ends, node->id())) continue;
      for (const Node::Edge& edge : node->edges()) {
        if (!edge.from || edge.from->id() < oldest) continue;
        const auto end = static_cast<std::size_t>(std::ranges::lower_bound(ends, edge.from->id()) - ends.begin());
        if (end < ends.size() && ends[end] == edge.from->id() && std::exchange(met[end], 1)) continue;  // a weight that many nodes read
        next.push(edge.from.get());
      }
    }
    leads_.assign(nodes_.size(), 0);
    find_edges();
    mark(variables);
  }

  std::size_t size() const { return nodes_.size(); }
  Node& operator[](std::size_t i) const { return *nodes_[i]; }

  // The place of `node`, which comes after place `from`; size() if it is not here. Near places are found fast: most inputs
  // were made just before.
  std::size_t find(const Node* node, std::size_t from) const {
    const auto newer = [](const Node* a, const Node* b) { return a->id() > b->id(); };
    std::size_t step = 1, low = from;
    while (low + step < nodes_.size() && nodes_[low + step]->id() > node->id()) {
      low += step;
      step *= 2;
    }
    const auto end = nodes_.begin() + static_cast<std::ptrdiff_t>(std::min(low + step + 1, nodes_.size()));
    const auto at = std::lower_bound(nodes_.begin() + static_cast<std::ptrdiff_t>(low), end, node, newer);
    return at != end && *at == node ? static_cast<std::size_t>(at - nodes_.begin()) : nodes_.size();
  }

  // The place of what edge k of node i comes from; size() if it is not here.
  std::size_t source(std::size_t i, std::size_t k) const { return sources_[first_[i] + k]; }
  bool leads(std::size_t i) const { return i < size() && leads_[i]; }
  bool wanted(std::size_t i) const { return leads_[i] & is_variable; }

 private:
  void find_edges() {
    first_.reserve(size());
    sources_.reserve(2 * size());
    for (std::size_t i = 0; i < size(); ++i) {
      first_.push_back(sources_.size());
      for (const Node::Edge& edge : nodes_[i]->edges()) sources_.push_back(edge.from ? find(edge.from.get(), i) : size());
    }
  }
  // Marks the variables and what leads to one; all else is a constant for this gradient.
  void mark(Inputs variables) {
    for (const Tensor& x : variables) {
      if (const std::size_t i = find(x.node().get(), 0); i < size()) leads_[i] = to_variable | is_variable;
    }
    for (std::size_t i = size(); i-- > 0;) {
      for (std::size_t k = 0; k < nodes_[i]->edges().size(); ++k) leads_[i] |= leads(source(i, k)) ? to_variable : 0;
    }
  }

  static constexpr std::uint8_t to_variable = 1, is_variable = 2;
  std::vector<Node*> nodes_;
  std::vector<std::uint8_t> leads_;
  std::vector<std::size_t> first_, sources_;  // of the edges, node by node
};

// Gradients of an op without a rule: those of what it expands to. They are recorded only if the walk that asks is.
Tensors expanded_vjp(const Op& op, Inputs x, const Tensor& g, TensorSet need) {
  const bool record = Recording::on();
  const GradScope scope;
  Tensors inputs, variables;
  SmallVec<std::size_t, 3> places;
  for (std::size_t i = 0; i < x.size(); ++i) {
    inputs.push_back(record ? x[i] : detached(x[i]));
    if (!need.has_input(i)) continue;
    inputs[i] = variable(inputs[i]);
    variables.push_back(inputs[i]);
    places.push_back(i);
  }
  const Tensor y = op.expand(inputs);
  if (!y.defined()) fail<GradError>(std::string(op.info().name), "has no derivative");
  const Tensors slopes = detail::walk_back(y, g, variables, record);
  Tensors grads(x.size());
  for (std::size_t k = 0; k < places.size(); ++k) grads[places[k]] = slopes[k];
  return grads;
}

// `outline` stands for everything that has the output's shape and is not read. The next node can often use it too.
Tensors rule(const Node& node, const Tensor& g, TensorSet need, Ref<Array>& outline) {
  const Op& op = *node.op();
  if (!outline || outline->dtype() != g.dtype() || !std::ranges::equal(outline->shape(), g.array().shape())) outline = Array::abstract(g.spec());
  Tensors x;
  for (const Node::Edge& edge : node.edges()) x.push_back(Tensor(edge.value ? edge.value : outline, edge.from));
  const Tensor y(node.output() ? node.output() : outline, Ref<Node>(const_cast<Node*>(&node)));
  std::optional<anomaly::Backward> watched;
  if (anomaly::on()) watched.emplace(node);
  Tensors grads = op.vjp(x, y, g, need);
  return grads.empty() ? expanded_vjp(op, x, g, need) : grads;
}

}  // namespace

Tensors detail::walk_back(const Tensor& y, const Tensor& g, Inputs x, bool record) {
  std::uint64_t oldest = UINT64_MAX;
  for (const Tensor& t : x) oldest = std::min(oldest, t.node()->id());
  const Recording recording(record);
  const Watch inside(nullptr);  // what rules are made of is not told
  Tensors out(x.size());
  if (y.node() && y.node()->id() >= oldest) {
    const Graph graph(y.node().get(), x);
    std::vector<Tensor> slopes(graph.size());
    Ref<Array> outline;
    slopes[0] = cast(g, y.dtype());  // also makes a tensor of a literal
    for (std::size_t i = 0; i < graph.size(); ++i) {
      if (!graph.leads(i) || graph.wanted(i) || !slopes[i].defined()) continue;
      const Node& node = graph[i];
      const Tensor slope = std::exchange(slopes[i], Tensor());
      const auto edges = node.edges();
      TensorSet need;
      for (std::size_t k = 0; k < edges.size(); ++k) {
        if (graph.leads(graph.source(i, k))) need = need | TensorSet::input(k);
      }
      if (!need.bits) continue;
      Tensors grads = rule(node, slope, need, outline);
      if (inside.before()) inside.before()->pulled(node, slope, grads);
      for (std::size_t k = 0; k < edges.size(); ++k) {
        if (!graph.leads(graph.source(i, k)) || !grads[k].defined()) continue;
        Tensor& sum = slopes[graph.source(i, k)];
        sum = sum.defined() ? sum + grads[k] : std::move(grads[k]);
      }
    }
    for (std::size_t k = 0; k < x.size(); ++k) {
      if (const std::size_t i = graph.find(x[k].node().get(), 0); i < graph.size()) out[k] = slopes[i];
    }
  }
  return out;
}

GradScope::GradScope() : recording_before_(Recording::on()) {
  ++depth_;
  Recording::set(true);
}
GradScope::~GradScope() {
  --depth_;
  Recording::set(recording_before_);
}
int GradScope::depth() { return depth_; }

Mode::Mode(bool training) : before_(training_) { training_ = training; }
Mode::~Mode() { training_ = before_; }
bool Mode::training() { return training_; }

void detail::check_scalar(const Tensor& y) {
  if (y.numel() != 1) {
    fail<GradError>("grad", "the function returns " + to_string(y.shape()) + "; a gradient needs one number", "return sum(y) or mean(y), or use vjp");
  }
}

Tensor variable(const Tensor& x) {
  if (x.array().literal) return Tensor(cast(x, Dtype::f32).array_ref(), Node::leaf());
  if (!is_float(x.dtype())) {
    fail<GradError>("grad", "a tensor of dtype " + std::string(name(x.dtype())) + " has no derivative", "cast(x, Dtype::f32)");
  }
  // A tensor with a history gets a node of its own on top, so that this gradient ends here and an outer one goes on.
  if (x.node() && x.node()->recorded()) return expand(x, x.shape());
  Tensor fresh(x.array_ref(), Node::leaf());
  if (!x.node()) return fresh;
  for (const Lift& lift : x.node()->lifts()) fresh = lifted(fresh, lift);
  return fresh;
}

Tensors pullback(const Tensor& y, const Tensor& g, Inputs x) {
  if (!(y.shape() == g.shape())) {
    fail<GradError>("grad", "the result is " + to_string(y.shape()) + ", its gradient is " + to_string(g.shape()));
  }
  for (const Tensor& t : x) {
    if (!t.node() || !t.node()->recorded()) fail<GradError>("grad", "a constant was given as a variable", "use variable(x)");
  }
  if (anomaly::on()) anomaly::taken("the backward pass", y);
  Tensors out = detail::walk_back(y, g, x, depth_ > 1);
  if (anomaly::on()) {
    for (const Tensor& slope : out) {
      if (slope.defined()) anomaly::taken("the gradient that was asked for", slope);
    }
  }
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (!out[k].defined()) out[k] = Tensor::zeros(x[k].shape(), x[k].dtype());
  }
  return out;
}

}  // namespace gradus
