// The elementary functions, written once over the primitives of Scalar and Pack: arithmetic, fma, compare,
// select, and the bits of a lane. Included inside gradus::lang for Scalar and inside each SIMD target's
// namespace for Pack: no include guard, no #include. Every lane kind gives the same bits.
// Constants come from tools/coefficients.py; `x` of any size is allowed everywhere.

template <std::size_t i = 0, lang::Lane V, class T, std::size_t n>
[[gnu::always_inline]] inline V polynomial(V x, const T (&c)[n]) {
  if constexpr (i + 1 == n) return V(c[i]);
  else return fma(polynomial<i + 1>(x, c), x, V(c[i]));
}

template <lang::Lane V>
using WordOf = typename lang::Layout<typename V::element>::Word;

template <lang::Lane V>
[[gnu::always_inline]] inline V infinity() {
  return V::from_bits(typename V::Bits(lang::Layout<typename V::element>::infinity));
}

template <lang::Lane V>
[[gnu::always_inline]] inline V not_a_number() {
  return infinity<V>() - infinity<V>();
}

template <lang::Lane V>
[[gnu::always_inline]] inline typename V::Bits sign_bit(V x) {
  return bits(x) & typename V::Bits(WordOf<V>(1) << (8 * sizeof(WordOf<V>) - 1));
}

// x with the sign of `from`; x is not negative.
template <lang::Lane V>
[[gnu::always_inline]] inline V with_sign(V x, V from) {
  return V::from_bits(bits(x) | sign_bit(from));
}

// The integer nearest to x * factor, as a value and as a word that wraps. Adding 1.5 * 2^mantissa_bits pushes
// the fraction out of the number, and the sum's low bits are the integer. |x * factor| < 2^(mantissa_bits -
// 1).
template <lang::Lane V>
struct Nearest {
  V value;
  typename V::Bits word;
  [[gnu::always_inline]] inline Nearest(V v, typename V::Bits w) : value(v), word(w) {}
};

template <lang::Lane V>
[[gnu::always_inline]] inline Nearest<V> nearest(V x, V factor) {
  const V shift = typename V::element(WordOf<V>(3) << (lang::Layout<typename V::element>::mantissa_bits - 1));
  const V sum = fma(x, factor, shift);
  return Nearest<V>(sum - shift, bits(sum) - bits(shift));
}

// x up to a limit, and down to one; NaN stays. One instruction on x86, whose packs have their own.
template <lang::Lane V>
[[gnu::always_inline]] inline V at_most(V x, V limit) {
  return select(x > limit, limit, x);
}
template <lang::Lane V>
[[gnu::always_inline]] inline V at_least(V x, V limit) {
  return select(x < limit, limit, x);
}

// 2^k for k within the exponents of a normal number.
template <lang::Lane V>
[[gnu::always_inline]] inline V power_of_two(typename V::Bits k) {
  using L = lang::Layout<typename V::element>;
  return V::from_bits((k + typename V::Bits(L::bias)) << lang::places<L::mantissa_bits>);
}

// ---- twice the precision

// A value and its rounding error.
template <lang::Lane V>
struct Twin {
  V head, rest;
  [[gnu::always_inline]] inline Twin(V h, V r) : head(h), rest(r) {}
};

// |a| >= |b| or a == 0.
template <lang::Lane V>
[[gnu::always_inline]] inline Twin<V> sum_of(V a, V b) {
  const V head = a + b;
  return Twin<V>(head, b - (head - a));
}

// Of any two.
template <lang::Lane V>
[[gnu::always_inline]] inline Twin<V> sum_of_any(V a, V b) {
  const V head = a + b, b_part = head - a;
  return Twin<V>(head, (a - (head - b_part)) + (b - b_part));
}

template <lang::Lane V>
[[gnu::always_inline]] inline Twin<V> square_of(V a) {
  const V head = a * a;
  return Twin<V>(head, fma(a, a, -head));
}

template <lang::Lane V>
[[gnu::always_inline]] inline Twin<V> product_of(Twin<V> a, Twin<V> b) {
  const V head = a.head * b.head;
  return Twin<V>(head, fma(a.head, b.head, -head) + fma(a.head, b.rest, a.rest * b.head));
}

template <lang::Lane V>
[[gnu::always_inline]] inline Twin<V> quotient_of(Twin<V> a, Twin<V> b) {
  const V head = a.head / b.head;
  return Twin<V>(head, (fma(-head, b.head, a.head) + (a.rest - head * b.rest)) / b.head);
}

template <lang::Lane V>
[[gnu::always_inline]] inline Twin<V> root_of(Twin<V> a) {
  const V head = sqrt(a.head);
  return Twin<V>(head, (fma(-head, head, a.head) + a.rest) / select(head == 0, 1, head + head));
}

// ---- exponentials
// ------------------------------------------------------------------------------------------

// e^r - 1 - r for |r| <= ln2 / 2.
template <lang::Lane V>
[[gnu::always_inline]] inline V exp_tail(V r) {
  return r * r * polynomial(r, lang::Constants<typename V::element>::exp_p);
}

// e^r - 1, and with a relative error of about half a unit.
template <lang::Lane V>
[[gnu::always_inline]] inline V exp_rest(V r) {
  return fma(r * r, polynomial(r, lang::Constants<typename V::element>::exp_p), r);
}

// x 2^n for n as a word. Two factors of half the exponent reach subnormal results with a single rounding.
template <lang::Lane V>
[[gnu::always_inline]] inline V scaled(V x, typename V::Bits n) {
  using L = lang::Layout<typename V::element>;
  using B = typename V::Bits;
  const B twice = n + B(2 * L::bias), half = twice >> lang::places<1>;
  const V first = V::from_bits(half << lang::places<L::mantissa_bits>);
  const V second = V::from_bits((twice - half) << lang::places<L::mantissa_bits>);
  return x * first * second;
}
template <lang::Lane V>
[[gnu::always_inline]] inline V scaled(V x, Nearest<V> n) {
  if constexpr (requires { x.times_power_of_two(n.value); }) return x.times_power_of_two(n.value);
  else return scaled(x, n.word);
}

// The same where 2^n and the result are normal numbers.
template <lang::Lane V>
[[gnu::always_inline]] inline V scaled_normal(V x, Nearest<V> n) {
  if constexpr (requires { x.times_power_of_two(n.value); }) return x.times_power_of_two(n.value);
  else return x * power_of_two<V>(n.word);
}

// x = n ln2 + r, |r| <= ln2 / 2, for x that are not too large.
template <lang::Lane V>
struct Powers {
  Nearest<V> n;
  V r;
  [[gnu::always_inline]] inline explicit Powers(V x) : n(nearest(x, V(lang::Constants<typename V::element>::log2_e))), r(0) {
    using C = lang::Constants<typename V::element>;
    r = fma(n.value, -C::ln2_rest, fma(n.value, -C::ln2_head, x));
  }
};

// e^(x + rest) = 2^n (1 + w) for x within [exp_low, exp_high] or NaN.
template <lang::Lane V>
struct ExpParts {
  V w;
  Nearest<V> n;
  [[gnu::always_inline]] inline ExpParts(V x, V rest) : w(0), n(nearest(x, V(lang::Constants<typename V::element>::log2_e))) {
    using C = lang::Constants<typename V::element>;
    w = exp_rest(fma(n.value, -C::ln2_head, x) + fma(n.value, -C::ln2_rest, rest));
  }
};

template <lang::Lane V>
[[gnu::always_inline]] inline V exp_within(V x, V rest) {
  const ExpParts<V> e(x, rest);
  return scaled(1 + e.w, e.n);
}

template <lang::Lane V>
[[gnu::always_inline]] inline V clamp_exp(V x) {
  using L = lang::Layout<typename V::element>;
  return at_least(at_most(x, V(L::exp_high)), V(L::exp_low));
}

template <lang::Lane V>
[[gnu::always_inline]] inline V exp(V x) {
  const Powers<V> p(clamp_exp(x));
  return scaled(1 + exp_rest(p.r), p.n);
}

// e^x where the result is a normal number.
template <lang::Lane V>
[[gnu::always_inline]] inline V exp_normal(V x) {
  const Powers<V> p(x);
  return scaled_normal(1 + exp_rest(p.r), p.n);
}

// 2^k (1 + r + w) - 1 with k near zero cancels, so the sum 2^k - 1 + 2^k r carries its rounding error along.
// Half the power is used, since 2^128 is not a float; the result is doubled at the end.
template <lang::Lane V>
[[gnu::always_inline]] inline V expm1(V x) {
  using C = lang::Constants<typename V::element>;
  using L = lang::Layout<typename V::element>;
  const V y = at_least(at_most(x, V(L::exp_high)), V(L::expm1_low));
  const auto n = nearest(y, V(C::log2_e));
  const V head = fma(n.value, -C::ln2_head, y), rest = n.value * C::ln2_rest;
  const V r = head - rest;
  const V w = exp_tail(r) + ((head - r) - rest);
  const V half = power_of_two<V>(n.word - typename V::Bits(1));
  const V base = half - 0.5, base_error = (half - base) - 0.5;
  const V sum = fma(half, r, base), sum_error = fma(half, r, base - sum) + base_error;
  const V result = 2 * (sum + fma(half, w, sum_error));
  return select(abs(x) < L::least_exact * L::least_exact, x, result);
}

// t = m / (m + 1), where m = (e^(2 |x|) - 1) / 2. Near zero, where all three roundings count in full, m - m t is closer.
template <lang::Lane V>
[[gnu::always_inline]] inline V tanh(V x) {
  const V a = at_most(abs(x), V(lang::Layout<typename V::element>::tanh_high));
  const Powers<V> p(a + a);
  const V half = scaled_normal(V(0.5), p.n), m = fma(half, exp_rest(p.r), half - 0.5), t = m / (m + 1);
  return with_sign(select(m < 0.35, fma(-m, t, m), t), x);
}

template <lang::Lane V>
[[gnu::always_inline]] inline V exp2(V x) {
  using C = lang::Constants<typename V::element>;
  using L = lang::Layout<typename V::element>;
  constexpr int high = L::bias + 1, low = -L::bias - L::mantissa_bits - 1;
  const V y = at_least(at_most(x, V(high)), V(low));
  const auto n = nearest(y, V(1));
  const V r = y - n.value;
  return scaled(1 + fma(r, C::ln2, r * r * polynomial(r, C::exp2_p)), n);
}

// e^x (1 + share e^(-2 x)) / 2 for x >= 0, with e^x to more than its precision: cosh for 1, sinh for -1.
template <lang::Lane V>
V exp_and_inverse(V x, typename V::element share) {
  using C = lang::Constants<typename V::element>;
  using L = lang::Layout<typename V::element>;
  const V bounded = at_most(x, V(L::exp_high + 2));
  const auto n = nearest(bounded, V(C::log2_e));
  const V head = fma(n.value, -C::ln2_head, bounded), rest = n.value * C::ln2_rest;
  const V r = head - rest;
  const auto m = sum_of(V(1), r);
  const V tail = m.rest + (exp_tail(r) + ((head - r) - rest));
  const V inverse = exp_normal(-2 * at_most(x, V(L::tanh_high))) * share;
  return scaled(m.head + (tail + (m.head + tail) * inverse), n.word - typename V::Bits(1));
}

template <lang::Lane V>
[[gnu::always_inline]] inline V sinh(V x) {
  const V a = abs(x), z = x * x;
  const V near = fma(a * z, polynomial(z, lang::Constants<typename V::element>::sinh_p), a);
  return with_sign(select(a < 1, near, exp_and_inverse(a, -1)), x);
}

template <lang::Lane V>
[[gnu::always_inline]] inline V cosh(V x) {
  return exp_and_inverse(abs(x), 1);
}

template <lang::Lane V>
[[gnu::always_inline]] inline V erf(V x) {
  using C = lang::Constants<typename V::element>;
  using L = lang::Layout<typename V::element>;
  const V a = abs(x);
  const V near = fma(a, polynomial(x * x, C::erf_p), a);
  const V bounded = at_most(a, V(L::erf_high));
  const V far = 1 - exp_normal(-polynomial(bounded - 1, C::erfc_p));
  return with_sign(select(a < 1, near, far), x);
}

// ---- logarithms
// --------------------------------------------------------------------------------------------

// x = m 2^e with m in [sqrt(1/2), sqrt(2)), for positive x.
template <lang::Lane V>
struct Parts {
  V m, e;
  typename V::Bits biased;  // e + bias, before the correction for a subnormal x
  [[gnu::always_inline]] inline Parts(V mantissa, V exponent, typename V::Bits b)
      : m(mantissa), e(exponent), biased(b) {}
};

template <lang::Lane V>
[[gnu::always_inline]] inline Parts<V> take_apart(V x) {
  using L = lang::Layout<typename V::element>;
  using B = typename V::Bits;
  constexpr int lift = L::mantissa_bits + 2;
  constexpr auto two_to_lift = typename V::element(WordOf<V>(1) << lift);
  constexpr auto carrier = WordOf<V>(L::bias + L::mantissa_bits) << L::mantissa_bits;  // 2^mantissa_bits
  const auto tiny = x < L::least_normal;
  const B b = bits(select(tiny, x * two_to_lift, x)) + B(L::one - L::sqrt_half);
  const B biased = b >> lang::places<L::mantissa_bits>;
  const V m = V::from_bits((b & B((WordOf<V>(1) << L::mantissa_bits) - 1)) + B(L::sqrt_half));
  const V exponent = V::from_bits(biased | B(carrier)) - V::from_bits(B(carrier + L::bias));
  return Parts<V>(m, select(tiny, exponent - lift, exponent), biased);
}

// log((1 + f) 2^e) + rest. With s = f / (2 + f), log(1 + f) = 2 atanh(s) and 2 s = f - s f, which keeps f
// whole; the sum of e ln2 and f carries its rounding error along.
template <lang::Lane V>
[[gnu::always_inline]] inline V log_of(V f, V e, V rest) {
  using C = lang::Constants<typename V::element>;
  const V s = f / (2 + f), z = s * s;
  const V head = e * C::ln2_head, sum = head + f, sum_error = f - (sum - head);
  const V small = fma(s, z * polynomial(z, C::log_p) - f, fma(e, C::ln2_rest, rest));
  return sum + (sum_error + small);
}

template <lang::Lane V>
[[gnu::always_inline]] inline V log(V x) {
  const auto p = take_apart(x);
  const V result = select(x < infinity<V>(), log_of(p.m - 1, p.e, V(0)), x);
  return select(x > 0, result, select(x == 0, -infinity<V>(), not_a_number<V>()));
}

// log(1 + x + rest) for finite x > -1. 1 + x is rounded to u, and what was lost is scaled like u's mantissa and added to it.
template <lang::Lane V>
[[gnu::always_inline]] inline V log1p_of(V x, V rest) {
  using L = lang::Layout<typename V::element>;
  using B = typename V::Bits;
  const V u = 1 + x;
  const V lost = select(x < 1, x - (u - 1), 1 - (u - x));
  const auto p = take_apart(u);
  const V scale = V::from_bits((B(2 * L::bias) - p.biased) << lang::places<L::mantissa_bits>);
  const V share = select(x > typename V::element(WordOf<V>(1) << (L::mantissa_bits + 2)), 0, lost * scale);
  const V head = p.m - 1, f = head + share, f_error = share - (f - head);
  return log_of(f, p.e, fma(-f, f_error, f_error) + rest);
}

template <lang::Lane V>
[[gnu::always_inline]] inline V log1p(V x) {
  const V inside = select((x == 0) | !(x < infinity<V>()), x, log1p_of(x, V(0)));
  return select(x > -1, inside, select(x == -1, -infinity<V>(), not_a_number<V>()));
}

// ---- sine and cosine
// ---------------------------------------------------------------------------------------

// x = quadrant * pi / 2 + r + rest, |r| <= pi / 4. Since x and n * half_pi_1 are multiples of the same power
// of two, the first difference is exact; the second keeps its rounding error in `rest`.
template <lang::Lane V>
struct Turned {
  V r, rest;
  typename V::Bits quadrant;
  [[gnu::always_inline]] inline Turned(V a, V b, typename V::Bits q) : r(a), rest(b), quadrant(q) {}
};

constexpr double turn_limit = 1 << 17;

template <lang::Lane V>
[[gnu::always_inline]] inline Turned<V> turn_back(V x) {
  using C = lang::Constants<typename V::element>;
  const auto n = nearest(x, V(C::two_over_pi));
  const V a = fma(n.value, -C::half_pi_1, x);
  const V b = n.value * C::half_pi_2, b_error = fma(n.value, C::half_pi_2, -b);
  const V r = a - b, back = r - a;
  const V r_error = (a - (r - back)) - (b + back);
  return Turned<V>(r, r_error - fma(n.value, C::half_pi_3, b_error), n.word);
}

template <lang::Lane V>
[[gnu::always_inline]] inline V sin_or_cos(Turned<V> t) {
  using C = lang::Constants<typename V::element>;
  using B = typename V::Bits;
  const V z = t.r * t.r, half = z * 0.5;
  const V sine = t.r + fma(t.r * z, polynomial(z, C::sin_p), t.rest * (1 - half));
  const V top = 1 - half;
  const V cosine = top + (((1 - top) - half) + fma(z * z, polynomial(z, C::cos_p), -(t.r * t.rest)));
  const V result = select(same(t.quadrant & B(1), B(0)), sine, cosine);
  const B flip = (t.quadrant & B(2)) << lang::places<8 * sizeof(WordOf<V>) - 2>;
  return V::from_bits(bits(result) ^ flip);
}

template <lang::Lane V>
V tan_of(Turned<V> t) {
  using C = lang::Constants<typename V::element>;
  const V z = t.r * t.r, half = z * 0.5, top = 1 - half;
  const auto sine = sum_of(t.r, fma(t.r * z, polynomial(z, C::sin_p), t.rest * (1 - half)));
  const auto cosine = sum_of(top, ((1 - top) - half) + fma(z * z, polynomial(z, C::cos_p), -(t.r * t.rest)));
  const auto even = same(t.quadrant & typename V::Bits(1), typename V::Bits(0));
  const auto q = quotient_of(Twin<V>(select(even, sine.head, -cosine.head), select(even, sine.rest, -cosine.rest)),
                             Twin<V>(select(even, cosine.head, sine.head), select(even, cosine.rest, sine.rest)));
  return q.head + q.rest;
}

template <lang::Lane V>
[[gnu::always_inline]] inline V sin(V x) {
  const auto large = abs(x) > turn_limit;
  const V small = select(large, 0, x);
  V result = select(abs(x) < lang::Layout<typename V::element>::least_exact, x, sin_or_cos(turn_back(small)));
  if (any(large)) result = select(large, each_lane(lang::sin_of_large, select(large, x, turn_limit)), result);
  return result;
}

template <lang::Lane V>
[[gnu::always_inline]] inline V cos(V x) {
  const auto large = abs(x) > turn_limit;
  auto t = turn_back(select(large, 0, x));
  t.quadrant = t.quadrant + typename V::Bits(1);
  V result = sin_or_cos(t);
  if (any(large)) result = select(large, each_lane(lang::cos_of_large, select(large, x, turn_limit)), result);
  return result;
}

template <lang::Lane V>
V tan(V x) {
  const auto large = abs(x) > turn_limit;
  const V small = select(large, 0, x);
  const auto turned = turn_back(small);
  V result = select(abs(x) < lang::Layout<typename V::element>::least_exact, x, tan_of(turned));
  if (any(large)) result = select(large, each_lane(lang::tan_of_large, select(large, x, turn_limit)), result);
  return result;
}

// ---- power
// -------------------------------------------------------------------------------------------------

// log(x) to about twice the precision, for positive finite x: 2 atanh(s) = 2 (s + s (z / 3 + z^2 p(z))).
template <lang::Lane V>
Twin<V> log_twin(V x) {
  using C = lang::Constants<typename V::element>;
  const auto p = take_apart(x);
  const V f = p.m - 1;
  const auto d = sum_of(V(2), f);
  const V quotient = f / d.head;
  const Twin<V> s(quotient, fma(-quotient, d.rest, fma(-quotient, d.head, f)) / d.head);
  const auto z = product_of(s, s);
  auto c = sum_of(V(C::third), z.head * polynomial(z.head, C::pow_p));
  c.rest = c.rest + C::third_rest;
  const auto tail = product_of(s, product_of(z, c));
  auto half = sum_of(s.head, tail.head);
  half.rest = half.rest + (tail.rest + s.rest);
  const auto sum = sum_of(p.e * C::ln2_head, half.head + half.head);
  return sum_of(sum.head, sum.rest + fma(p.e, C::ln2_rest, half.rest + half.rest));
}

template <lang::Lane V, class T>
[[gnu::always_inline]] inline V log_to_base(V x, const T (&factor)[2]) {
  const auto p = product_of(log_twin(x), Twin<V>(factor[0], factor[1]));
  const V result = select(x < infinity<V>(), p.head + p.rest, x);
  return select(x > 0, result, select(x == 0, -infinity<V>(), not_a_number<V>()));
}

template <lang::Lane V>
[[gnu::always_inline]] inline V log2(V x) {
  return log_to_base(x, lang::Constants<typename V::element>::log2_e_twin);
}

template <lang::Lane V>
[[gnu::always_inline]] inline V log10(V x) {
  return log_to_base(x, lang::Constants<typename V::element>::log10_e_twin);
}

// x = t 8^k with t in [0.35, 2.83): Halley's steps, and the last one by Newton with the cube to twice the precision.
template <lang::Lane V>
V cbrt(V x) {
  using C = lang::Constants<typename V::element>;
  const V a = abs(x);
  const auto p = take_apart(a);
  const auto k = nearest(p.e, V(C::third));
  const V left = p.e - 3 * k.value;
  const V t = p.m * select(left > 0, 2, select(left < 0, 0.5, 1));
  V y = polynomial(t, C::cbrt_p);
  for (int step = 0; step < 2; ++step) {
    const V cube = y * y * y;
    y = y - y * ((cube - t) / (cube + cube + t));
  }
  const auto square = square_of(y);
  const V cube = square.head * y, cube_rest = fma(square.head, y, -cube) + square.rest * y;
  y = y - ((cube - t) + cube_rest) / (3 * square.head);
  return select((a > 0) & (a < infinity<V>()), with_sign(y * power_of_two<V>(k.word), x), x);
}

// The special cases are those of C99.
template <lang::Lane V>
V power(V x, V y) {
  const V a = abs(x), inf = infinity<V>(), nan = not_a_number<V>();
  auto l = log_twin(a);
  const auto special = (a == 0) | !(a < inf);
  l.head = select(special, select(a == 0, -inf, a), l.head);
  l.rest = select(special, 0, l.rest);
  const V p = y * l.head;
  const V p_rest = fma(y, l.head, -p) + y * l.rest;
  const V magnitude = exp_within(clamp_exp(p), select(abs(p) < 2048, p_rest, 0));

  const auto integer = rint(y) == y;
  const auto odd = integer & (rint(y * 0.5) != y * 0.5);
  V result = select((a == 1) & (abs(y) == inf), 1, magnitude);
  result = select((x < 0) & !integer & (a < inf), nan, result);
  result = select(odd, V::from_bits(bits(result) | sign_bit(x)), result);
  return select((y == 0) | (x == 1), 1, result);
}
