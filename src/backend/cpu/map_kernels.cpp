#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/map_kernels.hpp"

#include <tuple>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/map_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {
using lang::Range;
using ops::Map;
#include <gradus/ops/map.inl.hpp>
#include <gradus/ops/elementary.inl.hpp>
#include <gradus/ops/activation.inl.hpp>
#include <gradus/ops/grad.inl.hpp>

template <class S, class T>
struct Run {
  using V = Pack<T>;
  static constexpr int at_once = V::lanes == 1 || requires { S::floating; } ? 1 : 4;  // the cheap ones would spend their time on the loop

  static HWY_ATTR void run(const void* const* in, void* out, std::int64_t n) {
    run_on(in, static_cast<T*>(out), n, std::make_index_sequence<static_cast<std::size_t>(S::family::inputs)>());
  }
  // The pointers are read once: for all that the compiler knows, a store might change them.
  template <std::size_t... K>
  static HWY_ATTR HWY_INLINE void run_on(const void* const* in, T* y, std::int64_t n, std::index_sequence<K...>) {
    const T* const x[] = {static_cast<const T*>(in[K])...};
    std::int64_t i = 0;
    if constexpr (at_once > 1) {
      for (; i + at_once * V::lanes <= n; i += at_once * V::lanes) {
        V result[at_once];
        for (int k = 0; k < at_once; ++k) result[k] = V(S::f(V::load(x[K] + i + k * V::lanes)...));
        for (int k = 0; k < at_once; ++k) result[k].store(y + i + k * V::lanes);
      }
    }
    for (; i < n; i += V::lanes) V(S::f(V::load(x[K] + i)...)).store(y + i);
  }
};

// S, and its last input added to that.
template <class S>
struct Plus {
  using family = Map<S::family::inputs + 1>;
  static constexpr auto f(auto... in) {
    const auto all = std::tie(in...);
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return S::f(std::get<K>(all)...) + std::get<sizeof...(K)>(all);
    }(std::make_index_sequence<sizeof...(in) - 1>{});
  }
};

template <class S, class T>
constexpr cpu::MapKernel plus() {
  if constexpr (requires { S::integral; } || requires { S::floating; } || requires { S::boolean; }) return nullptr;
  else return &Run<Plus<S>, T>::run;
}
// Derivatives that are made of the result alone, and those of cheap functions.
template <class S, int I, class T>
constexpr cpu::MapKernel gradient_plus() {
  if constexpr (!has_derivative<S, I>()) return nullptr;
  else if constexpr ((requires { S::floating; } && (Grad<S, I>::reads & ((1u << S::family::inputs) - 1))) || Grad<S, I>::family::inputs > 3) return nullptr;
  else return &Run<Plus<Grad<S, I>>, T>::run;
}

template <class S, class T>
constexpr cpu::MapKernel value() {
  if constexpr (requires { S::integral; }) return nullptr;
  else return &Run<S, T>::run;
}
template <class S, int I, class T>
constexpr cpu::MapKernel gradient() {
  if constexpr (has_derivative<S, I>()) return &Run<Grad<S, I>, T>::run;
  else return nullptr;
}

HWY_ATTR void truths(const std::uint8_t* from, float* to, std::int64_t n) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const hn::Rebind<std::int32_t, decltype(d)> words;
  std::int64_t i = 0;
  for (; i + Pack<float>::lanes <= n; i += Pack<float>::lanes) hn::StoreU(hn::ConvertTo(d, hn::PromoteTo(words, hn::LoadU(bytes, from + i))), d, to + i);
  for (; i < n; ++i) to[i] = from[i];
}

constexpr cpu::MapTable table = {
#define GRADUS_OP(S, ...) {value<S, float>(), gradient<S, 0, float>(), gradient<S, 1, float>(), gradient<S, 2, float>()},
    {GRADUS_MAP_OPS(GRADUS_OP)},
#undef GRADUS_OP
#define GRADUS_OP(S, ...) {value<S, double>(), gradient<S, 0, double>(), gradient<S, 1, double>(), gradient<S, 2, double>()},
    {GRADUS_MAP_OPS(GRADUS_OP)},
#undef GRADUS_OP
#define GRADUS_OP(S, ...) {plus<S, float>(), gradient_plus<S, 0, float>(), gradient_plus<S, 1, float>(), gradient_plus<S, 2, float>()},
    {GRADUS_MAP_OPS(GRADUS_OP)},
#undef GRADUS_OP
#define GRADUS_OP(S, ...) {plus<S, double>(), gradient_plus<S, 0, double>(), gradient_plus<S, 1, double>(), gradient_plus<S, 2, double>()},
    {GRADUS_MAP_OPS(GRADUS_OP)},
#undef GRADUS_OP
    &truths,
};

}  // namespace
const cpu::MapTable* get_map_table() { return &table; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_map_table);
const cpu::MapTable& cpu::map_table() {
  static const MapTable* table = GRADUS_DISPATCH(get_map_table);
  return *table;
}
}  // namespace gradus
#endif
