// The derivative of an elementwise operation is an elementwise operation: Grad<S, I> takes those of (inputs, result, t) that
// the formula reads, in this order, and gives t times the derivative with respect to input I.
// No include guard: compiled in gradus::ops and in every SIMD target, after map.inl.hpp.

template <class S, int I>
constexpr auto derivative(auto&&... in) {
  if constexpr (S::family::inputs == 1) return S::df(in...);
  else if constexpr (I == 0) return S::da(in...);
  else if constexpr (I == 1) return S::db(in...);
  else return S::dc(in...);
}

template <class S, int I, class P = lang::Probe>
constexpr bool has_derivative() {
  constexpr int n = S::family::inputs;
  if constexpr (I >= n) return false;
  else if constexpr (n == 1) return requires(P p) { S::df(p, p, p); };
  else if constexpr (n == 2 && I == 0) return requires(P p) { S::da(p, p, p, p); };
  else if constexpr (n == 2) return requires(P p) { S::db(p, p, p, p); };
  else if constexpr (I == 0) return requires(P p) { S::da(p, p, p, p, p); };
  else if constexpr (I == 1) return requires(P p) { S::db(p, p, p, p, p); };
  else return requires(P p) { S::dc(p, p, p, p, p); };
}

template <class S, int I>
struct Grad {
  static constexpr int operands = S::family::inputs + 2;  // inputs, result, t
  static constexpr lang::Probe probe = []<std::size_t... K>(std::index_sequence<K...>) {
    return lang::Probe(derivative<S, I>(lang::Probe{1u << K}...));
  }(std::make_index_sequence<operands>{});
  static constexpr unsigned reads = probe.mask;
  static constexpr bool passes_on = probe.untouched && reads == 1u << (operands - 1);  // the derivative is 1: t itself is the answer
  static constexpr int count(unsigned bits) {
    int n = 0;
    for (; bits; bits &= bits - 1) ++n;
    return n;
  }
  // Where operand k stands among those that are read; the others are not used, so any will do.
  static constexpr int place(int k) { return reads >> k & 1 ? count(reads & ((1u << k) - 1)) : 0; }

  using family = Map<count(reads)>;
  static constexpr auto f(auto... in) {
    const auto all = std::tie(in...);
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return derivative<S, I>(std::get<place(K)>(all)...);
    }(std::make_index_sequence<operands>{});
  }
};
