#include <gradus/ops.hpp>

namespace gradus {
namespace ops {

#define GRADUS_OP(S, ...) template Ref<const Op> make_op(const S&);
GRADUS_MAP_OPS(GRADUS_OP)
#undef GRADUS_OP

Spec map_shape(const MapTraits& traits, Inputs x) {
  Spec out;
  bool any = false, integers_only = true;
  Dtype literals = Dtype::boolean;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Array& a = x[i].array();
    out.shape = i ? broadcast(traits.name, out.shape, a.shape()) : x[i].shape();
    if (traits.chooses && i == 0) continue;
    if (a.literal) {
      // A number takes the dtype of its partner; alone it is f32 or i64.
      literals = promote(literals, is_float(a.dtype()) ? Dtype::f32 : Dtype::i64);
      integers_only &= !is_float(a.dtype());
      continue;
    }
    out.dtype = any ? promote(out.dtype, a.dtype()) : a.dtype();
    any = true;
  }
  if (!any) out.dtype = literals;
  else if (!is_float(out.dtype) && !integers_only) out.dtype = Dtype::f32;
  else if (out.dtype == Dtype::boolean && literals == Dtype::i64) out.dtype = Dtype::i64;
  if (traits.floating && !is_float(out.dtype)) out.dtype = Dtype::f32;
  if (traits.boolean) out.dtype = Dtype::boolean;
  else if (out.dtype == Dtype::boolean && !traits.chooses) out.dtype = Dtype::i64;  // true + true is 2
  checked_numel(traits.name, out.shape, out.dtype);
  return out;
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

}  // namespace gradus
