#include "backend/cpu/conv.hpp"

#include <gradus/base/threads.hpp>
#include <gradus/tensor/anomaly.hpp>

#include <cstring>
#include <optional>

#include "backend/cpu/tile.hpp"
#include "ops/conv.hpp"

namespace gradus::cpu {
namespace {


// The columns write rows: into y if it lies so, else into an array that is copied.
template <class F>
void in_rows(Array& y, const F& compute) {
  if (y.contiguous()) return compute(y);
  const Ref<Array> rows = Array::make(y.spec());
  compute(*rows);
  const Walk out(y.shape(), y.strides());
  const Dtype dtype = y.dtype();
  parallel_for(y.numel(), Cost(1, 1, tile_size), [&](std::int64_t begin, std::int64_t end) {
    const auto* from = static_cast<const std::byte*>(rows->data()) + begin * static_cast<std::int64_t>(size_of(dtype));
    store(y, out, begin, end - begin, dtype, from);
  });
}

// One number per axis from the attributes.
template <class S>
Shape each_axis(const S&, const char* what, const Shape& given, const Array& w, std::int64_t fallback) {
  return ops::per_axis(S::name, what, given, w.shape().size() - 2, fallback, fallback);
}

template <class S>
bool fast(const S& op, Convolution::Result result, const Array& x, const Array& w, const Array& y, const float* bias = nullptr) {
  if (x.dtype() != Dtype::f32 || w.dtype() != Dtype::f32 || y.dtype() != Dtype::f32) return false;
  const Convolution c{result, x, w, y, each_axis(op, "stride", op.stride, w, 1), each_axis(op, "padding", op.padding, w, 0), each_axis(op, "dilation", op.dilation, w, 1), op.groups, bias};
  // Winograd's tiles would hand an infinity on to results that do not read it: not while somebody looks for the first one.
  return (!anomaly::on() && winograd_conv(c)) || onednn_conv(c);
}

void run_conv(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::Conv>(*kernel.op);
  if (fast(op, Convolution::output, x[0].array(), x[1].array(), y)) return;
  in_rows(y, [&](Array& rows) { ops::compute_conv(op, rows, x); });
}

void run_conv_transpose(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::ConvTranspose>(*kernel.op);
  if (fast(op, Convolution::input, y, x[1].array(), x[0].array())) return;
  in_rows(y, [&](Array& rows) { ops::compute_conv_transpose(op, rows, x); });
}

void run_conv_weight(const Kernel& kernel, Inputs x, Array& y) {
  const auto& op = *ops::as<ops::ConvWeight>(*kernel.op);
  if (fast(op, Convolution::weights, x[0].array(), y, x[1].array())) return;
  in_rows(y, [&](Array& rows) { ops::compute_conv_weight(op, rows, x); });
}

// y + bias, and no less than zero, in place. A NaN is not below zero and stays.
template <class T>
void finish(Array& y, const T* bias, bool relu) {
  const Dims shape = y.shape(), strides = y.strides();
  const std::int64_t channels = shape[1], images = shape[0];
  const Walk points(shape.subspan(2), strides.subspan(2));
  Shape sizes(points.sizes.begin(), points.sizes.end()), steps(points.strides.begin(), points.strides.end());
  if (sizes.empty()) sizes = steps = {1};
  const std::int64_t lines = numel(Dims(sizes).first(sizes.size() - 1)), length = sizes.back(), step = steps.back();
  T* data = static_cast<T*>(y.data());
  const bool across = strides[1] == 1 && step != 1;  // channels next to each other in memory: the inner loop goes over them
  parallel_for(images * lines, Cost(channels * length), [&](std::int64_t begin, std::int64_t end) {
    const auto one = [&](T& v, std::int64_t c) {
      const T sum = bias ? v + bias[c] : v;
      v = relu && sum < 0 ? T(0) : sum;
    };
    for (std::int64_t i = begin; i < end; ++i) {
      T* line = data + i / lines * strides[0];
      for (std::int64_t rest = i % lines, d = static_cast<std::int64_t>(sizes.size()) - 1; d-- > 0;) {
        line += rest % sizes[static_cast<std::size_t>(d)] * steps[static_cast<std::size_t>(d)];
        rest /= sizes[static_cast<std::size_t>(d)];
      }
      if (across) {
        for (std::int64_t p = 0; p < length; ++p) {
          for (std::int64_t c = 0; c < channels; ++c) one(line[p * step + c], c);
        }
      } else {
        for (std::int64_t c = 0; c < channels; ++c) {
          for (std::int64_t p = 0; p < length; ++p) one(line[c * strides[1] + p * step], c);
        }
      }
    }
  });
}

}  // namespace

void conv_forward(const ops::Conv& how, const Tensor& x, const Tensor& w, const Array* bias, bool relu, Array& y) {
  if (y.numel() == 0) return;
  if (y.dtype() != Dtype::f32 && y.dtype() != Dtype::f64) fail<InternalError>("conv", "a fused convolution is f32 or f64");
  if (bias && !(bias->contiguous() && bias->dtype() == y.dtype())) fail<InternalError>("conv", "the bias of a fused convolution is not contiguous, or not of the dtype of the result");
  bool added = !bias;
  const Tensor in[] = {x, w};
  const bool done = fast(how, Convolution::output, x.array(), w.array(), y, bias && y.dtype() == Dtype::f32 ? static_cast<const float*>(bias->data()) : nullptr);
  added |= done;
  if (!done) in_rows(y, [&](Array& rows) { ops::compute_conv(how, rows, Inputs(in)); });
  if (added && !relu) return;
  if (y.dtype() == Dtype::f32) finish<float>(y, added ? nullptr : static_cast<const float*>(bias->data()), relu);
  else finish<double>(y, added ? nullptr : static_cast<const double*>(bias->data()), relu);
}

#if GRADUS_ONEDNN
bool has_onednn() { return true; }
#else
bool has_onednn() { return false; }
bool onednn_conv(const Convolution&) { return false; }
#endif

Kernel prepare_conv(const Op& op, Inputs, const Array&) {
  if (ops::as<ops::Conv>(op)) return {&run_conv, &op};
  if (ops::as<ops::ConvTranspose>(op)) return {&run_conv_transpose, &op};
  if (ops::as<ops::ConvWeight>(op)) return {&run_conv_weight, &op};
  return {};
}

}  // namespace gradus::cpu
