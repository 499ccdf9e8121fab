// Kernels of random numbers, compiled once for each instruction set. A block is what 8 counters give: 16 words of 64 bits, those made
// of the first halves of the counters' 128 bits before those of the second halves.
#pragma once
#include <cstdint>

namespace gradus::cpu {

inline constexpr std::int64_t block_words = 16;

struct RandomKernels {
  // The words of blocks first .. first + blocks of a stream.
  void (*words)(std::uint64_t seed, std::uint64_t stream, std::uint64_t first, std::int64_t blocks, std::uint64_t* out);
  // 1 where 16 bits are less than the threshold, else 0; 64 elements a block.
  void (*below)(const std::uint64_t* words, std::int64_t blocks, std::uint16_t threshold, std::uint8_t* out);
  // low + u * range for u in [0, 1), at most `most`; 32 elements a block in f32, 16 in f64.
  void (*uniform_f32)(const std::uint64_t* words, std::int64_t blocks, float low, float range, float most, float* out);
  void (*uniform_f64)(const std::uint64_t* words, std::int64_t blocks, double low, double range, double most, double* out);
  void (*normal_f32)(const std::uint64_t* words, std::int64_t blocks, float mean, float deviation, float* out);
  void (*normal_f64)(const std::uint64_t* words, std::int64_t blocks, double mean, double deviation, double* out);
};

const RandomKernels& random_kernels();

}  // namespace gradus::cpu
