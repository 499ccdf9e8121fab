// Entries put by index, and places that a mask or coordinates name.
#include <fmt/format.h>
#include <gradus/ops.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "batched.hpp"

namespace gradus::ops {

// ---- scatter
Spec Scatter::shape(Inputs x) const {
  check_index(name, x[1]);
  const int at = checked_axis(name, axis, x[0].rank());
  const Shape to = x[0].shape(), index = x[1].shape(), src = x[2].shape();
  bool fits = to.size() == index.size();
  for (std::size_t i = 0; fits && i < to.size(); ++i) fits = static_cast<int>(i) == at || index[i] <= to[i];
  if (!fits) fail<ShapeError>(name, fmt::format("x is {}, the index is {}; except in axis {} it must fit into x", to_string(to), to_string(index), axis));
  if (!(index == src)) fail<ShapeError>(name, fmt::format("src is {}, the index is {}; they must agree", to_string(src), to_string(index)));
  if (x[2].dtype() != x[0].dtype()) fail<DtypeError>(name, fmt::format("x is {}, src is {}", gradus::name(x[0].dtype()), gradus::name(x[2].dtype())), "cast one of them");
  return x[0].spec();
}
void Scatter::compute(Array& y, Inputs x) const {
  const auto at = static_cast<std::size_t>(checked_axis(name, axis, x[0].rank()));
  const auto index = checked_index(name, x[1], x[0].size(axis));
  const Tensor base = contiguous(Tensor(x[0].array_ref())), src = contiguous(Tensor(x[2].array_ref()));
  if (y.numel() == 0) return;
  std::memcpy(y.data(), base.array().data(), static_cast<std::size_t>(y.numel()) * size_of(y.dtype()));
  const Dims shape = x[1].array().shape(), strides = y.strides();
  visit(y.dtype(), [&](auto zero) {
    using E = decltype(zero);
    E* to = static_cast<E*>(y.data());
    const E* from = static_cast<const E*>(src.array().data());
    Shape place(shape.size());
    std::int64_t offset = 0;  // without the axis
    for (std::size_t i = 0; i < index.size(); ++i) {
      to[offset + index[i] * strides[at]] = from[i];
      for (std::size_t d = shape.size(); d-- > 0;) {
        const std::int64_t step = d == at ? 0 : strides[d];
        offset += step;
        if (++place[d] < shape[d]) break;
        offset -= step * shape[d];
        place[d] = 0;
      }
    }
  });
}
namespace {
// Which entries of src are still there: of those for one place the last.
Tensor kept_entries(const Tensor& to, const Tensor& index, std::int64_t axis) {
  const Tensor number = reshape(Tensor::arange(index.numel()), index.shape());
  const Tensor last = scatter(Tensor::zeros(to.shape(), Dtype::i64), index, number, axis);
  return gather(last, index, axis) == number;
}
}  // namespace
TensorSet Scatter::reads(TensorSet) const { return TensorSet::input(1); }
Tensors Scatter::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  Tensors grads(3);
  if (need.has_input(0)) grads[0] = scatter(g, x[1], Tensor::zeros({}, g.dtype()), axis);
  if (need.has_input(2)) grads[2] = where(kept_entries(x[0], x[1], axis), gather(g, x[1], axis), Tensor::zeros({}, g.dtype()));
  return grads;
}
Tensor Scatter::jvp(Inputs x, const Tensor& y, Inputs t) const {
  const Tensor zero = Tensor::zeros({}, y.dtype());
  return scatter(t[0].defined() ? t[0] : expand(zero, y.shape()), x[1], t[2].defined() ? t[2] : expand(zero, x[2].shape()), axis);
}
Tensor Scatter::batched(Inputs x, TensorSet which, std::int64_t n) const {
  const Tensors all = all_with_examples(x, which, n);
  return scatter(all[0], all[1], all[2], past_examples(axis));
}
std::vector<Case> Scatter::cases() {
  return {{make_op(Scatter{0}), {{{4, 2}}, {{3, 2}, {}, 4}, {{3, 2}}}},
          {make_op(Scatter{-1}), {{{2, 3}}, {{2, 5}, {}, 3}, {{2, 5}}}},
          {make_op(Scatter{0}), {{{2, 3}}, {{3, 2}, {}, 2}, {{3, 2}}}},
          {make_op(Scatter{0}), {{{3}}, {{0}, {}, 3}, {{0}}}}};
}

// ---- scatter_reduce
namespace {
// x with `more` entries of `value` at the end of each axis.
Tensor grown(const Tensor& x, const Shape& more, double value) { return constant_pad(x, Shape(more.size(), 0), more, value); }
}  // namespace
Tensor ScatterReduce::expand(Inputs in) const {
  const std::array<std::string_view, 5> modes{"sum", "mean", "prod", "amax", "amin"};
  if (std::ranges::find(modes, mode) == modes.end()) fail<ValueError>(name, fmt::format("'{}' is no mode", mode), "sum, mean, prod, amax or amin");
  Shape missing;
  const Shape to = in[0].shape(), from = in[1].shape();
  const std::int64_t at = checked_axis(name, axis, in[0].rank());
  bool fits = to.size() == from.size();
  for (std::size_t i = 0; fits && i < to.size(); ++i) {
    missing.push_back(static_cast<std::int64_t>(i) == at ? 0 : to[i] - from[i]);
    fits = missing.back() >= 0;
  }
  if (!fits) fail<ShapeError>(name, fmt::format("x is {}, the index is {}; except in axis {} it must fit into x", to_string(to), to_string(from), axis));
  if (!(in[2].shape() == from)) fail<ShapeError>(name, fmt::format("src is {}, the index is {}; they must agree", to_string(in[2].shape()), to_string(from)));
  if (in[2].dtype() != in[0].dtype()) fail<DtypeError>(name, fmt::format("x is {}, src is {}", gradus::name(in[0].dtype()), gradus::name(in[2].dtype())), "cast one of them");
  if (in[0].dtype() == Dtype::boolean) {  // which has no place below false or above true
    return cast(scatter_reduce(cast(in[0], Dtype::i64), in[1], cast(in[2], Dtype::i64), at, mode), Dtype::boolean);
  }
  const auto summed = [&](const Tensor& src) { return grown(scatter_add(src, in[1], at, to[static_cast<std::size_t>(at)]), missing, 0); };
  if (mode == "sum") return cast(in[0] + summed(in[2]), in[0].dtype());
  if (mode == "mean") {
    const Tensor count = summed(Tensor::ones(from, in[0].dtype())) + 1, total = in[0] + summed(in[2]);
    return is_float(total.dtype()) ? total / count : cast(floor(cast(total, Dtype::f64) / cast(count, Dtype::f64)), in[0].dtype());
  }
  // One row per element of x: itself, then every entry of src or what changes nothing. The index is outside where it is missing.
  static_cast<void>(gather(in[0], in[1], at));  // finds places that do not exist
  const double neutral = mode == "prod" ? 1 : mode == "amax" ? -INFINITY : INFINITY;
  const Tensor x = movedim(in[0], {at}, {-1}), index = movedim(grown(cast(in[1], Dtype::i64), missing, -1), {at}, {-1}), src = movedim(grown(in[2], missing, neutral), {at}, {-1});
  const Tensor places = unsqueeze(Tensor::arange(x.size(-1)), -1);
  const Tensor entries = where(unsqueeze(index, -2) == places, unsqueeze(src, -2), Tensor::full({}, neutral, src.dtype()));
  const Tensor rows = concat({unsqueeze(x, -1), entries}, -1);
  const Tensor y = mode == "prod" ? prod(rows, -1) : mode == "amax" ? max(rows, -1) : min(rows, -1);
  return cast(movedim(y, {-1}, {at}), in[0].dtype());
}
std::vector<Case> ScatterReduce::cases() {
  return {{make_op(ScatterReduce{0, "sum"}), {{{4, 2}}, {{3, 2}, {}, 4}, {{3, 2}}}},
          {make_op(ScatterReduce{-1, "mean"}), {{{2, 3}}, {{1, 5}, {}, 3}, {{1, 5}}}},
          {make_op(ScatterReduce{0, "prod"}), {{{2, 3}}, {{4, 2}, {}, 2}, {{4, 2}}}},
          {make_op(ScatterReduce{0, "amax"}), {{{3}}, {{5}, {}, 3}, {{5}, {2.5, 4}}}},
          {make_op(ScatterReduce{1, "amin"}), {{{2, 2}}, {{2, 3}, {}, 2}, {{2, 3}, {-4, -2.5}}}},
          {make_op(ScatterReduce{0, "amax"}), {{{3}}, {{0}, {}, 3}, {{0}}}}};
}

// ---- places of what is not zero
namespace {
template <class F>
void each_nonzero(const Tensor& x, F&& f) {
  const Tensor flat = contiguous(Tensor(x.array_ref()));
  visit(flat.dtype(), [&](auto zero) {
    const auto* values = static_cast<const decltype(zero)*>(flat.array().data());
    for (std::int64_t i = 0, n = flat.numel(); i < n; ++i) {
      if (convert<bool>(values[i])) f(i);
    }
  });
}

void check_known(std::string_view op, const Tensor& x) {
  if (x.is_abstract()) {
    fail<TraceError>(std::string(op), "the size of the result depends on numbers that are not known under vmap or while a function is traced", "use where(mask, x, 0), which keeps the shape");
  }
}
}  // namespace
Spec Nonzero::shape(Inputs x) const {
  check_known(name, x[0]);
  std::int64_t count = 0;
  each_nonzero(x[0], [&](std::int64_t) { ++count; });
  return {{count, x[0].rank()}, Dtype::i64};
}
void Nonzero::compute(Array& y, Inputs x) const {
  auto* to = static_cast<std::int64_t*>(y.data());
  const Dims shape = x[0].array().shape();
  each_nonzero(x[0], [&](std::int64_t i) {
    for (std::size_t d = shape.size(); d-- > 0; i /= shape[d]) to[d] = i % shape[d];
    to += shape.size();
  });
}
Tensor Nonzero::batched(Inputs x, TensorSet, std::int64_t) const {
  check_known(name, Tensor(Array::abstract(x[0].spec())));
  return {};
}
std::vector<Case> Nonzero::cases() {
  return {{make_op(Nonzero{}), {{{2, 3}, {}, 2}}}, {make_op(Nonzero{}), {{{4}, {}, 2}}}, {make_op(Nonzero{}), {{{}}}}, {make_op(Nonzero{}), {{{0, 2}}}}};
}

Tensor MaskedSelect::expand(Inputs x) const {
  if (is_float(x[1].dtype())) fail<DtypeError>(name, fmt::format("the mask is {}; it must be bool", gradus::name(x[1].dtype())), "compare to make a mask: x > 0");
  check_known(name, x[1]);
  const Shape shape = broadcast(name, x[0].array().shape(), x[1].array().shape());
  const Tensor places = nonzero(flatten(gradus::expand(x[1], shape)));
  return take(gradus::expand(x[0], shape), reshape(places, {places.size(0)}));
}
std::vector<Case> MaskedSelect::cases() {
  return {{make_op(MaskedSelect{}), {{{2, 3}}, {{2, 3}, {}, 2}}}, {make_op(MaskedSelect{}), {{{2, 3}}, {{2, 1}, {}, 2}}}, {make_op(MaskedSelect{}), {{{}}, {{4}, {}, 2}}}, {make_op(MaskedSelect{}), {{{2, 0}}, {{1}, {}, 2}}}};
}

// ---- coordinates
Spec RavelIndex::shape(Inputs x) const {
  check_index(name, x[0]);
  Shape out = x[0].shape();
  if (out.empty() || out.back() != static_cast<std::int64_t>(sizes.size())) {
    fail<ShapeError>(name, fmt::format("the index is {}; its last axis must hold the {} coordinates into {}", to_string(out), sizes.size(), to_string(sizes)));
  }
  checked_numel(name, sizes, Dtype::u8);
  out.pop_back();
  return {out, Dtype::i64};
}
void RavelIndex::compute(Array& y, Inputs x) const {
  const Tensor plain = contiguous(cast(Tensor(x[0].array_ref()), Dtype::i64));
  const auto* at = static_cast<const std::int64_t*>(plain.array().data());
  auto* to = static_cast<std::int64_t*>(y.data());
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    to[i] = 0;
    for (std::size_t d = 0; d < sizes.size(); ++d, ++at) {
      if (*at < 0 || *at >= sizes[d]) fail<ValueError>(name, fmt::format("coordinate {} of place {} is {}, outside axis {} of {}", d, i, *at, d, to_string(sizes)));
      to[i] = to[i] * sizes[d] + *at;
    }
  }
}
Tensor RavelIndex::batched(Inputs x, TensorSet, std::int64_t) const { return ravel_index(x[0], sizes); }
std::vector<Case> RavelIndex::cases() {
  return {{make_op(RavelIndex{{3, 4}}), {{{5, 2}, {}, 3}}}, {make_op(RavelIndex{{2}}), {{{1}, {}, 2}}}, {make_op(RavelIndex{{2, 3, 2}}), {{{2, 2, 3}, {}, 2}}}, {make_op(RavelIndex{{2, 2}}), {{{0, 2}, {}, 2}}}};
}

namespace {
// Coordinates into the first axes of [..., rest], as places in their flattened form, and how many axes they name.
std::size_t coordinates(std::string_view op, const Tensor& x, const Tensor& index, std::int64_t batch) {
  check_index(op, index);
  if (index.rank() == 0) fail<ShapeError>(std::string(op), "the index is 0-d; its last axis must hold coordinates");
  const std::int64_t named = index.size(-1);
  if (batch < 0 || batch >= index.rank() || batch + named > x.rank()) {
    fail<ShapeError>(std::string(op), fmt::format("x is {}, the index is {}: {} coordinates after {} common axes are too many", to_string(x.shape()), to_string(index.shape()), named, batch));
  }
  for (std::int64_t i = 0; i < batch; ++i) {
    if (x.size(i) != index.size(i)) fail<ShapeError>(std::string(op), fmt::format("x is {}, the index is {}; they must agree in the first {} axes", to_string(x.shape()), to_string(index.shape()), batch));
  }
  return static_cast<std::size_t>(named);
}
}  // namespace

Tensor GatherNd::expand(Inputs x) const {
  const std::size_t named = coordinates(name, x[0], x[1], batch), common = static_cast<std::size_t>(batch);
  const Shape shape = x[0].shape(), index = x[1].shape();
  const Dims sizes = Dims(shape).subspan(common, named), rest = Dims(shape).subspan(common + named);
  const Tensor places = ravel_index(x[1], Shape(sizes.begin(), sizes.end()));
  Shape out(index.begin(), index.end() - 1);
  out.append(rest.begin(), rest.end());
  const std::int64_t groups = numel(Dims(index).first(common)), count = numel(sizes), width = numel(rest), each = numel(Dims(index).subspan(common, index.size() - 1 - common));
  if (common == 0) return reshape(index_select(reshape(x[0], {count, width}), places, 0), out);
  return reshape(gather(reshape(x[0], {groups, count, width}), gradus::expand(reshape(places, {groups, each, 1}), {groups, each, width}), 1), out);
}
std::vector<Case> GatherNd::cases() {
  return {{make_op(GatherNd{}), {{{3, 2, 2}}, {{4, 1}, {}, 3}}}, {make_op(GatherNd{}), {{{2, 2}}, {{3, 2}, {}, 2}}}, {make_op(GatherNd{1}), {{{2, 3, 2}}, {{2, 2, 1}, {}, 3}}}, {make_op(GatherNd{}), {{{2, 2}}, {{0, 1}, {}, 2}}}};
}

Tensor ScatterNd::expand(Inputs x) const {
  const std::size_t named = coordinates(name, x[0], x[1], 0);
  const Shape shape = x[0].shape(), index = x[1].shape();
  const Dims sizes = Dims(shape).first(named), rest = Dims(shape).subspan(named);
  Shape needed(index.begin(), index.end() - 1);
  const std::int64_t each = numel(needed), count = numel(sizes), width = numel(rest);
  needed.append(rest.begin(), rest.end());
  if (!(x[2].shape() == needed)) fail<ShapeError>(name, fmt::format("src is {}; x {} and the index {} need {}", to_string(x[2].shape()), to_string(shape), to_string(index), to_string(needed)));
  const Tensor places = gradus::expand(reshape(ravel_index(x[1], Shape(sizes.begin(), sizes.end())), {each, 1}), {each, width});
  return reshape(scatter(reshape(x[0], {count, width}), places, reshape(x[2], {each, width}), 0), shape);
}
std::vector<Case> ScatterNd::cases() {
  return {{make_op(ScatterNd{}), {{{3, 2}}, {{2, 1}, {}, 3}, {{2, 2}}}}, {make_op(ScatterNd{}), {{{2, 2}}, {{3, 2}, {}, 2}, {{3}}}}, {make_op(ScatterNd{}), {{{2, 2}}, {{0, 1}, {}, 2}, {{0, 2}}}}};
}

}  // namespace gradus::ops

namespace gradus {

Tensor scatter(const Tensor& x, const Tensor& index, const Tensor& src, std::int64_t axis) {
  Tensor part = src;
  if (src.defined() && index.defined() && src.rank() == 0) {
    part = expand(cast(src, x.dtype()), index.shape());
  } else if (src.defined() && index.defined() && src.rank() == index.rank()) {  // src may be larger than the index
    for (int i = 0; i < src.rank(); ++i) {
      if (index.size(i) < src.size(i)) part = slice(part, i, {0, index.size(i)});
    }
  }
  return apply(ops::Scatter{axis}, x, index, part);
}
Tensor scatter_reduce(const Tensor& x, const Tensor& index, const Tensor& src, std::int64_t axis, const std::string& mode) {
  return apply(ops::ScatterReduce{axis, mode}, x, index, src);
}
Tensor nonzero(const Tensor& x) { return apply(ops::Nonzero{}, x); }
Tensor masked_select(const Tensor& x, const Tensor& mask) { return apply(ops::MaskedSelect{}, x, mask); }
Tensor ravel_index(const Tensor& index, const Shape& sizes) { return apply(ops::RavelIndex{sizes}, index); }
Tensor gather_nd(const Tensor& x, const Tensor& index, std::int64_t batch) { return apply(ops::GatherNd{batch}, x, index); }
Tensor scatter_nd(const Tensor& x, const Tensor& index, const Tensor& src) { return apply(ops::ScatterNd{}, x, index, src); }

}  // namespace gradus
