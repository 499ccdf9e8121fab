#include <fmt/format.h>
#include <gradus/base/threads.hpp>
#include <gradus/ops.hpp>

#include <algorithm>
#include <functional>

#include "batched.hpp"

namespace gradus::ops {
namespace {

// The order of searches: NaN after all numbers.
template <class T>
bool before(T a, T b) {
  return a < b || (b != b && a == a);
}

// The first k places of each lane along the axis, in order; equal elements in the order that they have.
template <class T>
void order_lanes(const Tensor& x, std::size_t axis, bool descending, std::int64_t k, Array& y) {
  struct Entry {
    T value;
    std::int64_t place;
  };
  const Tensor plain = contiguous(Tensor(x.array_ref()));
  const Dims shape = plain.array().shape();
  const T* values = static_cast<const T*>(plain.array().data());
  auto* out = static_cast<std::int64_t*>(y.data());
  const std::int64_t n = shape[axis], stride = numel(shape.subspan(axis + 1)), count = k ? y.numel() / k : 0;
  parallel_for(count, Cost(8 * n), [&](std::int64_t begin, std::int64_t end) {
    std::vector<Entry> lane(static_cast<std::size_t>(n));
    for (std::int64_t item = begin; item < end; ++item) {
      const T* from = values + item / stride * n * stride + item % stride;
      std::int64_t* to = out + item / stride * k * stride + item % stride;
      for (std::int64_t i = 0; i < n; ++i) lane[static_cast<std::size_t>(i)] = {from[i * stride], i};
      const auto is_nan = [](const Entry& e) { return e.value != e.value; };
      const auto rising = [](const Entry& a, const Entry& b) { return a.value < b.value || (a.value == b.value && a.place < b.place); };
      const auto falling = [](const Entry& a, const Entry& b) { return a.value > b.value || (a.value == b.value && a.place < b.place); };
      // NaN goes to its end first; what compares is then numbers only.
      auto first = lane.begin(), last = lane.end();
      if (descending) first = std::stable_partition(first, last, is_nan);
      else last = std::stable_partition(first, last, std::not_fn(is_nan));
      const auto middle = first + std::clamp<std::int64_t>(k - (first - lane.begin()), 0, last - first);
      if (descending) middle == last ? std::sort(first, last, falling) : std::partial_sort(first, middle, last, falling);
      else middle == last ? std::sort(first, last, rising) : std::partial_sort(first, middle, last, rising);
      for (std::int64_t i = 0; i < k; ++i) to[i * stride] = lane[static_cast<std::size_t>(i)].place;
    }
  });
}

void order(const Tensor& x, int axis, bool descending, std::int64_t k, Array& y) {
  visit(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!is_half_type<T>) order_lanes<T>(x, static_cast<std::size_t>(axis), descending, k, y);
  });
}

}  // namespace

Spec Argsort::shape(Inputs x) const {
  checked_axis(name, axis, x[0].rank());
  return {x[0].shape(), Dtype::i64};
}
void Argsort::compute(Array& y, Inputs x) const { order(x[0], checked_axis(name, axis, x[0].rank()), descending, x[0].size(axis), y); }
Tensor Argsort::batched(Inputs x, TensorSet, std::int64_t) const { return argsort(x[0], past_examples(axis), descending); }
std::vector<Case> Argsort::cases() {
  return {{make_op(Argsort{}), {{{5}}}}, {make_op(Argsort{0, true}), {{{3, 2}}}}, {make_op(Argsort{-2, true}), {{{2, 4, 2}, {}, 2}}}, {make_op(Argsort{1}), {{{2, 0}}}}};
}

Spec Argtopk::shape(Inputs x) const {
  Shape out = x[0].shape();
  const int at = checked_axis(name, axis, x[0].rank());
  if (k < 0 || k > out[at]) fail<ValueError>(name, fmt::format("k = {} of the {} entries of axis {} of {}", k, out[at], axis, to_string(out)));
  out[at] = k;
  return {out, Dtype::i64};
}
void Argtopk::compute(Array& y, Inputs x) const { order(x[0], checked_axis(name, axis, x[0].rank()), largest, k, y); }
Tensor Argtopk::batched(Inputs x, TensorSet, std::int64_t) const { return apply(Argtopk{k, past_examples(axis), largest}, x[0]); }
std::vector<Case> Argtopk::cases() {
  return {{make_op(Argtopk{2}), {{{5}}}}, {make_op(Argtopk{1, 0, false}), {{{3, 2}}}}, {make_op(Argtopk{3, -2}), {{{2, 4, 2}, {}, 2}}}, {make_op(Argtopk{0, 1}), {{{2, 3}}}}};
}

Tensor Sort::expand(Inputs x) const { return gradus::sort(x[0], checked_axis(name, axis, x[0].rank()), descending).first; }
std::vector<Case> Sort::cases() {
  return {{make_op(Sort{}), {{{5}}}}, {make_op(Sort{0, true}), {{{3, 2}}}}, {make_op(Sort{-2, true}), {{{2, 4, 2}}}}, {make_op(Sort{1}), {{{2, 0}}}}};
}
Tensor Topk::expand(Inputs x) const { return gradus::topk(x[0], k, axis, largest).first; }
std::vector<Case> Topk::cases() {
  return {{make_op(Topk{2}), {{{5}}}}, {make_op(Topk{1, 0, false}), {{{3, 2}}}}, {make_op(Topk{3, -2}), {{{2, 4, 2}}}}, {make_op(Topk{0, 1}), {{{2, 3}}}}};
}

// ---- different elements
namespace {
// A flattened tensor in rising order: equal elements stand beside each other, in the order that they had.
struct Runs {
  Tensor order, sorted, begins;  // begins: where an element differs from the one before
};
Runs runs_of(const Tensor& x) {
  const Tensor flat = flatten(x), order = argsort(flat), sorted = index_select(flat, order);
  const std::int64_t n = flat.numel();
  if (n == 0) return {order, sorted, Tensor::zeros({0}, Dtype::boolean)};
  return {order, sorted, concat({Tensor::ones({1}, Dtype::boolean), slice(sorted, 0, {1, n}) != slice(sorted, 0, {0, n - 1})})};
}
// Where the runs begin, and (by the next one's begin) how long each is.
Tensor starts_of(const Runs& runs) {
  const Tensor places = nonzero(runs.begins);
  return reshape(places, {places.size(0)});
}
Tensor lengths_of(const Tensor& starts, std::int64_t n) {
  const std::int64_t count = starts.size(0);
  return count == 0 ? starts : concat({slice(starts, 0, {1, count}), Tensor({n}, Dtype::i64)}) - starts;
}
Tensor inverse_of(const Runs& runs, const Shape& shape) {
  return reshape(scatter(Tensor::zeros(runs.order.shape(), Dtype::i64), runs.order, cumsum(runs.begins, 0) - 1, 0), shape);
}
}  // namespace
Tensor Unique::expand(Inputs x) const {
  const Runs runs = runs_of(x[0]);
  return index_select(runs.sorted, starts_of(runs));
}
std::vector<Case> Unique::cases() { return {{make_op(Unique{}), {{{2, 3}}}}, {make_op(Unique{}), {{{7}, {}, 3}}}, {make_op(Unique{}), {{{}}}}, {make_op(Unique{}), {{{0, 2}}}}}; }
Tensor UniqueInverse::expand(Inputs x) const { return inverse_of(runs_of(x[0]), x[0].shape()); }
std::vector<Case> UniqueInverse::cases() { return {{make_op(UniqueInverse{}), {{{2, 3}}}}, {make_op(UniqueInverse{}), {{{7}, {}, 3}}}, {make_op(UniqueInverse{}), {{{}}}}, {make_op(UniqueInverse{}), {{{0, 2}}}}}; }
Tensor UniqueCounts::expand(Inputs x) const { return lengths_of(starts_of(runs_of(x[0])), x[0].numel()); }
std::vector<Case> UniqueCounts::cases() { return {{make_op(UniqueCounts{}), {{{2, 3}}}}, {make_op(UniqueCounts{}), {{{7}, {}, 3}}}, {make_op(UniqueCounts{}), {{{}}}}, {make_op(UniqueCounts{}), {{{0, 2}}}}}; }

// ---- searchsorted
Spec Searchsorted::shape(Inputs x) const {
  const Shape sorted = x[0].shape(), values = x[1].shape();
  bool fits = !sorted.empty() && (sorted.size() == 1 || sorted.size() == values.size());
  for (std::size_t i = 0; fits && i + 1 < sorted.size(); ++i) fits = sorted[i] == values[i];
  if (!fits) fail<ShapeError>(name, fmt::format("sorted is {}, the values are {}; sorted must be a vector, or agree with them except in the last axis", to_string(sorted), to_string(values)));
  return {values, Dtype::i64};
}
void Searchsorted::compute(Array& y, Inputs x) const {
  const Dtype dtype = wide(promote(x[0].dtype(), x[1].dtype()));
  const Tensor sorted = contiguous(cast(Tensor(x[0].array_ref()), dtype)), values = contiguous(cast(Tensor(x[1].array_ref()), dtype));
  const std::int64_t n = sorted.size(-1), each = sorted.rank() == 1 ? values.numel() : values.size(-1);
  visit_wide(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* row = static_cast<const T*>(sorted.array().data());
    const T* wanted = static_cast<const T*>(values.array().data());
    auto* to = static_cast<std::int64_t*>(y.data());
    parallel_for(y.numel(), Cost(8), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T* first = row + i / each * n;
        to[i] = (right ? std::upper_bound(first, first + n, wanted[i], before<T>) : std::lower_bound(first, first + n, wanted[i], before<T>)) - first;
      }
    });
  });
}
Tensor Searchsorted::batched(Inputs x, TensorSet which, std::int64_t n) const {
  if (!which.has_input(0) && x[0].rank() == 1) return searchsorted(x[0], x[1], right);
  const Tensors all = all_with_examples(x, which, n);
  if (all[0].rank() > 2) return searchsorted(all[0], all[1], right);
  return reshape(searchsorted(all[0], reshape(all[1], {n, n ? all[1].numel() / n : 0}), right), all[1].shape());
}
std::vector<Case> Searchsorted::cases() {
  return {{make_op(Searchsorted{}), {{{1}}, {{2, 3}}}}, {make_op(Searchsorted{true}), {{{2, 1}}, {{2, 3}}}}, {make_op(Searchsorted{}), {{{0}}, {{3}}}}, {make_op(Searchsorted{true}), {{{1}, {}, 3}, {{2, 3}, {}, 3}}}, {make_op(Searchsorted{}), {{{2, 1}}, {{2, 0}}}}};
}

// ---- bincount
Tensor Bincount::expand(Inputs x) const {
  if (x.size() != 1 && x.size() != 2) fail<ValueError>(name, fmt::format("takes the integers, and weights or not; got {} tensors", x.size()));
  check_index(name, x[0]);
  if (x[0].rank() != 1) fail<ShapeError>(name, fmt::format("the integers are {}; they must be a vector", to_string(x[0].shape())), "flatten(x)");
  if (x.size() == 2 && !(x[1].shape() == x[0].shape())) fail<ShapeError>(name, fmt::format("the integers are {}, the weights are {}; they must agree", to_string(x[0].shape()), to_string(x[1].shape())));
  if (minlength < 0) fail<ValueError>(name, fmt::format("minlength {} is negative", minlength));
  if (x[0].is_abstract()) fail<TraceError>(name, "the size of the result depends on numbers that are not known under vmap or while a function is traced", "use index_add with a size");
  std::int64_t size = minlength;
  const Tensor plain = contiguous(cast(Tensor(x[0].array_ref()), Dtype::i64));
  for (const std::int64_t i : plain.values<std::int64_t>()) {
    if (i < 0 || i == INT64_MAX) fail<ValueError>(name, fmt::format("{} has no place among 0, 1, ...", i));
    size = std::max(size, i + 1);
  }
  return index_add(x.size() == 2 ? x[1] : Tensor::ones(x[0].shape(), Dtype::i64), x[0], 0, size);
}
std::vector<Case> Bincount::cases() {
  return {{make_op(Bincount{}), {{{6}, {}, 3}}}, {make_op(Bincount{5}), {{{6}, {}, 3}, {{6}}}}, {make_op(Bincount{2}), {{{0}, {}, 3}}}, {make_op(Bincount{}), {{{4}, {}, 2}, {{4}}}}};
}

GRADUS_SORT_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor argsort(const Tensor& x, std::int64_t axis, bool descending) { return apply(ops::Argsort{axis, descending}, x); }
std::pair<Tensor, Tensor> sort(const Tensor& x, std::int64_t axis, bool descending) {
  const Tensor places = argsort(x, axis, descending);
  return {gather(x, places, axis), places};
}
std::pair<Tensor, Tensor> topk(const Tensor& x, std::int64_t k, std::int64_t axis, bool largest) {
  const Tensor places = apply(ops::Argtopk{k, axis, largest}, x);
  return {gather(x, places, axis), places};
}
UniqueElements unique(const Tensor& x) {
  const ops::Runs runs = ops::runs_of(x);
  const Tensor starts = ops::starts_of(runs);
  return {index_select(runs.sorted, starts), ops::inverse_of(runs, x.shape()), ops::lengths_of(starts, x.numel()), index_select(runs.order, starts)};
}
Tensor searchsorted(const Tensor& sorted, const Tensor& values, bool right) { return apply(ops::Searchsorted{right}, sorted, values); }
Tensor bincount(const Tensor& x, std::int64_t minlength) { return apply(ops::Bincount{minlength}, x); }
Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minlength) { return apply(ops::Bincount{minlength}, x, weights); }

}  // namespace gradus
