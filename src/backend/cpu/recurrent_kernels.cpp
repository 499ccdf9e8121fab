#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/recurrent_kernels.hpp"

#include <gradus/lang.hpp>

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/recurrent_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {

// The lanes of a row from some place on: all of them, or the few that are left.
template <class T>
struct Lanes {
  using V = Pack<T>;
  std::int64_t at, count;

  HWY_ATTR HWY_INLINE Lanes(std::int64_t first, std::int64_t n) : at(first), count(std::min<std::int64_t>(V::lanes, n - first)) {}
  HWY_ATTR HWY_INLINE V load(const T* row) const {
    if (count == V::lanes) return V::load(row + at);
    alignas(64) T few[V::lanes] = {};
    std::memcpy(few, row + at, static_cast<std::size_t>(count) * sizeof(T));
    return V::load(few);
  }
  HWY_ATTR HWY_INLINE void store(V v, T* row) const {
    if (count == V::lanes) return v.store(row + at);
    alignas(64) T few[V::lanes];
    v.store(few);
    std::memcpy(row + at, few, static_cast<std::size_t>(count) * sizeof(T));
  }
  HWY_ATTR HWY_INLINE void add(V v, T* row) const { store(load(row) + v, row); }
};

template <class T>
struct Cells {
  using V = Pack<T>;
  using L = Lanes<T>;

  static HWY_ATTR void lstm(std::int64_t n, std::int64_t H, const cpu::Units& u, T* gates, const T* from_h, const T* bias, const T* c_before, T* c, T* h) {
    for (std::int64_t r = 0; r < n; ++r, gates += 4 * H, from_h += u.step, c_before += H, c += H, h += H) {
      for (std::int64_t k = u.first; k < u.last; k += V::lanes) {
        const L at(k, u.last), here(k - u.first, u.last - u.first);
        const auto sum = [&](int gate) HWY_ATTR { return at.load(gates + gate * H) + here.load(from_h + gate * u.width) + at.load(bias + gate * H); };
        const V i = logistic(sum(0)), f = logistic(sum(1)), g = tanh(sum(2)), o = logistic(sum(3));
        const V cell = f * at.load(c_before) + i * g;
        at.store(i, gates), at.store(f, gates + H), at.store(g, gates + 2 * H), at.store(o, gates + 3 * H);
        at.store(cell, c);
        at.store(o * tanh(cell), h);
      }
    }
  }

  static HWY_ATTR void lstm_grad(std::int64_t n, std::int64_t H, const cpu::Units& u, const T* gates, const T* c_before, const T* c, const T* dh, const T* g, T* dc, T* d, T* db) {
    for (std::int64_t r = 0; r < n; ++r, gates += 4 * H, c_before += H, c += H, dh += u.step, g += H, dc += H, d += 4 * H) {
      for (std::int64_t k = u.first; k < u.last; k += V::lanes) {
        const L at(k, u.last), here(k - u.first, u.last - u.first);
        const V i = at.load(gates), f = at.load(gates + H), fresh = at.load(gates + 2 * H), o = at.load(gates + 3 * H), y = tanh(at.load(c));
        const V slope = here.load(dh) + at.load(g), cell = at.load(dc) + slope * o * (V(1) - y * y);
        const V parts[4] = {cell * fresh * (i * (V(1) - i)), cell * at.load(c_before) * (f * (V(1) - f)), cell * i * (V(1) - fresh * fresh), slope * y * (o * (V(1) - o))};
        at.store(cell * f, dc);
        for (int gate = 0; gate < 4; ++gate) {
          at.store(parts[gate], d + gate * H);
          at.add(parts[gate], db + gate * H);
        }
      }
    }
  }

  static HWY_ATTR void gru(std::int64_t n, std::int64_t H, const cpu::Units& u, const T* from_x, const T* from_h, const T* bias_x, const T* bias_h, const T* before, T* kept, T* h) {
    for (std::int64_t r = 0; r < n; ++r, from_x += 3 * H, from_h += u.step, before += H, kept += 4 * H, h += H) {
      for (std::int64_t k = u.first; k < u.last; k += V::lanes) {
        const L at(k, u.last), here(k - u.first, u.last - u.first);
        const auto x = [&](int gate) HWY_ATTR { return at.load(from_x + gate * H) + at.load(bias_x + gate * H); };
        const auto s = [&](int gate) HWY_ATTR { return here.load(from_h + gate * u.width) + at.load(bias_h + gate * H); };
        const V reset = logistic(x(0) + s(0)), update = logistic(x(1) + s(1)), state = s(2), fresh = tanh(x(2) + reset * state);
        at.store(reset, kept), at.store(update, kept + H), at.store(fresh, kept + 2 * H), at.store(state, kept + 3 * H);
        at.store(fresh + update * (at.load(before) - fresh), h);
      }
    }
  }

  static HWY_ATTR void gru_grad(std::int64_t n, std::int64_t H, const cpu::Units& u, const T* kept, const T* before, const T* dh, const T* g, T* carry, T* dx, T* dh_sum, T* db_x, T* db_h) {
    for (std::int64_t r = 0; r < n; ++r, kept += 4 * H, before += H, dh += u.step, g += H, carry += H, dx += 3 * H, dh_sum += 3 * H) {
      for (std::int64_t k = u.first; k < u.last; k += V::lanes) {
        const L at(k, u.last), here(k - u.first, u.last - u.first);
        const V reset = at.load(kept), update = at.load(kept + H), fresh = at.load(kept + 2 * H), state = at.load(kept + 3 * H);
        const V slope = here.load(dh) + at.load(g) + at.load(carry), inner = slope * (V(1) - update) * (V(1) - fresh * fresh);
        const V d_reset = inner * state * (reset * (V(1) - reset)), d_update = slope * (at.load(before) - fresh) * (update * (V(1) - update));
        at.store(slope * update, carry);
        const V x[3] = {d_reset, d_update, inner}, s[3] = {d_reset, d_update, inner * reset};
        for (int gate = 0; gate < 3; ++gate) {
          at.store(x[gate], dx + gate * H), at.store(s[gate], dh_sum + gate * H);
          at.add(x[gate], db_x + gate * H), at.add(s[gate], db_h + gate * H);
        }
      }
    }
  }

  static HWY_ATTR void plain(std::int64_t n, std::int64_t H, const cpu::Units& u, bool relu, const T* from_x, const T* from_h, const T* bias, T* h) {
    for (std::int64_t r = 0; r < n; ++r, from_x += H, from_h += u.step, h += H) {
      for (std::int64_t k = u.first; k < u.last; k += V::lanes) {
        const L at(k, u.last), here(k - u.first, u.last - u.first);
        const V x = at.load(from_x) + here.load(from_h) + at.load(bias);
        at.store(relu ? max(x, V(0)) : tanh(x), h);
      }
    }
  }

  static HWY_ATTR void plain_grad(std::int64_t n, std::int64_t H, const cpu::Units& u, bool relu, const T* h, const T* dh, const T* g, T* d, T* db) {
    for (std::int64_t r = 0; r < n; ++r, h += H, dh += u.step, g += H, d += H) {
      for (std::int64_t k = u.first; k < u.last; k += V::lanes) {
        const L at(k, u.last), here(k - u.first, u.last - u.first);
        const V y = at.load(h), slope = here.load(dh) + at.load(g), out = relu ? select(y > 0, slope, V(0)) : slope * (V(1) - y * y);
        at.store(out, d);
        at.add(out, db);
      }
    }
  }

  static constexpr cpu::RecurrentKernels<T> all{&lstm, &lstm_grad, &gru, &gru_grad, &plain, &plain_grad};
};

}  // namespace
const cpu::RecurrentKernels<float>* get_recurrent_f32() { return &Cells<float>::all; }
const cpu::RecurrentKernels<double>* get_recurrent_f64() { return &Cells<double>::all; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_recurrent_f32);
HWY_EXPORT(get_recurrent_f64);
namespace cpu {

template <>
const RecurrentKernels<float>& recurrent_kernels() {
  static const RecurrentKernels<float>* kernels = GRADUS_DISPATCH(get_recurrent_f32);
  return *kernels;
}
template <>
const RecurrentKernels<double>& recurrent_kernels() {
  static const RecurrentKernels<double>* kernels = GRADUS_DISPATCH(get_recurrent_f64);
  return *kernels;
}

}  // namespace cpu
}  // namespace gradus
#endif
