#include "plan/check.hpp"

#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/ops/define.hpp>
#include <gradus/tensor/node.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace gradus::plan {
namespace {

Ref<Buffer> copied(const Buffer& from) {
  Ref<Buffer> copy = Buffer::make(from.bytes());
  if (from.bytes() > 0) std::memcpy(copy->data(), from.data(), from.bytes());
  return copy;
}

Ref<Array> on(const Array& x, const Ref<Buffer>& buffer) { return Array::view(x.dtype(), x.shape(), x.strides(), x.offset(), buffer); }

[[noreturn]] void tell(const std::string& what) {
  fail<TraceError>("compile", what,
                   "a number that the function captures and that changes from call to call is a constant of the plan: make it an input "
                   "or a State; otherwise this is a fault of Gradus");
}

// How far apart the operations of a plan and of eager may be, as a part of the norm: they differ where oneDNN takes another layout.
double allowed(Dtype dtype) {
  if (!is_float(dtype)) return 0;
  return dtype == Dtype::f64 ? 1e-12 : dtype == Dtype::f32 ? 1e-4 : 1e-2;
}

// What is different, in words; empty when they are the same.
std::string difference(const Tensor& plan, const Tensor& eager) {
  if (!(plan.spec() == eager.spec())) {
    return fmt::format("{} {} in the plan, {} {} eagerly", name(plan.dtype()), to_string(plan.shape()), name(eager.dtype()), to_string(eager.shape()));
  }
  const std::vector<double> a = plan.to_vector(), b = eager.to_vector();
  double apart = 0, norm = 0, most = 0;
  std::size_t place = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const bool same = a[k] == b[k] || (std::isnan(a[k]) && std::isnan(b[k]));
    const double by = same ? 0 : std::isfinite(a[k] - b[k]) ? std::abs(a[k] - b[k]) : INFINITY;
    if (by > most) {
      most = by;
      place = k;
    }
    apart += by * by;
    if (std::isfinite(b[k])) norm += b[k] * b[k];
  }
  const double part = std::sqrt(apart) / std::max(std::sqrt(norm), 1e-30);
  if (apart == 0 || part <= allowed(plan.dtype())) return "";
  return fmt::format("by {:.3g} of its norm, most at element {}: {:.6g} in the plan, {:.6g} eagerly", part, place, a[place], b[place]);
}

std::string described(const Instruction& step) {
  if (!step.op) return "work on parameters";
  std::string text = step.op->text() + " of ";
  for (std::size_t i = 0; i < step.in.size(); ++i) text += (i ? ", " : "") + to_string(step.in[i].shape());
  return text;
}

class Again {
 public:
  Again(const Program& traced, const Program& again, const Witness& seen) : traced_(traced), again_(again), seen_(seen) {
    if (traced.inputs.size() != again.inputs.size() || traced.keys.size() != again.keys.size() || traced.slots.size() != again.slots.size()) {
      tell("the function draws or reads something else than when it was traced");
    }
    for (std::size_t i = 0; i < traced.inputs.size(); ++i) take(*again.inputs[i], *traced.inputs[i]);
    for (std::size_t i = 0; i < traced.keys.size(); ++i) take(*again.keys[i], *traced.keys[i]);
    for (std::size_t i = 0; i < traced.slots.size(); ++i) {
      if (traced.slots[i].slot.get() != again.slots[i].slot.get()) tell("the function reads another parameter than when it was traced");
      take(again.slots[i].value.array(), traced.slots[i].value.array());
    }
  }

  void run() {
    std::size_t read = 0;
    for (std::size_t i = 0; i < again_.code.size(); ++i) {
      const Instruction& step = again_.code[i];
      const ModuleScope place(step.module);
      if (i >= traced_.code.size() || !alike(step, traced_.code[i])) {
        tell(fmt::format("operation {} of the function is now {}, and was {} when it was traced", i + 1, described(step),
                         i < traced_.code.size() ? described(traced_.code[i]) : "not there"));
      }
      Tensors in;
      for (const Tensor& x : step.in) in.push_back(known(x.array_ref()));
      if (step.op) {
        made(i, apply(step.op, in));
        continue;
      }
      for (const Tensor& x : in) {
        if (read < seen_.read.size()) same(seen_.read[read++], x, "in what is taken in by " + called(i));
      }
    }
    if (again_.outputs.size() + again_.writes.size() != seen_.results.size()) tell("the function gives or writes something else than when it was traced");
    std::size_t result = 0;
    for (const Ref<Array>& y : again_.outputs) same(seen_.results[result++], known(y), "in a result");
    for (const auto& [slot, value] : again_.writes) same(seen_.results[result++], known(value), "in what is written into a parameter or State");
  }

 private:
  static bool alike(const Instruction& a, const Instruction& b) {
    if (!a.op != !b.op || a.in.size() != b.in.size()) return false;
    return !a.op || (a.op->info().name == b.op->info().name && a.op->text() == b.op->text() && a.out->spec() == b.out->spec());
  }
  void take(const Array& to, const Array& from) {
    if (Ref<Buffer> copy = seen_.copy_of(from)) now_[value_of(to)] = std::move(copy);
  }
  Tensor known(const Ref<Array>& x) const {
    const auto at = now_.find(value_of(*x));
    return at == now_.end() ? Tensor(x) : Tensor(on(*x, at->second));
  }
  void same(const Tensor& plan, const Tensor& eager, const std::string& where) const {
    if (const std::string what = difference(plan, eager); !what.empty()) tell("the plan differs from eager " + where + ": " + what);
  }
  std::string called(std::size_t i) const { return fmt::format("operation {} of {}, {}", i + 1, again_.code.size(), described(again_.code[i])); }
  void made(std::size_t i, const Tensor& eager) {
    const Array &out = *again_.code[i].out, &planned = *traced_.code[i].out;
    if (Ref<Buffer> copy = seen_.copy_of(planned)) {
      same(Tensor(on(planned, copy)), eager, "in " + called(i));
      if (std::ranges::equal(out.strides(), planned.strides()) && out.offset() == planned.offset()) {
        now_[value_of(out)] = std::move(copy);
        return;
      }
    }
    const Ref<Buffer> buffer = Buffer::make(out.buffer()->bytes());
    const Ref<Array> y = on(out, buffer);
    const auto copy = y->contiguous() ? ops::make_op(ops::Contiguous{}) : ops::make_op(ops::Concat{0});  // that of one writes any layout
    const Kernel kernel = cpu_backend().prepare(*copy, std::span(&eager, 1), *y);
    kernel.run(kernel, std::span(&eager, 1), *y);
    now_[value_of(out)] = buffer;
  }

  const Program &traced_, &again_;
  const Witness& seen_;
  std::unordered_map<const Buffer*, Ref<Buffer>> now_;
};

}  // namespace

void Witness::keep(const Array& x) { copies_[value_of(x)] = copied(*x.buffer()); }
void Witness::keep_read(const Tensor& x) { read.push_back(Tensor(on(x.array(), copied(*x.array().buffer())))); }
void Witness::keep_result(const Array& x) { results.push_back(Tensor(on(x, copied(*x.buffer())))); }
Ref<Buffer> Witness::copy_of(const Array& x) const {
  const auto at = copies_.find(value_of(x));
  return at == copies_.end() ? nullptr : at->second;
}

void compare(const Program& traced, const Program& again, const Witness& seen) {
  const Recording off(false);
  Again(traced, again, seen).run();
}

}  // namespace gradus::plan
