#include "plan/layout.hpp"

#include <gradus/ops.hpp>
#include <gradus/ops/define.hpp>

#include <algorithm>

namespace gradus::plan {
namespace {

Shape channels_last_strides(Dims shape) {
  const std::int64_t c = shape[1], w = shape[3] * c;
  return {shape[2] * w, 1, w, c};
}

bool is_channels_last(const Array& x) {
  if (x.shape().size() != 4 || x.contiguous()) return false;
  const Shape strides = channels_last_strides(x.shape());
  for (std::size_t i = 0; i < 4; ++i) {
    if (x.shape()[i] != 1 && x.strides()[i] != strides[i]) return false;
  }
  return true;
}

bool convolves(const Op& op) { return ops::as<ops::Conv>(op) || ops::as<ops::ConvTranspose>(op); }

// Whether the op's kernel writes whatever layout it is asked for.
bool keeps_layout(const Op& op) {
  const bool norm = ops::as<ops::BatchNorm>(op) || ops::as<ops::NormaliseBatch>(op) || ops::as<ops::NormaliseBatchGrad>(op);
  return norm || op.info().family == Family::map || (op.info().family == Family::window && !op.info().computes);
}

}  // namespace

Ref<Array> planned_result(const Op& op, const Spec& spec, Inputs x) {
  Ref<Array> rows = Array::planned(spec);
  if (spec.shape.size() != 4 || spec.dtype == Dtype::f64 || rows->numel() == 0) return rows;
  const bool image = convolves(op) ? spec.dtype == Dtype::f32
                                   : keeps_layout(op) && std::ranges::any_of(x, [](const Tensor& t) { return is_channels_last(t.array()); });
  if (!image) return rows;
  Ref<Array> last = Array::view(spec.dtype, spec.shape, channels_last_strides(spec.shape), 0, rows->buffer());
  if (op.info().family == Family::map && cpu_backend().fusion(op, x, *last).kind == 0) return rows;
  return last;
}

}  // namespace gradus::plan
