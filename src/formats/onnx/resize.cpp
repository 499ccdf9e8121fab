// Resize and Upsample. Every axis is interpolated on its own: each new entry is a weighted sum of old ones, so the whole is a
// product with a matrix of weights per axis; nearest takes entries as they are.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

struct Resizing {
  std::string mode, places, nearest;
  double cubic = -0.75, outside_value = 0;
  bool exclude_outside = false, antialias = false;
};
struct AxisPlan {
  Int from = 0, to = 0;
  double scale = 1, first = 0, last = 1;  // first, last: the region of tf_crop_and_resize, as parts of the axis
};

// Where entry i of the new axis lies in the old one.
double place(const Call& call, const Resizing& how, const AxisPlan& axis, Int i) {
  const auto from = static_cast<double>(axis.from), to = static_cast<double>(axis.to), at = static_cast<double>(i);
  if (how.places == "half_pixel") return (at + 0.5) / axis.scale - 0.5;
  if (how.places == "half_pixel_symmetric") return from / 2 * (1 - to / (axis.scale * from)) + (at + 0.5) / axis.scale - 0.5;
  if (how.places == "pytorch_half_pixel") return axis.to > 1 ? (at + 0.5) / axis.scale - 0.5 : 0;
  // The ends of the new axis are those of its length before that was rounded down.
  const double length = from * axis.scale;
  if (how.places == "align_corners") return axis.to > 1 ? at * (from - 1) / (length - 1) : 0;
  if (how.places == "asymmetric") return at / axis.scale;
  if (how.places == "tf_half_pixel_for_nn") return (at + 0.5) / axis.scale;
  if (how.places == "tf_crop_and_resize") {
    return axis.to > 1 ? axis.first * (from - 1) + at * (axis.last - axis.first) * (from - 1) / (length - 1) : 0.5 * (axis.first + axis.last) * (from - 1);
  }
  call.unsupported("coordinate_transformation_mode '" + how.places + "'");
}

Int nearest_place(const Call& call, const std::string& rule, double x) {
  if (rule == "round_prefer_floor") return static_cast<Int>(std::ceil(x - 0.5));
  if (rule == "round_prefer_ceil") return static_cast<Int>(std::floor(x + 0.5));
  if (rule == "floor") return static_cast<Int>(std::floor(x));
  if (rule == "ceil") return static_cast<Int>(std::ceil(x));
  call.unsupported("nearest_mode '" + rule + "'");
}

double weight(const Resizing& how, double distance) {
  const double d = std::fabs(distance), a = how.cubic;
  if (how.mode == "linear") return std::max(0.0, 1 - d);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

// [to, from]. With antialias a shrinking kernel is stretched over all that falls into a new entry.
Tensor weights(const Call& call, const Resizing& how, const AxisPlan& axis, Dtype dtype) {
  check_size(call, {axis.to, axis.from});
  std::vector<double> matrix(static_cast<std::size_t>(axis.to * axis.from));
  const double stretch = how.antialias ? std::min(axis.scale, 1.0) : 1, reach = (how.mode == "linear" ? 1 : 2) / stretch;
  if (reach > 1e6) call.fault(fmt::format("a scale of {} is absurd", axis.scale));
  for (Int i = 0; i < axis.to; ++i) {
    const double x = place(call, how, axis, i);
    double* row = matrix.data() + i * axis.from;
    double total = 0;
    for (auto p = static_cast<Int>(std::floor(x - reach)); static_cast<double>(p) <= x + reach; ++p) {
      const bool outside = p < 0 || p >= axis.from;
      if (how.exclude_outside && outside) continue;
      const double w = weight(how, (static_cast<double>(p) - x) * stretch);
      total += w;
      row[std::clamp<Int>(p, 0, axis.from - 1)] += w;
    }
    if (how.exclude_outside || how.antialias) {
      for (Int p = 0; p < axis.from; ++p) row[p] /= total;
    }
  }
  return cast(Tensor::from(matrix, {axis.to, axis.from}), dtype);
}

Tensor resize_axis(const Call& call, const Resizing& how, const AxisPlan& plan, const Tensor& x, Int axis) {
  if (how.mode == "nearest") {
    Shape places;
    for (Int i = 0; i < plan.to; ++i) places.push_back(std::clamp<Int>(nearest_place(call, how.nearest, place(call, how, plan, i)), 0, plan.from - 1));
    return take_axis(x, integers_of(places), axis);
  }
  const Dtype dtype = gradus::is_float(x.dtype()) ? x.dtype() : Dtype::f64;
  const Tensor last = move_axis(cast(x, dtype), axis, -1), flat = reshape(last, {-1, plan.from});
  Shape shape = last.shape();
  shape.back() = plan.to;
  return move_axis(reshape(matmul(flat, T(weights(call, how, plan, dtype))), shape), -1, axis);
}

// Only tf_crop_and_resize looks outside: there all is one value.
Tensor with_outside(const Call& call, const Resizing& how, const std::vector<AxisPlan>& plans, Tensor y) {
  for (std::size_t k = 0; k < plans.size(); ++k) {
    std::vector<std::uint8_t> outside;
    for (Int i = 0; i < plans[k].to; ++i) {
      const double x = place(call, how, plans[k], i);
      outside.push_back(x < 0 || x > static_cast<double>(plans[k].from - 1));
    }
    Shape shape(plans.size(), 1);
    shape[k] = plans[k].to;
    y = where(Tensor::from(outside, shape), number_like(y, how.outside_value), y);
  }
  return y;
}

Tensor resized(const Call& call, const Resizing& how, const std::vector<AxisPlan>& plans) {
  Shape to;
  for (const AxisPlan& plan : plans) to.push_back(plan.to);
  check_size(call, to);
  Tensor y = call[0];
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const AxisPlan& plan = plans[i];
    if (plan.from == plan.to && plan.scale == 1 && how.places != "tf_crop_and_resize") continue;
    if (plan.from == 0 && plan.to > 0) call.fault("an empty axis cannot grow");
    y = resize_axis(call, how, plan, y, static_cast<Int>(i));
  }
  return how.places == "tf_crop_and_resize" ? with_outside(call, how, plans, y) : y;
}

std::vector<AxisPlan> unchanged(const Tensor& x) {
  std::vector<AxisPlan> plans;
  for (const Int size : x.shape()) plans.push_back({size, size});
  return plans;
}
void set_scale(const Call& call, AxisPlan& plan, double scale) {
  const double to = std::floor(static_cast<double>(plan.from) * scale);
  if (!(scale > 0) || !(to < 9e15)) call.fault(fmt::format("a scale of {}", scale));
  plan.scale = scale;
  plan.to = static_cast<Int>(to);
}

Values upsample(const Call& call) {
  Resizing how{call.text("mode", "nearest"), "asymmetric", "floor"};
  const std::vector<double> scales = call.has(1) ? call[1].to_vector() : call.numbers("scales");
  std::vector<AxisPlan> plans = unchanged(call[0]);
  if (scales.size() != plans.size()) call.fault(fmt::format("{} scales for {} axes", scales.size(), plans.size()));
  for (std::size_t i = 0; i < plans.size(); ++i) set_scale(call, plans[i], scales[i]);
  return {resized(call, how, plans)};
}

// Sizes that were asked for, as they are or with one scale for all axes.
void set_sizes(const Call& call, std::vector<AxisPlan>& plans, const Shape& axes, const Shape& sizes) {
  const std::string policy = call.text("keep_aspect_ratio_policy", "stretch");
  double common = policy == "not_larger" ? INFINITY : 0;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    AxisPlan& plan = plans[static_cast<std::size_t>(axes[k])];
    if (sizes[k] < 0) call.fault(fmt::format("the size {}", sizes[k]));
    plan.to = sizes[k];
    plan.scale = static_cast<double>(sizes[k]) / static_cast<double>(plan.from);
    common = policy == "not_larger" ? std::min(common, plan.scale) : std::max(common, plan.scale);
  }
  if (policy == "stretch") return;
  for (const Int axis : axes) {
    AxisPlan& plan = plans[static_cast<std::size_t>(axis)];
    plan.scale = common;
    plan.to = static_cast<Int>(std::floor(common * static_cast<double>(plan.from) + 0.5));
  }
}

Values resize_call(const Call& call) {
  const bool first_version = call.opset < 11;
  Resizing how{call.text("mode", "nearest"), call.text("coordinate_transformation_mode", first_version ? "asymmetric" : "half_pixel"),
               call.text("nearest_mode", first_version ? "floor" : "round_prefer_floor"), call.number("cubic_coeff_a", -0.75), call.number("extrapolation_value", 0),
               call.integer("exclude_outside", 0) != 0, call.integer("antialias", 0) != 0};
  if (how.mode != "nearest" && how.mode != "linear" && how.mode != "cubic") call.unsupported("the mode '" + how.mode + "'");
  std::vector<AxisPlan> plans = unchanged(call[0]);
  Shape axes;
  for (std::size_t i = 0; i < plans.size(); ++i) axes.push_back(static_cast<Int>(i));
  if (const auto given = call.ints("axes")) {
    axes = *given;
    for (Int& axis : axes) axis = checked_axis("onnx.Resize", axis, call[0].rank());
  }
  const std::size_t at = first_version ? 1 : 2;
  if (call.has(at) && call[at].numel() > 0) {
    const std::vector<double> scales = call[at].to_vector();
    if (scales.size() != axes.size()) call.fault(fmt::format("{} scales for {} axes", scales.size(), axes.size()));
    for (std::size_t k = 0; k < axes.size(); ++k) set_scale(call, plans[static_cast<std::size_t>(axes[k])], scales[k]);
  } else {
    const Shape sizes = call.ints_at(3);
    if (sizes.size() != axes.size()) call.fault(fmt::format("{} sizes for {} axes", sizes.size(), axes.size()));
    set_sizes(call, plans, axes, sizes);
  }
  if (how.places == "tf_crop_and_resize") {
    const std::vector<double> roi = call[1].to_vector();
    if (roi.size() != 2 * axes.size()) call.fault(fmt::format("a region of {} numbers for {} axes", roi.size(), axes.size()));
    for (std::size_t k = 0; k < axes.size(); ++k) {
      plans[static_cast<std::size_t>(axes[k])].first = roi[k];
      plans[static_cast<std::size_t>(axes[k])].last = roi[k + axes.size()];
    }
  }
  return {resized(call, how, plans)};
}

constexpr Operator table[] = {{"Resize", resize_call}, {"Upsample", upsample}};

}  // namespace

std::span<const Operator> resize_operators() { return table; }

}  // namespace gradus::onnx
