// The list of operations as data: made by walking list.hpp, so it is complete by construction.
#pragma once
#include "../base/options.hpp"
#include "define.hpp"

namespace gradus {

struct OpEntry {
  OpInfo info;
  // The op with attributes by name and as text: {{"axes", "[0, 1]"}, {"keepdims", "true"}}; those not given have their default.
  // UsageError for a name or value that does not fit.
  Ref<const Op> (*make)(const Options& attributes) = nullptr;
  std::vector<std::string> attributes;    // their names, in order
  std::vector<ops::Case> cases;           // attributes and inputs for generated tests; elementwise ops make their own
  bool sized_by_data = false;             // the size of the result depends on the numbers: no vmap, no tracing
  // Of elementwise ops only:
  Ref<const Op> op;
  std::string formula;                    // the text of f
  std::vector<std::string> derivatives;   // the text of each derivative times t; empty text: a constant
  std::vector<ops::Range> domains;        // where to sample, per input
  double (*value)(const double* x) = nullptr;  // f on plain numbers, one at a time
  double (*kink)(const double* x) = nullptr;   // zero where the derivative jumps; null: nowhere
};

const std::vector<OpEntry>& registry();
// The list is longer from now on, for everybody who asks: by operations of a library that is linked, or a user's own. Those of a
// name that is there already are left out. What `registry` gave before stays valid.
void add_to_registry(std::vector<OpEntry> more);
const OpEntry& find_op(std::string_view name);  // UsageError that names the nearest known one

namespace ops {
std::vector<std::string> names(Attributes attributes);
// Sets those attributes that are given. UsageError for an unknown name, or for a text that does not fit.
void read_attributes(const std::string& op, const Options& given, Attributes attributes);
}  // namespace ops

namespace detail {

template <class S>
Ref<const Op> make_from_text(const Options& given) {
  S s{};
  ops::with_attributes(s, [&](ops::Attributes list) { ops::read_attributes(std::string(S::name), given, list); });
  return ops::make_op(s);
}

// The formulas of an elementwise op, without its type.
struct Formulas {
  using Text = lang::Expr (*)(const lang::Expr* x);  // of the inputs, then the result and t
  Text value;
  std::array<Text, 3> derivatives;  // null: a constant
};
void set_formulas(OpEntry& entry, const Formulas& formulas);

template <class S, int I>
constexpr Formulas::Text derivative_text() {
  if constexpr (!ops::has_derivative<S, I>()) return nullptr;
  else return [](const lang::Expr* x) {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return lang::Expr(ops::derivative<S, I>(x[K]...));
    }(std::make_index_sequence<static_cast<std::size_t>(S::family::inputs) + 2>{});
  };
}

}  // namespace detail

// The entry of one struct, also of a user's own: check_op(make_entry<Swish>()).
template <class S>
OpEntry make_entry() {
  OpEntry entry;
  entry.make = &detail::make_from_text<S>;
  if constexpr (!ops::MapOp<S>) {
    S standard{};
    entry.attributes = ops::with_attributes(standard, [](ops::Attributes list) { return ops::names(list); });
    entry.cases = S::cases();
    entry.info = entry.cases.front().op->info();
    entry.sized_by_data = requires { S::sized_by_data; };
  } else {
    using Number = lang::Scalar<double>;
    entry.op = ops::make_op(S{});
    entry.info = entry.op->info();
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      if constexpr (requires { S::domains; }) entry.domains = {S::domains[K]...};
      else entry.domains = {(void(K), S::domain)...};
      detail::set_formulas(entry, {[](const lang::Expr* x) { return lang::Expr(S::f(x[K]...)); },
                                   {detail::derivative_text<S, 0>(), detail::derivative_text<S, 1>(), detail::derivative_text<S, 2>()}});
      entry.value = [](const double* at) { return Number(S::f(Number(at[K])...)).value; };
      if constexpr (requires(Number s) { S::kink((void(K), s)...); }) {
        entry.kink = [](const double* at) { return Number(S::kink(Number(at[K])...)).value; };
      }
    }(std::make_index_sequence<static_cast<std::size_t>(S::family::inputs)>{});
  }
  return entry;
}

}  // namespace gradus
