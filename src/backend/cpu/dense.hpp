// What kernels with rows of their own need of memory: room that is taken once and used again, and arrays as contiguous runs.
#pragma once
#include <gradus/tensor/array.hpp>

#include <cstddef>
#include <cstring>

#include "backend/cpu/tile.hpp"

namespace gradus::cpu {

// Memory of this thread for as long as a kernel runs, in the order of a stack. It only grows, so a kernel that runs again with the
// same shapes takes nothing from the heap.
struct WorkMark {
  std::size_t chunk, used;
};
WorkMark work_mark();
void* work_take(std::size_t bytes);  // aligned to 64 bytes, not initialised
void work_release(WorkMark mark);

// Room for n elements, and for whole vectors beyond them.
template <class T>
class Work {
 public:
  explicit Work(std::int64_t n) : mark_(work_mark()), data_(static_cast<T*>(work_take(static_cast<std::size_t>(n + slack) * sizeof(T)))) {}
  ~Work() { work_release(mark_); }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  T* data() const { return data_; }
  T& operator[](std::int64_t i) const { return data_[i]; }

 private:
  WorkMark mark_;
  T* data_;
};

// The elements of an array in row-major order as T, readable for whole vectors beyond the end: where they lie, if they lie so.
template <class T>
class Dense {
 public:
  explicit Dense(const Array& a) : direct_(a.dtype() == dtype_of<T>() && a.contiguous() && a.buffer()->padded()), copy_(direct_ ? 0 : a.numel()) {
    if (!direct_) load(a, Walk::broadcast(a, a.shape()), 0, a.numel(), dtype_of<T>(), copy_.data());
    data_ = direct_ ? static_cast<const T*>(a.data()) : copy_.data();
  }
  const T* data() const { return data_; }

 private:
  bool direct_;
  Work<T> copy_;
  const T* data_;
};

// The same for a result: write to data(), then call finish(). Whole vectors may be written beyond the end of the result, but not
// beyond that of a part that another thread writes.
template <class T>
class DenseResult {
 public:
  explicit DenseResult(Array& y) : y_(y), direct_(y.dtype() == dtype_of<T>() && y.contiguous()), copy_(direct_ ? 0 : y.numel()) { data_ = direct_ ? static_cast<T*>(y.data()) : copy_.data(); }
  T* data() const { return data_; }
  void finish() {
    if (!direct_) store(y_, Walk::broadcast(y_, y_.shape()), 0, y_.numel(), dtype_of<T>(), data_);
  }

 private:
  Array& y_;
  bool direct_;
  Work<T> copy_;
  T* data_;
};

}  // namespace gradus::cpu
