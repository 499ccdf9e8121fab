#include <algorithm>

#include <fmt/format.h>
#include <gradus/ops.hpp>

namespace gradus {
namespace ops {

GRADUS_MAP_OPS(GRADUS_MAKE_OP)

Dtype common_dtype(Inputs x) {
  bool any = false, float_literal = false, literal = false;
  Dtype dtype = Dtype::boolean;
  for (const Tensor& t : x) {
    const Array& a = t.array();
    if (a.literal) {
      literal = true;
      float_literal |= is_float(a.dtype());
    } else {
      dtype = any ? promote(dtype, a.dtype()) : a.dtype();
      any = true;
    }
  }
  if (float_literal && !is_float(dtype)) return Dtype::f32;
  return literal && dtype == Dtype::boolean ? Dtype::i64 : dtype;
}

namespace {
// A number takes the dtype of its partner; it may not fit the smaller integers.
void check_literals(std::string_view op, Dtype dtype, Inputs x) {
  for (const Tensor& t : x) {
    if (!t.array().literal || t.is_abstract()) continue;
    const double number = t.item(), back = visit(dtype, [&](auto zero) { return static_cast<double>(convert<decltype(zero)>(number)); });
    if (number != back) {
      fail<ValueError>(std::string(op), fmt::format("the number {} does not fit {}, the dtype of the other operand", number, name(dtype)), "cast(x, Dtype::i64)");
    }
  }
}
}  // namespace

std::string takes_integers(std::size_t input, Dtype dtype) { return fmt::format("takes integers; input {} is {}", input, gradus::name(dtype)); }

Spec map_shape(const MapTraits& traits, Inputs x) {
  Spec out;
  out.shape = x[0].shape();
  for (std::size_t i = 1; i < x.size(); ++i) {
    const Dims other = x[i].array().shape();
    if (!std::ranges::equal(other, out.shape)) out.shape = broadcast(traits.name, out.shape, other);
  }
  for (std::size_t i = 0; traits.integral && i < x.size(); ++i) {
    const Dtype dtype = x[i].array().dtype();
    if (is_float(dtype) || (dtype == Dtype::boolean && !traits.logical)) fail<DtypeError>(std::string(traits.name), takes_integers(i, dtype), "cast(x, Dtype::i64)");
  }
  const Inputs decides = traits.chooses ? x.subspan(1) : x;
  out.dtype = common_dtype(decides);
  if (out.dtype > Dtype::boolean && out.dtype < Dtype::i64) check_literals(traits.name, out.dtype, decides);
  if (traits.floating && !is_float(out.dtype)) out.dtype = Dtype::f32;
  if (traits.boolean) out.dtype = Dtype::boolean;
  else if (out.dtype == Dtype::boolean && !traits.chooses && !traits.logical) out.dtype = Dtype::i64;  // true + true is 2
  checked_numel(traits.name, out.shape, out.dtype);
  return out;
}

Tensors map_vjp(std::span<const Partial> partials, Inputs x, const Tensor& y, const Tensor& g, TensorSet need) {
  Tensors grads(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (need.has_input(i) && partials[i]) grads[i] = sum_to(partials[i](x, y, g), x[i].spec());
  }
  return grads;
}

Tensor map_jvp(std::span<const Partial> partials, Inputs x, const Tensor& y, Inputs t) {
  Tensor sum;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!t[i].defined() || !partials[i]) continue;
    const Tensor term = partials[i](x, y, t[i]);
    sum = sum.defined() ? sum + term : term;
  }
  return sum.defined() ? fit(sum, y.spec()) : sum;
}

Tensor apply_gradient(const Ref<const Op>& op, unsigned reads, Inputs x, const Tensor& y, const Tensor& t) {
  Tensors operands;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (reads >> k & 1) operands.push_back(x[k]);
  }
  if (reads >> x.size() & 1) operands.push_back(y);
  if (reads >> (x.size() + 1) & 1) operands.push_back(t);
  return gradus::apply(op, operands);
}

Tensor fit(const Tensor& x, const Spec& spec) {
  const Tensor y = cast(x, spec.dtype);
  return y.array().shape().size() == spec.shape.size() && std::ranges::equal(y.array().shape(), spec.shape) ? y : expand(y, spec.shape);
}

}  // namespace ops

#define GRADUS_DEFINE(S, function) \
  Tensor function(const Tensor& x) { return apply<ops::S>(x); }
GRADUS_UNARY_OPS(GRADUS_DEFINE)
#undef GRADUS_DEFINE
#define GRADUS_DEFINE(S, function) \
  Tensor function(const Tensor& a, const Tensor& b) { return apply<ops::S>(a, b); }
GRADUS_BINARY_OPS(GRADUS_DEFINE)
#undef GRADUS_DEFINE
#define GRADUS_DEFINE(S, function) \
  Tensor function(const Tensor& a, const Tensor& b, const Tensor& c) { return apply<ops::S>(a, b, c); }
GRADUS_TERNARY_OPS(GRADUS_DEFINE)
#undef GRADUS_DEFINE

Tensor select(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined() || !a.array().literal || !b.array().literal) return where(condition, a, b);
  const Dtype dtype = is_float(a.dtype()) || is_float(b.dtype()) ? Dtype::f64 : Dtype::i64;
  const Tensor y = where(condition, cast(a, dtype), cast(b, dtype));
  y.array().literal = true;  // it still takes the dtype of its partner
  return y;
}

}  // namespace gradus
