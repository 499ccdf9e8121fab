#include "formats/onnx/window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "formats/onnx/moves.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;
constexpr Int most = Int{1} << 31;

Shape list(const Call& call, const char* name, std::size_t count, Int otherwise, Int least) {
  const Shape values = call.ints(name).value_or(Shape(count, otherwise));
  if (values.size() != count) call.fault(fmt::format("{} has {} numbers, not {}", name, values.size(), count));
  for (const Int value : values) {
    if (value < least || value > most) call.fault(fmt::format("{} is {}", name, to_string(values)));
  }
  return values;
}

}  // namespace

Shape Window::reach() const {
  Shape out;
  for (std::size_t i = 0; i < kernel.size(); ++i) out.push_back((kernel[i] - 1) * dilations[i] + 1);
  return out;
}

Window window_of(const Call& call, const Tensor& x, const Shape& kernel) {
  if (x.rank() < 3) call.fault(fmt::format("needs [batch, channels, spatial...], got {}", to_string(x.shape())));
  const std::size_t axes = static_cast<std::size_t>(x.rank()) - 2;
  if (kernel.size() != axes) call.fault(fmt::format("a kernel of {} for {}", to_string(kernel), to_string(x.shape())));
  for (const Int size : kernel) {
    if (size < 1 || size > most) call.fault(fmt::format("the kernel is {}", to_string(kernel)));
  }
  check_size(call, kernel);
  Window out{kernel, list(call, "strides", axes, 1, 1), list(call, "dilations", axes, 1, 1), Shape(axes, 0), Shape(axes, 0)};
  const std::string rule = call.text("auto_pad", "NOTSET");
  if (rule == "NOTSET" || rule.empty()) {
    const Shape pads = list(call, "pads", 2 * axes, 0, 0);
    out.before = Shape(pads.begin(), pads.begin() + axes);
    out.after = Shape(pads.begin() + axes, pads.end());
  } else if (rule == "SAME_UPPER" || rule == "SAME_LOWER") {
    const Shape reach = out.reach();
    for (std::size_t i = 0; i < axes; ++i) {
      const Int size = x.size(static_cast<Int>(i) + 2), count = (size + out.strides[i] - 1) / out.strides[i];
      const Int total = std::max<Int>(0, (count - 1) * out.strides[i] + reach[i] - size);
      out.before[i] = rule == "SAME_UPPER" ? total / 2 : total - total / 2;
      out.after[i] = total - out.before[i];
    }
  } else if (rule != "VALID") {
    call.fault("auto_pad is '" + rule + "'");
  }
  return out;
}

Shape counts_of(const Call& call, const Window& window, const Tensor& x, bool ceil) {
  const Shape reach = window.reach();
  Shape counts;
  for (std::size_t i = 0; i < window.kernel.size(); ++i) {
    const Int size = x.size(static_cast<Int>(i) + 2), stride = window.strides[i], room = size + window.before[i] + window.after[i] - reach[i];
    if (room < 0) call.fault(fmt::format("a kernel of {} does not fit into {}", to_string(window.kernel), to_string(x.shape())));
    Int count = (room + (ceil ? stride - 1 : 0)) / stride + 1;
    if (ceil && (count - 1) * stride >= size + window.before[i]) --count;
    counts.push_back(count);
  }
  return counts;
}

Tensor padded_for(const Call& call, const Window& window, const Tensor& x, const Shape& counts, const Tensor& value) {
  const Shape reach = window.reach();
  Shape before{0, 0}, after{0, 0}, all{x.size(0), x.size(1)};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Int size = (counts[i] - 1) * window.strides[i] + reach[i];
    before.push_back(window.before[i]);
    after.push_back(size - x.size(static_cast<Int>(i) + 2) - window.before[i]);
    all.push_back(size);
  }
  check_size(call, all);
  return pad_with(x, before, after, value);
}

Tensor windows(const Call& call, const Window& window, const Tensor& x, const Shape& counts, const Tensor& value) {
  Shape all{x.size(0), x.size(1), numel(window.kernel)};
  all.append(counts.begin(), counts.end());
  check_size(call, all);
  const Tensor padded = padded_for(call, window, x, counts, value);
  std::vector<Tensor> parts;
  each_entry(window.kernel, [&](Int, const Shape& at) {
    Tensor part = padded;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const Int first = at[i] * window.dilations[i];
      part = slice(part, static_cast<Int>(i) + 2, {first, first + (counts[i] - 1) * window.strides[i] + 1, window.strides[i]});
    }
    parts.push_back(part);
  });
  return stack(Inputs(parts), 2);
}

}  // namespace gradus::onnx
