// compile: a function of tensors becomes a plan, a list of kernels on memory given out beforehand, which is run again and again.
//   auto step = compile([&](Tensor x, Tensor y) {
//     auto [loss, g] = value_and_grad(net, [&](const Mlp& n) { return nn::mse(n(x), y); });
//     opt.update(net, g);
//     return loss;
//   });
//   for (...) step(x, y);                        // traced at the first call, replayed from then on
//   step.traces();                               // 1: how often it was traced; new shapes trace again
// The function runs once, on tensors without numbers. Parameters and State that it captures are read and written at every call;
// all else that it captures is a constant of the plan. It must not look at numbers: item() and values() are a TraceError there.
#pragma once
#include <functional>
#include <memory>
#include <tuple>

#include "../autodiff.hpp"
#include "options.hpp"
#include "report.hpp"

namespace gradus {

namespace plan {

class Plan;

// The inputs of a call, where they are: a call of a tiny plan has no time for copies.
using Given = std::span<const Tensor* const>;

// The function that is compiled, as seen from here. It must outlive the call that it is given to.
struct Function {
  void* self;
  Tensors (*call)(void* self, Inputs x);
  Tensors operator()(Inputs x) const { return call(self, x); }
};

// The plans of one function: one for each set of shapes and dtypes, in training and outside.
class Plans {
 public:
  explicit Plans(const Options& options);
  ~Plans();
  Plans(Plans&&) noexcept;
  Plans& operator=(Plans&&) noexcept;

  // Runs the plan for these inputs, made by tracing `f` if there is none. Within another transform (grad, vmap, another compiled
  // function), while the anomaly finder is on, and with GRADUS_COMPILE=off in the environment, `f` itself is run.
  Tensors call(Given x, Function f, std::int64_t times = 1);  // the results of the last time
  void prepare(Given x, Function f);  // makes the plan for these inputs and does not run it
  std::int64_t traces() const;
  Report report() const;  // of the plan that ran last; empty before the first call
  // Runs it so many times more and gives the shortest time of each task. All that the function writes is written each time.
  Report measure(Given x, Function f, int runs);

 private:
  struct Kept;
  std::unique_ptr<Kept> kept_;
};

// Results of a function as a list of tensors, and back.
template <class R>
struct Results {
  static Tensors list(R r) {
    return std::apply([](auto&&... y) { return Tensors{std::forward<decltype(y)>(y)...}; }, std::move(r));
  }
  static R from(Tensors y) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return R{std::move(y[I])...}; }(std::make_index_sequence<std::tuple_size_v<R>>{});
  }
};
template <>
struct Results<Tensor> {
  static Tensors list(Tensor y) { return {std::move(y)}; }
  static Tensor from(Tensors y) { return std::move(y[0]); }
};
template <>
struct Results<Tensors> {
  static Tensors list(Tensors y) { return y; }
  static Tensors from(Tensors y) { return y; }
};

}  // namespace plan

template <class F>
class Compiled {
 public:
  explicit Compiled(F f, const plan::Options& options = {}) : f_(std::move(f)), plans_(options) {}

  // Tensors -> a Tensor, a tuple, pair or array of them, Tensors, or nothing.
  template <class... X>
    requires(std::is_convertible_v<const X&, const Tensor&> && ...)
  auto operator()(const X&... x) {
    return run(1, static_cast<const Tensor&>(x)...);
  }
  // Calls it so many times with the same inputs; what it writes is written each time. The results are those of the last time.
  template <class... X>
  auto repeat(std::int64_t times, const X&... x) {
    return run(times, static_cast<const Tensor&>(x)...);
  }

  // Traces it for inputs of these shapes, without running it: what can go wrong goes wrong now.
  template <class... X>
  void prepare(const X&... x) {
    with([&](plan::Given in) { plans_.prepare(in, function<sizeof...(X)>()); }, static_cast<const Tensor&>(x)...);
  }
  std::int64_t traces() const { return plans_.traces(); }
  plan::Report report() const { return plans_.report(); }
  template <class... X>
  plan::Report measure(int runs, const X&... x) {
    return with([&](plan::Given in) { return plans_.measure(in, function<sizeof...(X)>(), runs); }, static_cast<const Tensor&>(x)...);
  }

 private:
  template <class Use, class... T>
  static auto with(Use&& use, const T&... x) {
    const std::array<const Tensor*, sizeof...(T)> in{&x...};
    return use(plan::Given(in));
  }
  template <class... T>
  auto run(std::int64_t times, const T&... x) {
    using R = std::decay_t<decltype(f_(x...))>;
    Tensors y = with([&](plan::Given in) { return plans_.call(in, function<sizeof...(T)>(), times); }, x...);
    if constexpr (!std::is_void_v<R>) return plan::Results<R>::from(std::move(y));
  }
  template <std::size_t N>
  plan::Function function() {
    return {this, [](void* self, Inputs x) { return static_cast<Compiled*>(self)->listed(x, std::make_index_sequence<N>{}); }};
  }
  template <std::size_t... I>
  Tensors listed([[maybe_unused]] Inputs x, std::index_sequence<I...>) {
    using R = std::decay_t<decltype(f_(x[I]...))>;
    if constexpr (std::is_void_v<R>) return f_(x[I]...), Tensors();
    else return plan::Results<R>::list(f_(x[I]...));
  }
  F f_;
  plan::Plans plans_;
};

// f: tensors -> tensors. A network is a function too: auto predict = compile(std::ref(net)).
template <class F>
Compiled<F> compile(F f, const plan::Options& options = {}) {
  return Compiled<F>(std::move(f), options);
}

}  // namespace gradus
