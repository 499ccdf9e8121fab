#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/map_kernels.hpp"

#include <tuple>

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
  static HWY_ATTR void run(const void* const* in, void* out, std::int64_t n) {
    using V = Pack<T>;
    T* y = static_cast<T*>(out);
    for (std::int64_t i = 0; i < n; i += V::lanes) {
      if constexpr (S::family::inputs == 1) {
        V(S::f(V::load(static_cast<const T*>(in[0]) + i))).store(y + i);
      } else if constexpr (S::family::inputs == 2) {
        V(S::f(V::load(static_cast<const T*>(in[0]) + i), V::load(static_cast<const T*>(in[1]) + i))).store(y + i);
      } else if constexpr (S::family::inputs == 3) {
        V(S::f(V::load(static_cast<const T*>(in[0]) + i), V::load(static_cast<const T*>(in[1]) + i), V::load(static_cast<const T*>(in[2]) + i))).store(y + i);
      } else {
        V(S::f(V::load(static_cast<const T*>(in[0]) + i), V::load(static_cast<const T*>(in[1]) + i), V::load(static_cast<const T*>(in[2]) + i), V::load(static_cast<const T*>(in[3]) + i))).store(y + i);
      }
    }
  }
};

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

constexpr cpu::MapTable table = {
#define GRADUS_OP(S, ...) {value<S, float>(), gradient<S, 0, float>(), gradient<S, 1, float>(), gradient<S, 2, float>()},
    {GRADUS_MAP_OPS(GRADUS_OP)},
#undef GRADUS_OP
#define GRADUS_OP(S, ...) {value<S, double>(), gradient<S, 0, double>(), gradient<S, 1, double>(), gradient<S, 2, double>()},
    {GRADUS_MAP_OPS(GRADUS_OP)},
#undef GRADUS_OP
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
