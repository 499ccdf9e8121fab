// Arrays [N, C, spatial...] as the kernels of images see them: as rows, each channel a plane, or with channels last.
#pragma once
#include "backend/cpu/dense.hpp"

namespace gradus::cpu {

enum class Layout { rows, channels };

Shape strides_of(Layout layout, Dims shape);
bool lies(const Array& a, Layout layout);  // without gaps, whatever the strides of axes of one entry are
// What a result lies in, and so its kernel works in. Rows for all that is neither.
inline Layout layout_of(const Array& a) { return !lies(a, Layout::rows) && lies(a, Layout::channels) ? Layout::channels : Layout::rows; }

// Every element from one place to another, in the order of the one that is written, in tiles where that is not the order of the other.
template <class T>
void copy_strided(Dims shape, const T* from, Dims from_strides, T* to, Dims to_strides);

// An input of dtype T in a layout, readable for whole vectors beyond its end: where it lies, if it lies so.
template <class T>
class Laid {
 public:
  Laid(const Array& a, Layout layout) : direct_(lies(a, layout) && a.buffer()->padded()), copy_(direct_ ? 0 : a.numel()), data_(static_cast<const T*>(a.data())) {
    if (direct_) return;
    copy_strided(a.shape(), data_, a.strides(), copy_.data(), strides_of(layout, a.shape()));
    data_ = copy_.data();
  }
  const T* data() const { return data_; }

 private:
  bool direct_;
  Work<T> copy_;
  const T* data_;
};

// A result of dtype T: write to data(), then call finish().
template <class T>
class LaidResult {
 public:
  LaidResult(Array& y, Layout layout) : y_(y), layout_(layout), direct_(lies(y, layout)), copy_(direct_ ? 0 : y.numel()), data_(direct_ ? static_cast<T*>(y.data()) : copy_.data()) {}
  T* data() const { return data_; }
  void finish() {
    if (!direct_) copy_strided<T>(y_.shape(), data_, strides_of(layout_, y_.shape()), static_cast<T*>(y_.data()), y_.strides());
  }

 private:
  Array& y_;
  Layout layout_;
  bool direct_;
  Work<T> copy_;
  T* data_;
};

}  // namespace gradus::cpu
