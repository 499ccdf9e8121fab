#include "lang/targets.hpp"
// The targets come before everything else.
#include "cli/machine_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cli/machine_kernels.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

// Twelve chains: a multiply-add takes four cycles, and two begin in each. They start at different numbers, so that no two are the same, and
// stay near 1, so that none leaves the normal numbers.
HWY_ATTR double multiply_add(std::int64_t rounds, float* sink) {
  const D d;
  const V factor = hn::Set(d, 0.999F), term = hn::Set(d, 0.001F);
  V a = hn::Set(d, 0.1F), b = hn::Set(d, 0.2F), c = hn::Set(d, 0.3F), e = hn::Set(d, 0.4F), f = hn::Set(d, 0.5F), g = hn::Set(d, 0.6F);
  V h = hn::Set(d, 0.7F), i = hn::Set(d, 0.8F), j = hn::Set(d, 0.9F), k = hn::Set(d, 1.1F), l = hn::Set(d, 1.2F), m = hn::Set(d, 1.3F);
  for (std::int64_t r = 0; r < rounds; ++r) {
    a = hn::MulAdd(a, factor, term), b = hn::MulAdd(b, factor, term), c = hn::MulAdd(c, factor, term);
    e = hn::MulAdd(e, factor, term), f = hn::MulAdd(f, factor, term), g = hn::MulAdd(g, factor, term);
    h = hn::MulAdd(h, factor, term), i = hn::MulAdd(i, factor, term), j = hn::MulAdd(j, factor, term);
    k = hn::MulAdd(k, factor, term), l = hn::MulAdd(l, factor, term), m = hn::MulAdd(m, factor, term);
  }
  const V left = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(f, g));
  *sink = hn::GetLane(hn::SumOfLanes(d, hn::Add(left, hn::Add(hn::Add(hn::Add(h, i), hn::Add(j, k)), hn::Add(l, m)))));
  return 2.0 * 12 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

HWY_ATTR void read(const float* x, std::int64_t n, float* sink) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  V a = hn::Zero(d), b = a, c = a, e = a;
  for (std::int64_t i = 0; i < n; i += 4 * lanes) {
    a = hn::Add(a, hn::Load(d, x + i));
    b = hn::Add(b, hn::Load(d, x + i + lanes));
    c = hn::Add(c, hn::Load(d, x + i + 2 * lanes));
    e = hn::Add(e, hn::Load(d, x + i + 3 * lanes));
  }
  *sink = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e))));
}

HWY_ATTR void copy(const float* x, float* y, std::int64_t n) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < n; i += lanes) hn::Store(hn::Load(d, x + i), d, y + i);
}

HWY_ATTR void stream(const float* x, float* y, std::int64_t n) {
  const D d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < n; i += lanes) hn::Stream(hn::Load(d, x + i), d, y + i);
  hwy::FlushStream();
}

constexpr cli::MachineKernels kernels = {&multiply_add, &read, &copy, &stream};
}  // namespace

const cli::MachineKernels* get_machine_kernels() { return &kernels; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_machine_kernels);

const cli::MachineKernels& cli::machine_kernels() {
  static const MachineKernels* chosen = HWY_DYNAMIC_DISPATCH(get_machine_kernels)();
  return *chosen;
}

}  // namespace gradus
#endif
