#include "lang/targets.hpp"
// The targets come before everything else.
#include "optim/kernels.hpp"

#include <gradus/lang.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "optim/kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {
using optim::rules::adam_numbers;
using optim::rules::Numbers;
#include <gradus/optim/rules.inl.hpp>

template <class Rule, class T, bool kept>
struct Update {
  static HWY_ATTR void run(const double* numbers, const void* const* in, void* const* out, std::int64_t n) {
    using V = Pack<T>;
    constexpr int states = static_cast<int>(std::size(Rule::states));
    V c[std::tuple_size_v<Numbers>];
    for (std::size_t i = 0; i < std::size(c); ++i) c[i] = V(numbers[i]);
    for (std::int64_t i = 0; i < n; i += V::lanes) {
      V p = V::load(static_cast<const T*>(in[0]) + i), s[states];
      const V g = V::load(static_cast<const T*>(in[1]) + i);
      if constexpr (kept) {
        for (int k = 0; k < states; ++k) s[k] = V::load(static_cast<const T*>(in[2 + k]) + i);
      }
      Rule::step(p, g, s, c);
      p.store(static_cast<T*>(out[0]) + i);
      if constexpr (kept) {
        for (int k = 0; k < states; ++k) s[k].store(static_cast<T*>(out[1 + k]) + i);
      }
    }
  }
};

constexpr optim::KernelTable table = {{
#define GRADUS_RULE(R) \
  {{&Update<R, double, false>::run, &Update<R, double, true>::run}, {&Update<R, float, false>::run, &Update<R, float, true>::run}},
    GRADUS_UPDATE_RULES(GRADUS_RULE)
#undef GRADUS_RULE
}};

}  // namespace
const optim::KernelTable* get_update_table() { return &table; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_update_table);
const optim::KernelTable& optim::kernel_table() {
  static const KernelTable* table = GRADUS_DISPATCH(get_update_table);
  return *table;
}
}  // namespace gradus
#endif
