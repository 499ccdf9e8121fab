// Operators that put the same numbers into another place.
#include <fmt/format.h>

#include <algorithm>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

Values reshape_call(const Call& call) {
  const Tensor& x = call[0];
  Shape to = call.has(1) ? call.ints_at(1) : call.ints("shape").value_or(Shape{});
  if (call.integer("allowzero", 0) == 0) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      if (to[i] == 0) to[i] = x.size(static_cast<Int>(i));
    }
  }
  return {reshape(x, to)};
}

Values flatten_call(const Call& call) { return {flatten_to_2d(call[0], call.integer("axis", 1))}; }

Values transpose_call(const Call& call) {
  Shape order;
  for (Int i = call[0].rank(); i-- > 0;) order.push_back(i);
  return {permute(call[0], call.ints("perm").value_or(order))};
}

Values squeeze_call(const Call& call) {
  const Tensor& x = call[0];
  Shape shape = x.shape();
  if (const auto axes = call.ints(1, "axes")) {
    const Shape sorted = checked_axes("onnx.Squeeze", *axes, x.rank());
    for (std::size_t i = sorted.size(); i-- > 0;) {
      if (shape[static_cast<std::size_t>(sorted[i])] != 1) call.fault(fmt::format("axis {} of {} has not size 1", sorted[i], to_string(x.shape())));
      shape.erase(static_cast<std::size_t>(sorted[i]));
    }
  } else {
    for (std::size_t i = shape.size(); i-- > 0;) {
      if (shape[i] == 1) shape.erase(i);
    }
  }
  return {reshape(x, shape)};
}

Values unsqueeze_call(const Call& call) {
  const auto axes = call.ints(1, "axes");
  if (!axes) call.fault("axes are missing");
  Shape shape = call[0].shape();
  for (const Int axis : checked_axes("onnx.Unsqueeze", *axes, call[0].rank() + static_cast<Int>(axes->size()))) shape.insert(static_cast<std::size_t>(axis), 1);
  return {reshape(call[0], shape)};
}

Values concat_call(const Call& call) {
  Tensors parts;
  for (std::size_t i = 0; i < call.size(); ++i) parts.push_back(call[i]);
  return {concat(parts, call.opset < 4 ? call.integer("axis", 1) : call.integer("axis"))};
}

Values split_call(const Call& call) {
  const Tensor& x = call[0];
  const Int axis = checked_axis("onnx.Split", call.integer("axis", 0), x.rank()), size = x.size(axis);
  Shape sizes;
  if (const auto given = call.ints(1, "split")) {
    sizes = *given;
  } else {
    const Int count = call.integer("num_outputs", static_cast<Int>(call.wanted.size()));
    if (count < 1 || count > static_cast<Int>(call.wanted.size())) call.fault(fmt::format("{} parts of {} outputs", count, call.wanted.size()));
    const Int each = (size + count - 1) / count;  // the last part may be smaller
    for (Int i = 0; i < count; ++i) sizes.push_back(std::max<Int>(0, std::min(each, size - i * each)));
  }
  Int at = 0;
  Values out;
  for (const Int part : sizes) {
    if (part < 0 || part > size - at) call.fault(fmt::format("the parts {} are not those of an axis of size {}", to_string(sizes), size));
    out.emplace_back(slice(x, axis, {at, at + part}));
    at += part;
  }
  if (at != size) call.fault(fmt::format("the parts {} are not those of an axis of size {}", to_string(sizes), size));
  return out;
}

Values slice_call(const Call& call) {
  Tensor y = call[0];
  const auto starts = call.ints(1, "starts"), ends = call.ints(2, "ends"), axes = call.ints(3, "axes");
  if (!starts || !ends) call.fault("starts or ends are missing");
  const Shape steps = call.has(4) ? call.ints_at(4) : Shape(starts->size(), 1);
  if (ends->size() != starts->size() || steps.size() != starts->size() || (axes && axes->size() != starts->size())) call.fault("starts, ends, axes and steps differ in number");
  for (std::size_t i = 0; i < starts->size(); ++i) {
    if (steps[i] == 0) call.fault("a step is 0");
    const int axis = checked_axis("onnx.Slice", axes ? (*axes)[i] : static_cast<Int>(i), y.rank());
    y = slice_axis(y, axis, (*starts)[i], (*ends)[i], steps[i]);
  }
  return {y};
}

Values expand_call(const Call& call) {
  const Shape to = broadcast("onnx.Expand", call[0].shape(), call.ints_at(1));
  return {expand(call[0], to)};
}

// One axis after the other is repeated as a whole.
Tensor tiled(const Call& call, const Shape& repeats) {
  const Tensor& x = call[0];
  const Shape shape = x.shape();
  if (repeats.size() != shape.size()) call.fault(fmt::format("{} repeats for {} axes", repeats.size(), shape.size()));
  Shape parted, wide, out;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (repeats[i] < 0) call.fault(fmt::format("{} repeats", repeats[i]));
    for (const Int size : {Int{1}, shape[i]}) parted.push_back(size);
    for (const Int size : {repeats[i], shape[i]}) wide.push_back(size);
  }
  check_size(call, wide);
  for (std::size_t i = 0; i < shape.size(); ++i) out.push_back(shape[i] * repeats[i]);
  return reshape(expand(reshape(x, parted), wide), out);
}
Values tile_call(const Call& call) {
  if (call.opset >= 6) return {tiled(call, call.ints_at(1))};
  Shape repeats(static_cast<std::size_t>(call[0].rank()), 1);  // at first: how often, and along which axis
  repeats[static_cast<std::size_t>(checked_axis("onnx.Tile", call.int_at(2), call[0].rank()))] = call.int_at(1);
  return {tiled(call, repeats)};
}

// The places of an axis of `size` that a border reads, by mode.
Shape border_places(const Call& call, const std::string& mode, Int size, Int before, Int after) {
  Shape places;
  for (Int i = -before; i < size + after; ++i) {
    Int at = i;
    if (i < 0 || i >= size) {
      if (size == 0) call.fault("an empty axis has no border to repeat");
      if (mode == "edge") {
        at = i < 0 ? 0 : size - 1;
      } else if (mode == "wrap") {
        at = (i % size + size) % size;
      } else {  // reflect: there and back, without the ends twice
        const Int period = std::max<Int>(1, 2 * (size - 1));
        at = (i % period + period) % period;
        if (at >= size) at = period - at;
      }
    }
    places.push_back(at);
  }
  return places;
}

Values pad_call(const Call& call) {
  Tensor x = call[0];
  const auto pads = call.has(1) ? call.ints_at(1) : call.ints(call.opset < 2 ? "paddings" : "pads").value_or(Shape{});
  const std::size_t rank = static_cast<std::size_t>(x.rank());
  Shape before(rank, 0), after(rank, 0), axes;
  if (call.has(3)) axes = call.ints_at(3);
  else for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<Int>(i));
  if (pads.size() != 2 * axes.size()) call.fault(fmt::format("{} numbers pad {} axes; there must be two for each", pads.size(), axes.size()));
  Shape to = x.shape();
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(checked_axis("onnx.Pad", axes[i], x.rank()));
    before[axis] = pads[i];
    after[axis] = pads[i + axes.size()];
    if (std::max(std::abs(before[axis]), std::abs(after[axis])) > (Int{1} << 40)) call.fault("the padding is absurdly large");
    to[axis] = std::max<Int>(0, to[axis] + before[axis] + after[axis]);
  }
  check_size(call, to);
  const std::string mode = call.text("mode", "constant");
  if (mode == "constant") {
    const Tensor value = call.has(2) ? reshape(call[2], {}) : number_like(x, call.number("value", 0));
    return {pad_with(x, before, after, value)};
  }
  if (mode != "edge" && mode != "reflect" && mode != "wrap") call.unsupported("the mode '" + mode + "'");
  for (std::size_t i = 0; i < rank; ++i) {
    if (before[i] == 0 && after[i] == 0) continue;
    x = take_axis(x, integers_of(border_places(call, mode, x.size(static_cast<Int>(i)), before[i], after[i])), static_cast<Int>(i));
  }
  return {x};
}

Values depth_to_space(const Call& call) {
  const Shape s = call[0].shape();
  const Int b = call.integer("blocksize");
  if (s.size() != 4 || b < 1 || s[1] % (b * b) != 0) call.fault(fmt::format("blocks of {} do not fit {}", b, to_string(s)));
  const Int c = s[1] / (b * b);
  const Tensor x = call.text("mode", "DCR") == "CRD" ? permute(reshape(call[0], {s[0], c, b, b, s[2], s[3]}), {0, 1, 4, 2, 5, 3})
                                                     : permute(reshape(call[0], {s[0], b, b, c, s[2], s[3]}), {0, 3, 4, 1, 5, 2});
  return {reshape(x, {s[0], c, s[2] * b, s[3] * b})};
}
Values space_to_depth(const Call& call) {
  const Shape s = call[0].shape();
  const Int b = call.integer("blocksize");
  if (s.size() != 4 || b < 1 || s[2] % b != 0 || s[3] % b != 0) call.fault(fmt::format("blocks of {} do not fit {}", b, to_string(s)));
  const Tensor x = permute(reshape(call[0], {s[0], s[1], s[2] / b, b, s[3] / b, b}), {0, 3, 5, 1, 2, 4});
  return {reshape(x, {s[0], s[1] * b * b, s[2] / b, s[3] / b})};
}

Values center_crop_pad(const Call& call) {
  const Tensor& x = call[0];
  const Shape sizes = call.ints_at(1);
  Shape axes;
  if (const auto given = call.ints("axes")) axes = *given;
  else for (Int i = 0; i < x.rank(); ++i) axes.push_back(i);
  if (axes.size() != sizes.size()) call.fault("axes and sizes differ in number");
  Shape before(static_cast<std::size_t>(x.rank()), 0), after = before, to = x.shape();
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(checked_axis("onnx.CenterCropPad", axes[i], x.rank()));
    const Int more = sizes[i] - to[axis];
    before[axis] = more < 0 ? -(-more / 2) : more / 2;
    after[axis] = more - before[axis];
    to[axis] = sizes[i];
  }
  check_size(call, to);
  return {pad_with(x, before, after, number_like(x, 0))};
}

constexpr Operator table[] = {
    {"Reshape", reshape_call}, {"Flatten", flatten_call}, {"Transpose", transpose_call}, {"Squeeze", squeeze_call}, {"Unsqueeze", unsqueeze_call},
    {"Concat", concat_call}, {"Split", split_call}, {"Slice", slice_call}, {"Expand", expand_call}, {"Tile", tile_call}, {"Pad", pad_call},
    {"DepthToSpace", depth_to_space}, {"SpaceToDepth", space_to_depth}, {"CenterCropPad", center_crop_pad},
};

}  // namespace

std::span<const Operator> shape_operators() { return table; }

}  // namespace gradus::onnx
