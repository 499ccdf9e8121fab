// Operators that sort, or whose output size depends on the numbers. Places are found here, and have no derivative; the numbers
// at them are gathered.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "formats/onnx/moves.hpp"
#include "formats/onnx/operators.hpp"

namespace gradus::onnx {
namespace {

using Int = std::int64_t;

// With NaN as the largest of all numbers: sorting needs an order of everything.
bool less(double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

Values top_k(const Call& call) {
  const Tensor& x = call[0];
  const int axis = checked_axis("onnx.TopK", call.integer("axis", -1), x.rank());
  const Int k = call.has(1) ? call.int_at(1) : call.integer("k"), n = x.size(axis);
  if (k < 0 || k > n) call.fault(fmt::format("{} of {} entries", k, n));
  const bool largest = call.integer("largest", 1) != 0;
  const auto [values, places] = topk(x, k, axis, largest);
  return {values, Value(places, Type::i64)};
}

Values non_zero(const Call& call) {
  return {Value(T(nonzero(call[0].rank() == 0 ? reshape(call[0], {1}) : call[0])), Type::i64)};
}

// Equal slices along the axis (or equal numbers) once each, sorted or in the order in which they come.
Values unique_call(const Call& call) {
  const bool flat = !call.given("axis");
  const Tensor x = flat ? reshape(call[0], {-1}) : call[0];
  const int axis = checked_axis("onnx.Unique", call.integer("axis", 0), x.rank());
  const std::vector<double> values = move_axis(x, axis, 0).to_vector();
  const std::size_t n = static_cast<std::size_t>(x.size(axis)), each = n == 0 ? 0 : values.size() / n;
  struct Entry {
    Int first, count = 0;
  };
  std::map<std::vector<double>, Entry> found;
  std::vector<decltype(found)::iterator> of(n);
  for (std::size_t i = 0; i < n; ++i) {
    of[i] = found.try_emplace({values.begin() + static_cast<Int>(i * each), values.begin() + static_cast<Int>((i + 1) * each)}, Entry{static_cast<Int>(i)}).first;
    ++of[i]->second.count;
  }
  std::vector<decltype(found)::iterator> order;
  for (auto it = found.begin(); it != found.end(); ++it) order.push_back(it);
  if (call.integer("sorted", 1) == 0) std::ranges::sort(order, {}, [](const auto& it) { return it->second.first; });
  Shape first, counts, inverse(n, 0);
  std::map<Int, Int> rank;  // by first place
  for (const auto& it : order) {
    rank[it->second.first] = static_cast<Int>(first.size());
    first.push_back(it->second.first);
    counts.push_back(it->second.count);
  }
  for (std::size_t i = 0; i < n; ++i) inverse[i] = rank[of[i]->second.first];
  return {take_axis(x, integers_of(first), axis), Value(integers_of(first), Type::i64), Value(integers_of(inverse), Type::i64), Value(integers_of(counts), Type::i64)};
}

struct Box {
  double low_y, low_x, high_y, high_x;
  double area() const { return (high_y - low_y) * (high_x - low_x); }
};
double overlap(const Box& a, const Box& b) {
  const double y = std::min(a.high_y, b.high_y) - std::max(a.low_y, b.low_y), x = std::min(a.high_x, b.high_x) - std::max(a.low_x, b.low_x);
  if (y <= 0 || x <= 0) return 0;
  return y * x / (a.area() + b.area() - y * x);
}

// For every batch and class the boxes by falling score, without those that overlap one that was taken.
Values non_max_suppression(const Call& call) {
  const Shape boxes_shape = call[0].shape(), scores_shape = call[1].shape();
  if (boxes_shape.size() != 3 || boxes_shape[2] != 4 || scores_shape.size() != 3 || scores_shape[2] != boxes_shape[1] || scores_shape[0] != boxes_shape[0]) {
    call.fault(fmt::format("boxes are {}, scores {}", to_string(boxes_shape), to_string(scores_shape)));
  }
  const Int batches = boxes_shape[0], count = boxes_shape[1], classes = scores_shape[1], most = call.has(2) ? call.int_at(2) : 0;
  const double most_overlap = call.has(3) ? call.number_at(3) : 0;
  const bool centered = call.integer("center_point_box", 0) != 0;
  const std::vector<double> boxes = call[0].to_vector(), scores = call[1].to_vector();
  const auto box = [&](Int batch, Int i) {
    const double* b = boxes.data() + 4 * (batch * count + i);
    if (centered) return Box{b[1] - b[3] / 2, b[0] - b[2] / 2, b[1] + b[3] / 2, b[0] + b[2] / 2};
    return Box{std::min(b[0], b[2]), std::min(b[1], b[3]), std::max(b[0], b[2]), std::max(b[1], b[3])};
  };
  std::vector<Int> out;
  for (Int batch = 0; batch < batches; ++batch) {
    for (Int kind = 0; kind < classes; ++kind) {
      const double* score = scores.data() + (batch * classes + kind) * count;
      std::vector<Int> order, taken;
      for (Int i = 0; i < count; ++i) {
        if (!call.has(4) || score[i] > call.number_at(4)) order.push_back(i);
      }
      std::ranges::stable_sort(order, [&](Int a, Int b) { return less(score[b], score[a]); });
      for (const Int i : order) {
        if (static_cast<Int>(taken.size()) >= most) break;
        if (std::ranges::any_of(taken, [&](Int other) { return overlap(box(batch, i), box(batch, other)) > most_overlap; })) continue;
        taken.push_back(i);
        out.insert(out.end(), {batch, kind, i});
      }
    }
  }
  return {Value(Tensor::from(out, {static_cast<Int>(out.size() / 3), 3}), Type::i64)};
}

constexpr Operator table[] = {{"TopK", top_k}, {"NonZero", non_zero}, {"Unique", unique_call}, {"NonMaxSuppression", non_max_suppression}};

}  // namespace

std::span<const Operator> order_operators() { return table; }

}  // namespace gradus::onnx
