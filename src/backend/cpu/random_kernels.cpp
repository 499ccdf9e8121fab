#include "lang/targets.hpp"
// The targets come before everything else.
#include "backend/cpu/random_kernels.hpp"

#include <gradus/base/random.hpp>
#include <gradus/lang.hpp>

#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/random_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
#include "lang/pack.inl.hpp"
namespace {

constexpr int counters = 8;  // of a block

#if HWY_TARGET == HWY_SCALAR
// One counter, and one element, after the other.
void words(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::int64_t blocks, std::uint64_t* out) {
  for (std::int64_t b = 0; b < blocks; ++b) {
    for (std::uint64_t at = 0; at < counters; ++at) {
      const std::uint64_t position = (first + static_cast<std::uint64_t>(b)) * counters + at;
      const PhiloxCounter c = philox({static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(position >> 32), static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                                     {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
      std::uint64_t* to = out + b * cpu::block_words + at;
      to[0] = std::uint64_t{c[1]} << 32 | c[0];
      to[counters] = std::uint64_t{c[3]} << 32 | c[2];
    }
  }
}

void below(const std::uint64_t* words, std::int64_t blocks, std::uint16_t threshold, std::uint8_t* out) {
  for (std::int64_t i = 0; i < 4 * blocks * cpu::block_words; ++i) out[i] = static_cast<std::uint16_t>(words[i / 4] >> 16 * (i % 4)) < threshold;
}
#else
// Philox4x32-10, a counter in each lane of 64 bits, for `count` vectors of counters, some at a time, since each round waits for the last.
// Of a word of 32 bits only the low half of its lane counts: the upper half may hold anything, since a product of 32 bits does not read it.
constexpr int lanes = HWY_LANES(std::uint64_t);
template <int at_once>
HWY_ATTR HWY_INLINE void philox_vectors(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::int64_t vector, std::uint64_t* out) {
  const hn::ScalableTag<std::uint64_t> d;
  const hn::Repartition<std::uint32_t, decltype(d)> half;
  using V = hn::Vec<decltype(d)>;
  const auto m0 = hn::BitCast(half, hn::Set(d, 0xD2511F53)), m1 = hn::BitCast(half, hn::Set(d, 0xCD9E8D57)), low = hn::BitCast(half, hn::Set(d, 0xFFFFFFFF));
  V c0[at_once], c1[at_once], c2[at_once], c3[at_once];
  for (int v = 0; v < at_once; ++v) {
    c0[v] = hn::Iota(d, first * counters + static_cast<std::uint64_t>((vector + v) * lanes));
    c1[v] = hn::ShiftRight<32>(c0[v]), c2[v] = hn::Set(d, stream), c3[v] = hn::Set(d, stream >> 32);
  }
  auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const V key0 = hn::Set(d, k0), key1 = hn::Set(d, k1);
    for (int v = 0; v < at_once; ++v) {
      const auto p0 = hn::MulEven(hn::BitCast(half, c0[v]), m0), p1 = hn::MulEven(hn::BitCast(half, c2[v]), m1);
      c0[v] = hn::Xor3(hn::ShiftRight<32>(p1), c1[v], key0);
      c1[v] = p1;
      c2[v] = hn::Xor3(hn::ShiftRight<32>(p0), c3[v], key1);
      c3[v] = p0;
    }
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  const V keep = hn::BitCast(d, low);
  for (int v = 0; v < at_once; ++v) {
    std::uint64_t* to = out + (vector + v) * lanes / counters * cpu::block_words + (vector + v) * lanes % counters;
    hn::StoreU(hn::Or(hn::And(c0[v], keep), hn::ShiftLeft<32>(c1[v])), d, to);
    hn::StoreU(hn::Or(hn::And(c2[v], keep), hn::ShiftLeft<32>(c3[v])), d, to + counters);
  }
}
HWY_ATTR void words(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::int64_t blocks, std::uint64_t* out) {
  constexpr int at_once = lanes == 8 ? 4 : 2;  // as registers allow
  const std::int64_t vectors = blocks * counters / lanes;
  std::int64_t v = 0;
  for (; v + at_once <= vectors; v += at_once) philox_vectors<at_once>(seed, stream, first, v, out);
  for (; v < vectors; ++v) philox_vectors<1>(seed, stream, first, v, out);
}

HWY_ATTR void below(const std::uint64_t* words, std::int64_t blocks, std::uint16_t threshold, std::uint8_t* out) {
  const hn::ScalableTag<std::uint64_t> d;
  const hn::Repartition<std::uint16_t, decltype(d)> d16;
  const hn::Repartition<std::int16_t, decltype(d)> i16;
  const hn::Rebind<std::uint8_t, decltype(i16)> bytes;
  const auto limit = hn::Set(d16, threshold), one = hn::Set(d16, std::uint16_t{1});
  for (std::int64_t i = 0; i < blocks * cpu::block_words; i += lanes) {
    const auto bits = hn::BitCast(d16, hn::LoadU(d, words + i));
    hn::StoreU(hn::DemoteTo(bytes, hn::BitCast(i16, hn::IfThenElseZero(hn::Lt(bits, limit), one))), bytes, out + 4 * i);
  }
}
#endif

// [0, 1) with 24 bits from 32, with 52 from 64; and (0, 1], finer near 0, for the logarithm. `at` counts words of T's size.
HWY_ATTR HWY_INLINE hn::Vec<hn::ScalableTag<std::uint32_t>> bits_at(const std::uint64_t* words, std::int64_t at, float) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(hn::ScalableTag<std::uint32_t>(), static_cast<std::uint32_t>(words[at / 2] >> 32 * (at % 2)));
#else
  return hn::BitCast(hn::ScalableTag<std::uint32_t>(), hn::LoadU(hn::ScalableTag<std::uint64_t>(), words + at / 2));
#endif
}
HWY_ATTR HWY_INLINE Pack<float> number(hn::Vec<hn::ScalableTag<std::uint32_t>> bits) {
  return Pack<float>(hn::ConvertTo(hn::ScalableTag<float>(), hn::BitCast(hn::ScalableTag<std::int32_t>(), bits)));
}
HWY_ATTR HWY_INLINE Pack<float> unit(const std::uint64_t* words, std::int64_t at, float zero) { return number(hn::ShiftRight<8>(bits_at(words, at, zero))) * Pack<float>(0x1p-24F); }
HWY_ATTR HWY_INLINE Pack<double> unit(const std::uint64_t* words, std::int64_t at, double) {
  const hn::ScalableTag<std::uint64_t> d;
  const auto bits = hn::Or(hn::ShiftRight<12>(hn::LoadU(d, words + at)), hn::Set(d, 0x3FF0000000000000));
  return Pack<double>(hn::BitCast(hn::ScalableTag<double>(), bits)) - Pack<double>(1.0);
}
HWY_ATTR HWY_INLINE Pack<float> above_zero(const std::uint64_t* words, std::int64_t at, float zero) {
  return (number(hn::ShiftRight<1>(bits_at(words, at, zero))) + Pack<float>(0.5F)) * Pack<float>(0x1p-31F);
}
HWY_ATTR HWY_INLINE Pack<double> above_zero(const std::uint64_t* words, std::int64_t at, double zero) { return Pack<double>(1.0) - unit(words, at, zero); }

template <class T>
struct Draws {
  using V = Pack<T>;
  static constexpr std::int64_t per_word = 8 / sizeof(T), half_block = counters * per_word, step = V::lanes;

  static HWY_ATTR void uniform(const std::uint64_t* words, std::int64_t blocks, T low, T range, T most, T* out) {
    for (std::int64_t i = 0; i < 2 * blocks * half_block; i += step) min(unit(words, i, T()) * V(range) + V(low), V(most)).store(out + i);
  }
  // The first half of a block gives the radius, the second the angle; sine and cosine are its two halves again.
  static HWY_ATTR void normal(const std::uint64_t* words, std::int64_t blocks, T mean, T deviation, T* out) {
    for (std::int64_t b = 0; b < blocks; ++b) {
      for (std::int64_t i = 0; i < half_block; i += step) {
        const std::int64_t at = 2 * b * half_block + i;
        const V radius = sqrt(V(-2) * log(above_zero(words, at, T()))) * V(deviation), angle = unit(words, at + half_block, T()) * V(2 * std::numbers::pi_v<T>);
        (radius * cos(angle) + V(mean)).store(out + at);
        (radius * sin(angle) + V(mean)).store(out + at + half_block);
      }
    }
  }
};

constexpr cpu::RandomKernels kernels{&words, &below, &Draws<float>::uniform, &Draws<double>::uniform, &Draws<float>::normal, &Draws<double>::normal};

}  // namespace
const cpu::RandomKernels* get_random() { return &kernels; }
}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gradus {
HWY_EXPORT(get_random);
namespace cpu {

const RandomKernels& random_kernels() {
  static const RandomKernels* kernels = GRADUS_DISPATCH(get_random);
  return *kernels;
}

}  // namespace cpu
}  // namespace gradus
#endif
