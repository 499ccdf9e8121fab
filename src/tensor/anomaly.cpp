#include <gradus/tensor/anomaly.hpp>
#include <gradus/tensor/node.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <unordered_map>

namespace gradus {
namespace anomaly {
namespace {

int asked_for() {
  const char* text = std::getenv("GRADUS_CHECK");
  return text && std::string_view(text) == "nan";
}

struct Pending {
  std::string op, detail, module_path;
  Ref<Array> array;  // the result that is not finite
  int depth;         // within so many operations
};

thread_local std::optional<Pending> pending;
thread_local int depth = 0;  // operations under way: a kernel may be made of others
thread_local const Node* backward = nullptr;
thread_local std::string last_module;                                    // the layer that ran last
thread_local std::unordered_map<std::uint64_t, std::string> module_of;   // by node, for the way back

struct Range {
  std::int64_t bad = 0, first_bad = -1;  // how many are not finite, and the place of the first
  double low = INFINITY, high = -INFINITY, bad_value = 0;  // of the finite ones
};

Range range_of(const Tensor& x) {
  Range out;
  std::int64_t place = 0;
  for (const double v : Tensor(x.array_ref()).to_vector()) {
    if (std::isfinite(v)) {
      out.low = std::min(out.low, v);
      out.high = std::max(out.high, v);
    } else if (out.bad++ == 0) {
      out.first_bad = place;
      out.bad_value = v;
    }
    ++place;
  }
  return out;
}

bool can_fail(const Tensor& x) { return is_float(x.dtype()) && !x.is_abstract(); }

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return std::isnan(v) ? "nan" : text;
}

std::string described(const Tensor& x) {
  std::string text = std::string(name(x.dtype())) + " " + to_string(x.shape());
  if (x.is_abstract() || x.numel() == 0) return text;
  const Range r = range_of(x);
  if (r.low <= r.high) text += r.low == r.high ? ", " + number(r.low) : ", " + number(r.low) + " .. " + number(r.high);
  return r.bad ? text + ", " + std::to_string(r.bad) + " not finite" : text;
}

// The coordinates of element `place` in row-major order.
Shape coordinates(std::int64_t place, const Shape& shape) {
  Shape at(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    at[i] = place % shape[i];
    place /= shape[i];
  }
  return at;
}

std::string module_now() {
  if (backward) {
    const auto found = module_of.find(backward->id());
    return found == module_of.end() ? "" : found->second;
  }
  return ModuleScope::current() ? *ModuleScope::current() : last_module.empty() ? "" : "(after " + last_module + ")";
}

[[noreturn]] void tell(std::string_view consumer) {
  const Pending p = std::exchange(pending, std::nullopt).value();
  const ModuleScope place(p.module_path);
  fail<DivergedError>(p.op, p.detail + (consumer.empty() ? "" : "; taken in by " + std::string(consumer)));
}

}  // namespace

std::atomic<int> scopes{asked_for()};

void before(const Op& op, Inputs x) {
  if (ModuleScope::current()) last_module = *ModuleScope::current();
  for (const Tensor& t : x) {
    if (pending && t.array_ref() == pending->array) tell(op.text() + (backward ? " in the backward pass" : ""));
  }
  ++depth;
}

void after(const Op& op, Inputs x, const Tensor& y) {
  if (module_of.size() > 1'000'000) module_of.clear();  // steps that are long over
  if (y.node() && y.node()->recorded()) module_of[y.node()->id()] = module_now();
  --depth;
  if (pending && pending->depth > depth && pending->array != y.array_ref()) pending.reset();  // made within this operation's kernel: its result says what became of it
  if (pending || !can_fail(y) || op.info().family == Family::move) return;
  const Range r = range_of(y);
  if (r.bad == 0) return;
  // Infinities that were there before, in a mask for example, may stay; a NaN that was not there may not come.
  bool nan_before = false, inf_before = false;
  for (const Tensor& t : x) {
    if (!can_fail(t)) continue;
    for (const double v : Tensor(t.array_ref()).to_vector()) {
      nan_before |= std::isnan(v);
      inf_before |= std::isinf(v);
    }
  }
  std::int64_t made = -1;
  double value = 0;
  std::int64_t place = 0;
  for (const double v : Tensor(y.array_ref()).to_vector()) {
    if (made < 0 && ((std::isnan(v) && !nan_before) || (std::isinf(v) && !nan_before && !inf_before))) {
      made = place;
      value = v;
    }
    ++place;
  }
  if (made < 0) return;
  Pending p{std::string(op.info().name), {}, module_now(), y.array_ref(), depth};
  p.detail = "made " + number(value) + " at " + to_string(coordinates(made, y.shape())) + " (" + std::to_string(r.bad) + " of " + std::to_string(y.numel()) + " elements are not finite)";
  for (std::size_t i = 0; i < x.size(); ++i) p.detail += (i ? "; " : " from ") + std::string("input ") + std::to_string(i) + ": " + described(x[i]);
  if (backward && backward->op()) p.detail += "; in the gradient of " + backward->op()->text();
  pending = std::move(p);
}

void taken(std::string_view by, const Tensor& x) {
  if (pending && x.array_ref() == pending->array) tell(by);
}

Backward::Backward(const Node& node) : outer_(std::exchange(backward, &node)) {}
Backward::~Backward() { backward = outer_; }

}  // namespace anomaly

AnomalyScope::AnomalyScope() {
  anomaly::pending.reset();
  anomaly::depth = 0;
  ++anomaly::scopes;
}
AnomalyScope::~AnomalyScope() {
  --anomaly::scopes;
  anomaly::pending.reset();
  anomaly::module_of.clear();
}

}  // namespace gradus
