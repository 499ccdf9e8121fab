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
  static HWY_ATTR void run(const double* numbers, std::span<const optim::rules::Part> parts) {
    using V = Pack<T>;
    constexpr int states = static_cast<int>(std::size(Rule::states));
    const V c[] = {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7]};
    static_assert(std::size(c) == std::tuple_size_v<Numbers>);
    for (const optim::rules::Part& part : parts) {
      T* at[2 + states];
      for (std::size_t k = 0; k < std::size(at); ++k) at[k] = reinterpret_cast<T*>(part.places[k]);
      for (std::int64_t i = 0; i < part.n; i += V::lanes) {
        V p = V::load(at[0] + i), s[states];
        const V g = V::load(at[1] + i);
        if constexpr (kept) {
          for (int k = 0; k < states; ++k) s[k] = V::load(at[2 + k] + i);
        }
        Rule::step(p, g, s, c);
        p.store(at[0] + i);
        if constexpr (kept) {
          for (int k = 0; k < states; ++k) s[k].store(at[2 + k] + i);
        }
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
