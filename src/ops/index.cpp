#include <fmt/format.h>
#include <gradus/ops.hpp>

#include "batched.hpp"

namespace gradus::ops {

void check_index(std::string_view op, const Tensor& index) {
  if (is_float(index.dtype()) || index.dtype() == Dtype::boolean) {
    fail<DtypeError>(std::string(op), fmt::format("the index is {}; it must hold integers", name(index.dtype())), "cast(index, Dtype::i64)");
  }
}

std::vector<std::int64_t> checked_index(std::string_view op, const Tensor& index, std::int64_t size) {
  const Tensor plain = contiguous(cast(Tensor(index.array_ref()), Dtype::i64));
  const auto values = plain.values<std::int64_t>();
  std::vector<std::int64_t> out(values.begin(), values.end());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] < 0 || out[i] >= size) {
      fail<ValueError>(std::string(op), size ? fmt::format("index {} at place {} is outside 0..{}", out[i], i, size - 1)
                                             : fmt::format("index {} at place {} is into an empty axis", out[i], i));
    }
  }
  return out;
}

namespace {

// x and index agree but along the axis.
int check_pair(std::string_view op, const Tensor& x, const Tensor& index, std::int64_t axis, bool axis_too) {
  check_index(op, index);
  const int at = checked_axis(op, axis, x.rank());
  Shape a = x.shape(), b = index.shape();
  if (a.size() == b.size() && !axis_too) a[at] = b[at];
  if (!(a == b)) {
    fail<ShapeError>(std::string(op), fmt::format("x is {}, the index is {}; they must agree{}", to_string(x.shape()), to_string(b),
                                                  axis_too ? "" : fmt::format(" except in axis {}", axis)));
  }
  return at;
}

}  // namespace

Spec Gather::shape(Inputs x) const {
  check_pair(name, x[0], x[1], axis, false);
  return {x[1].shape(), x[0].dtype()};
}
TensorSet Gather::reads(TensorSet) const { return TensorSet::input(1); }
Tensors Gather::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const {
  return {scatter_add(g, x[1], axis, x[0].size(axis)), {}};
}
Tensor Gather::batched(Inputs x, TensorSet which, std::int64_t n) const {
  const Tensors all = all_with_examples(x, which, n);
  return gather(all[0], all[1], past_examples(axis));
}
std::vector<Case> Gather::cases() {
  return {{make_op(Gather{0}), {{{4, 2}}, {{3, 2}, {}, 4}}}, {make_op(Gather{-1}), {{{2, 3}}, {{2, 5}, {}, 3}}}, {make_op(Gather{0}), {{{3}}, {{0}, {}, 3}}}};
}

Spec ScatterAdd::shape(Inputs x) const {
  const int at = check_pair(name, x[0], x[1], axis, true);
  if (size < 0) fail<ValueError>(name, fmt::format("size {} is negative", size));
  Shape out = x[0].shape();
  out[at] = size;
  checked_numel(name, out, x[0].dtype());
  return {out, x[0].dtype()};
}
TensorSet ScatterAdd::reads(TensorSet) const { return TensorSet::input(1); }
Tensors ScatterAdd::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet) const { return {gather(g, x[1], axis), {}}; }
Tensor ScatterAdd::batched(Inputs x, TensorSet which, std::int64_t n) const {
  const Tensors all = all_with_examples(x, which, n);
  return scatter_add(all[0], all[1], past_examples(axis), size);
}
std::vector<Case> ScatterAdd::cases() {
  return {{make_op(ScatterAdd{0, 4}), {{{3, 2}}, {{3, 2}, {}, 4}}}, {make_op(ScatterAdd{-1, 2}), {{{2, 5}}, {{2, 5}, {}, 2}}}, {make_op(ScatterAdd{0, 3}), {{{0}}, {{0}, {}, 3}}}};
}

Spec OneHot::shape(Inputs x) const {
  check_index(name, x[0]);
  if (classes < 0) fail<ValueError>(name, fmt::format("{} classes: the count is negative", classes));
  Shape out = x[0].shape();
  out.push_back(classes);
  checked_numel(name, out, dtype);
  return {out, dtype};
}
Tensor OneHot::batched(Inputs x, TensorSet, std::int64_t) const { return one_hot(x[0], classes, dtype); }
std::vector<Case> OneHot::cases() { return {{make_op(OneHot{4, Dtype::f64}), {{{3}, {}, 4}}}, {make_op(OneHot{2, Dtype::f64}), {{{2, 2}, {}, 2}}}}; }

GRADUS_INDEX_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor gather(const Tensor& x, const Tensor& index, std::int64_t axis) {
  Tensor part = x;  // the index may be smaller than x along the other axes
  if (x.defined() && index.defined() && x.rank() == index.rank() && x.rank() > 0) {
    const int at = checked_axis(ops::Gather::name, axis, x.rank());
    for (int i = 0; i < x.rank(); ++i) {
      if (i != at && index.size(i) < x.size(i)) part = slice(part, i, {0, index.size(i)});
    }
  }
  return apply(ops::Gather{axis}, part, index);
}
Tensor scatter_add(const Tensor& x, const Tensor& index, std::int64_t axis, std::int64_t size) { return apply(ops::ScatterAdd{axis, size}, x, index); }
Tensor one_hot(const Tensor& index, std::int64_t classes, Dtype dtype) { return apply(ops::OneHot{classes, dtype}, index); }

}  // namespace gradus
