#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/small_kernels.hpp"

#include <gradus/lang.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/small_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {

template <class T>
struct Small {
  using V = Pack<T>;
  using Lane = typename cpu::SmallKernels<T>::Lane;

  static HWY_ATTR HWY_INLINE V picked(V x, const Lane* at) { return V(hn::TableLookupLanes(x.raw, hn::SetTableIndices(typename V::Tag(), at))); }

  static HWY_ATTR void pick(const T* x, const Lane* at, T* y) { picked(V::load(x), at).store(y); }

  static HWY_ATTR void product(std::int64_t k, const T* a, const Lane* at_a, const T* b, const Lane* at_b, T* y) {
    const V left = V::load(a), right = V::load(b);
    V sum(T(0));
    for (std::int64_t p = 0; p < k; ++p) sum = fma(picked(left, at_a + p * V::lanes), picked(right, at_b + p * V::lanes), sum);
    sum.store(y);
  }

  static HWY_ATTR HWY_INLINE V term(std::int64_t p, std::int64_t n, V x, const Lane* at) { return p < n ? V(T(0)) + picked(x, at + p * V::lanes) : V(T(0)); }
  static HWY_ATTR HWY_INLINE V four(std::int64_t p, std::int64_t step, std::int64_t n, V x, const Lane* at) {
    return (term(p, n, x, at) + term(p + 2 * step, n, x, at)) + (term(p + step, n, x, at) + term(p + 3 * step, n, x, at));
  }
  static HWY_ATTR void sum(std::int64_t n, const T* x, const Lane* at, T divisor, T* y) {
    const V all = V::load(x);
    V total = n <= 4 ? four(0, 1, n, all, at) : (four(0, 4, n, all, at) + four(2, 4, n, all, at)) + (four(1, 4, n, all, at) + four(3, 4, n, all, at));
    if (divisor != T(1)) total = total / V(divisor);
    total.store(y);
  }

  static constexpr cpu::SmallKernels<T> kernels{V::lanes, &pick, &product, &sum};
};

}  // namespace
const cpu::SmallKernels<float>* get_small_f32() { return &Small<float>::kernels; }
const cpu::SmallKernels<double>* get_small_f64() { return &Small<double>::kernels; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_small_f32);
HWY_EXPORT(get_small_f64);
namespace cpu {
template <>
const SmallKernels<float>& small_kernels() {
  static const SmallKernels<float>* kernels = GRADUS_DISPATCH(get_small_f32);
  return *kernels;
}
template <>
const SmallKernels<double>& small_kernels() {
  static const SmallKernels<double>* kernels = GRADUS_DISPATCH(get_small_f64);
  return *kernels;
}
}  // namespace cpu
}  // namespace gradus
#endif
