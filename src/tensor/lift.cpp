#include <gradus/tensor/lift.hpp>
#include <gradus/tensor/node.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace gradus {
namespace {

thread_local std::uint64_t last_level = 0, ceiling = UINT64_MAX;
thread_local std::vector<std::uint64_t> alive;  // levels under way, in order

// Nodes whose tangents have a history, by level. A tangent may rest on the value that it belongs to (exp), and the two would
// keep each other for ever: they are parted when the level ends.
thread_local std::map<std::uint64_t, std::vector<Ref<Node>>> with_recorded_tangents;

bool is_alive(std::uint64_t level) { return std::ranges::binary_search(alive, level); }

// Forward mode: the value, and its tangent from those of the inputs.
Tensor push_forward(const Ref<const Op>& op, Inputs x, std::uint64_t level) {
  Tensor y, tangent;
  bool recorded = false;
  Tensors tangents(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Lift* lift = find_lift(x[i], level);
    if (!lift) continue;
    tangents[i] = lift->value;
    recorded |= lift->recorded;
  }
  const OpInfo& info = op->info();
  {
    const Below below(level);
    y = apply(op, x);
    if (!info.differentiable || !is_float(y.dtype())) return y;
    const Recording recording(Recording::on() && recorded);
    if (info.forward) tangent = op->jvp(x, y, tangents);
  }
  if (!info.forward) {
    const Below below(level + 1);
    const Recording recording(Recording::on() && recorded);
    const Tensor same = op->expand(x);
    if (!same.defined()) fail<GradError>(std::string(info.name), "has no rule for forward mode", "use vjp, or give the operation a jvp or an expand");
    if (const Lift* lift = find_lift(same, level)) tangent = lift->value;
  }
  if (!tangent.defined()) return y;
  const bool has_history = tangent.node() && tangent.node()->recorded();
  Tensor out = lifted(y, {level, Lift::Kind::tangent, recorded, std::move(tangent)});
  if (has_history) with_recorded_tangents[level].push_back(out.node());
  return out;
}

// vmap: all examples at once, behind a tensor that looks like one of them.
Tensor map_over(const Ref<const Op>& op, Inputs x, std::uint64_t level) {
  Tensors all(x.begin(), x.end());
  TensorSet which;
  bool tracked = false;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    tracked |= x[i].node() && x[i].node()->recorded();
    const Lift* lift = find_lift(x[i], level);
    if (!lift) continue;
    all[i] = lift->value;
    count = all[i].size(0);
    which = which | TensorSet::input(i);
  }
  Spec spec;
  const bool from_struct = op->info().type;  // custom functions have no shape rule
  if (from_struct) spec = op->shape(x);  // errors name the shapes of one example
  const Below below(level);
  const Tensor result = op->batched(all, which, count);
  if (!from_struct) spec = {Shape(result.array().shape().begin() + 1, result.array().shape().end()), result.dtype()};
  const Ref<Array> one = Array::abstract(spec);
  const bool record = tracked && Recording::on() && op->info().differentiable;
  return lifted(Tensor(one, record ? Node::make(op, x, one) : nullptr), {level, Lift::Kind::batch, false, result});
}

// Of x, what `keeps` keeps; the history goes.
template <class F>
Tensor with_lifts(const Tensor& x, F&& keeps) {
  Tensor out(x.array_ref());
  if (!x.node()) return out;
  for (const Lift& lift : x.node()->lifts()) {
    if (is_alive(lift.level)) keeps(out, lift);
  }
  return out;
}

}  // namespace

Level::Level() : number_(++last_level) { alive.push_back(number_); }
Level::~Level() {
  std::erase(alive, number_);
  const auto nodes = with_recorded_tangents.extract(number_);
  if (!nodes) return;
  for (const Ref<Node>& node : nodes.mapped()) {
    for (const Lift& lift : node->lifts()) {
      if (lift.level == number_) const_cast<Lift&>(lift).value = Tensor();
    }
  }
}

Below::Below(std::uint64_t level) : before_(ceiling) { ceiling = std::min(ceiling, level); }
Below::~Below() { ceiling = before_; }

const Lift* find_lift(const Tensor& x, std::uint64_t level) {
  if (!x.node()) return nullptr;
  const auto lifts = x.node()->lifts();
  const auto at = std::ranges::find(lifts, level, &Lift::level);
  return at == lifts.end() ? nullptr : &*at;
}

std::uint64_t innermost_level(Inputs x) {
  std::uint64_t level = 0;
  for (const Tensor& t : x) {
    if (!t.node()) continue;
    for (const Lift& lift : t.node()->lifts()) {
      if (lift.level < ceiling && lift.level > level && is_alive(lift.level)) level = lift.level;
    }
  }
  return level;
}

Tensor lifted(const Tensor& x, Lift lift) {
  Ref<Node> node = x.node() ? x.node() : Node::plain();
  node->add(std::move(lift));
  return Tensor(x.array_ref(), std::move(node));
}

Tensor apply_lifted(const Ref<const Op>& op, Inputs x, std::uint64_t level) {
  for (const Tensor& t : x) {
    if (const Lift* lift = find_lift(t, level)) return lift->kind == Lift::Kind::tangent ? push_forward(op, x, level) : map_over(op, x, level);
  }
  fail<InternalError>(std::string(op->info().name), "no input has the level that was found");
}

Tensor stop_gradient(const Tensor& x) {
  return with_lifts(x, [](Tensor& out, const Lift& lift) {
    if (lift.kind == Lift::Kind::batch) out = lifted(out, {lift.level, lift.kind, false, stop_gradient(lift.value)});
  });
}
Tensor detached(const Tensor& x) {
  return with_lifts(x, [](Tensor& out, const Lift& lift) { out = lifted(out, lift); });
}

}  // namespace gradus
