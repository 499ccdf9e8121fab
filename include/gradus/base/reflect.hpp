// The fields of a plain struct, with their names, without registration.
//   struct Mlp { Linear hidden, out; };
//   for_each_field(mlp, [](std::string_view name, auto& field) { ... });   // "hidden", then "out"
// Aggregates without bases are walked as they are; a class with constructors says which members count:
//   static constexpr auto fields() { return fields_of<&Linear::weight, &Linear::bias>{}; }
#pragma once
#include <array>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gradus {

template <auto... Members>
struct fields_of {};

namespace reflect {

struct Anything {
  template <class T>
  operator T&() const&;
  template <class T>
  operator T&&() const&&;
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{((void)I, Anything{})...}; };
}

inline constexpr std::size_t max_fields = 24;

// The largest N for which T{N things} is valid.
template <class T, std::size_t N = max_fields>
constexpr std::size_t field_count() {
  if constexpr (std::is_empty_v<T>) return 0;  // an empty base would count as a field
  else if constexpr (takes<T>(std::make_index_sequence<N>{})) return N;
  else if constexpr (N == 0) return 0;
  else return field_count<T, N - 1>();
}

template <class T>
constexpr auto tie_fields(T& t) {
  constexpr std::size_t n = field_count<std::remove_const_t<T>>();
  // clang-format off
  if constexpr (n == 0) return std::tuple<>();
  else if constexpr (n == 1) { auto& [f1] = t; return std::tie(f1); }
  else if constexpr (n == 2) { auto& [f1, f2] = t; return std::tie(f1, f2); }
  else if constexpr (n == 3) { auto& [f1, f2, f3] = t; return std::tie(f1, f2, f3); }
  else if constexpr (n == 4) { auto& [f1, f2, f3, f4] = t; return std::tie(f1, f2, f3, f4); }
  else if constexpr (n == 5) { auto& [f1, f2, f3, f4, f5] = t; return std::tie(f1, f2, f3, f4, f5); }
  else if constexpr (n == 6) { auto& [f1, f2, f3, f4, f5, f6] = t; return std::tie(f1, f2, f3, f4, f5, f6); }
  else if constexpr (n == 7) { auto& [f1, f2, f3, f4, f5, f6, f7] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7); }
  else if constexpr (n == 8) { auto& [f1, f2, f3, f4, f5, f6, f7, f8] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8); }
  else if constexpr (n == 9) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9); }
  else if constexpr (n == 10) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10); }
  else if constexpr (n == 11) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11); }
  else if constexpr (n == 12) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12); }
  else if constexpr (n == 13) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13); }
  else if constexpr (n == 14) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14); }
  else if constexpr (n == 15) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15); }
  else if constexpr (n == 16) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16); }
  else if constexpr (n == 17) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17); }
  else if constexpr (n == 18) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18); }
  else if constexpr (n == 19) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19); }
  else if constexpr (n == 20) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20); }
  else if constexpr (n == 21) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21); }
  else if constexpr (n == 22) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22); }
  else if constexpr (n == 23) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23); }
  else if constexpr (n == 24) { auto& [f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24] = t; return std::tie(f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, f22, f23, f24); }
  // clang-format on
}

// A pointer to a field of an object that is never made: its printed form ends in the field's name.
template <class T>
struct Fake {
  const T value;
};
#pragma GCC diagnostic push
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif
template <class T>
extern const Fake<T> fake;

template <auto Pointer>
constexpr const char* printed() {  // not string_view: GCC would append what that stands for
  return __PRETTY_FUNCTION__;
}
template <class P>
struct Wrapped {
  P pointer;
};
template <class P>
Wrapped(P) -> Wrapped<P>;

// GCC prints "...(& fake<Mlp>.gradus::reflect::Fake<Mlp>::value.Mlp::hidden)...", Clang "...&fake.value.hidden...".
constexpr std::string_view last_name(std::string_view text) {
  std::size_t end = text.size();
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  while (end > 0 && !is_word(text[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

// The name alone goes into the program, not the text that it was found in.
template <std::size_t N>
struct Name {
  char text[N];
  constexpr operator std::string_view() const { return {text, N}; }
};
template <std::size_t N>
constexpr Name<N> copied(std::string_view text) {
  Name<N> name{};
  for (std::size_t i = 0; i < N; ++i) name.text[i] = text[i];
  return name;
}
template <auto Pointer>
inline constexpr auto name_of = copied<last_name(printed<Pointer>()).size()>(last_name(printed<Pointer>()));

template <class T, std::size_t I>
constexpr std::string_view field_name() {
  return name_of<Wrapped{&std::get<I>(tie_fields(fake<T>.value))}>;
}
#pragma GCC diagnostic pop

template <auto Member>
constexpr std::string_view member_name() {
  return name_of<Member>;
}

}  // namespace reflect

template <class T>
concept HasFields = requires { std::remove_cv_t<T>::fields(); };

// Calls f(name, field) for each field of `object`, in the order of declaration.
template <class T, class F>
void for_each_field(T& object, F&& f) {
  using Plain = std::remove_cv_t<T>;
  if constexpr (HasFields<Plain>) {
    [&]<auto... M>(fields_of<M...>) { (f(reflect::member_name<M>(), object.*M), ...); }(Plain::fields());
  } else {
    static_assert(std::is_aggregate_v<Plain>,
                  "Gradus cannot see the fields of this class: make it an aggregate, or add to it "
                  "static constexpr auto fields() { return fields_of<&Class::a, &Class::b>{}; }");
    auto fields = reflect::tie_fields(object);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (f(reflect::field_name<Plain, I>(), std::get<I>(fields)), ...);
    }(std::make_index_sequence<std::tuple_size_v<decltype(fields)>>{});
  }
}

}  // namespace gradus
