#include <gradus/plan/compile.hpp>
#include <gradus/tensor/anomaly.hpp>
#include <gradus/tensor/node.hpp>
#include <gradus/tensor/tracer.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "plan/plan.hpp"
#include "plan/trace.hpp"

namespace gradus::plan {

constexpr std::ptrdiff_t most_plans = 8;  // for one mode and number of threads: a function of ever new shapes would fill the memory with plans

struct Plans::Kept {
  Options options;
  std::vector<std::unique_ptr<Plan>> plans;  // the one used last is the first
  std::int64_t traces = 0;
  std::atomic_flag busy = ATOMIC_FLAG_INIT;

  // Switching threads() or deterministic() back and forth leaves as much room for new shapes as there was.
  bool full() const { return std::ranges::count_if(plans, [](const auto& plan) { return plan->made_for_now(); }) >= most_plans; }
  void add(Given x, Function f) {
    std::vector<Spec> specs;
    for (const Tensor* t : x) specs.push_back(t->spec());
    plans.insert(plans.begin(), std::make_unique<Plan>(trace(specs, f), options));
    ++traces;
  }
};

namespace {

struct Busy {
  std::atomic_flag& flag;
  bool mine;
  explicit Busy(std::atomic_flag& f) : flag(f), mine(!f.test_and_set(std::memory_order_acquire)) {}
  ~Busy() {
    if (mine) flag.clear(std::memory_order_release);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
};

// GRADUS_CHECK=trace, or trace=N
std::int64_t asked_for() {
  static const std::int64_t every = [] {
    const char* text = std::getenv("GRADUS_CHECK");
    if (!text || std::strncmp(text, "trace", 5) != 0) return std::int64_t{0};
    return text[5] == '=' ? std::max<std::int64_t>(1, std::atoll(text + 6)) : std::int64_t{100};
  }();
  return every;
}

bool transformed(Given x) {
  for (const Tensor* t : x) {
    if (!t->defined()) fail<ValueError>("compile", "an input is an undefined tensor", "a default-constructed Tensor holds nothing: assign it first");
    if (t->is_abstract() || (t->node() && (t->node()->recorded() || !t->node()->lifts().empty()))) return true;
  }
  return false;
}

}  // namespace

Plans::Plans(const Options& options) : kept_(std::make_unique<Kept>()) {
  kept_->options = options;
  if (options.check_every == 0) kept_->options.check_every = asked_for();
}
Plans::~Plans() = default;
Plans::Plans(Plans&&) noexcept = default;
Plans& Plans::operator=(Plans&&) noexcept = default;
void Plans::prepare(Given x, Function f) {
  const Busy busy(kept_->busy);
  if (!busy.mine || Tracer::current() || kept_->full()) return;
  if (std::ranges::none_of(kept_->plans, [&](const auto& plan) { return plan->fits(x); })) kept_->add(x, f);
}
std::int64_t Plans::traces() const { return kept_->traces; }
Report Plans::report() const { return kept_->plans.empty() ? Report() : kept_->plans.front()->report(); }
Report Plans::measure(Given x, Function f, int runs) {
  static_cast<void>(call(x, f));
  if (kept_->plans.empty() || !kept_->plans.front()->fits(x)) return {};
  return kept_->plans.front()->measure(x, runs);
}

namespace {

Tensors eagerly(Given x, Function f, std::int64_t times) {
  Tensors in, y;
  for (const Tensor* t : x) in.push_back(*t);
  for (std::int64_t i = 0; i < times; ++i) y = f(in);
  return y;
}

}  // namespace

Tensors Plans::call(Given x, Function f, std::int64_t times) {
  if (times < 1) fail<ValueError>("repeat", std::to_string(times) + " times; at least once");
  static const bool off = [] {
    const char* text = std::getenv("GRADUS_COMPILE");
    return text && std::strcmp(text, "off") == 0;
  }();
  if (off || Tracer::current() || GradScope::depth() > 0 || anomaly::on() || transformed(x)) return eagerly(x, f, times);
  const Busy busy(kept_->busy);
  if (!busy.mine) return eagerly(x, f, times);  // another thread is in it
  auto& plans = kept_->plans;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!plans[i]->fits(x)) continue;
    if (i > 0) std::swap(plans[0], plans[i]);
    return plans[0]->run(x, times, f);
  }
  if (kept_->full()) return eagerly(x, f, times);
  Tensors held;  // what is traced may assign the very tensor that it was called with
  SmallVec<const Tensor*, 3> in;
  held.reserve(x.size());
  for (const Tensor* t : x) held.push_back(*t), in.push_back(&held.back());
  kept_->add(in, f);
  return plans[0]->run(in, times, f);
}

}  // namespace gradus::plan
