// Value: a number that remembers how it was computed, so that it can tell its derivatives. The operations are those of the
// list (ops/list.hpp), from the same formulas as everywhere else.
//   Value a = -4, b = 2;
//   Value c = a * b + pow(b, 3);
//   c.backward();
//   a.value(), a.grad();        // -4, and dc/da = 2
#pragma once
#include <concepts>
#include <initializer_list>
#include <span>

#include "../ops/map.hpp"
#include "tape.hpp"

namespace gradus {

class Value;
void backward(std::span<const Value> outputs);  // gradients of the sum of several values

namespace detail {
template <class V>
concept ValueOrNumber = std::same_as<V, Value> || std::is_arithmetic_v<V>;
}

class Value final {
 public:
  Value() = default;  // holds nothing; every use but assignment is an error
  template <class N>
    requires std::is_arithmetic_v<N>
  Value(N number) : value_(static_cast<double>(number)), index_(detail::record_leaf()), stamp_(detail::tape.stamp) {}

  double value() const { return value_; }
  void set(double value) { value_ = value; }  // for what is computed from now on; it stays the same variable

  // Sets the gradients of everything on the tape to the derivatives of this value.
  void backward() const {
    const Value output = *this;  // so that the address of this one stays unknown, and the compiler keeps it in registers
    gradus::backward({&output, 1});
  }
  double grad() const {
    check("grad");
    return index_ < detail::tape.swept ? detail::tape.gradients[index_] : 0;
  }

  // Any elementwise struct, a user's own too: Value::apply<Swish>(x).
  template <class S, detail::ValueOrNumber... X>
  static Value apply(const X&... x) {
    static_assert(sizeof...(X) == S::family::inputs, "another number of arguments than the operation takes");
    const Number y = [](auto... in) { return Number(S::f(in...)); }(number(x)...);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return entry(S::name, y.value, Edge{place(x), stamp(x), slope<S, static_cast<int>(I), X>(y, number(x)...)}...);
    }(std::index_sequence_for<X...>{});
  }

#define GRADUS_VALUE(S, function)      \
  template <std::same_as<Value> V>     \
  friend Value function(const V& x) {  \
    return apply<ops::S>(x);           \
  }
  GRADUS_UNARY_OPS(GRADUS_VALUE)
#undef GRADUS_VALUE
#define GRADUS_VALUE(S, function)                          \
  template <detail::ValueOrNumber A, detail::ValueOrNumber B> \
  friend Value function(const A& a, const B& b) {          \
    return apply<ops::S>(a, b);                            \
  }
  GRADUS_BINARY_OPS(GRADUS_VALUE)
#undef GRADUS_VALUE
#define GRADUS_VALUE(S, function)                                                    \
  template <detail::ValueOrNumber A, detail::ValueOrNumber B, detail::ValueOrNumber C> \
  friend Value function(const A& a, const B& b, const C& c) {                        \
    return apply<ops::S>(a, b, c);                                                   \
  }
  GRADUS_TERNARY_OPS(GRADUS_VALUE)
#undef GRADUS_VALUE

 private:
  friend void backward(std::span<const Value> outputs);
  using Number = lang::Scalar<double>;

  Value(double value, std::uint32_t index) : value_(value), index_(index), stamp_(detail::tape.stamp) {}
  void check(const char* op) const { detail::check_stamp(stamp_, op); }

  static Number number(const Value& x) { return x.value_; }
  template <class N>
    requires std::is_arithmetic_v<N>
  static Number number(N x) {
    return x;
  }
  static std::uint32_t place(const Value& x) { return x.index_; }
  template <class N>
    requires std::is_arithmetic_v<N>
  static std::uint32_t place(N) {
    return detail::tape.size;  // the entry that comes now
  }

  static std::uint32_t stamp(const Value& x) { return x.stamp_; }
  template <class N>
    requires std::is_arithmetic_v<N>
  static std::uint32_t stamp(N) {
    return detail::tape.stamp;
  }

  // The local derivative with respect to input I, which is an X; none is needed for a number.
  template <class S, int I, class X, class... In>
  static double slope(Number y, In... in) {
    if constexpr (std::same_as<X, Value> && ops::has_derivative<S, I>()) return Number(ops::derivative<S, I>(in..., y, Number(1))).value;
    else return 0;
  }

  struct Edge {
    std::uint32_t place, stamp;
    double slope;
  };
  // Entries have two inputs; a third one takes a second entry, which adds it to the first.
  static Value entry(const char* op, double y, Edge a, Edge b = {detail::tape.size, detail::tape.stamp, 0}) {
    const std::uint32_t i = detail::record(a.place, a.slope, b.place, b.slope);
    return finish(op, y, i, i, {a.stamp, b.stamp, detail::tape.stamp});
  }
  static Value entry(const char* op, double y, Edge a, Edge b, Edge c) {
    const std::uint32_t first = detail::record(a.place, a.slope, b.place, b.slope);
    const std::uint32_t second = detail::record(first, 1, c.place == first ? first + 1 : c.place, c.slope);
    return finish(op, y, first, second, {a.stamp, b.stamp, c.stamp});
  }
  static Value finish(const char* op, double y, std::uint32_t first, std::uint32_t last, const std::uint32_t (&stamps)[3]) {
    const detail::TapeState& t = detail::tape;
    const bool foreign = (stamps[0] ^ t.stamp) | (stamps[1] ^ t.stamp) | (stamps[2] ^ t.stamp);
    if (foreign | (t.size >= t.limit)) [[unlikely]] y = detail::settle(y, first, stamps, op);
    return Value(y, last);
  }

  double value_ = 0;
  std::uint32_t index_ = 0, stamp_ = 0;
};

inline void backward(std::initializer_list<Value> outputs) { backward(std::span(outputs.begin(), outputs.size())); }

inline Value elu(const Value& x) { return elu(x, 1); }
inline Value celu(const Value& x) { return celu(x, 1); }
inline Value leaky_relu(const Value& x, double slope = 0.01) { return prelu(x, slope); }
inline Value operator-(const Value& x) { return neg(x); }
// clang-format off
template <detail::ValueOrNumber A, detail::ValueOrNumber B> requires(std::same_as<A, Value> || std::same_as<B, Value>)
Value operator+(const A& a, const B& b) { return add(a, b); }
template <detail::ValueOrNumber A, detail::ValueOrNumber B> requires(std::same_as<A, Value> || std::same_as<B, Value>)
Value operator-(const A& a, const B& b) { return sub(a, b); }
template <detail::ValueOrNumber A, detail::ValueOrNumber B> requires(std::same_as<A, Value> || std::same_as<B, Value>)
Value operator*(const A& a, const B& b) { return mul(a, b); }
template <detail::ValueOrNumber A, detail::ValueOrNumber B> requires(std::same_as<A, Value> || std::same_as<B, Value>)
Value operator/(const A& a, const B& b) { return div(a, b); }
template <detail::ValueOrNumber B> Value& operator+=(Value& a, const B& b) { return a = a + b; }
template <detail::ValueOrNumber B> Value& operator-=(Value& a, const B& b) { return a = a - b; }
template <detail::ValueOrNumber B> Value& operator*=(Value& a, const B& b) { return a = a * b; }
template <detail::ValueOrNumber B> Value& operator/=(Value& a, const B& b) { return a = a / b; }
// clang-format on

}  // namespace gradus
