// The cells of recurrent networks, compiled once for each instruction set: everything of a step but its products.
#pragma once
#include <cstdint>

namespace gradus::cpu {

// The units of the state that are computed at once, and how what the product gave for them lies: rows `step` apart, gates `width`.
struct Units {
  std::int64_t first, last, step, width;
};

// For one element type. All matrices are row-major with n rows and lie close together; H is the size of the state. Nothing is read or
// written beyond them. from_h and dh begin with the first unit, the others with unit 0. Gates stand in PyTorch's order: i f g o, and r z n. d... are gradients.
template <class T>
struct RecurrentKernels {
  // gates [n, 4 H]: in the part of the input, out the four gates.
  void (*lstm)(std::int64_t n, std::int64_t H, const Units& u, T* gates, const T* from_h, const T* bias, const T* c_before, T* c, T* h);
  // dh comes from the step after and g from outside; dc from the step after, and out to the step before. Adds the rows of d to db.
  void (*lstm_grad)(std::int64_t n, std::int64_t H, const Units& u, const T* gates, const T* c_before, const T* c, const T* dh, const T* g, T* dc, T* d, T* db);
  // kept [n, 4 H]: the three gates, and what the state gives to the third.
  void (*gru)(std::int64_t n, std::int64_t H, const Units& u, const T* from_x, const T* from_h, const T* bias_x, const T* bias_h, const T* before, T* kept, T* h);
  // carry: what flows past the products, in from the step after and out to the step before. dx and dh_sum [n, 3 H]: of the two sums.
  void (*gru_grad)(std::int64_t n, std::int64_t H, const Units& u, const T* kept, const T* before, const T* dh, const T* g, T* carry, T* dx, T* dh_sum, T* db_x, T* db_h);
  void (*plain)(std::int64_t n, std::int64_t H, const Units& u, bool relu, const T* from_x, const T* from_h, const T* bias, T* h);
  void (*plain_grad)(std::int64_t n, std::int64_t H, const Units& u, bool relu, const T* h, const T* dh, const T* g, T* d, T* db);
};

template <class T>
const RecurrentKernels<T>& recurrent_kernels();

}  // namespace gradus::cpu
