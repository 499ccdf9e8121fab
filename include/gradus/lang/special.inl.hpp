// Rests of divisions, and the functions of statistics: erfc, logistic, lgamma, digamma, polygamma. Like math.inl.hpp and after it: no
// include guard, no #include.

// ---- rests

// x - y trunc(x / y), exactly.
template <lang::Lane V>
V rest_of(V x, V y) {
  constexpr auto limit = typename V::element(WordOf<V>(1) << lang::Layout<typename V::element>::mantissa_bits);
  const V a = abs(x), b = abs(y), n = floor(a / b);
  const V r = fma(-n, b, a);  // exact; n is at most one too large
  const auto sound = (a < infinity<V>()) & (b > 0);
  const auto large = sound & !(n < limit);
  V rest = select(b == infinity<V>(), a, select(r < 0, r + b, r));
  if (any(large)) rest = select(large, each_lane(lang::rest_of_large, select(large, a, 0), select(large, b, 1)), rest);
  return select(sound, with_sign(rest, x), not_a_number<V>());
}

// The same with the sign of y.
template <lang::Lane V>
V rest_above(V x, V y) {
  const V rest = rest_of(x, y);
  return select(((rest < 0) & (y > 0)) | ((rest > 0) & (y < 0)), rest + y, rest);
}

// ---- error function

template <lang::Lane V>
V erfc(V x) {
  using C = lang::Constants<typename V::element>;
  const V a = abs(x);
  const V near = 1 - fma(x, polynomial(x * x, C::erf_p), x);
  const V b = at_most(a, V(28));
  const auto square = square_of(b);
  const V t = (b - C::erfcx_centre) / (b + C::erfcx_centre);
  auto p = sum_of(V(C::erfcx_p[0]), t * polynomial<1>(t, C::erfcx_p));
  p.rest = p.rest + C::erfcx_rest;
  const auto q = quotient_of(p, sum_of_any(V(1), b + b));
  const ExpParts<V> e(clamp_exp(-square.head), -square.rest);
  const V far = scaled(q.head + fma(q.head, e.w, q.rest), e.n);
  return select(a < 0.5, near, select(x > 0, far, 2 - far));
}

// The normal distribution function, in float: absolutely to 2^-23, and to a few parts in a million where it is small. For x = -a it
// is e^(-a^2 / 2) p(u) with u = ca / (1 + ca), where p falls smoothly from 1/2. gelu and its derivative share the exponential.
template <lang::Lane V>
  requires std::same_as<typename V::element, float>
[[gnu::always_inline]] inline V ndtr(V x) {
  using C = lang::Constants<float>;
  const V scaled = at_most(abs(x), V(14)) * C::ndtr_scale, u = scaled / (1 + scaled);
  const V below = exp(-0.5 * (x * x)) * polynomial(u, C::ndtr_p);
  return select(x < 0, below, 1 - below);
}

// 1 / (1 + e^-x) as e^x / (1 + e^x), which falls to the least number. From 40 on it is 1, and e^x need not grow.
template <lang::Lane V>
[[gnu::always_inline]] inline V logistic(V x) {
  const Powers<V> p(at_least(at_most(x, V(40)), V(lang::Layout<typename V::element>::exp_low)));
  const V e = scaled(1 + exp_rest(p.r), p.n);
  return e / (1 + e);
}

// ---- gamma function

// log(gamma(x)) for x >= -0.3, not 0. Below 0.7 it is that of x + 1 and a logarithm, in the middle that of a number in 1.7 ..
// 2.7 and the logarithm of a product, from 8 on Stirling's series.
template <lang::Lane V>
Twin<V> lgamma_above(V x) {
  using C = lang::Constants<typename V::element>;
  const auto low = x < 0.7, far = x >= 8;
  V y = select(low, 1 + x, select(far, 2, x)), product = 1;
  for (int i = 0; i < 6; ++i) {
    const auto over = y > 2.7;
    y = select(over, y - 1, y);
    product = select(over, product * y, product);
  }
  const auto l = log_twin(select(low, abs(x), select(far, select(x < infinity<V>(), x, 8), product)));
  const V u = select(low, x, y - 1), v = y - 1.5, w = y - 2;
  const V near = select(y < 1.3, u * polynomial(u, C::gamma1_p), select(y < 1.7, polynomial(v, C::gamma_least_p), w * polynomial(w, C::gamma2_p)));
  const auto both = sum_of_any(near, select(low, -l.head, l.head));
  const auto main = product_of(Twin<V>(x - 0.5, V(0)), Twin<V>(l.head - 1, l.rest));
  const V rest = main.rest + (C::stirling[0] + (C::stirling[1] + polynomial(1 / (x * x), C::stirling_p) / x));
  const V head = select(far, main.head, both.head);
  const V below = select(far, rest, both.rest + select(low, -l.rest, l.rest));
  return Twin<V>(head, select(head < infinity<V>(), below, 0));
}

// gamma(x) gamma(-x) = -pi / (x sin(pi x)).
template <lang::Lane V>
V lgamma(V x) {
  using C = lang::Constants<typename V::element>;
  const auto reflected = x < -0.3;
  const auto above = lgamma_above(select(reflected, -x, x));
  V result = above.head + above.rest;
  if (any(reflected)) {
    const V s = abs(sin((x - rint(x)) * C::pi));
    const auto l = log_twin(select(reflected & (s > 0), C::pi / (-x * s), 1));
    const auto difference = sum_of_any(l.head, -above.head);
    result = select(reflected, difference.head + (difference.rest + (l.rest - above.rest)), result);
  }
  const auto pole = ((x <= 0) & (rint(x) == x)) | (abs(x) == infinity<V>());
  return select(x == x, select(pole, infinity<V>(), result), x);
}

// The derivative of lgamma for x > 0: near its root between 1 and 2, elsewhere from there by digamma(x + 1) = digamma(x) + 1 /
// x, from 8 on a series.
template <lang::Lane V>
V digamma_above(V x) {
  using C = lang::Constants<typename V::element>;
  const auto low = x < 1, far = x >= 8;
  const V up = 1 + x;
  V y = select(low, up, select(far, 2, x)), sum = select(low, -1 / x, 0);
  const V lost = select(low, x - (up - 1), 0);
  for (int i = 0; i < 6; ++i) {
    const auto over = y > 2;
    y = select(over, y - 1, y);
    sum = select(over, sum + 1 / y, sum);
  }
  const V near = ((y - C::digamma_root[0]) + (lost - C::digamma_root[1])) * polynomial(y - 1.5, C::psi_p) + sum;
  const V z = 1 / (x * x);
  return select(far, log(x) - (0.5 / x + z * polynomial(z, C::psi_far_p)), near);
}

template <lang::Lane V>
V digamma(V x) {
  using C = lang::Constants<typename V::element>;
  const auto reflected = x < 0;
  V result = digamma_above(select(reflected, 1 - x, x));
  if (any(reflected)) {
    const V r = x - rint(x);
    result = select(reflected, select(r == 0, not_a_number<V>(), result - C::pi / tan(r * C::pi)), result);
  }
  return select(x == 0, -1 / x, result);
}

// n! / x^n.
template <lang::Lane V>
V factorial_over_power(V n, V x) {
  constexpr int few = 64;
  V result = 1;
  for (int k = 1; k <= few && any(n >= k); ++k) result = select(n >= k, result * (k / x), result);
  if (any(n > few)) {
    const V size = exp(lgamma(n + 1) - n * log(abs(x)));
    result = select(n > few, select((x < 0) & (rint(n * 0.5) != n * 0.5), -size, size), result);
  }
  return result;
}

// n! (x^-s + (x + 1)^-s + ...), s = n + 1, for x > 0: the first terms one by one, the others by the formula of Euler and Maclaurin.
template <lang::Lane V>
V polygamma_above(V n, V x) {
  using C = lang::Constants<typename V::element>;
  constexpr int first = 10;
  const V s = n + 1;
  const auto small = x < first;
  V sum = 0;  // in units of x^-s, so that no power of x leaves the range before the result does
  if (any(small)) {
    for (int k = 0; k < first; ++k) sum = select(small, sum + power(x / (x + k), s), sum);
  }
  const V b = select(small, x + first, x), step = 1 / (b * b);
  V term = s / b, series = 0;
  int j = 0;
  for (const auto c : C::bernoulli) {
    series = series + c * term;
    term = term * ((s + (2 * j + 1)) * (s + (2 * j + 2)) * step);
    ++j;
  }
  const V result = factorial_over_power(n, x) * ((sum + power(x / b, s) * (b / n + (0.5 + series))) / x);
  return select(x == infinity<V>(), 0, select(x == 0, x + infinity<V>(), result));
}

// Derivative number n of digamma. Below 0 the sum over all integers, which has period 1, less the part that is too much.
template <lang::Lane V>
V polygamma_of(V n, V x) {
  const auto odd = rint(n * 0.5) != n * 0.5, valid = (rint(n) == n) & (n >= 0), reflected = x < 0;
  const V order = select(valid & (n > 0), n, 1);
  V result = polygamma_above(order, select(reflected, 1 - x, x));
  if (any(reflected)) {
    const V d = x - rint(x), e = select(d == 0, 0.25, d);
    const V other = polygamma_above(order, 1 - e) - result;
    const V all = factorial_over_power(order, e) / e + polygamma_above(order, 1 + e) + select(odd, other, -other);
    result = select(reflected, select(d == 0, infinity<V>(), select(d == d, all, d)), result);
  }
  const V derivative = select(odd, result, -result);
  return select(valid, select(n == 0, digamma(x), derivative), not_a_number<V>());
}
