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

void read_attribute(const std::string& op, const std::string& key, const std::string& text, double& value);
void read_attribute(const std::string& op, const std::string& key, const std::string& text, std::int64_t& value);
void read_attribute(const std::string& op, const std::string& key, const std::string& text, bool& value);
void read_attribute(const std::string& op, const std::string& key, const std::string& text, Dtype& value);
void read_attribute(const std::string& op, const std::string& key, const std::string& text, Shape& value);
void read_attribute(const std::string& op, const std::string& key, const std::string& text, Axes& value);
void read_attribute(const std::string& op, const std::string& key, const std::string& text, std::string& value);

}  // namespace ops

namespace detail {

template <class S>
Ref<const Op> make_from_text(const Options& attributes) {
  S s{};
  const std::string op(S::name);
  std::vector<std::string> known;
  for_each_field(s, [&](std::string_view key, auto& value) {
    known.emplace_back(key);
    if (const auto given = attributes.find(known.back()); given != attributes.end()) ops::read_attribute(op, known.back(), given->second, value);
  });
  check_keys(op, attributes, known);
  return ops::make_op(s);
}

template <class S, int I>
std::string derivative_text(const std::vector<lang::Expr>& x) {
  if constexpr (!ops::has_derivative<S, I>()) return {};
  else return [&]<std::size_t... K>(std::index_sequence<K...>) {
    return ops::derivative<S, I>(x[K]..., lang::Expr::variable("y"), lang::Expr::variable("t")).text();
  }(std::make_index_sequence<static_cast<std::size_t>(S::family::inputs)>{});
}

}  // namespace detail

// The entry of one struct, also of a user's own: check_op(make_entry<Swish>()).
template <class S>
OpEntry make_entry() {
  OpEntry entry;
  entry.make = &detail::make_from_text<S>;
  if constexpr (!ops::MapOp<S>) {
    const S standard{};
    for_each_field(standard, [&](std::string_view key, const auto&) { entry.attributes.emplace_back(key); });
    entry.cases = S::cases();
    entry.info = entry.cases.front().op->info();
    entry.sized_by_data = requires { S::sized_by_data; };
  } else {
    using lang::Expr;
    using Number = lang::Scalar<double>;
    constexpr int n = S::family::inputs;
    entry.op = ops::make_op(S{});
    entry.info = entry.op->info();
    std::vector<Expr> x;
    for (int i = 0; i < n; ++i) x.push_back(Expr::variable(std::string(1, (n == 1 ? "x" : "abc")[i])));
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      entry.formula = Expr(S::f(x[K]...)).text();
      entry.derivatives = {detail::derivative_text<S, static_cast<int>(K)>(x)...};
      if constexpr (requires { S::domains; }) entry.domains = {S::domains[K]...};
      else entry.domains = {(void(K), S::domain)...};
      entry.value = [](const double* at) { return Number(S::f(Number(at[K])...)).value; };
      if constexpr (requires(Number s) { S::kink((void(K), s)...); }) {
        entry.kink = [](const double* at) { return Number(S::kink(Number(at[K])...)).value; };
      }
    }(std::make_index_sequence<static_cast<std::size_t>(n)>{});
  }
  return entry;
}

}  // namespace gradus
