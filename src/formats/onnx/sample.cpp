// Reading images between their entries: GridSample and RoiAlign.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

// One spatial axis of GridSample. Places are [batch, points], in entries.
class SampledAxis {
 public:
  SampledAxis(Int size, bool corners, std::string border) : size_(size), low_(corners ? 0 : -0.5), high_(static_cast<double>(size) - (corners ? 1 : 0.5)), border_(std::move(border)) {}

  // From -1..1 over the axis to places in it.
  Tensor place(const Tensor& grid) const {
    const auto n = static_cast<double>(size_);
    return low_ == 0 ? (grid + 1) * ((n - 1) / 2) : ((grid + 1) * n - 1) * 0.5;
  }
  // A place outside, brought inside as the border says.
  Tensor inside(const Tensor& x) const {
    if (border_ == "border") return minimum(maximum(x, 0), static_cast<double>(size_ - 1));
    if (border_ != "reflection") return x;
    const double range = high_ - low_;
    if (range <= 0) return x * 0 + low_;
    const Tensor phase = (x - low_) - floor((x - low_) / (2 * range)) * (2 * range);
    const Tensor back = low_ + range - abs(phase - range);
    return where(logical_or(x < low_, x > high_), back, x);
  }
  // The entry that a whole place reads, and whether there is one.
  Tensor entry(const Tensor& x) const { return cast(minimum(maximum(trunc(inside(x)), 0), static_cast<double>(size_ - 1)), Dtype::i64); }
  Tensor exists(const Tensor& x) const { return logical_and(x >= 0, x <= static_cast<double>(size_ - 1)); }
  Int size() const { return size_; }

 private:
  Int size_;
  double low_, high_;
  std::string border_;
};

// Weights of the neighbours of a place that is `r` behind the one at or before it.
Tensors neighbour_weights(const std::string& mode, const Tensor& r) {
  if (mode == "nearest") return {r * 0 + 1};
  if (mode == "linear") return {1 - r, r};
  const double a = -0.75;
  const auto near = [&](const Tensor& d) { return ((a + 2) * d - (a + 3)) * square(d) + 1; };
  const auto far = [&](const Tensor& d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
  Tensors out;
  out.push_back(far(r + 1));
  out.push_back(near(r));
  out.push_back(near(1 - r));
  out.push_back(far(2 - r));
  return out;
}

Values grid_sample(const Call& call) {
  const Shape shape = call[0].shape(), grid_shape = call[1].shape();
  const std::size_t axes = shape.size() < 3 ? 0 : shape.size() - 2;
  if (axes == 0 || grid_shape.size() != shape.size() || grid_shape.back() != static_cast<Int>(axes) || grid_shape[0] != shape[0]) {
    call.fault(fmt::format("a grid of {} for {}", to_string(grid_shape), to_string(shape)));
  }
  std::string mode = call.text("mode", "linear");
  if (mode == "bilinear") mode = "linear";
  if (mode == "bicubic") mode = "cubic";
  const std::string border = call.text("padding_mode", "zeros");
  if ((mode != "nearest" && mode != "linear" && mode != "cubic") || (border != "zeros" && border != "border" && border != "reflection")) call.unsupported("mode '" + mode + "' with '" + border + "'");
  if (numel(Dims(shape).subspan(2)) == 0) call.fault(fmt::format("there is nothing to read in {}", to_string(shape)));
  const Int batch = shape[0], points = numel(Dims(grid_shape).subspan(1, axes));
  const Tensor grid = reshape(cast(call[1], promote(call[0].dtype(), Dtype::f32)), {batch, points, static_cast<Int>(axes)});

  // Per axis: the first neighbour and the weights of all.
  std::vector<SampledAxis> along;
  std::vector<Tensor> first;
  std::vector<Tensors> weight;
  for (std::size_t i = 0; i < axes; ++i) {
    along.emplace_back(shape[i + 2], call.integer("align_corners", 0) != 0, border);
    const auto column = static_cast<Int>(axes - 1 - i);  // the last axis comes first
    Tensor x = along[i].place(reshape(slice(grid, 2, {column, column + 1}), {batch, points}));
    if (mode == "nearest") x = round(x);
    x = along[i].inside(x);
    const Tensor base = mode == "nearest" ? x : floor(x);
    weight.push_back(neighbour_weights(mode, x - base));
    first.push_back(mode == "cubic" ? base - 1 : base);
  }

  const Tensor flat = reshape(call[0], {batch, shape[1], -1});
  Tensor y = Tensor::zeros({}, call[0].dtype());
  const auto each = static_cast<Int>(weight[0].size());
  const Shape neighbours(axes, each);
  for (Int k = 0, n = numel(neighbours); k < n; ++k) {
    Tensor w, index = Tensor::full({}, 0, Dtype::i64), exists;
    Int rest = k;
    for (std::size_t i = 0; i < axes; ++i, rest /= each) {
      const Int which = rest % each;
      const Tensor place = first[i] + static_cast<double>(which), here = along[i].exists(place);
      const Tensor& part = weight[i][static_cast<std::size_t>(which)];
      w = w.defined() ? w * part : part;
      exists = exists.defined() ? logical_and(exists, here) : here;
      index = index * Tensor::full({}, static_cast<double>(along[i].size()), Dtype::i64) + along[i].entry(place);
    }
    if (border == "zeros") w = where(exists, w, 0);
    const Tensor read = gather(flat, expand(reshape(index, {batch, 1, points}), {batch, shape[1], points}), 2);
    y = y + read * reshape(w, {batch, 1, points});
  }
  Shape out{batch, shape[1]};
  out.append(grid_shape.begin() + 1, grid_shape.end() - 1);
  return {reshape(y, out)};
}

struct Reading {
  std::vector<Int> index;      // four entries for each sample
  std::vector<double> weight;
};

// Between the four entries around (y, x); far outside nothing is read.
void read_between(Reading& out, double y, double x, Int height, Int width) {
  if (!(y >= -1 && x >= -1 && y <= static_cast<double>(height) && x <= static_cast<double>(width))) {
    out.index.insert(out.index.end(), 4, 0);
    out.weight.insert(out.weight.end(), 4, 0);
    return;
  }
  const auto split = [](double at, Int size) {
    at = std::clamp(at, 0.0, static_cast<double>(size - 1));
    const Int low = static_cast<Int>(at), high = std::min(low + 1, size - 1);
    return std::tuple(low, high, at - static_cast<double>(low));
  };
  const auto [top, bottom, dy] = split(y, height);
  const auto [left, right, dx] = split(x, width);
  for (const Int index : {top * width + left, top * width + right, bottom * width + left, bottom * width + right}) out.index.push_back(index);
  for (const double weight : {(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx}) out.weight.push_back(weight);
}

Values roi_align(const Call& call) {
  const Shape shape = call[0].shape(), rois_shape = call[1].shape();
  if (shape.size() != 4 || shape[2] * shape[3] == 0 || rois_shape.size() != 2 || rois_shape[1] != 4) call.fault(fmt::format("regions {} of {}", to_string(rois_shape), to_string(shape)));
  const Int regions = rois_shape[0], rows = call.integer("output_height", 1), columns = call.integer("output_width", 1), ratio = call.integer("sampling_ratio", 0);
  const bool half = call.text("coordinate_transformation_mode", call.opset >= 16 ? "half_pixel" : "output_half_pixel") == "half_pixel";
  const bool largest = call.text("mode", "avg") == "max";
  const double scale = call.number("spatial_scale", 1), shift = half ? 0.5 : 0;
  if (rows < 1 || columns < 1 || ratio < 0) call.fault("an output size or the sampling ratio is below its least");
  const std::vector<double> rois = call[1].to_vector();
  std::vector<Tensor> out;
  for (Int r = 0; r < regions; ++r) {
    const double* roi = rois.data() + 4 * r;
    const double left = roi[0] * scale - shift, top = roi[1] * scale - shift;
    double width = roi[2] * scale - shift - left, height = roi[3] * scale - shift - top;
    if (!half) width = std::max(width, 1.0), height = std::max(height, 1.0);
    const auto samples = [&](double length, Int parts) { return ratio > 0 ? static_cast<double>(ratio) : std::max(1.0, std::ceil(length / static_cast<double>(parts))); };
    const double down = samples(height, rows), across = samples(width, columns);
    if (!(down < 1e6 && across < 1e6)) call.fault("a region is absurdly large");
    const Int each = 4 * static_cast<Int>(down * across);
    check_size(call, {rows, columns, each});
    Reading reading;
    for (Int cell = 0; cell < rows * columns; ++cell) {
      for (Int s = 0; s < each / 4; ++s) {
        const double sy = (static_cast<double>(s / static_cast<Int>(across)) + 0.5) / down, sx = (static_cast<double>(s % static_cast<Int>(across)) + 0.5) / across;
        read_between(reading, top + (static_cast<double>(cell / columns) + sy) * height / static_cast<double>(rows),
                     left + (static_cast<double>(cell % columns) + sx) * width / static_cast<double>(columns), shape[2], shape[3]);
      }
    }
    const Tensor image = reshape(take_axis(call[0], slice(call[2], 0, {r, r + 1}), 0), {shape[1], shape[2] * shape[3]});
    const Shape parts{shape[1], rows, columns, each};
    const Tensor weight = cast(Tensor::from(reading.weight, {1, rows, columns, each}), image.dtype());
    const Tensor read = reshape(take_axis(image, Tensor::from(reading.index, {rows * columns * each}), 1), parts) * weight;
    out.push_back(largest ? max(read, -1) : sum(read, -1) / static_cast<double>(each / 4));
  }
  if (out.empty()) return {Tensor::zeros({0, shape[1], rows, columns}, call[0].dtype())};
  return {stack(Inputs(out), 0)};
}

constexpr Operator table[] = {{"GridSample", grid_sample}, {"RoiAlign", roi_align}};

}  // namespace

std::span<const Operator> sample_operators() { return table; }

}  // namespace gradus::onnx
