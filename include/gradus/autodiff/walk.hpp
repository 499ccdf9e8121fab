// The walk over a network: a plain struct, whose parameters are found with their names. Vectors, arrays and optionals are
// walked too; numbers, strings, tensors and functions are configuration and are passed over.
//   walk(net, [](const std::string& path, Param& p) { ... });     // "hidden.weight", "hidden.bias", "out.weight", ...
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../base/reflect.hpp"
#include "param.hpp"

namespace gradus {

// What a walk calls. Type-erased modules take one in `void walk(const Visitor&, const std::string& path)`.
struct Visitor {
  std::function<void(const std::string& path, Param&)> param = nullptr;
  std::function<void(const std::string& path, State&)> state = nullptr;
  bool names = true;  // parameters learn their path; off for a network that other threads read
};

namespace detail {

template <class M>
concept WalksItself = requires(M& m, const Visitor& v, const std::string& path) { m.walk(v, path); };

template <class M>
struct IsOptional : std::false_type {};
template <class M>
struct IsOptional<std::optional<M>> : std::true_type {};
template <class M>
struct IsOptional<std::unique_ptr<M>> : std::true_type {};
template <class M>
struct IsShared : std::false_type {};
template <class M>
struct IsShared<std::shared_ptr<M>> : std::true_type {};
template <class M>
struct IsList : std::false_type {};
template <class M>
struct IsList<std::vector<M>> : std::true_type {};
template <class M, std::size_t N>
struct IsList<std::array<M, N>> : std::true_type {};

// Configuration: what a walk passes over.
template <class M>
concept Plain = std::is_arithmetic_v<M> || std::is_enum_v<M> || std::is_pointer_v<M> || std::is_same_v<M, std::string> ||
                std::is_same_v<M, Tensor> || std::is_same_v<M, Shape> || std::is_same_v<M, Axes> || std::is_function_v<M> ||
                requires { typename M::result_type; } || (std::is_empty_v<M> && !std::is_aggregate_v<M>);

std::string joined(const std::string& path, std::string_view name);  // "hidden.weight"

}  // namespace detail

template <class M>
void walk(M& module, const Visitor& visitor, const std::string& path = {}) {
  using Type = std::remove_cv_t<M>;
  static_assert(!detail::IsShared<Type>::value,
                "A copy of a network must not share parameters with it, as a shared_ptr does: hold the part by value, and share "
                "single parameters with tie()");
  if constexpr (std::is_same_v<Type, Param>) {
    if (visitor.names) module.set_path(path);
    if (visitor.param && module.defined()) visitor.param(path, module);  // a layer without bias has an empty one
  } else if constexpr (std::is_same_v<Type, State>) {
    if (visitor.names) module.set_path(path);
    if (visitor.state && module.defined()) visitor.state(path, module);
  } else if constexpr (detail::WalksItself<M>) {
    module.walk(visitor, path);
  } else if constexpr (detail::IsOptional<Type>::value) {
    if (module) walk(*module, visitor, path);
  } else if constexpr (detail::IsList<Type>::value) {
    for (std::size_t i = 0; i < module.size(); ++i) walk(module[i], visitor, detail::joined(path, std::to_string(i)));
  } else if constexpr (!detail::Plain<Type>) {
    for_each_field(module, [&](std::string_view name, auto& field) { walk(field, visitor, detail::joined(path, name)); });
  }
}

template <class M, class F>
  requires std::is_invocable_v<F, const std::string&, Param&>
void walk(M& module, F&& on_param) {
  walk(module, Visitor{.param = std::ref(on_param)});
}

// Every parameter once, in the order of the walk; tied ones count once.
struct NamedParam {
  std::string path;
  Param* param;
};
template <class M>
std::vector<NamedParam> parameters(M& module) {
  std::vector<NamedParam> out;
  walk(module, [&](const std::string& path, Param& p) {
    for (const NamedParam& known : out) {
      if (&known.param->slot() == &p.slot()) return;
    }
    out.push_back({path, &p});
  });
  return out;
}

}  // namespace gradus
