// Matrix products by our own kernels: any strides, float64 and integers, and float32 where oneDNN is absent or not eligible.
#pragma once
#include <cstdint>
#include <type_traits>

namespace gradus::cpu {

// A strided matrix of `rows` x `columns`: element (i, j) is data[i * row_stride + j * column_stride].
template <class T>
struct Matrix {
  const T* data;
  std::int64_t row_stride, column_stride;
};

// c [m, n], row-major with rows `n` apart, = a [m, k] times b [k, n]. Over k in order, so the bits do not depend on threads.
// `padded`: b may be read, and c written, 64 bytes past the end; small products are then much faster.
template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, T* c, bool padded = false);

// The kernel for a product that is so small, with room behind b and c as above; null: there is none, gemm has it. Rows of c are
// written one after the other in whole vectors, each over what the row before wrote too much.
template <class T>
using TinyGemm = void (*)(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, T* c);
template <class T>
TinyGemm<T> tiny_gemm(std::int64_t m, std::int64_t n, std::int64_t k);

#if GRADUS_ONEDNN
// The same by oneDNN if it is eligible, and `bias`, unless null, added to every row; false, and nothing done, if not. The only door to
// oneDNN's products.
bool onednn_gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<float> a, Matrix<float> b, float* c, const float* bias = nullptr);
#endif

// Of a matrix whose rows lie in one piece, and a vector, from either side; false, and nothing done, for anything else. Such products
// are as fast as the matrix comes from memory. Every result has an order of its own, whatever the number of threads.
template <class T>
bool matrix_vector(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, T* c);

// By whichever is the fastest.
template <class T>
void product(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<T> a, Matrix<T> b, T* c, bool padded = false) {
  if ((m == 1 || n == 1) && matrix_vector(m, n, k, a, b, c)) return;
#if GRADUS_ONEDNN
  if constexpr (std::is_same_v<T, float>) {
    if (onednn_gemm(m, n, k, a, b, c)) return;
  }
#endif
  gemm(m, n, k, a, b, c, padded);
}

}  // namespace gradus::cpu
