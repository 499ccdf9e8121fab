// Windows that slide over the axes behind [batch, channels]: kernel, stride, dilation and padding, as convolutions and pools
// have them.
#pragma once
#include "formats/onnx/call.hpp"

namespace gradus::onnx {

// A number for each spatial axis.
struct Window {
  Shape kernel, strides, dilations, before, after;
  Shape reach() const;  // from the first to the last entry that a window reads, plus one
};

// From the attributes strides, dilations, pads and auto_pad, for x of [batch, channels, spatial...].
Window window_of(const Call& call, const Tensor& x, const Shape& kernel);
// How many windows there are on each axis. With `ceil` the last one may hang over, if it begins within the data or the padding before it.
Shape counts_of(const Call& call, const Window& window, const Tensor& x, bool ceil);
// x with padding of `value`, so that exactly these windows fit: what one reads behind the end is padding too.
Tensor padded_for(const Call& call, const Window& window, const Tensor& x, const Shape& counts, const Tensor& value);
// Every window of x, which is padded with `value`: [batch, channels, entries of a window, counts...].
Tensor windows(const Call& call, const Window& window, const Tensor& x, const Shape& counts, const Tensor& value);
// Calls f(i, offsets) for every entry i of a window, the last axis fastest.
template <class F>
void each_entry(const Shape& kernel, F f) {
  Shape at(kernel.size(), 0);
  for (std::int64_t i = 0, n = numel(kernel); i < n; ++i) {
    f(i, at);
    for (std::size_t axis = kernel.size(); axis-- > 0;) {
      if (++at[axis] < kernel[axis]) break;
      at[axis] = 0;
    }
  }
}

}  // namespace gradus::onnx
