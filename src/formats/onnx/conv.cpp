// Convolutions, of any number of spatial axes.
#include <fmt/format.h>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"
#include "formats/onnx/window.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

Shape kernel_of(const Call& call) {
  const Shape w = call[1].shape();
  if (w.size() != static_cast<std::size_t>(call[0].rank()) || w.size() < 3) call.fault(fmt::format("the weights are {} for {}", to_string(w), to_string(call[0].shape())));
  const Shape kernel(w.begin() + 2, w.end());
  if (const auto said = call.ints("kernel_shape"); said && !(*said == kernel)) call.fault(fmt::format("kernel_shape is {}, the weights are {}", to_string(*said), to_string(w)));
  return kernel;
}

Int groups_of(const Call& call) {
  const Int groups = call.integer("group", 1);
  if (groups < 1) call.fault(fmt::format("{} groups", groups));
  return groups;
}
Tensor bias_of(const Call& call) { return call.has(2) ? call[2] : Tensor(); }

// Padding is put on here, because its two ends may differ.
Values conv_call(const Call& call) {
  const Tensor& x = call[0];
  const Window window = window_of(call, x, kernel_of(call));
  Shape before{0, 0}, after{0, 0}, all = x.shape();
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    before.push_back(window.before[i]);
    after.push_back(window.after[i]);
    all[i + 2] += window.before[i] + window.after[i];
  }
  check_size(call, all);
  const Tensor padded = pad_with(x, before, after, number_like(x, 0));
  return {conv(padded, call[1], {.stride = window.strides, .dilation = window.dilations, .groups = groups_of(call)}, bias_of(call))};
}

// All of it, from which the padding is then cut off; what output_padding adds has the bias alone.
Values conv_transpose_call(const Call& call) {
  const Tensor& x = call[0];
  Window window = window_of(call, x, kernel_of(call));
  const Shape reach = window.reach(), size = x.shape();
  const std::size_t axes = reach.size();
  const Shape more = call.ints("output_padding").value_or(Shape(axes, 0));
  const auto wanted = call.ints("output_shape");
  const std::string rule = call.text("auto_pad", "NOTSET");
  Shape before{0, 0}, after{0, 0}, spread{size[0], call[1].size(1) * groups_of(call)};
  if (more.size() != axes || (wanted && wanted->size() < axes)) call.fault("output_padding or output_shape have too few numbers");
  for (std::size_t i = 0; i < axes; ++i) {
    const Int full = (size[i + 2] - 1) * window.strides[i] + reach[i];
    if (wanted || rule.starts_with("SAME")) {
      const Int out = wanted ? (*wanted)[wanted->size() - axes + i] : size[i + 2] * window.strides[i];
      const Int total = full + more[i] - out;
      // What is missing for the shape that is wanted comes behind the end.
      window.before[i] = total < 0 ? 0 : rule == "SAME_UPPER" ? total / 2 : total - total / 2;
      window.after[i] = total - window.before[i];
    }
    before.push_back(-window.before[i]);
    after.push_back(more[i] - window.after[i]);
    spread.push_back(full);
  }
  check_size(call, spread);
  const Tensor all = conv_transpose(x, call[1], {.stride = window.strides, .dilation = window.dilations, .groups = groups_of(call)});
  const Tensor y = pad_with(all, before, after, number_like(all, 0));
  if (!call.has(2)) return {y};
  Shape channels(axes + 1, 1);
  channels[0] = call[2].numel();
  return {y + reshape(call[2], channels)};
}

constexpr Operator table[] = {{"Conv", conv_call}, {"ConvTranspose", conv_transpose_call}};

}  // namespace

std::span<const Operator> conv_operators() { return table; }

}  // namespace gradus::onnx
