#include <fmt/format.h>
#include <gradus/ops.hpp>
#include <gradus/tensor/lift.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "batched.hpp"
#include "inputs.hpp"

namespace gradus::ops {
namespace {

// The inputs by name.
struct Parts {
  Tensor q, k, v, mask, keep;
};

template <class S>
Parts parts_of(const S& op, Inputs x, std::size_t more) {
  const std::size_t count = 3u + op.masked + (op.dropout > 0);
  check_inputs(S::name, x, count + more, count + more, "q, k, v, the mask if masked, the weights that are kept if dropout is above 0");
  Parts p{x[0], x[1], x[2], {}, {}};
  if (op.masked) p.mask = x[3];
  if (op.dropout > 0) p.keep = x[count - 1];
  return p;
}

template <class S>
Shape checked_scores(const S& op, const Parts& p) {  // [..., L, S], with heads [..., heads, L, S]
  const std::string name(S::name);
  const Shape q = p.q.shape(), k = p.k.shape(), v = p.v.shape();
  const auto lead = [](const Shape& s) { return Shape(s.begin(), s.end() - 2); };
  if (q.size() < 2 || k.size() != q.size() || v.size() != q.size() || !(lead(q) == lead(k)) || !(lead(q) == lead(v))) {
    fail<ShapeError>(name, fmt::format("q is {}, k is {}, v is {}: they need equal leading axes and then two more", to_string(q), to_string(k), to_string(v)));
  }
  if (q.back() != k.back()) fail<ShapeError>(name, fmt::format("q {} and k {} have different last axes", to_string(q), to_string(k)), "q is [..., L, E], k is [..., S, E]");
  if (k[k.size() - 2] != v[v.size() - 2]) fail<ShapeError>(name, fmt::format("k {} and v {} have different numbers of keys", to_string(k), to_string(v)), "k is [..., S, E], v is [..., S, V]");
  if (!(op.dropout >= 0 && op.dropout < 1)) fail<ValueError>(name, fmt::format("dropout {} is not in 0..1, 1 excluded", op.dropout));
  if (!std::isfinite(op.scale)) fail<ValueError>(name, fmt::format("scale is {}", op.scale));
  if (op.heads < 0) fail<ValueError>(name, fmt::format("{} heads", op.heads), "0 where the last axis is one head");
  if (op.heads > 0 && (q.back() % op.heads != 0 || v.back() % op.heads != 0)) {
    fail<ShapeError>(name, fmt::format("q {} and v {} do not divide into {} heads", to_string(q), to_string(v), op.heads), "the last axes hold the heads side by side");
  }
  Shape scores = lead(q);
  if (op.heads > 0) scores.push_back(op.heads);
  scores.push_back(q[q.size() - 2]);
  scores.push_back(k[k.size() - 2]);
  for (const Tensor* t : {&p.mask, &p.keep}) {
    if (!t->defined()) continue;
    const char* what = t == &p.mask ? "mask" : "tensor of kept weights";
    if (!is_broadcastable(t->shape(), scores)) fail<ShapeError>(name, fmt::format("the {} is {}; it must broadcast to the scores, {}", what, to_string(t->shape()), to_string(scores)));
  }
  if (p.keep.defined() && is_float(p.keep.dtype())) fail<DtypeError>(name, fmt::format("the weights that dropout keeps are {}", gradus::name(p.keep.dtype())), "a tensor of bools: bernoulli(1 - p, shape, Dtype::boolean)");
  return scores;
}

template <class S>
double scale_of(const S& op, const Parts& p) {
  return op.scale != 0 ? op.scale : 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, p.q.size(-1))));
}

// [..., n, heads * width] as [..., heads, n, width], and back.
Tensor apart(const Tensor& x, std::int64_t heads) {
  if (heads == 0 || !x.defined()) return x;
  Shape shape = x.shape();
  shape.back() /= heads;
  shape.insert(static_cast<std::size_t>(shape.size() - 1), heads);
  return transpose(reshape(x, shape), -3, -2);
}
Tensor together(const Tensor& x, std::int64_t heads) {
  if (heads == 0) return x;
  Shape shape = x.shape();
  const std::int64_t n = shape[shape.size() - 2], width = shape.back();
  shape.pop_back();
  shape[shape.size() - 2] = n;
  shape.back() = heads * width;
  return reshape(transpose(x, -3, -2), shape);
}

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

// The scores with -inf where a query does not see a key.
template <class S>
Tensor scores_of(const S& op, const Parts& p) {
  Tensor s = matmul(p.q, T(p.k)) * scale_of(op, p);
  if (p.mask.defined()) s = is_float(p.mask.dtype()) ? s + p.mask : where(p.mask, s, minus_infinity);
  if (op.causal) s = where(unsqueeze(Tensor::arange(s.size(-2)), 1) >= Tensor::arange(s.size(-1)), s, minus_infinity);
  return s;
}

// p, kept and scaled by dropout.
template <class S>
Tensor kept(const S& op, const Parts& p, const Tensor& weights) {
  return p.keep.defined() ? where(p.keep, weights / (1 - op.dropout), 0) : weights;
}

Dtype result_dtype(const Parts& p) {
  const Dtype dtype = promote(promote(p.q.dtype(), p.k.dtype()), p.v.dtype());
  return is_float(dtype) ? dtype : Dtype::f32;
}

// In the dtype of the result, and each head by itself.
Parts prepared(Parts p, std::int64_t heads) {
  const Dtype dtype = result_dtype(p);
  p.q = apart(cast(p.q, dtype), heads), p.k = apart(cast(p.k, dtype), heads), p.v = apart(cast(p.v, dtype), heads);
  if (p.mask.defined() && is_float(p.mask.dtype())) p.mask = cast(p.mask, dtype);
  return p;
}

// vmap: all but the mask and the kept weights have the examples in front; those two only need equally many axes.
template <class S>
Tensor batched_attention(const S& op, Inputs x, TensorSet which, std::int64_t n) {
  Tensors all = all_with_examples(x, which, n);
  const std::size_t flexible = 3u + op.masked + (op.dropout > 0);
  for (std::size_t i = 3; i < flexible; ++i) {
    all[i] = x[i];
    if (!which.has_input(i)) continue;
    Shape shape = x[i].shape();
    while (shape.size() < all[0].shape().size() + (op.heads > 0)) shape.insert(1, 1);
    all[i] = reshape(x[i], shape);
  }
  return gradus::apply(make_op(op), all);
}

}  // namespace

Spec Attention::shape(Inputs x) const {
  const Parts p = parts_of(*this, x, 0);
  checked_scores(*this, p);
  Spec out{p.q.shape(), result_dtype(p)};
  out.shape.back() = p.v.size(-1);
  checked_numel(name, out.shape, out.dtype);
  return out;
}
namespace {

// Softmax of the scores, and zeros where no key is seen.
template <class S>
Tensor weights_of(const S& op, const Parts& p) {
  const Tensor s = scores_of(op, p);
  // A shift by the largest score does not change the result, so it is a constant; without a key that is seen there is none.
  Tensor top = s.size(-1) == 0 || s.numel() == 0 ? Tensor::zeros({1}, s.dtype()) : max(stop_gradient(s), -1, true);
  top = where(top == minus_infinity, 0, top);
  const Tensor e = exp(s - top), total = sum(e, -1, true);
  return e / where(total == 0, 1, total);
}

}  // namespace
Tensor Attention::expand(Inputs x) const {
  const Parts p = prepared(parts_of(*this, x, 0), heads);
  return together(matmul(kept(*this, p, weights_of(*this, p)), p.v), heads);
}
TensorSet Attention::reads(TensorSet) const { return {~TensorSet::output}; }
Tensors Attention::vjp(Inputs x, const Tensor&, const Tensor& g, TensorSet need) const {
  if (masked && need.has_input(3)) return {};  // the gradient of the mask has the size of the scores: by plain operations
  Tensors in(x.begin(), x.end());
  in.push_back(g);
  const Tensor all = gradus::apply(make_op(AttentionGrad{masked, causal, scale, dropout, heads}), in);
  const bool joined = AttentionGrad::joined(x);
  Tensors grads(x.size());
  std::int64_t first = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t n = joined ? x[i].size(-1) : x[i].size(-1) * x[i].size(-2);
    if (need.has_input(i)) grads[i] = cast(reshape(slice(all, -1, {first, first + n}), x[i].shape()), x[i].dtype());
    first += n;
  }
  return grads;
}
Tensor Attention::batched(Inputs x, TensorSet which, std::int64_t n) const { return batched_attention(*this, x, which, n); }
std::vector<Case> Attention::cases() {
  const auto op = [](Attention a) { return make_op(a); };
  return {{op({}), {{{2, 3}}, {{3, 3}}, {{3, 2}}}},
          {op({.causal = true, .scale = 0.5}), {{{2, 3, 2}}, {{2, 3, 2}}, {{2, 3, 1}}}},
          {op({.causal = true, .heads = 2}), {{{2, 3, 4}}, {{2, 3, 4}}, {{2, 3, 4}}}},
          {op({.masked = true}), {{{1, 2, 2}}, {{1, 3, 2}}, {{1, 3, 2}}, {{2, 3}}}},
          {op({.masked = true}), {{{2, 2}}, {{6, 2}}, {{6, 2}}, {{6}, {}, 2}}},
          {op({.masked = true, .dropout = 0.5, .heads = 2}), {{{1, 2, 2}}, {{1, 3, 2}}, {{1, 3, 4}}, {{2, 3}}, {{2, 2, 3}, {}, 2}}},
          {op({.dropout = 0.5}), {{{2, 2}}, {{3, 2}}, {{3, 2}}, {{2, 3}, {}, 2}}},
          {op({}), {{{0, 2}}, {{3, 2}}, {{3, 2}}}},
          {op({}), {{{0, 2, 2}}, {{0, 3, 2}}, {{0, 3, 2}}}}};
}

Spec AttentionGrad::shape(Inputs x) const {
  const Parts p = parts_of(*this, x, 1);
  checked_scores(*this, p);
  Spec out{p.q.shape(), result_dtype(p)};
  out.shape.back() = p.v.size(-1);
  const Shape g = x.back().shape();
  if (!(g == out.shape)) fail<ShapeError>(name, fmt::format("the gradient must have the shape of the result, {}; it is {}", to_string(out.shape), to_string(g)));
  if (joined(x)) {
    out.shape.back() *= 3;
  } else {
    out.shape.pop_back();
    out.shape.back() = 0;
    for (const Tensor* t : {&p.q, &p.k, &p.v}) out.shape.back() += t->size(-1) * t->size(-2);
  }
  checked_numel(name, out.shape, out.dtype);
  return out;
}
Tensor AttentionGrad::expand(Inputs x) const {
  const Parts p = prepared(parts_of(*this, x, 1), heads);
  const Tensor g = apart(cast(x.back(), p.q.dtype()), heads), weights = weights_of(*this, p);
  const Tensor slope = kept(*this, p, matmul(g, T(p.v))), s = weights * (slope - sum(weights * slope, -1, true)) * scale_of(*this, p);
  const bool flat = !joined(x);
  const auto part = [&](const Tensor& t) {
    const Tensor whole = together(t, heads);
    if (!flat) return whole;
    Shape shape = whole.shape();
    const std::int64_t width = shape.back();
    shape.pop_back();
    shape.back() *= width;
    return reshape(whole, shape);
  };
  return concat({part(matmul(s, p.k)), part(matmul(T(s), p.q)), part(matmul(T(kept(*this, p, weights)), g))}, -1);
}
Tensor AttentionGrad::batched(Inputs x, TensorSet which, std::int64_t n) const { return batched_attention(*this, x, which, n); }
std::vector<Case> AttentionGrad::cases() {
  const auto op = [](AttentionGrad a) { return make_op(a); };
  return {{op({}), {{{2, 3}}, {{3, 3}}, {{3, 2}}, {{2, 2}}}},
          {op({.causal = true, .heads = 2}), {{{2, 3, 4}}, {{2, 3, 4}}, {{2, 3, 4}}, {{2, 3, 4}}}},
          {op({.masked = true, .causal = true, .scale = 0.5}), {{{1, 2, 2}}, {{1, 3, 2}}, {{1, 3, 1}}, {{2, 3}}, {{1, 2, 1}}}},
          {op({.masked = true, .dropout = 0.5, .heads = 2}), {{{2, 2}}, {{3, 2}}, {{3, 4}}, {{2, 3}, {}, 2}, {{2, 2, 3}, {}, 2}, {{2, 4}}}},
          {op({}), {{{0, 2}}, {{3, 2}}, {{3, 2}}, {{0, 2}}}}};
}

GRADUS_ATTENTION_OPS(GRADUS_MAKE_OP)

}  // namespace gradus::ops

namespace gradus {

Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& how) {
  constexpr const char* name = "scaled_dot_product_attention";
  if (q.rank() < 2 || k.rank() < 2 || v.rank() < 2) {
    fail<ShapeError>(name, fmt::format("q is {}, k is {}, v is {}: they need two axes each", to_string(q.shape()), to_string(k.shape()), to_string(v.shape())), "[..., length, features]");
  }
  if (how.dropout > 0 && !how.keep.defined()) fail<ValueError>(name, fmt::format("dropout {} needs to know which weights it keeps", how.dropout), "keep = bernoulli(1 - dropout, [..., L, S], Dtype::boolean)");
  const auto lead = [](const Tensor& t) {
    const Shape shape = t.shape();
    return Shape(shape.begin(), shape.end() - 2);
  };
  const Shape all = broadcast(name, broadcast(name, lead(q), lead(k)), lead(v));
  // Halves are for storage: what is kept for the gradient stays in f32.
  const Dtype dtype = promote(promote(q.dtype(), k.dtype()), v.dtype());
  const auto whole = [&](const Tensor& given) {
    const Tensor t = is_half(given.dtype()) ? cast(given, Dtype::f32) : given;
    Shape shape = all;
    shape.push_back(t.size(-2));
    shape.push_back(t.size(-1));
    return shape == t.shape() ? t : expand(t, shape);
  };
  Tensors x{whole(q), whole(k), whole(v)};
  if (how.mask.defined()) x.push_back(how.mask);
  if (how.dropout > 0) x.push_back(how.keep);
  const Tensor y = gradus::apply(ops::make_op(ops::Attention{how.mask.defined(), how.causal, how.scale, how.dropout, how.heads}), x);
  return is_half(dtype) ? cast(y, dtype) : y;
}

}  // namespace gradus
