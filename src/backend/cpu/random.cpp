// Random numbers of a key, some blocks at a time.
#include <gradus/base/threads.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "backend/cpu/dense.hpp"
#include "backend/cpu/families.hpp"
#include "backend/cpu/random_kernels.hpp"

namespace gradus::cpu {
namespace {

constexpr std::int64_t batch = 32;                // blocks made at a time: 4 kB of words

// Calls fill(words, blocks, to) for all blocks, `each` elements a block. What a last block gives beyond the end is dropped.
template <class E, class Fill>
void draw(Inputs x, Array& y, std::int64_t each, Fill&& fill) {
  const Dense<std::int64_t> key(x[0].array());
  const auto seed = static_cast<std::uint64_t>(key.data()[0]), stream = static_cast<std::uint64_t>(key.data()[1]);
  DenseResult<E> out(y);
  const std::int64_t n = y.numel(), blocks = (n + each - 1) / each;
  parallel_for(blocks, Cost(each), [&](std::int64_t first, std::int64_t last) {
    const Work<std::uint64_t> words(batch * block_words);
    const Work<E> rest(batch * each);
    for (std::int64_t b = first; b < last; b += batch) {
      const std::int64_t count = std::min(batch, last - b), elements = std::min(count * each, n - b * each);
      random_kernels().words(seed, stream, static_cast<std::uint64_t>(b), count, words.data());
      const bool whole = elements == count * each;
      fill(words.data(), count, whole ? out.data() + b * each : rest.data());
      if (!whole) std::memcpy(out.data() + b * each, rest.data(), static_cast<std::size_t>(elements) * sizeof(E));
    }
  });
  out.finish();
}

void run_bernoulli(const Kernel& kernel, Inputs x, Array& y) {
  const double p = ops::as<ops::Bernoulli>(*kernel.op)->p;
  const auto threshold = static_cast<std::uint32_t>(std::lround(p * 65536));
  draw<bool>(x, y, 64, [&](const std::uint64_t* words, std::int64_t blocks, bool* to) {
    if (threshold > 65535) std::fill_n(to, blocks * 64, true);
    else random_kernels().below(words, blocks, static_cast<std::uint16_t>(threshold), reinterpret_cast<std::uint8_t*>(to));
  });
}

template <class T>
void run_uniform(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::Uniform>(*kernel.op);
  const T low = static_cast<T>(op.low), high = static_cast<T>(op.high), most = op.low < op.high && !(high < op.high) ? std::nextafter(high, low) : high, range = static_cast<T>(op.high - op.low);
  draw<T>(x, y, 128 / static_cast<std::int64_t>(sizeof(T)), [&](const std::uint64_t* words, std::int64_t blocks, T* to) {
    if constexpr (sizeof(T) == 4) random_kernels().uniform_f32(words, blocks, low, range, most, to);
    else random_kernels().uniform_f64(words, blocks, low, range, most, to);
  });
}

template <class T>
void run_normal(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::Normal>(*kernel.op);
  draw<T>(x, y, 128 / static_cast<std::int64_t>(sizeof(T)), [&](const std::uint64_t* words, std::int64_t blocks, T* to) {
    if constexpr (sizeof(T) == 4) random_kernels().normal_f32(words, blocks, static_cast<T>(op.mean), static_cast<T>(op.deviation), to);
    else random_kernels().normal_f64(words, blocks, op.mean, op.deviation, to);
  });
}

}  // namespace

Kernel prepare_random(const Op& op, Inputs, const Array& y) {
  const bool f32 = y.dtype() == Dtype::f32;
  if (ops::as<ops::Bernoulli>(op)) return {&run_bernoulli, &op};
  if (ops::as<ops::Uniform>(op)) return {f32 ? &run_uniform<float> : &run_uniform<double>, &op};
  if (ops::as<ops::Normal>(op)) return {f32 ? &run_normal<float> : &run_normal<double>, &op};
  return {};
}

}  // namespace gradus::cpu
