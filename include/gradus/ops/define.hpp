// From a struct to an operation. Also for users: a struct with f and df (see map.inl.hpp) is an operation.
//   struct Swish { using family = ops::Map<1>; static constexpr auto name = "swish", ...; f, df };
//   Tensor y = apply<Swish>(x);
#pragma once
#include <array>
#include <tuple>
#include <utility>
#include <variant>

#include "../base/reflect.hpp"
#include "family.hpp"
#include "functions.hpp"

namespace gradus {

Tensor cast(const Tensor& x, Dtype dtype);         // move.hpp
Tensor expand(const Tensor& x, const Shape& shape);
Tensor sum_to(const Tensor& x, const Spec& spec);  // reduce.hpp

}  // namespace gradus

namespace gradus::ops {

template <class S>
inline constexpr int index_of = -1;  // not in the list of elementwise ops
#define GRADUS_OP(S, ...) \
  template <>             \
  inline constexpr int index_of<S> = static_cast<int>(Id::S);
GRADUS_MAP_OPS(GRADUS_OP)
#undef GRADUS_OP
template <class S>
inline constexpr char type_of = 0;  // its address stands for S

template <class S>
concept MapOp = S::family::tag == Family::map;

// What Grad<S, I> is the gradient of; for every other struct itself.
template <class S>
struct Origin {
  using type = S;
  static constexpr int part = 0;
};
template <class S, int I>
struct Origin<Grad<S, I>> {
  using type = S;
  static constexpr int part = 1 + I;
};

struct MapTraits {
  std::string_view name;
  bool floating, boolean, chooses, integral = false, logical = false;
};
Spec map_shape(const MapTraits& traits, Inputs x);  // broadcasting and promotion
std::string takes_integers(std::size_t input, Dtype dtype);  // what an operation on bits says to another dtype
// vmap for the families. Inputs as Op::batched gives them.
Tensor linear_jvp(const Ref<const Op>& op, Inputs x, const Tensor& y, Inputs t, bool jointly);
Tensors aligned(Inputs x, TensorSet which);  // of equal ranks, so that the examples' axis is the first
Tensor map_batched(const Op& op, Inputs x, TensorSet which);
Tensor example_by_example(const Op& op, Inputs x, TensorSet which, std::int64_t n);  // for any op: one after the other
// One term of the chain rule: t times the derivative with respect to one input, of the shape of y. Null: no derivative.
using Partial = Tensor (*)(Inputs x, const Tensor& y, const Tensor& t);
Tensors map_vjp(std::span<const Partial> partials, Inputs x, const Tensor& y, const Tensor& g, TensorSet need);
Tensor map_jvp(std::span<const Partial> partials, Inputs x, const Tensor& y, Inputs t);
Tensor apply_gradient(const Ref<const Op>& op, unsigned reads, Inputs x, const Tensor& y, const Tensor& t);  // Grad: on those of (x, y, t) that it reads
Tensor fit(const Tensor& x, const Spec& spec);  // what a formula gave, with the dtype and shape that it has to have
Tensor settled(const Tensor& x);                // a number that is on its own is f32 or i64
bool has_half(Dtype y, Inputs x);
void compute_in_single(const Op& op, Array& y, Inputs x);  // halves are for storage: sums and products are made in f32
Spec composite_shape(const Op& op, Inputs x);   // of what it expands to
Dtype common_dtype(Inputs x);  // the dtype that holds all of x; a literal takes that of its partners

template <class S>
constexpr MapTraits map_traits(std::string_view name) {
  return {name, requires { S::floating; }, requires { S::boolean; }, requires { S::chooses; }, requires { S::integral; }, requires { S::logical; }};
}

// One attribute of an operation: its name, and where it stands.
struct Attribute {
  std::string_view name;
  std::variant<double*, std::int64_t*, bool*, Dtype*, Shape*, Axes*, std::string*> value;
};
using Attributes = std::span<const Attribute>;
std::string text(std::string_view op, Attributes attributes);  // for messages and pictures: "sum(axes=[1], keepdims=true)"

// Calls f with the attributes of a struct; so its code is there once, and not for every struct.
template <class S, class F>
auto with_attributes(S& s, F&& f) {
  static_assert(!HasFields<S>, "an operation is a plain struct: all its fields are attributes");
  std::array<Attribute, reflect::field_count<S>()> list;
  Attribute* next = list.data();
  for_each_field(s, [&](std::string_view name, auto& value) { *next++ = {name, &value}; });
  return f(Attributes(list));
}

// The name of a gradient, "d mul/da", made at compile time.
template <class S, int I>
inline constexpr auto gradient_name = [] {
  constexpr std::string_view name = S::name;
  std::array<char, name.size() + 5> text{'d', ' '};
  std::size_t n = 2;
  for (const char c : name) text[n++] = c;
  if (S::family::inputs > 1) {
    for (const char c : {'/', 'd', static_cast<char>('a' + I)}) text[n++] = c;
  }
  return std::pair(text, n);
}();

template <class S>
class OpOf final : public Op {
  using Source = typename Origin<S>::type;
  static constexpr int part = Origin<S>::part;
  static constexpr bool listed = index_of<Source> >= 0;
  static constexpr bool composite = !MapOp<S> && !requires(const S& s, Inputs x) { s.shape(x); };

 public:
  explicit OpOf(const S& attributes) : attributes_(attributes) {}

  const OpInfo& info() const override { return info_; }
  const void* attributes() const override { return &attributes_; }

  Spec shape(Inputs x) const override {
    if constexpr (MapOp<S> && !listed) return map_shape(formula_traits(), x);
    else if constexpr (MapOp<S>) return map_shape(traits_, x);
    else if constexpr (composite) return composite_shape(*this, x);
    else return attributes_.shape(x);
  }

  TensorSet reads(TensorSet need, std::size_t) const override {
    if constexpr (own_rule() && MapOp<S>) {
      TensorSet all;
      each_input([&]<int I>() {
        if (!need.has_input(I)) return;
        constexpr unsigned bits = Grad<S, I>::reads;
        for (int k = 0; k < S::family::inputs; ++k) all.bits |= (bits >> k & 1u) * TensorSet::input(static_cast<std::size_t>(k)).bits;
        if constexpr (bits >> S::family::inputs & 1) all.bits |= TensorSet::output;
      });
      return all;
    } else if constexpr (requires { attributes_.reads(need); }) {
      return attributes_.reads(need);
    } else if constexpr (own_rule()) {
      return {};
    } else {
      return {~TensorSet::output};  // the expansion reads every input
    }
  }

  Tensors vjp(Inputs x, const Tensor& y, const Tensor& g, TensorSet need) const override {
    if constexpr (own_rule() && MapOp<S>) {
      return map_vjp(partials_, x, y, g, need);
    } else if constexpr (own_rule()) {
      return attributes_.vjp(x, y, g, need);
    } else {
      return {};
    }
  }

  Tensor expand(Inputs x) const override {
    if constexpr (MapOp<S> && (part > 0 || !listed)) {
      const Spec spec = shape(x);
      // A formula may combine two numbers, as b - 1 of pow(x, 1 / 3.0): in the dtype of the result, and not in that of a number alone.
      const auto operand = [&](const Tensor& t) { return t.array().literal && is_float(spec.dtype) ? cast(t, spec.dtype) : t; };
      return [&]<std::size_t... K>(std::index_sequence<K...>) { return fit(S::f(operand(x[K])...), spec); }(inputs());
    } else if constexpr (requires { attributes_.expand(x); }) {
      return attributes_.expand(x);
    } else {
      return {};
    }
  }

  Tensor jvp(Inputs x, const Tensor& y, Inputs t) const override {
    if constexpr (own_rule() && MapOp<S>) {
      return map_jvp(partials_, x, y, t);
    } else if constexpr (requires { S::linear_in; }) {
      return linear_jvp(Ref<const Op>(this), x, y, t, S::linear_in == jointly);
    } else if constexpr (requires { attributes_.jvp(x, y, t); }) {
      return attributes_.jvp(x, y, t);
    } else {
      return {};
    }
  }

  Tensor batched(Inputs x, TensorSet which, std::int64_t n) const override {
    if constexpr (MapOp<S>) return map_batched(*this, x, which);
    else if constexpr (requires { attributes_.batched(x, which, n); }) return attributes_.batched(x, which, n);
    else return example_by_example(*this, x, which, n);
  }

  Ref<Array> view(Inputs x) const override {
    if constexpr (requires { attributes_.view(x); }) return attributes_.view(x);
    else return nullptr;
  }
  SmallVec<Ref<Array>, 3> windows(Array& y, Inputs x) const override {
    if constexpr (requires { attributes_.windows(y, x); }) return attributes_.windows(y, x);
    else return {};
  }

  bool compute(Array& y, Inputs x) const override {
    if ((S::family::tag != Family::map || !listed) && S::family::tag != Family::move && has_half(y.dtype(), x)) {
      compute_in_single(*this, y, x);
      return true;
    }
    if constexpr (requires { attributes_.compute(y, x); }) {
      attributes_.compute(y, x);
      return true;
    }
    return false;
  }

  std::string text() const override {
    if constexpr (part > 0) return std::string(info_.name);
    else return with_attributes(const_cast<S&>(attributes_), [](Attributes list) { return ops::text(info_.name, list); });  // read only
  }

 private:
  // A rule of its own, or the derivative of what it expands to?
  static constexpr bool own_rule() {
    if constexpr (part > 0) return false;
    else if constexpr (MapOp<S>) return has_derivative<S, 0>() || has_derivative<S, 1>() || has_derivative<S, 2>();
    else return requires(const S& s, Inputs x, const Tensor& t) { s.vjp(x, t, t, TensorSet{}); };
  }
  static constexpr auto inputs() { return std::make_index_sequence<static_cast<std::size_t>(S::family::inputs)>{}; }

  template <class F>
  static constexpr void each_input(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (
          [&] {
            if constexpr (has_derivative<S, static_cast<int>(I)>()) f.template operator()<static_cast<int>(I)>();
          }(),
          ...);
    }(inputs());
  }

  // A user's formula itself says whether it turns integers into floats or truth values.
  static const MapTraits& formula_traits() {
    static const MapTraits traits = [] {
      const Tensor integer(Array::abstract({{}, Dtype::i64}));
      const Dtype dtype = [&]<std::size_t... K>(std::index_sequence<K...>) { return Tensor(S::f((void(K), integer)...)).dtype(); }(inputs());
      return MapTraits{info_.name, is_float(dtype), dtype == Dtype::boolean, false};
    }();
    return traits;
  }

  template <int I>
  static Tensor partial(Inputs x, const Tensor& y, const Tensor& t) {
    if constexpr (Grad<S, I>::passes_on) {
      return t;
    } else {
      static const Ref<const Op> op(new OpOf<Grad<S, I>>(Grad<S, I>{}));
      return apply_gradient(op, Grad<S, I>::reads, x, y, t);
    }
  }

  static constexpr auto make_partials() {
    std::array<Partial, 3> partials{};
    if constexpr (MapOp<S> && part == 0) each_input([&]<int I>() { partials[I] = &partial<I>; });
    return partials;
  }

  static constexpr OpInfo make_info() {
    OpInfo info{};
    if constexpr (part > 0) {
      constexpr auto& name = gradient_name<Source, part - 1>;
      info.name = {name.first.data(), name.second};
      info.doc = "Gradient of an elementwise operation.";
    } else {
      info.name = S::name;
      info.doc = S::doc;
      if constexpr (requires { S::math; }) info.math = S::math;
    }
    info.family = S::family::tag;
    if constexpr (MapOp<S>) info.inputs = S::family::inputs;
    else if constexpr (requires { S::inputs; }) info.inputs = S::inputs;
    else info.inputs = 1;
    info.type = &type_of<Source>;
    info.index = index_of<Source>;
    info.part = part;
    info.composite = composite;
    info.writes = requires(const S& s, Array& y, Inputs x) { s.windows(y, x); };
    info.computes = requires(const S& s, Array& y, Inputs x) { s.compute(y, x); };
    info.differentiable = !requires { S::constant; } && (own_rule() || part > 0 || (MapOp<S> && !listed) || requires(const S& s, Inputs x) { s.expand(x); });
    info.forward = (own_rule() && MapOp<S>) || requires { S::linear_in; } || requires(const S& s, Inputs x, const Tensor& y) { s.jvp(x, y, x); };
    return info;
  }

  static constexpr OpInfo info_ = make_info();
  static constexpr std::array<Partial, 3> partials_ = make_partials();
  static constexpr MapTraits traits_ = map_traits<Source>(info_.name);
  S attributes_;
};

template <class S>
Ref<const Op> make_op(const S& attributes) {
  return Ref<const Op>(new OpOf<S>(attributes));
}
// Ops are made in one place each: GRADUS_EXTERN_OP below a family's list in its header, GRADUS_MAKE_OP in its source file.
#define GRADUS_EXTERN_OP(S, ...) extern template Ref<const Op> make_op(const S&);
#define GRADUS_MAKE_OP(S, ...) template Ref<const Op> make_op(const S&);
GRADUS_MAP_OPS(GRADUS_EXTERN_OP)

// The attributes of an op if it was made from S, else null.
template <class S>
const S* as(const Op& op) {
  return op.info().type == &type_of<S> && op.info().part == 0 ? static_cast<const S*>(op.attributes()) : nullptr;
}

}  // namespace gradus::ops

namespace gradus {

// Applies an operation given as a struct with attributes: apply(ops::Sum{.axes = 0}, x), or apply<Swish>(x).
template <class S, class... X>
  requires(std::is_convertible_v<const X&, const Tensor&> && ...)
Tensor apply(const S& attributes, const X&... x) {
  const Tensor inputs[] = {static_cast<const Tensor&>(x)...};
  return gradus::apply(ops::make_op(attributes), Inputs(inputs));
}
template <class S, class... X>
Tensor apply(const X&... x) {
  static const Ref<const Op> op = ops::make_op(S{});
  const Tensor inputs[] = {x...};
  return gradus::apply(op, Inputs(inputs));
}

}  // namespace gradus
