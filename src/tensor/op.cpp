#include <gradus/tensor/anomaly.hpp>
#include <gradus/tensor/backend.hpp>
#include <gradus/tensor/node.hpp>
#include <gradus/tensor/tracer.hpp>
#include <gradus/tensor/watch.hpp>

namespace gradus {

namespace {

// The numbers: on the backend if it has a kernel, else by other ops. The history is apply's business, not ours.
Ref<Array> compute(const Op& op, const Spec& spec, Inputs x) {
  Ref<Array> y = Array::make(spec);
  if (op.compute(*y, x)) return y;
  if (const Kernel kernel = cpu_backend().prepare(op, x, *y); kernel.run) {
    kernel.run(kernel, x, *y);
    return y;
  }
  const Recording off(false);
  const Tensor result = op.expand(x);
  if (!result.defined()) fail<InternalError>(std::string(op.info().name), "no kernel and no expansion for dtype " + std::string(name(spec.dtype)));
  if (!(result.spec() == spec)) {
    fail<InternalError>(std::string(op.info().name), "its expansion is " + std::string(name(result.dtype())) + " " + to_string(result.shape()) + ", its shape rule says " +
                                                         std::string(name(spec.dtype)) + " " + to_string(spec.shape));
  }
  return result.array_ref();
}

// A result whose numbers are not known: recorded if all inputs are, else nothing but a shape.
Ref<Array> later(const Ref<const Op>& op, const Spec& spec, Inputs x) {
  Tracer* tracer = Tracer::current();
  for (const Tensor& t : x) {
    if (!t.array().buffer()) tracer = nullptr;
  }
  if (!tracer) return Array::abstract(spec);
  Ref<Array> y = op->view(x);
  return y ? y : tracer->record(op, spec, x);
}

// What apply gives once the inputs are known to be good: a result with its history.
Tensor made(const Ref<const Op>& op, Inputs x, bool tracked, bool lifts, bool abstract) {
  if (lifts) {
    if (const std::uint64_t level = innermost_level(x)) return apply_lifted(op, x, level);
  }
  const bool watched = anomaly::on();
  if (watched) anomaly::before(*op, x);
  const Spec spec = op->shape(x);
  Ref<Array> y;
  if (abstract) y = later(op, spec, x);
  else if (!(y = op->view(x))) y = compute(*op, spec, x);
  tracked = tracked && Recording::on() && op->info().differentiable;
  Ref<Node> node = tracked ? Node::make(op, x, y) : nullptr;
  const Tensor result(std::move(y), std::move(node));
  if (watched) anomaly::after(*op, x, result);
  return result;
}

}  // namespace

Tensor Op::batched(Inputs, TensorSet, std::int64_t) const { fail<GradError>(std::string(info().name), "has no rule for vmap"); }

Tensor apply(const Ref<const Op>& op, Inputs x) {
  const OpInfo& info = op->info();
  if (info.inputs >= 0 && x.size() != static_cast<std::size_t>(info.inputs)) {
    fail<ValueError>(std::string(info.name), "takes " + std::to_string(info.inputs) + (info.inputs == 1 ? " tensor" : " tensors") + ", got " + std::to_string(x.size()));
  }
  bool tracked = false, lifts = false, abstract = false;
  for (const Tensor& t : x) {
    if (!t.defined()) {
      fail<ValueError>(std::string(info.name), "input " + std::to_string(&t - x.data()) + " is an undefined tensor", "a default-constructed Tensor holds nothing: assign it first");
    }
    tracked |= t.node() && t.node()->recorded();
    lifts |= t.node() && !t.node()->lifts().empty();
    abstract |= t.array().is_abstract();
  }
  Watcher* const watcher = Watch::current();
  if (info.composite && !(watcher && watcher->whole(*op, x))) return op->expand(x);
  if (!watcher) return made(op, x, tracked, lifts, abstract);
  const Watch inside(nullptr);
  const Tensor y = made(op, x, tracked, lifts, abstract);
  watcher->applied(op, x, y);
  return y;
}

}  // namespace gradus
