// Writing to places: the inverse of gathering.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;
using Combine = Tensor (*)(const Tensor& before, const Tensor& update);

Combine combine_of(const Call& call, const std::string& reduction) {
  if (reduction == "none") return [](const Tensor&, const Tensor& update) { return update; };
  if (reduction == "add") return add;
  if (reduction == "mul") return mul;
  if (reduction == "max") return maximum;
  if (reduction == "min") return minimum;
  call.unsupported("the reduction '" + reduction + "'");
}

// x, updates and place are flat. Places that come several times are taken in rounds: first all that come for the first time,
// then those that come for the second, so that within a round no two meet.
Tensor scattered(const Call& call, Tensor x, const Tensor& updates, const Tensor& place) {
  const Combine combine = combine_of(call, call.text("reduction", "none"));
  const Tensor whole = contiguous(place);
  const auto places = whole.values<Int>();
  std::unordered_map<Int, std::size_t> seen;
  std::vector<Shape> rounds;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t round = seen[places[i]]++;
    if (round == rounds.size()) rounds.emplace_back();
    rounds[round].push_back(static_cast<Int>(i));
  }
  const Int size = x.numel();
  for (const Shape& round : rounds) {
    const Tensor which = integers_of(round), to = gather(place, which, 0);
    const Tensor hit = scatter_add(Tensor::ones({to.numel()}, Dtype::i64), to, 0, size), update = scatter_add(gather(updates, which, 0), to, 0, size);
    x = where(hit != 0, combine(x, update), x);
  }
  return x;
}

Values scatter_elements(const Call& call) {
  const Shape shape = call[0].shape(), part = call[1].shape();
  const int axis = checked_axis("onnx." + call.op, call.integer("axis", 0), call[0].rank());
  if (part.size() != shape.size() || !(part == call[2].shape())) call.fault(fmt::format("indices are {}, updates {}, data {}", to_string(part), to_string(call[2].shape()), to_string(shape)));
  // The place of each update in the flat data.
  Tensor place = Tensor::full({}, 0, Dtype::i64);
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (static_cast<int>(i) != axis && part[i] > shape[i]) call.fault(fmt::format("indices of {} reach beyond {}", to_string(part), to_string(shape)));
    Shape along(shape.size(), 1);
    along[i] = part[i];
    const Tensor at = static_cast<int>(i) == axis ? wrap_index(call[1], shape[i]) : reshape(Tensor::arange(part[i]), along);
    if (static_cast<int>(i) == axis && at.numel() > 0 && (min(at).item() < 0 || max(at).item() >= static_cast<double>(shape[i]))) {
      call.fault(fmt::format("an index is outside axis {} of {}", i, to_string(shape)));
    }
    place = place * Tensor::full({}, static_cast<double>(shape[i]), Dtype::i64) + at;
  }
  const Tensor flat = reshape(expand(place, part), {-1});
  return {reshape(scattered(call, reshape(call[0], {-1}), reshape(call[2], {-1}), flat), shape)};
}

Values scatter_nd(const Call& call) {
  const Shape shape = call[0].shape(), index = call[1].shape();
  if (index.empty()) call.fault("indices have no axis");
  const auto k = static_cast<std::size_t>(index.back());
  if (k > shape.size()) call.fault(fmt::format("an index of {} numbers for {}", k, to_string(shape)));
  const Int inside = numel(Dims(shape).subspan(k)), count = numel(Dims(index).first(index.size() - 1));
  if (call[2].numel() != count * inside) call.fault(fmt::format("updates are {} for {} places of {} numbers", to_string(call[2].shape()), count, inside));
  const Tensor first = flat_places(call, call[1], shape, 0) * Tensor::full({}, static_cast<double>(inside), Dtype::i64);
  const Tensor place = reshape(reshape(first, {count, 1}) + reshape(Tensor::arange(inside), {1, inside}), {-1});
  return {reshape(scattered(call, reshape(call[0], {-1}), reshape(call[2], {-1}), place), shape)};
}

constexpr Operator table[] = {{"ScatterElements", scatter_elements}, {"Scatter", scatter_elements}, {"ScatterND", scatter_nd}};

}  // namespace

std::span<const Operator> scatter_operators() { return table; }

}  // namespace gradus::onnx
