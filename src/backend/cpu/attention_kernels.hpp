// Attention on tiles. Scores, and what becomes of them, lie as [keys, queries]: a vector holds one key and many queries, so that sums
// over the keys need no sums within vectors, and any number of keys is as good as another. Recurrent layers use the products too.
#pragma once
#include <cstdint>

namespace gradus::cpu {

// A matrix of which every row is in one piece, `step` elements after the one before.
template <class T>
struct Rows {
  T* data;
  std::int64_t step;
  Rows from(std::int64_t row, std::int64_t column = 0) const { return {data + row * step + column, step}; }
  operator Rows<const T>() const { return {data, step}; }
};

// For one element type. "Whole vectors": as many columns more as fill the last vector are read and written.
template <class T>
struct AttentionKernels {
  std::int64_t stripe;  // queries that softmax and slopes take at once: two vectors
  // c [m, n] = a b, or c += a b if there is `more`; n in whole vectors. a is [m, k]; `turned` it is [k, m].
  void (*multiply)(std::int64_t m, std::int64_t n, std::int64_t k, Rows<const T> a, Rows<const T> b, Rows<T> c, bool more);
  void (*multiply_turned)(std::int64_t m, std::int64_t n, std::int64_t k, Rows<const T> a, Rows<const T> b, Rows<T> c, bool more);
  // to [n, width] = the transpose of x [m, n] times scale, and zeros in the columns after m. Reads x in whole vectors.
  void (*turn)(std::int64_t m, std::int64_t n, Rows<const T> x, T scale, Rows<T> to, std::int64_t width);
  // to [m, n] = x times scale, and, unless null, times one factor for each row; nothing beyond is written.
  void (*put)(std::int64_t m, std::int64_t n, Rows<const T> x, T scale, const T* factors, Rows<T> to);
  // Asks for the memory of all heads that lie side by side, row by row, before any of it is read or written: one head after the other
  // would ask for a few lines of each row, which takes several times as long. Not for what the cache would not keep.
  void (*fetch)(std::int64_t m, std::int64_t n, Rows<const T> x, bool written);
  // The following work on one stripe. p = exp(p - the largest of its query), and `sum` of it. Query c does not see keys whole + c and on.
  // Where no key is seen, all is zero.
  void (*softmax)(std::int64_t keys, std::int64_t whole, Rows<T> p, T* sum);
  // p = p / sum, d = p (d - what p d sums to): the gradient of the scores from that of the weights.
  void (*slopes)(std::int64_t keys, Rows<T> p, Rows<T> d, const T* sum);
  // p += mask, or p = -inf where the mask is 0.
  void (*hide)(std::int64_t keys, Rows<T> p, Rows<const T> mask, bool additive);
  // to = p times scale where `keep` is not 0, else 0.
  void (*drop)(std::int64_t keys, Rows<const T> p, Rows<const T> keep, T scale, Rows<T> to);
};

template <class T>
const AttentionKernels<T>& attention_kernels();

}  // namespace gradus::cpu
