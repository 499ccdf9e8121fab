// Making and filling tensors.
#pragma once
#include <cstring>
#include <gradus/tensor.hpp>

namespace gradus::data {

// A new tensor; fill(pointer, count) writes it.
template <class T, class F>
Tensor filled(Shape shape, F&& fill) {
  Ref<Array> array = Array::make({std::move(shape), dtype_of<T>()});
  fill(static_cast<T*>(array->data()), array->numel());
  return Tensor(std::move(array));
}

// The chosen entries of the first axis, one after the other; they must exist.
Tensor gather_rows(const Tensor& x, std::span<const std::int64_t> chosen);

// Numbers 0..n-1 in an order that is a pure function of the generator.
std::vector<std::int64_t> shuffled(std::int64_t n, Random random);

// Streams of random numbers. The high bits keep them apart from each other and from those of manual_seed, which count from 0.
enum class Stream : std::uint64_t { noise = 0xA, order = 0xB, held_out = 0xC, generated = 0xD, windows = 0xE };
inline Random random(std::uint64_t seed, Stream stream, std::uint64_t number) {
  return Random(seed, static_cast<std::uint64_t>(stream) << 60 | number);
}

}  // namespace gradus::data
